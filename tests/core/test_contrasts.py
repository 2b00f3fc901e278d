"""t and F contrasts by hand and by their invariances."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.least_squares import fit, prepare

GROUPS = np.repeat(np.eye(2), 2, axis=0)
PREPARED = prepare(GROUPS)
DATA = np.array([[1.0, 5], [3, 5], [5, 5], [7, 5]])
FIT = fit(PREPARED, DATA)


def random_fit(columns=4):
    rng = np.random.default_rng(3)
    prepared = prepare(rng.normal(size=(20, columns)))
    return prepared, fit(prepared, rng.normal(size=(20, 50)))


def test_a_difference_by_hand():
    """Means 2 and 6, pooled variance 2, so the variance of the difference is 2 and t is -4 / sqrt 2."""
    effect, variance, t = t_contrast(PREPARED, FIT, [1, -1])
    np.testing.assert_allclose([effect[0], variance[0], t[0]], [-4, 2, -4 / np.sqrt(2)], rtol=1e-14)


def test_a_voxel_without_variance_has_no_t_and_no_f():
    """A constant voxel is broken, not infinitely active."""
    assert np.isnan(t_contrast(PREPARED, FIT, [1, -1]).t[1])
    assert np.isnan(f_contrast(PREPARED, FIT, [[1, -1]]).f[1])


def test_f_of_one_row_is_t_squared():
    """On one degree of freedom."""
    f, dof = f_contrast(PREPARED, FIT, [[1, -1]])
    assert dof == 1
    np.testing.assert_allclose(f[0], 8.0, rtol=1e-14)


def test_f_counts_independent_rows_only():
    """A third row that is the sum of two changes nothing."""
    prepared, fitted = random_fit()
    two = np.array([[1.0, 0, 0, -1], [0, 1, 0, -1]])
    want, got = f_contrast(prepared, fitted, two), f_contrast(prepared, fitted, np.vstack([two, two.sum(axis=0)]))
    assert got.numerator_dof == want.numerator_dof == 2
    np.testing.assert_allclose(got.f, want.f, rtol=1e-12)


@pytest.mark.parametrize("turn", [[[0, 1], [1, 0]], [[-1, 0], [0, 1]], [[1e6, 0], [0, 1e-6]], [[1, 1], [1, -1]]])
def test_f_does_not_depend_on_how_rows_are_written(turn):
    """Order, sign, scale and mixture."""
    prepared, fitted = random_fit()
    rows = np.array([[1.0, 0, 0, -1], [0, 1, 2, 0]])
    want = f_contrast(prepared, fitted, rows).f
    np.testing.assert_allclose(f_contrast(prepared, fitted, np.array(turn) @ rows).f, want, rtol=1e-10)


def test_f_is_the_gain_in_explained_squares():
    """Against two nested fits: the definition that needs no contrast algebra."""
    rng = np.random.default_rng(4)
    design, data = rng.normal(size=(20, 4)), rng.normal(size=(20, 5))
    full, reduced = prepare(design), prepare(design[:, :2])
    large, small = fit(full, data), fit(reduced, data)
    gain = small.residual_variance * reduced.dof - large.residual_variance * full.dof
    want = gain / 2 / large.residual_variance
    np.testing.assert_allclose(f_contrast(full, large, np.eye(4)[2:]).f, want, rtol=1e-10)


def test_nan_stays_in_its_voxel():
    """One broken voxel of fifty."""
    rng = np.random.default_rng(5)
    data = rng.normal(size=(4, 50))
    data[0, 9] = np.nan
    fitted = fit(PREPARED, data)
    for statistic in (t_contrast(PREPARED, fitted, [1, -1]).t, f_contrast(PREPARED, fitted, np.eye(2)).f):
        assert np.flatnonzero(np.isnan(statistic)).tolist() == [9]


def test_weights_of_zero_are_refused():
    """They ask nothing."""
    with pytest.raises(ValueError, match="not zero"):
        t_contrast(PREPARED, FIT, [0, 0])
    with pytest.raises(ValueError, match="not zero"):
        f_contrast(PREPARED, FIT, [[0, 0]])


def test_an_inestimable_contrast_is_refused():
    """An indicator beside the intercept that contains it."""
    prepared = prepare(np.column_stack([np.ones(4), GROUPS]))
    fitted = fit(prepared, DATA)
    with pytest.raises(ValueError, match="estimable"):
        t_contrast(prepared, fitted, [0, 1, 0])
    with pytest.raises(ValueError, match="estimable"):
        f_contrast(prepared, fitted, [[0, 1, -1], [0, 1, 0]])
