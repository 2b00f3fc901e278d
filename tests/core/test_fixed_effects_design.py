"""Fixed effects under a design: against loops over voxels, exact fractions, and the mean over runs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glmspec.core.contrasts import orthonormal_rows
from glmspec.core.fixed_effects import WEIGHTS, Effects, f_statistic, independent_rows
from glmspec.core.fixed_effects_design import EFFECTS, effects_equal, effects_precision, participating, t_statistic
from glmspec.core.least_squares import prepare
from glmspec.core.tails import f_upper_tail, p_for, t_to_z, z_upper_tail

RNG = np.random.default_rng(12)
N, V = 9, 6
Y = RNG.normal(2, 1, size=(N, V))
VARIANCES = RNG.uniform(0.1, 4, size=(N, V))
CELLS = np.repeat(np.eye(3), 3, axis=0)
TIME = np.tile([0.0, 1, 4], 3)
DESIGNS = {
    "cell means": (CELLS, [[1.0, -1, 0], [0, 1, -1]]),
    "means and time": (np.column_stack([CELLS, TIME]), [[1.0, 0, -1, 0], [0, 0, 0, 1]]),
    "an intercept too many": (np.column_stack([np.ones(N), CELLS, TIME]), [[0, 1.0, 0, -1, 0], [0, 0, 0, 0, 1]]),
    "unlike units": (np.column_stack([1e6 * CELLS, 1e-6 * TIME]), [[1e6, 0, -1e6, 0], [0, 0, 0, 1e-6]]),
}
SUMS = 1e-12
"""Sums of a few numbers in another order, after a solution of a few equations."""


def by_loop(design, weights, contrasts, y=Y, variances=VARIANCES):
    """Effects and covariance of one voxel after another, with pseudo-inverses."""
    effects, covariances = [], []
    for voxel in range(y.shape[1]):
        known = np.diag(variances[:, voxel])
        whitener = np.linalg.inv(known) if weights == "precision" else np.eye(len(y))
        inverse = np.linalg.pinv(design.T @ whitener @ design, rcond=1e-12, hermitian=True) @ design.T @ whitener
        combination = np.atleast_2d(contrasts) @ inverse
        effects.append(combination @ y[:, voxel])
        covariances.append(combination @ known @ combination.T)
    return Effects(np.array(effects).T, np.moveaxis(np.array(covariances), 0, -1))


@pytest.mark.parametrize("weights", EFFECTS)
@pytest.mark.parametrize("scale", [1.0, -3.0, 1e6])
def test_a_column_of_ones_is_the_mean_over_runs(weights, scale):
    """Effect, variance and t, whatever number the column holds."""
    found = t_statistic(EFFECTS[weights](prepare(np.full((N, 1), scale)), Y, VARIANCES, [scale]))
    for got, want in zip(found, WEIGHTS[weights](Y, VARIANCES), strict=True):
        np.testing.assert_allclose(got, want, rtol=SUMS)


@pytest.mark.parametrize("weights", EFFECTS)
def test_cell_means_are_means_over_the_runs_of_a_cell(weights):
    """Each as if the other cells were not there."""
    found = EFFECTS[weights](prepare(CELLS), Y, VARIANCES, np.eye(3))
    for cell in range(3):
        rows = CELLS[:, cell] == 1
        for got, want in zip(t_statistic(found, cell), WEIGHTS[weights](Y[rows], VARIANCES[rows]), strict=True):
            np.testing.assert_allclose(got, want, rtol=SUMS)
    assert np.abs(found.covariance[0, 1]).max() < 1e-15


@pytest.mark.parametrize("weights", EFFECTS)
@pytest.mark.parametrize("name", ["cell means", "means and time", "an intercept too many"])
def test_every_design_by_loop(name, weights):
    """Effects, their covariance, t, and F of both rows."""
    design, contrasts = DESIGNS[name]
    found, want = EFFECTS[weights](prepare(design), Y, VARIANCES, contrasts), by_loop(design, weights, contrasts)
    np.testing.assert_allclose(found.effects, want.effects, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.covariance, want.covariance, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(t_statistic(found, 1).t, want.effects[1] / np.sqrt(want.covariance[1, 1]), rtol=1e-9)
    for voxel, f in enumerate(f_statistic(found).f):
        effect = want.effects[:, voxel]
        assert f == pytest.approx(effect @ np.linalg.solve(want.covariance[..., voxel], effect) / 2, rel=1e-9)


@pytest.mark.parametrize("weights", EFFECTS)
def test_units_of_columns_do_not_matter(weights):
    """Twelve orders of magnitude between them."""
    found, want = (
        EFFECTS[weights](prepare(DESIGNS[name][0]), Y, VARIANCES, DESIGNS[name][1])
        for name in ("unlike units", "means and time")
    )
    np.testing.assert_allclose(found.effects, want.effects, rtol=SUMS)
    np.testing.assert_allclose(found.covariance, want.covariance, rtol=SUMS, atol=1e-15)


@pytest.mark.parametrize("weights", EFFECTS)
@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(2, 9), columns=st.integers(1, 3))
def test_any_design_by_loop(weights, seed, rows, columns):
    """Random designs and estimable contrasts."""
    rng = np.random.default_rng(seed)
    design = rng.integers(-2, 3, size=(rows, columns)).astype(float)
    contrast, y, variances = rng.normal(size=rows) @ design, rng.normal(size=(rows, 2)), rng.uniform(1, 4, (rows, 2))
    prepared = prepare(design)
    assume(contrast.any() and not prepared.rank_in_doubt)
    found, want = EFFECTS[weights](prepared, y, variances, contrast), by_loop(design, weights, contrast, y, variances)
    np.testing.assert_allclose(found.effects, want.effects, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found.covariance, want.covariance, rtol=1e-7, atol=1e-9)


def exact(design, y, variances, weights):
    """w'b and its variance under weights of precision, in fractions, by elimination."""
    rows = [
        ([Fraction(x) for x in row], Fraction(a), Fraction(v)) for row, a, v in zip(design, y, variances, strict=True)
    ]
    size = range(len(design[0]))
    table = [
        [*(sum(x[i] * x[j] / v for x, _, v in rows) for j in size), sum(x[i] * a / v for x, a, v in rows), Fraction(w)]
        for i, w in zip(size, weights, strict=True)
    ]
    for i in size:
        table[i] = [value / table[i][i] for value in table[i]]
        for other in size:
            if other != i:
                table[other] = [a - table[other][i] * b for a, b in zip(table[other], table[i], strict=True)]
    return tuple(float(sum(Fraction(w) * table[i][k] for i, w in zip(size, weights, strict=True))) for k in (-2, -1))


@pytest.mark.parametrize(("orders", "tolerance"), [(2, 1e-13), (6, 1e-12), (12, 1e-10), (16, 1e-8)])
def test_variances_of_all_sizes_keep_digits(orders, tolerance):
    """Maps whose variances differ by orders of magnitude: normal equations would lose as many digits."""
    rng = np.random.default_rng(orders)
    design = np.column_stack([np.ones(6), rng.normal(size=6), [0, 1.0, 2, 2, 1, 0]])
    y, variances = rng.normal(size=(6, 40)), 10 ** rng.uniform(-orders / 2, orders / 2, size=(6, 40))
    weights = np.array([0.25, -1, 0.5])
    found = t_statistic(effects_precision(prepare(design), y, variances, weights))
    want = np.array([exact(design, *pair, weights) for pair in zip(y.T, variances.T, strict=True)]).T
    np.testing.assert_allclose(found.variance, want[1], rtol=tolerance)
    np.testing.assert_allclose(found.t, want[0] / np.sqrt(want[1]), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("weights", EFFECTS)
def test_neither_the_order_of_maps_nor_the_units_of_effects_matter(weights):
    order = np.random.default_rng(1).permutation(N)
    design, contrasts = DESIGNS["means and time"]
    want = t_statistic(EFFECTS[weights](prepare(design), Y, VARIANCES, contrasts)).t
    for scale in (1.0, 1e-9, 1e9):
        effects = EFFECTS[weights](prepare(design[order]), scale * Y[order], scale**2 * VARIANCES[order], contrasts)
        np.testing.assert_allclose(t_statistic(effects).t, want, rtol=SUMS)


@pytest.mark.parametrize("weights", EFFECTS)
def test_f_asks_the_same_however_its_rows_are_written(weights):
    """The independent rows of a matrix with repeats, or orthonormal ones."""
    design, _ = DESIGNS["means and time"]
    prepared = prepare(design)
    rows = np.array([[1.0, -1, 0, 0], [0, 1, -1, 0], [1, 0, -1, 0], [5, -5, 0, 0]])
    some = rows[list(independent_rows(rows))]
    one, other = (
        f_statistic(EFFECTS[weights](prepared, Y, VARIANCES, asked))
        for asked in (some, orthonormal_rows(prepared, rows).weights)
    )
    assert one.numerator_dof == other.numerator_dof == 2
    np.testing.assert_allclose(one.f, other.f, rtol=1e-11)


def test_a_mistake_would_be_noticed():
    """Deliberate break: weights that are not inverted, and variances that are taken for deviations."""
    design, contrasts = DESIGNS["means and time"]
    want = by_loop(design, "precision", contrasts)
    for wrong in (1 / VARIANCES, VARIANCES**2):
        assert not np.allclose(effects_precision(prepare(design), Y, wrong, contrasts).effects, want.effects, rtol=1e-2)
    assert not np.allclose(
        effects_equal(prepare(design), Y, VARIANCES, contrasts).covariance, want.covariance, rtol=1e-2
    )


# degrees of freedom


def test_maps_of_other_cells_do_not_take_part():
    """A difference of two cells rests on their maps; F on those of any row; a slope on all that are off the mean."""
    cells, both = prepare(CELLS), prepare(DESIGNS["means and time"][0])
    assert participating(cells, [1.0, -1, 0]).tolist() == [True] * 6 + [False] * 3
    assert participating(cells, [[1.0, 0, 0], [0, 0, 1]]).tolist() == [True] * 3 + [False] * 3 + [True] * 3
    assert participating(both, [0, 0, 0, 1.0]).all()
    assert participating(prepare(np.ones((N, 1))), [2.0]).all()
    line = prepare(np.column_stack([np.ones(3), [-1.0, 0, 1]]))
    assert participating(line, [0, 1.0]).tolist() == [True, False, True]


def test_without_known_dof_the_statistic_is_a_z():
    """t is z to the bit; F is chi-squared over its degrees of freedom."""
    found = effects_precision(prepare(CELLS), Y, VARIANCES, DESIGNS["cell means"][1])
    t = t_statistic(found).t
    np.testing.assert_array_equal(t_to_z(t, np.inf), t)
    np.testing.assert_allclose(p_for("t", t, (np.inf,), "greater"), z_upper_tail(t), rtol=1e-13)
    f = f_statistic(found).f
    np.testing.assert_allclose(f_upper_tail(f, 2, np.inf), np.exp(-f), rtol=1e-12)


# voxels that are not as they should be


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("weights", EFFECTS)
def test_a_broken_effect_is_nan_and_alone(weights, bad):
    """In all three, though its map takes no part; others keep their bits, and what was given stays as it was."""
    broken = Y.copy()
    broken[8, 2] = bad
    before = broken.copy()
    found, want = (t_statistic(EFFECTS[weights](prepare(CELLS), y, VARIANCES, [1.0, -1, 0])) for y in (broken, Y))
    for got, clean in zip(found, want, strict=True):
        assert np.flatnonzero(np.isnan(got)).tolist() == [2]
        np.testing.assert_array_equal(np.delete(got, 2), np.delete(clean, 2))
    np.testing.assert_array_equal(broken, before)


@pytest.mark.parametrize("variance", [0.0, -1.0])
@pytest.mark.parametrize("weights", EFFECTS)
def test_a_map_without_a_variance_has_no_t(weights, variance):
    """With equal weights the effect is still what it is; an infinite weight has no effect either."""
    variances = VARIANCES.copy()
    variances[0, 4] = variance
    found = t_statistic(EFFECTS[weights](prepare(CELLS), Y, variances, [1.0, -1, 0]))
    assert np.flatnonzero(np.isnan(found.t)).tolist() == np.flatnonzero(np.isnan(found.variance)).tolist() == [4]
    assert np.isnan(found.effect[4]) == (weights == "precision")
    assert np.isnan(found.effect).sum() == (weights == "precision")


def test_maps_of_weight_that_cannot_tell_columns_apart():
    """A slope of two maps at one time, all others of next to no weight: NaN, not digits of rounding."""
    design = np.column_stack([np.ones(4), [1.0, 1, 3, 7]])
    variances = np.ones((4, 2))
    variances[:2, 1] = 1e-34
    found = t_statistic(effects_precision(prepare(design), Y[:4, :2], variances, [0, 1.0]))
    for values in found:
        assert np.isnan(values).tolist() == [False, True]


@pytest.mark.parametrize("weights", EFFECTS)
def test_a_huge_variance_elsewhere_does_not_spill_over(weights):
    """A third cell whose variances are 1e30: the difference of the other two keeps its digits, coded either way."""
    variances = np.where(CELLS[:, 2:] == 1, 1e30, VARIANCES)
    want = t_statistic(EFFECTS[weights](prepare(CELLS[:6, :2]), Y[:6], VARIANCES[:6], [1.0, -1]))
    coded = np.column_stack([np.ones(N), CELLS[:, 1:]])
    found = t_statistic(EFFECTS[weights](prepare(coded), Y, variances, [0, -1.0, 0]))
    np.testing.assert_allclose(found.variance, want.variance, rtol=1e-9)
    np.testing.assert_allclose(found.t, want.t, rtol=1e-9)


@pytest.mark.parametrize("weights", EFFECTS)
def test_what_does_not_fit_is_refused(weights):
    """Shapes, rows and contrasts."""
    prepared = prepare(DESIGNS["an intercept too many"][0])
    good = [0, 1.0, 0, -1, 0]
    with pytest.raises(ValueError, match="one shape"):
        EFFECTS[weights](prepared, Y, VARIANCES[:, 1:], good)
    with pytest.raises(ValueError, match="9 rows"):
        EFFECTS[weights](prepared, Y[1:], VARIANCES[1:], good)
    with pytest.raises(ValueError, match="not estimable"):
        EFFECTS[weights](prepared, Y, VARIANCES, [0, 1.0, 0, 0, 0])
    with pytest.raises(ValueError, match="not estimable"):
        participating(prepared, [0, 1.0, 0, 0, 0])
