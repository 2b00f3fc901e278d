"""Least squares against NIST's certified linear regressions.

Certified values have 15 digits; the exact ones beside them were recomputed in rational arithmetic. Tolerances are
relative and leave each problem the digits that its column-scaled condition number times eps takes, with a margin
of some ten; NIST itself calls nine digits of Longley excellent.
"""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.least_squares import fit, prepare
from glmspec.core.rowwise import RowwiseFit, rotations

from .figures import figures

PROBLEMS = figures("nist_linear")
TOLERANCE = {
    "norris": 1e-12,
    "pontius": 1e-11,
    "noint1": 1e-13,
    "longley": 1e-10,
    "wampler1": 1e-9,
    "wampler3": 1e-9,
}


def regression(name):
    """Design (N, P), data (N, 1) and the exact values of one problem."""
    problem = PROBLEMS[name]
    x = np.array(problem["x"], dtype=np.float64)
    if problem["degree"] is not None and problem["degree"] > 1:
        x = x ** np.arange(1, problem["degree"] + 1)
    if problem["intercept"]:
        x = np.column_stack([np.ones(len(x)), x])
    return x, np.array(problem["y"], dtype=np.float64)[:, None], problem["exact"]


def rowwise(prepared, design, data):
    """The fit of rows that come one after the other."""
    del prepared
    fold = RowwiseFit(rotations(design), data.shape[1])
    for row in data:
        fold.add(row)
    return fold.finish()


def at_once(prepared, design, data):
    """The fit of all rows."""
    del design
    return fit(prepared, data)


WAYS = pytest.mark.parametrize("way", [at_once, rowwise])


def test_all_six_problems_are_here():
    """The grid of cases is complete."""
    assert set(PROBLEMS) - {"_about"} == set(TOLERANCE)


@WAYS
@pytest.mark.parametrize("name", TOLERANCE)
def test_coefficients(name, way):
    """Every coefficient has the certified digits."""
    design, data, exact = regression(name)
    got = way(prepare(design), design, data).coefficients[:, 0]
    np.testing.assert_allclose(got, np.array(exact["beta"], dtype=float), rtol=TOLERANCE[name])


@WAYS
@pytest.mark.parametrize("name", TOLERANCE)
def test_standard_errors(name, way):
    """The standard error of every coefficient has them too; exactly zero in the problem without noise."""
    design, data, exact = regression(name)
    prepared = prepare(design)
    fitted = way(prepared, design, data)
    errors = [np.sqrt(t_contrast(prepared, fitted, row).variance[0]) for row in np.eye(prepared.columns)]
    np.testing.assert_allclose(errors, np.array(exact["se"], dtype=float), rtol=TOLERANCE[name])


@WAYS
@pytest.mark.parametrize("name", TOLERANCE)
def test_residual_standard_deviation(name, way):
    """sqrt(SSE / dof); Wampler1 is fitted exactly and must give exactly 0."""
    design, data, exact = regression(name)
    got = np.sqrt(way(prepare(design), design, data).residual_variance[0])
    np.testing.assert_allclose(got, float(exact["rsd"]), rtol=TOLERANCE[name], atol=0)


@WAYS
@pytest.mark.parametrize("name", TOLERANCE)
def test_f_of_the_regression(name, way):
    """F of all slopes, and R squared from it; a perfect fit has no F."""
    design, data, exact = regression(name)
    prepared = prepare(design)
    slopes = np.eye(prepared.columns)[1:] if PROBLEMS[name]["intercept"] else np.eye(prepared.columns)
    f, dof = f_contrast(prepared, way(prepared, design, data), slopes)
    assert (dof, prepared.dof) == (int(exact["df_reg"]), int(exact["df_res"]))
    if exact["F"] is None:
        assert np.isnan(f[0])
        return
    np.testing.assert_allclose(f[0], float(exact["F"]), rtol=TOLERANCE[name])
    share = f[0] * dof / prepared.dof
    np.testing.assert_allclose(share / (1 + share), float(exact["r2"]), rtol=TOLERANCE[name])


def test_longley_is_not_in_doubt():
    """Collinear as it is, Longley keeps more than eight digits: no warning is due."""
    assert not prepare(regression("longley")[0]).rank_in_doubt


def test_a_wrong_divisor_would_be_noticed():
    """Deliberate break: dividing by N - 1 in place of N - rank is far outside every tolerance."""
    design, data, exact = regression("longley")
    prepared = prepare(design)
    wrong = np.sqrt(fit(prepared, data).residual_variance[0] * prepared.dof / (prepared.rows - 1))
    assert abs(wrong / float(exact["rsd"]) - 1) > 1e6 * TOLERANCE["longley"]
