"""AR(p) noise against dense generalised least squares, and its rules for voxels that are odd."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import toeplitz

from glmspec.core.autocorrelation import (
    contrast_covariance,
    effects_gls,
    estimate_ar,
    f_contrast_gls,
    fit_ar,
    fit_gls,
    t_contrast_gls,
    t_contrasts_gls,
)
from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.lag_products import levinson
from glmspec.core.least_squares import fit, prepare

DENSE = 1e-10
"""A dense inverse of 60 scans has a condition number near 1e3 for these coefficients: some 1e-13 is rounding."""
PROCESSES = [(0.3,), (-0.6,), (0.9,), (0.5, -0.3), (1.2, -0.5), (0.4, 0.2, -0.1), (1.2, -0.5, 0.1, -0.05)]


def design(seed=0, scans=60):
    """Constant, four covariates in units that differ by 1,000."""
    rng = np.random.default_rng(seed)
    return np.column_stack([np.ones(scans), rng.normal(size=(scans, 4)) * [1.0, 10.0, 100.0, 0.1]])


def noise(seed=1, scans=60, voxels=6):
    """White, so that any process may be assumed."""
    return np.random.default_rng(seed).normal(size=(scans, voxels)) + 3.0


def autocovariance(phi, scans):
    """Of a stationary process with innovations of variance 1, by its difference equations (Brockwell and Davis 3.3)."""
    order = len(phi)
    system = np.eye(order + 1)
    for lag in range(order + 1):
        for step, coefficient in enumerate(phi, 1):
            system[lag, abs(lag - step)] -= coefficient
    values = list(np.linalg.solve(system, np.eye(order + 1)[0]))
    while len(values) < scans:
        values.append(sum(coefficient * values[-step] for step, coefficient in enumerate(phi, 1)))
    return np.array(values[:scans])


def dense(matrix, data, phi):
    """Coefficients, residual variance and unscaled covariance, straight from the Toeplitz covariance."""
    inverse = np.linalg.inv(toeplitz(autocovariance(phi, len(matrix))))
    covariance = np.linalg.inv(matrix.T @ inverse @ matrix)
    coefficients = covariance @ matrix.T @ inverse @ data
    residuals = data - matrix @ coefficients
    squares = np.einsum("nv,nm,mv->v", residuals, inverse, residuals)
    return coefficients, squares / (len(matrix) - np.linalg.matrix_rank(matrix)), covariance


def simulated(phi, scans=400, voxels=40, seed=5):
    """A stationary series: 200 scans are thrown away at the beginning."""
    rng = np.random.default_rng(seed)
    series = np.zeros((scans + 200, voxels))
    for scan in range(len(phi), len(series)):
        series[scan] = sum(c * series[scan - k] for k, c in enumerate(phi, 1)) + rng.normal(size=voxels)
    return series[200:]


@pytest.mark.parametrize("phi", PROCESSES)
def test_dense_gls(phi):
    """Coefficients, residual variance and covariance, with the exact Toeplitz covariance."""
    prepared, data = prepare(design()), noise()
    got = fit_gls(prepared, data, np.tile(np.array(phi)[:, None], data.shape[1]))
    coefficients, variance, covariance = dense(design(), data, phi)
    np.testing.assert_allclose(got.coefficients, coefficients, rtol=DENSE, atol=DENSE)
    np.testing.assert_allclose(got.residual_variance, variance, rtol=DENSE)
    found = contrast_covariance(prepared, got, np.eye(5))[..., 0]
    size = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    np.testing.assert_allclose(found / size, covariance / size, rtol=0, atol=DENSE)


@pytest.mark.parametrize("phi", PROCESSES)
def test_statistics_of_dense_gls(phi):
    """t and F of the same."""
    prepared, data = prepare(design()), noise()
    got = fit_gls(prepared, data, np.tile(np.array(phi)[:, None], data.shape[1]))
    coefficients, variance, covariance = dense(design(), data, phi)
    row, rows = np.array([0, 1.0, -2.0, 0, 0]), np.eye(5)[1:4]
    t = t_contrast_gls(prepared, got, row)
    np.testing.assert_allclose(t.effect, row @ coefficients, rtol=DENSE, atol=DENSE)
    np.testing.assert_allclose(t.variance, variance * (row @ covariance @ row), rtol=DENSE)
    np.testing.assert_allclose(t.t, row @ coefficients / np.sqrt(variance * (row @ covariance @ row)), atol=DENSE)
    effects, middle = rows @ coefficients, np.linalg.inv(rows @ covariance @ rows.T)
    want = np.einsum("qv,qr,rv->v", effects, middle, effects) / (3 * variance)
    f = f_contrast_gls(prepared, got, rows)
    assert f.numerator_dof == 3
    np.testing.assert_allclose(f.f, want, rtol=DENSE)


def test_the_unscaled_start_is_a_filter():
    """y_t - phi y_{t-1} with zeros before the first scan, then least squares."""
    phi, data, matrix = 0.4, noise(), design()
    rows = np.eye(60) - phi * np.eye(60, k=-1)
    want = fit(prepare(rows @ matrix), rows @ data)
    got = fit_gls(prepare(matrix), data, np.full((1, 6), phi), start="unscaled")
    np.testing.assert_allclose(got.coefficients, want.coefficients, rtol=DENSE, atol=DENSE)
    np.testing.assert_allclose(got.residual_variance, want.residual_variance, rtol=DENSE)


def test_no_correlation_is_ordinary_least_squares():
    prepared, data = prepare(design()), noise()
    got, want = fit_gls(prepared, data, np.zeros((2, 6))), fit(prepared, data)
    row, rows = np.array([0, 1.0, -1.0, 0, 0]), np.eye(5)[1:3]
    np.testing.assert_allclose(got.coefficients, want.coefficients, rtol=1e-12, atol=1e-12)
    assert_statistics(t_contrast_gls(prepared, got, row), t_contrast(prepared, want, row))
    np.testing.assert_allclose(f_contrast_gls(prepared, got, rows).f, f_contrast(prepared, want, rows).f, rtol=1e-11)


def assert_statistics(got, want):
    for mine, theirs in zip(got, want, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-11)  # the same sums in another order


def test_each_voxel_has_its_own_noise():
    """Voxels fitted together are what they are alone, to the rounding of products of other widths."""
    prepared, data = prepare(design()), noise()
    together = fit_ar(prepared, data, order=2)
    for voxel in range(data.shape[1]):
        alone = fit_ar(prepared, data[:, [voxel]], order=2)
        np.testing.assert_allclose(together.ar[:, [voxel]], alone.ar, rtol=1e-11)
        np.testing.assert_allclose(together.coefficients[:, [voxel]], alone.coefficients, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(together.residual_variance[[voxel]], alone.residual_variance, rtol=1e-11)


def test_order_one_is_the_formula():
    """(sum(r_t r_{t+1}) / (N - 1)) / (sum(r^2) / N)."""
    prepared, data = prepare(design()), noise()
    residuals = data - design() @ fit(prepared, data).coefficients
    want = ((residuals[1:] * residuals[:-1]).sum(0) / 59) / ((residuals**2).sum(0) / 60)
    np.testing.assert_allclose(estimate_ar(prepared, data)[0], want, rtol=DENSE)


def test_order_three_solves_yule_and_walker():
    prepared, data = prepare(design()), noise()
    residuals = data - design() @ fit(prepared, data).coefficients
    lags = np.array([(residuals[: 60 - k] * residuals[k:]).sum(0) / (60 - k) for k in range(4)])
    want = np.array([np.linalg.solve(toeplitz(lag[:3]), lag[1:]) for lag in lags.T]).T
    np.testing.assert_allclose(estimate_ar(prepared, data, order=3), want, rtol=DENSE, atol=DENSE)


@pytest.mark.parametrize("phi", [(0.5,), (0.6, -0.3)])
def test_the_process_is_found(phi):
    """Mean over 40 series of 400 scans: a standard error of about 1 / sqrt(16,000), and a bias of some 4 / 400."""
    found = estimate_ar(prepare(np.ones((400, 1))), simulated(phi), order=len(phi)).mean(axis=1)
    np.testing.assert_allclose(found, phi, atol=0.03)


def test_quantize_truncates_toward_zero():
    prepared, data = prepare(design()), noise()
    plain = estimate_ar(prepared, data)
    got = estimate_ar(prepared, data, quantize=0.05)
    np.testing.assert_allclose(got, np.sign(plain) * np.floor(np.abs(plain) * 20) / 20, rtol=1e-14)
    assert (plain < 0).any()


def test_quantize_leaves_the_first_scans_unscaled():
    prepared, data = prepare(design()), noise()
    assert fit_ar(prepared, data, quantize=0.01).start == "unscaled"
    assert fit_ar(prepared, data).start == "stationary"


def test_an_estimate_that_is_not_stationary_is_replaced():
    """One slow wave: the divisor N - 1 gives a correlation above what 12 numbers can have, the divisor N does not."""
    wave = np.sin(np.pi * np.arange(1, 13) / 13)[:, None]
    prepared = prepare(np.r_[1.0, np.zeros(11)][:, None])  # leaves the wave nearly as it is
    assert estimate_ar(prepared, wave, quantize=1e-9)[0, 0] > 1.0
    residuals = wave.copy()
    residuals[0] = 0
    want = (residuals[1:] * residuals[:-1]).sum() / (residuals**2).sum()
    assert estimate_ar(prepared, wave)[0, 0] == pytest.approx(want, rel=1e-12)
    assert fit_ar(prepared, wave).residual_variance[0] > 0


def test_the_recursion_says_when_a_process_is_not_stationary():
    """A lag correlation of 1 leaves nothing to explain; of 1.2 less than nothing."""
    _, partial = levinson(np.array([[1.0, 1.0, 1.0, 0.0], [1.0, 1.2, 0.5, 0.0], [0.0, 1.0, 0.1, 0.0]]))
    np.testing.assert_array_equal(partial >= 1, [True, True, False, False])


def test_a_voxel_fitted_exactly_has_no_noise():
    """No correlation, variance exactly zero, t and F NaN."""
    prepared, data = prepare(design()), noise()
    data[:, 2] = design() @ [5.0, 1.0, 0.5, 0.01, 3.0]
    got = fit_ar(prepared, data)
    assert got.ar[0, 2] == 0
    assert got.residual_variance[2] == 0
    assert np.isnan(t_contrast_gls(prepared, got, np.eye(5)[1]).t[2])
    assert np.isnan(f_contrast_gls(prepared, got, np.eye(5)[1:3]).f[2])
    np.testing.assert_allclose(got.coefficients[:, 2], [5.0, 1.0, 0.5, 0.01, 3.0], rtol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_broken_voxel_is_nan_and_no_other_notices(value):
    prepared, data = prepare(design()), noise()
    want = fit_ar(prepared, data)
    data[7, 3] = value
    got = fit_ar(prepared, data)
    others = [0, 1, 2, 4, 5]
    assert np.isnan(got.ar[:, 3]).all()
    assert np.isnan(got.coefficients[:, 3]).all()
    assert np.isnan(got.residual_variance[3])
    assert np.isnan(t_contrast_gls(prepared, got, np.eye(5)[1]).variance[3])
    np.testing.assert_array_equal(got.coefficients[:, others], want.coefficients[:, others])
    np.testing.assert_array_equal(got.residual_variance[others], want.residual_variance[others])


def test_data_are_not_modified():
    data = noise()
    data[7, 3] = np.nan
    before = data.copy()
    fit_ar(prepare(design()), data)
    np.testing.assert_array_equal(data, before)


def test_a_rank_deficient_design():
    """Levels of a factor and a constant: the same statistics as without the constant; dof count the rank."""
    levels = np.repeat(np.eye(3), 20, axis=0)
    full, deficient, data = prepare(levels), prepare(np.column_stack([levels, np.ones(60)])), noise()
    row, rows = np.array([1.0, -1, 0]), np.array([[1.0, -1, 0], [0, 1, -1]])
    mine, theirs = fit_ar(deficient, data), fit_ar(full, data)
    assert deficient.dof == full.dof == 57
    assert_statistics(t_contrast_gls(deficient, mine, [*row, 0]), t_contrast_gls(full, theirs, row))
    padded = np.column_stack([rows, [0, 0]])
    want = f_contrast_gls(full, theirs, rows).f
    np.testing.assert_allclose(f_contrast_gls(deficient, mine, padded).f, want, rtol=1e-11)


def test_no_degree_of_freedom_is_nan():
    prepared = prepare(np.eye(4))
    assert np.isnan(fit_ar(prepared, noise(scans=4)).residual_variance).all()


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(3)), st.lists(st.sampled_from([-3.0, -1.0, 0.5, 1e4]), min_size=3, max_size=3))
def test_f_does_not_depend_on_order_sign_or_scale_of_rows(order, scales):
    prepared, data = prepare(design()), noise()
    got = fit_ar(prepared, data)
    rows = np.eye(5)[1:4]
    want = f_contrast_gls(prepared, got, rows)
    changed = f_contrast_gls(prepared, got, (rows * np.array(scales)[:, None])[list(order)])
    np.testing.assert_allclose(changed.f, want.f, rtol=1e-10)


def test_f_of_one_row_is_t_squared_and_repeated_rows_count_once():
    prepared, data = prepare(design()), noise()
    got = fit_ar(prepared, data)
    row = np.array([0, 1.0, -1.0, 0, 0])
    f = f_contrast_gls(prepared, got, [row, -2 * row])
    assert f.numerator_dof == 1
    np.testing.assert_allclose(f.f, t_contrast_gls(prepared, got, row).t ** 2, rtol=1e-11)


def test_effects_carry_their_covariance():
    """The variance of a sum of two contrasts is the sum of the four entries."""
    prepared, data = prepare(design()), noise()
    got = fit_ar(prepared, data)
    effects = effects_gls(prepared, got, np.eye(5)[1:3])
    together = t_contrast_gls(prepared, got, [0, 1.0, 1.0, 0, 0])
    np.testing.assert_allclose(effects.covariance.sum(axis=(0, 1)), together.variance, rtol=1e-11)
    np.testing.assert_allclose(effects.effects.sum(axis=0), together.effect, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("contrast", [t_contrast_gls, f_contrast_gls])
def test_contrasts_that_have_no_answer_are_errors(contrast):
    prepared = prepare(np.column_stack([np.repeat(np.eye(2), 30, axis=0), np.ones(60)]))
    got = fit_ar(prepared, noise())
    with pytest.raises(ValueError, match="not estimable"):
        contrast(prepared, got, [1.0, 0, 0])
    with pytest.raises(ValueError, match="not zero"):
        contrast(prepared, got, np.zeros(3))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": 0}, "an order"),
        ({"order": 30}, "an order"),
        ({"quantize": 0.0}, "a step"),
        ({"quantize": 1}, "a step"),
    ],
)
def test_settings_out_of_range_are_errors(options, message):
    with pytest.raises(ValueError, match=message):
        fit_ar(prepare(design()), noise(), **options)


def test_shapes_that_do_not_fit_are_errors():
    with pytest.raises(ValueError, match="60 rows"):
        fit_ar(prepare(design()), noise(scans=59))
    with pytest.raises(ValueError, match="do not fit data"):
        fit_gls(prepare(design()), noise(), np.zeros((1, 5)))


def test_many_contrasts_are_each_by_itself():
    """To the bit; and one without weights is refused among others."""
    prepared = prepare(np.column_stack([np.ones(40), np.random.default_rng(0).normal(size=(40, 3))]))
    data = np.random.default_rng(1).normal(size=(40, 37))
    data[3, 5] = np.nan
    fitted, rows = fit_ar(prepared, data, order=2), np.array([[0.0, 1, 0, 0], [0, 1, -1, 0], [1, 0, 0, 2]])
    together = t_contrasts_gls(prepared, fitted, rows)
    for number, row in enumerate(rows):
        for all_of, one in zip(together, t_contrast_gls(prepared, fitted, row), strict=True):
            np.testing.assert_array_equal(all_of[number], one)
    with pytest.raises(ValueError, match="needs a weight"):
        t_contrasts_gls(prepared, fitted, np.vstack([rows, np.zeros(4)]))
