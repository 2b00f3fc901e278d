"""Variances that differ between groups of rows: Welch and Satterthwaite, against loops and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from glmspec.core.contrasts import t_contrast
from glmspec.core.least_squares import fit, prepare
from glmspec.core.welch import fit_groups, t_contrast_welch, variance_groups

RNG = np.random.default_rng(3)
SIZES = [6, 9, 5]
LABELS = np.repeat([0, 1, 2], SIZES)
MEANS = np.repeat(np.eye(3), SIZES, axis=0)
AGE = RNG.normal(40, 12, size=20)
DATA = 100 + RNG.normal(size=(20, 7)) * np.array([0.5, 3, 1])[LABELS][:, None]
SUMS = 1e-11
"""The same sums in another order, for effects near 1 on a mean of 100."""


def welch(design, labels, data, weights):
    prepared = prepare(design)
    groups = variance_groups(prepared, labels)
    return t_contrast_welch(prepared, groups, fit_groups(prepared, data, groups), weights)


def by_loop(design, labels, data, weights):
    """Effect, variance, t and dof of one voxel after another, from the definitions, with a pseudo-inverse."""
    inverse = np.linalg.pinv(design)
    forming = np.eye(len(design)) - design @ inverse
    combination = np.asarray(weights) @ inverse
    found = []
    for voxel in data.T:
        residuals = forming @ voxel
        parts, squares = [], []
        for label in sorted(set(np.asarray(labels).tolist())):
            member = np.asarray(labels) == label
            free = np.trace(forming[np.ix_(member, member)])
            part = (residuals[member] ** 2).sum() / free * (combination[member] ** 2).sum()
            parts.append(part)
            squares.append(part**2 / free)
        effect, variance = combination @ voxel, sum(parts)
        found.append([effect, variance, effect / variance**0.5, variance**2 / sum(squares)])
    return np.array(found).T


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (2, 0)])
def test_two_groups_are_the_test_of_welch(one, other):
    """scipy.stats.ttest_ind with unequal variances: t, p's degrees of freedom and all."""
    rows = np.isin(LABELS, [one, other])
    design = MEANS[rows][:, [one, other]]
    found = welch(design, LABELS[rows], DATA[rows], [1.0, -1])
    want = stats.ttest_ind(DATA[one == LABELS], DATA[other == LABELS], equal_var=False)
    np.testing.assert_allclose(found.t, want.statistic, rtol=SUMS)
    np.testing.assert_allclose(found.dof, want.df, rtol=SUMS)


def test_a_group_that_takes_no_part_has_no_say():
    """Three means, two compared: the third group's variance and size do not matter, to the last digit of dof."""
    found = welch(MEANS, LABELS, DATA, [1.0, -1, 0])
    want = stats.ttest_ind(DATA[LABELS == 0], DATA[LABELS == 1], equal_var=False)
    np.testing.assert_allclose(found.t, want.statistic, rtol=SUMS)
    np.testing.assert_allclose(found.dof, want.df, rtol=SUMS)
    noisy = np.where(LABELS[:, None] == 2, 1e6 * DATA, DATA)
    np.testing.assert_allclose(welch(MEANS, LABELS, noisy, [1.0, -1, 0]).variance, found.variance, rtol=SUMS)


def test_one_group_is_the_pooled_test():
    """With N - rank degrees of freedom in every voxel."""
    design = np.column_stack([MEANS, AGE])
    prepared = prepare(design)
    found, want = (
        welch(design, np.zeros(20), DATA, [1, -1, 0, 0]),
        t_contrast(prepared, fit(prepared, DATA), [1, -1, 0, 0]),
    )
    for name in ("effect", "variance", "t"):
        np.testing.assert_allclose(getattr(found, name), getattr(want, name), rtol=SUMS)
    np.testing.assert_allclose(found.dof, 16, rtol=SUMS)


DESIGNS = {
    "three means": (MEANS, [1.0, 0.5, -1.5]),
    "a mean of means": (MEANS, [1 / 3, 1 / 3, 1 / 3]),
    "an age for all": (np.column_stack([MEANS, AGE]), [1.0, -1, 0, 0]),
    "the slope of age": (np.column_stack([MEANS, AGE]), [0, 0, 0, 1.0]),
    "an age for each": (np.column_stack([MEANS, MEANS * AGE[:, None]]), [0, 0, 0, 1.0, -1, 0]),
    "groups that the model does not know": (np.column_stack([np.ones(20), AGE]), [0, 1.0]),
    "an intercept as well": (np.column_stack([np.ones(20), MEANS, AGE]), [0, 1.0, 0, -1, 0]),
}


@pytest.mark.parametrize("labels", [LABELS, LABELS == 1, np.arange(20) % 2], ids=["three", "two", "crossed"])
@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_by_loop(name, labels):
    """Groups in the design, across it, and of unequal leverage."""
    design, weights = DESIGNS[name]
    np.testing.assert_allclose(welch(design, labels, DATA, weights), by_loop(design, labels, DATA, weights), rtol=1e-9)


@pytest.mark.parametrize("name", ["three means", "a mean of means", "an age for each"])
def test_columns_of_one_group_each_give_the_v_of_aspin_and_welch(name):
    """Its variance, w'(X'D^-1 X)^- w with D the variances of rows, written out voxel by voxel."""
    design, weights = DESIGNS[name]
    prepared = prepare(design)
    groups = variance_groups(prepared, LABELS)
    fitted = fit_groups(prepared, DATA, groups)
    found = t_contrast_welch(prepared, groups, fitted, weights)
    for voxel in range(DATA.shape[1]):
        information = design.T @ (design / fitted.residual_variances[LABELS, voxel][:, None])
        want = np.asarray(weights) @ np.linalg.solve(information, weights)
        assert found.variance[voxel] == pytest.approx(want, rel=1e-9)


def test_a_shared_column_is_not_the_v_of_aspin_and_welch():
    """Least squares have a variance of their own, never below that of the best weights."""
    design, weights = DESIGNS["the slope of age"]
    prepared = prepare(design)
    groups = variance_groups(prepared, LABELS)
    fitted = fit_groups(prepared, DATA, groups)
    found = t_contrast_welch(prepared, groups, fitted, weights).variance
    for voxel in range(DATA.shape[1]):
        information = design.T @ (design / fitted.residual_variances[LABELS, voxel][:, None])
        assert found[voxel] > 1.01 * np.linalg.inv(information)[3, 3]


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(6, 15), columns=st.integers(1, 3), groups=st.integers(1, 3))
def test_any_design_by_loop(seed, rows, columns, groups):
    """Random designs, contrasts and groups."""
    rng = np.random.default_rng(seed)
    design, labels = rng.integers(-3, 4, size=(rows, columns)).astype(float), rng.integers(0, groups, size=rows)
    weights, data = rng.normal(size=rows) @ design, rng.normal(size=(rows, 3))
    prepared = prepare(design)
    assume(weights.any() and not prepared.rank_in_doubt)
    try:
        variance_groups(prepared, labels)
    except ValueError:
        assume(False)
    np.testing.assert_allclose(welch(design, labels, data, weights), by_loop(design, labels, data, weights), rtol=1e-7)


def test_rows_in_another_order_and_groups_under_other_names():
    """Nothing depends on either."""
    order = np.random.default_rng(4).permutation(20)
    design, weights = DESIGNS["an age for all"]
    want = welch(design, LABELS, DATA, weights)
    turned = welch(design[order], np.array(["c", "a", "b"])[LABELS][order], DATA[order], weights)
    np.testing.assert_allclose(turned, want, rtol=SUMS)


def test_degrees_of_freedom_lie_between_the_least_group_and_all():
    """Satterthwaite's bounds; those of groups add up to N - rank."""
    design, weights = DESIGNS["an age for all"]
    prepared = prepare(design)
    groups = variance_groups(prepared, LABELS)
    np.testing.assert_allclose(groups.dof.sum(), prepared.dof, rtol=1e-13)
    dof = welch(design, LABELS, DATA, weights).dof
    assert ((dof > groups.dof.min()) & (dof < prepared.dof)).all()


def test_units_do_not_matter():
    """Data in billionths, or 1e100 times as large, where squares of variances would leave the range of a double."""
    want = welch(MEANS, LABELS, DATA, [1.0, -1, 0])
    for scale in (1e-9, 1e-100, 1e100):
        found = welch(MEANS, LABELS, scale * DATA, [1.0, -1, 0])
        np.testing.assert_allclose(found.t, want.t, rtol=SUMS)
        np.testing.assert_allclose(found.dof, want.dof, rtol=SUMS)


# voxels that are not as they should be


def test_a_voxel_without_variance_has_no_t():
    """Fitted exactly in all groups that take part: variance 0, t and dof NaN, effect as it is."""
    data = DATA.copy()
    data[:, 3] = 0.1 * np.array([1, 2, 3])[LABELS]
    data[LABELS < 2, 4] = 0.1
    found = welch(MEANS, LABELS, data, [1.0, -1, 0])
    assert np.flatnonzero(np.isnan(found.t)).tolist() == np.flatnonzero(np.isnan(found.dof)).tolist() == [3, 4]
    assert np.flatnonzero(found.variance == 0).tolist() == [3, 4]
    np.testing.assert_allclose(found.effect[3:5], [-0.1, 0], rtol=1e-12, atol=1e-15)


def test_a_group_without_variance_is_known_exactly():
    """The other's variance and degrees of freedom are all there is; so it is in scipy and in R."""
    data = DATA.copy()
    data[LABELS == 0] = 100
    found = welch(MEANS, LABELS, data, [1.0, -1, 0])
    np.testing.assert_allclose(found.dof, 8, rtol=SUMS)
    np.testing.assert_allclose(found.t, stats.ttest_1samp(100 - data[LABELS == 1], 0).statistic, rtol=SUMS)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_broken_voxel_is_nan_and_alone(bad):
    """In all four, though the broken row takes no part; the others keep every bit, and the data are not touched."""
    broken = DATA.copy()
    broken[19, 2] = bad
    before = broken.copy()
    found, want = (welch(MEANS, LABELS, data, [1.0, -1, 0]) for data in (broken, DATA))
    for got, clean in zip(found, want, strict=True):
        assert np.flatnonzero(np.isnan(got)).tolist() == [2]
        np.testing.assert_array_equal(np.delete(got, 2), np.delete(clean, 2))
    np.testing.assert_array_equal(broken, before)


def test_float32_data_are_fitted_in_float64():
    """A float32 volume gives what its exact values give."""
    single = DATA.astype(np.float32)
    got, want = (welch(MEANS, LABELS, data, [1.0, -1, 0]) for data in (single, single.astype(np.float64)))
    np.testing.assert_array_equal(got, want)


# what cannot be answered


@pytest.mark.parametrize(
    ("design", "labels", "group"),
    [
        (MEANS, np.where(np.arange(20) == 7, "alone", "others"), None),
        (np.column_stack([MEANS, np.arange(20) == 7]), np.where(np.arange(20) == 7, "alone", "others"), "alone"),
        (np.repeat(np.eye(2), [1, 19], axis=0), ["one"] + ["many"] * 19, "one"),
        (np.eye(3), ["a", "b", "c"], "a"),
    ],
)
def test_a_group_that_the_design_fits_exactly_has_no_variance(design, labels, group):
    """A single row beside others of its mean has a little of its own; with a column of its own it has nothing."""
    prepared = prepare(design)
    if group is None:
        assert 0 < variance_groups(prepared, labels).dof[1] < 1
        return
    with pytest.raises(ValueError, match=f"rows of group {group} exactly"):
        variance_groups(prepared, labels)


def test_what_does_not_fit_is_refused():
    """Labels, data and weights."""
    prepared = prepare(MEANS)
    groups = variance_groups(prepared, LABELS)
    with pytest.raises(ValueError, match="20 rows"):
        variance_groups(prepared, LABELS[1:])
    with pytest.raises(ValueError, match="20 rows"):
        fit_groups(prepared, DATA[1:], groups)
    with pytest.raises(ValueError, match="not zero"):
        t_contrast_welch(prepared, groups, fit_groups(prepared, DATA, groups), [0, 0, 0])
    with pytest.raises(ValueError, match="not estimable"):
        welch(np.column_stack([np.ones(20), MEANS]), LABELS, DATA, [1, 0, 0, 0])
