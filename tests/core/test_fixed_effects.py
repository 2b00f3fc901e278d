"""Runs combined: t and F, equal weights and precision."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.autocorrelation import effects_gls, fit_ar
from glmspec.core.contrasts import f_contrast
from glmspec.core.fixed_effects import (
    WEIGHTS,
    WEIGHTS_F,
    Effects,
    effects_ols,
    equal,
    equal_f,
    f_statistic,
    independent_rows,
    precision,
    precision_f,
)
from glmspec.core.least_squares import fit, prepare

RNG = np.random.default_rng(8)
EFFECT = RNG.normal(size=7)
SUMS = 1e-13
"""Sums of a few numbers in another order."""


def two_runs():
    """The second run has twice the effect, and four times the variance."""
    return np.array([EFFECT, 2 * EFFECT]), np.array([np.ones(7), np.full(7, 4.0)])


def several(rows=3, runs=3, voxels=5, seed=9):
    """Effects with covariances that are not diagonal."""
    rng = np.random.default_rng(seed)
    halves = rng.normal(size=(runs, voxels, rows, rows + 2))
    covariances = np.moveaxis(halves @ halves.transpose(0, 1, 3, 2), 1, -1)
    return [Effects(rng.normal(size=(rows, voxels)), covariance) for covariance in covariances]


def test_equal_weights_of_the_literature():
    """Effect 1.5 x, variance 1.25 (fixed-effects example of nilearn's tests, algebraic)."""
    combined = equal(*two_runs())
    np.testing.assert_allclose(combined.effect, 1.5 * EFFECT, rtol=SUMS)
    np.testing.assert_allclose(combined.variance, 1.25, rtol=SUMS)
    np.testing.assert_allclose(combined.t, 1.5 * EFFECT / np.sqrt(1.25), rtol=SUMS)


def test_precision_weights_of_the_literature():
    """Effect 1.2 x, variance 0.8 (as above)."""
    combined = precision(*two_runs())
    np.testing.assert_allclose(combined.effect, 1.2 * EFFECT, rtol=SUMS)
    np.testing.assert_allclose(combined.variance, 0.8, rtol=SUMS)


def test_a_mistake_would_be_noticed():
    """Deliberate break: the mean of variances without the second division, and weights that are not inverted."""
    effects, variances = two_runs()
    assert not np.allclose(equal(effects, variances).variance, variances.mean(axis=0))
    assert not np.allclose(precision(effects, 1 / variances).effect, 1.2 * EFFECT)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_one_run_is_itself(weights):
    effects, variances = two_runs()
    combined = WEIGHTS[weights](effects[1:], variances[1:])
    np.testing.assert_allclose(combined.effect, effects[1], rtol=SUMS)
    np.testing.assert_allclose(combined.variance, variances[1], rtol=SUMS)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_runs_of_equal_variance_agree(weights):
    """Then both weights are one."""
    effects, _ = two_runs()
    combined = WEIGHTS[weights](effects, np.full((2, 7), 3.0))
    np.testing.assert_allclose(combined.effect, 1.5 * EFFECT, rtol=SUMS)
    np.testing.assert_allclose(combined.variance, 1.5, rtol=SUMS)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("variance", [0.0, np.nan, np.inf, -1.0])
def test_a_run_without_a_variance_is_nan(weights, variance):
    """In its voxel alone: an effect with no variance is no infinite evidence."""
    effects, variances = two_runs()
    variances[0, 3] = variance
    combined = WEIGHTS[weights](effects, variances)
    np.testing.assert_array_equal(np.isnan(combined.t), np.arange(7) == 3)
    assert np.isnan(combined.variance[3])


@pytest.mark.parametrize("weights", WEIGHTS)
def test_shapes_that_do_not_fit_are_errors(weights):
    with pytest.raises(ValueError, match="one shape"):
        WEIGHTS[weights](np.ones((2, 3)), np.ones((2, 4)))
    with pytest.raises(ValueError, match="one shape"):
        WEIGHTS[weights](np.ones((0, 3)), np.ones((0, 3)))


def test_f_of_one_run_is_the_contrasts():
    """Least squares of one run, through effects and covariance."""
    matrix = np.column_stack([np.ones(20), RNG.normal(size=(20, 3))])
    prepared, rows = prepare(matrix), np.eye(4)[1:]
    fitted = fit(prepared, RNG.normal(size=(20, 6)))
    got, want = f_statistic(effects_ols(prepared, fitted, rows)), f_contrast(prepared, fitted, rows)
    assert got.numerator_dof == want.numerator_dof
    np.testing.assert_allclose(got.f, want.f, rtol=1e-11)  # a solve of a well-conditioned 3 x 3


def test_f_over_runs_is_a_wald_statistic():
    """Mean effects, covariance sum(C) / R^2, voxel by voxel."""
    runs = several()
    got = f_statistic(equal_f(runs))
    for voxel in range(5):
        effect = np.mean([run.effects[:, voxel] for run in runs], axis=0)
        covariance = np.sum([run.covariance[..., voxel] for run in runs], axis=0) / 9
        want = effect @ np.linalg.solve(covariance, effect) / 3
        assert got.f[voxel] == pytest.approx(want, rel=1e-11)


def test_precision_f_is_the_weighted_estimate():
    """(sum C^-1)^-1 sum C^-1 e, voxel by voxel."""
    runs = several()
    got = precision_f(runs)
    for voxel in range(5):
        inverses = [np.linalg.inv(run.covariance[..., voxel]) for run in runs]
        covariance = np.linalg.inv(sum(inverses))
        weighted = sum(i @ run.effects[:, voxel] for i, run in zip(inverses, runs, strict=True))
        np.testing.assert_allclose(got.covariance[..., voxel], covariance, rtol=1e-9)  # condition numbers near 1e3
        np.testing.assert_allclose(got.effects[:, voxel], covariance @ weighted, rtol=1e-9)


@pytest.mark.parametrize("weights", WEIGHTS_F)
def test_f_of_one_row_is_t_squared(weights):
    effects, variances = two_runs()
    runs = [Effects(e[None], v[None, None]) for e, v in zip(effects, variances, strict=True)]
    got = f_statistic(WEIGHTS_F[weights](runs))
    np.testing.assert_allclose(got.f, WEIGHTS[weights](effects, variances).t ** 2, rtol=1e-12)


@pytest.mark.parametrize("weights", WEIGHTS_F)
def test_f_does_not_depend_on_order_sign_or_scale_of_rows(weights):
    """nilearn's does, over runs."""
    runs, turn = several(), np.array([[0, -2.0, 0], [1e3, 0, 0], [0, 0, 0.1]])
    turned = [Effects(turn @ e, np.einsum("qr,rsv,ts->qtv", turn, c, turn)) for e, c in runs]
    want = f_statistic(WEIGHTS_F[weights](runs)).f
    np.testing.assert_allclose(f_statistic(WEIGHTS_F[weights](turned)).f, want, rtol=1e-9)


@pytest.mark.parametrize("weights", WEIGHTS_F)
def test_a_voxel_without_variance_in_a_run_has_no_f(weights):
    runs = several()
    runs[1].covariance[:, :, 2] = 0.0
    runs[0].effects[1, 4] = np.nan
    got = f_statistic(WEIGHTS_F[weights](runs)).f
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(got)), [2, 4])


def test_rows_that_cannot_be_told_apart_have_no_f():
    """In one voxel both rows are all of one noise, to the last digit; the other voxels keep their bits."""
    covariance = np.tile(np.array([[2.0, 1], [1, 3]])[..., None], 4)
    effects, want = RNG.normal(size=(2, 4)), np.arange(4) != 1
    alone = f_statistic(Effects(effects, covariance)).f
    covariance[..., 1] = [[1, 1e-3], [1e-3, 1e-6]]
    together = f_statistic(Effects(effects, covariance)).f
    assert np.isnan(together[1])
    np.testing.assert_array_equal(together[want], alone[want])


def test_ar_runs_combine():
    """Two halves of noise: effects of a fit with AR noise go the same way."""
    matrix, rows = np.column_stack([np.ones(50), RNG.normal(size=(50, 3))]), np.eye(4)[1:3]
    prepared = prepare(matrix)
    runs = [effects_gls(prepared, fit_ar(prepared, RNG.normal(size=(50, 4))), rows) for _ in range(2)]
    got = f_statistic(equal_f(runs))
    assert got.numerator_dof == 2
    assert (got.f > 0).all()


def test_independent_rows():
    """One of each direction, whatever its length; a row of zeros is none."""
    rows = [[1.0, -1, 0], [0, 0, 0], [-2.0, 2, 0], [0, 1e-3, 0]]
    assert len(independent_rows(rows)) == 2
    assert 3 in independent_rows(rows)
    assert independent_rows(np.zeros((2, 3))) == ()


def test_runs_of_other_rows_are_errors():
    with pytest.raises(ValueError, match="same rows"):
        equal_f([*several(rows=2), *several(rows=3)])
    with pytest.raises(ValueError, match="one run"):
        precision_f([])
