"""Least squares on designs small enough to do by hand."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.least_squares import blamed_columns, estimable, fit, prepare, row_weights, whitened_weights

LINE = np.array([[1.0, 0], [1, 1], [1, 2]])
GROUPS = np.array([[1.0, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1]])
"""Intercept and both group indicators: one column too many."""


def test_a_line_by_hand():
    """Through (0, 1), (1, 3), (2, 3): slope 1, intercept 4/3, SSE 2/3 on one degree of freedom."""
    fitted = fit(prepare(LINE), np.array([[1.0], [3], [3]]))
    np.testing.assert_allclose(fitted.coefficients[:, 0], [4 / 3, 1], rtol=1e-14)
    np.testing.assert_allclose(fitted.residual_variance, [2 / 3], rtol=1e-14)


def test_rank_and_degrees_of_freedom():
    """Of four rows and three columns with one relation, two degrees of freedom are left."""
    prepared = prepare(GROUPS)
    assert (prepared.rank, prepared.dof, len(prepared.aliased)) == (2, 2, 1)
    assert not prepared.rank_in_doubt


def test_aliased_columns_have_coefficient_zero():
    """What an aliased column could say, the others say."""
    prepared = prepare(GROUPS)
    fitted = fit(prepared, np.array([[1.0], [3], [5], [7]]))
    assert (fitted.coefficients[list(prepared.aliased)] == 0).all()
    np.testing.assert_allclose(GROUPS @ fitted.coefficients, [[2], [2], [6], [6]], rtol=1e-14)


def test_the_variance_divides_by_rows_less_rank():
    """SSE 4 over 4 - 2, not over 4 - 3."""
    fitted = fit(prepare(GROUPS), np.array([[1.0], [3], [5], [7]]))
    np.testing.assert_allclose(fitted.residual_variance, [2.0], rtol=1e-14)


def test_units_do_not_decide_rank():
    """A covariate in units a trillion times too small is still a covariate."""
    assert prepare(LINE * [1, 1e-12]).rank == 2
    assert not prepare(LINE * [1, 1e-12]).rank_in_doubt


def test_a_column_of_zeros_is_aliased():
    """It says nothing, and no weight on it can be estimated."""
    prepared = prepare(np.column_stack([LINE, np.zeros(3)]))
    assert prepared.aliased == (2,)
    assert blamed_columns(prepared, [0, 0, 1]) == (2,)


def test_a_nearly_dependent_column_is_in_doubt_and_kept():
    """Filip's polynomial of degree ten in its shape: full rank, but with few digits."""
    x = np.linspace(-8.8, -3.1, 82)
    prepared = prepare(np.vander(x, 11))
    assert prepared.rank == 11
    assert prepared.rank_in_doubt


def test_an_exact_fit_has_variance_zero():
    """A constant voxel under an intercept, and a straight line: nothing but rounding is left."""
    data = np.array([[0.1, 1e-3, 0], [0.1, 1.1e-3, 0], [0.1, 1.2e-3, 0]])
    assert (fit(prepare(LINE), data).residual_variance == 0).all()


def test_a_small_residual_is_not_called_zero():
    """Noise a billionth of the mean is noise."""
    data = 1000 + 1e-6 * np.array([[0.0], [1], [0]])
    assert fit(prepare(LINE), data).residual_variance[0] > 1e-13


def test_float32_data_are_fitted_in_float64():
    """A float32 volume gives what its exact values give."""
    data = np.array([[1.1], [3.3], [3.7]], dtype=np.float32)
    single, double = fit(prepare(LINE), data), fit(prepare(LINE), data.astype(np.float64))
    assert single.coefficients.dtype == np.float64
    np.testing.assert_array_equal(single.coefficients, double.coefficients)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_broken_voxel_is_nan_and_alone(bad):
    """NaN and infinity in one row of one voxel of many; the others keep every bit."""
    rng = np.random.default_rng(1)
    design, clean = rng.normal(size=(20, 4)), rng.normal(size=(20, 1000))
    prepared = prepare(design)
    broken = clean.copy()
    broken[7, 500] = bad
    got, want = fit(prepared, broken), fit(prepared, clean)
    assert np.isnan(got.coefficients[:, 500]).all()
    assert np.isnan(got.residual_variance[500])
    others = np.arange(1000) != 500
    np.testing.assert_array_equal(got.coefficients[:, others], want.coefficients[:, others])
    np.testing.assert_array_equal(got.residual_variance[others], want.residual_variance[others])


def test_data_are_not_modified():
    """Not even where a voxel is broken."""
    data = np.array([[1.0, np.nan], [2, 1], [4, 1]])
    before = data.copy()
    fit(prepare(LINE), data)
    np.testing.assert_array_equal(data, before)


def test_without_degrees_of_freedom_the_variance_is_nan():
    """Two points and a line: coefficients yes, variance no."""
    fitted = fit(prepare(LINE[:2]), np.array([[1.0], [2]]))
    np.testing.assert_allclose(fitted.coefficients[:, 0], [1, 1])
    assert np.isnan(fitted.residual_variance).all()


def test_columns_in_another_order_give_the_same_fit():
    """Coefficients follow their columns."""
    rng = np.random.default_rng(2)
    design, data = rng.normal(size=(15, 4)), rng.normal(size=(15, 6))
    order = [2, 0, 3, 1]
    straight, turned = fit(prepare(design), data), fit(prepare(design[:, order]), data)
    np.testing.assert_allclose(turned.coefficients, straight.coefficients[order], rtol=1e-12)
    np.testing.assert_allclose(turned.residual_variance, straight.residual_variance, rtol=1e-12)


def test_the_difference_of_groups_is_estimable_and_a_group_is_not():
    """With the intercept in the model only differences and means are."""
    weights = [[0, 1, -1], [1, 1, 0], [1, 0.5, 0.5], [0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert estimable(prepare(GROUPS), weights).tolist() == [True, True, True, False, False, True]


def test_blame_names_the_columns_outside_the_row_space():
    """For a single group that is the whole relation: intercept and both indicators."""
    prepared = prepare(GROUPS)
    assert blamed_columns(prepared, [0, 1, 0]) == (0, 1, 2)
    assert blamed_columns(prepared, [0, 1, -1]) == ()


def test_blame_leaves_unrelated_columns_alone():
    """A covariate that takes no part in the aliasing is not blamed, whatever its weight."""
    design = np.column_stack([GROUPS, [1.0, 4, 2, 9]])
    assert blamed_columns(prepare(design), [0, 1, 0, 5]) == (0, 1, 2)


def test_large_units_elsewhere_do_not_hide_an_inestimable_weight():
    """Two equal columns in the billions beside an ordinary one."""
    big = 1e9 * np.array([1.0, 2, 4, 7])
    prepared = prepare(np.column_stack([[1.0, 1, -1, 1], big, big]))
    assert estimable(prepared, [[1, 0, 0], [1, 1, 0], [0, 0, 1]]).tolist() == [True, False, False]
    assert estimable(prepared, [[1, 1, 1]]).tolist() == [True]
    assert blamed_columns(prepared, [1, 1, 0]) == (1, 2)


def test_whitened_weights_of_an_inestimable_contrast_raise():
    """The maths never answers a question that has no answer."""
    with pytest.raises(ValueError, match="not estimable"):
        whitened_weights(prepare(GROUPS), [0, 1, 0])
    with pytest.raises(ValueError, match="not estimable"):
        row_weights(prepare(GROUPS), [0, 1, 0])


def test_row_weights_give_the_effects():
    """W b = L y, though a column is one too many; L L' is the covariance in units of the residual variance."""
    rng = np.random.default_rng(3)
    prepared, data, rows = prepare(GROUPS), rng.normal(size=(4, 5)), [[0, 1.0, -1], [1, 1, 0]]
    found = row_weights(prepared, rows)
    np.testing.assert_allclose(found @ data, rows @ fit(prepared, data).coefficients, rtol=1e-12, atol=1e-14)
    half = whitened_weights(prepared, rows)
    np.testing.assert_allclose(found @ found.T, half.T @ half, rtol=1e-12, atol=1e-14)


def test_a_row_without_a_part_weighs_nothing():
    """Exactly: a mean, and the difference of two others, in unlike units."""
    design = np.repeat(np.eye(3), [3, 4, 6], axis=0) * [1, 1e-9, 1e9]
    found = row_weights(prepare(design), [[1.0, 0, 0], [0, 1e-9, -1e9]])
    assert (found != 0).tolist() == [[True] * 3 + [False] * 10, [False] * 3 + [True] * 10]


@pytest.mark.parametrize("design", [np.ones(3), np.ones((0, 2)), np.ones((2, 0)), [[1, np.nan]]])
def test_what_is_no_design_is_refused(design):
    """A vector, nothing, or NaN."""
    with pytest.raises(ValueError, match="design"):
        prepare(design)


def test_data_of_other_rows_are_refused():
    """Three rows of design, four of data."""
    with pytest.raises(ValueError, match="3 rows"):
        fit(prepare(LINE), np.ones((4, 2)))
    with pytest.raises(ValueError, match="2 columns"):
        estimable(prepare(LINE), [1, 0, 0])
