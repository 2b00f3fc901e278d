"""Rows that come one after the other give what all of them give at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glmspec.core.least_squares import fit, prepare
from glmspec.core.rowwise import CHUNK, RowwiseFit, rotations


def rowwise(design, data):
    """The fit, and what was new in every row (N, V)."""
    fold = RowwiseFit(rotations(design), data.shape[1])
    new = np.array([fold.add(row) for row in data])
    return fold.finish(), new


def equal(design, data):
    """To rounding, in units of the data, times what the design makes of it."""
    prepared = prepare(design)
    want, (got, _) = fit(prepared, data), rowwise(design, data)
    slack = 1e-13 * np.linalg.cond(prepared.triangle)
    np.testing.assert_allclose(got.residual_variance, want.residual_variance, rtol=1e-10, atol=1e-13 * data.max() ** 2)
    np.testing.assert_allclose(got.coefficients, want.coefficients, atol=slack * np.abs(want.coefficients).max())


@settings(deadline=None)  # the first example compiles
@given(seed=st.integers(0, 10**6), rows=st.integers(2, 30), columns=st.integers(1, 6))
def test_any_design(seed, rows, columns):
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(rows, columns)) * 10.0 ** rng.integers(-4, 5, columns)
    equal(design, rng.normal(size=(rows, 5)) + 100)


def test_groups_that_come_one_after_the_other():
    """Columns stay zero for many rows, one is the sum of others, and one is empty."""
    group = np.repeat([0, 1, 2], 7)
    design = np.column_stack([np.ones(21), *(group == np.arange(3)[:, None]), np.zeros(21)])
    data = np.random.default_rng(1).normal(size=(21, 9)) + 1000
    equal(design, data)
    assert (rowwise(design, data)[0].coefficients[-1] == 0).all()


def test_a_large_mean_and_a_small_spread():
    """Noise of a millionth of the mean: a difference of sums of squares would have lost all of its digits."""
    data = 1e6 + np.random.default_rng(2).normal(size=(50, 4))
    (found, _) = rowwise(np.ones((50, 1)), data)
    np.testing.assert_allclose(found.residual_variance, data.var(axis=0, ddof=1), rtol=1e-9)


def test_what_is_new_adds_up_to_residuals():
    """Squares to those of a voxel, products to those of two."""
    rng = np.random.default_rng(3)
    design, data = np.column_stack([np.ones(40), rng.normal(size=(40, 2))]), rng.normal(size=(40, 6))
    new = rowwise(design, data)[1]
    residuals = data - design @ np.linalg.lstsq(design, data, rcond=None)[0]
    np.testing.assert_allclose(new.T @ new, residuals.T @ residuals, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(new[:3], 0, atol=1e-14)


def test_more_voxels_than_are_rotated_at_a_time():
    rng = np.random.default_rng(4)
    equal(rng.normal(size=(6, 2)), rng.normal(size=(6, 2 * CHUNK + 5)))


def test_what_is_fitted_exactly_has_no_variance():
    design = np.column_stack([np.ones(30), np.arange(30.0)])
    found, _ = rowwise(design, design @ np.array([[3.1, 0, 1e8], [0.7, 0, 1e-3]]))
    assert (found.residual_variance == 0).all()


def test_nan_stays_where_it_is():
    data = np.random.default_rng(5).normal(size=(8, 4))
    want, _ = rowwise(np.ones((8, 1)), data)
    for value in (np.nan, np.inf):
        broken = data.copy()
        broken[3, 1] = value
        with np.errstate(invalid="ignore"):
            found, _ = rowwise(np.ones((8, 1)), broken)
        assert np.isnan(found.coefficients[:, 1]).all() and np.isnan(found.residual_variance[1])
        for one, other in zip(found, want, strict=True):
            np.testing.assert_array_equal(np.delete(one, 1, axis=-1), np.delete(other, 1, axis=-1))


def test_no_degree_of_freedom_is_no_variance():
    found, _ = rowwise(np.eye(3), np.ones((3, 2)))
    assert np.isnan(found.residual_variance).all()
    np.testing.assert_allclose(found.coefficients, 1)


def test_rows_are_not_modified_and_not_kept():
    row = np.arange(5.0)
    fold = RowwiseFit(rotations(np.ones((2, 1))), 5)
    fold.add(row)
    np.testing.assert_array_equal(row, np.arange(5.0))
    row[:] = np.nan
    fold.add(np.ones(5))
    assert np.isfinite(fold.finish().residual_variance).all()


def test_too_few_and_too_many_rows():
    fold = RowwiseFit(rotations(np.ones((1, 1))), 3)
    with pytest.raises(ValueError, match="0 rows of 1"):
        fold.finish()
    with pytest.raises(ValueError, match="row 1 of shape"):
        fold.add(np.ones(4))
    fold.add(np.ones(3))
    with pytest.raises(ValueError, match="row 2"):
        fold.add(np.ones(3))
