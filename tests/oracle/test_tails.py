"""Tails of t and F against mpmath at 80 digits, from 1e-8 to far beyond the range of a double.

Tolerances: 1e-13 for p and log p in the range of a double (scipy's incomplete beta is good to some 1e-14 there);
1e-12 for z and log p beyond it, where log gamma of half of 10,000 degrees of freedom loses four digits.
"""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core import tails
from glmspec.core.thresholds import f_threshold, t_threshold

from .figures import figures

TABLE = figures("tails")
NEAR, FAR = 1e-13, 1e-12
DOUBLE = -600.0  # log p above which p itself is a double with all its digits


def column(kind, name):
    return np.array([float(row[name]) for row in TABLE[kind]])


def test_the_grid_is_complete():
    """Every t with every dof, every F with every pair."""
    assert len({(row["t"], row["dof"]) for row in TABLE["t"]}) == len(TABLE["t"]) == 12 * 11
    assert len({(row["f"], row["dfn"], row["dfd"]) for row in TABLE["F"]}) == len(TABLE["F"]) == 12 * 8


def test_log_tail_of_t():
    """log P(T > t) for t to 10,000 and dof to infinity, whole or not."""
    got = tails.t_log_upper_tail(column("t", "t"), column("t", "dof"))
    np.testing.assert_allclose(got, column("t", "log_p"), rtol=FAR)


def test_tail_of_t():
    """P(T > t) wherever a double can hold it."""
    log_p = column("t", "log_p")
    inside = log_p > DOUBLE
    got = tails.t_upper_tail(column("t", "t"), column("t", "dof"))[inside]
    np.testing.assert_allclose(got, np.exp(log_p[inside]), rtol=1e-12)  # exp multiplies by log p


def test_z_of_t():
    """z, relative, from 1e-8 to 303 and beyond any clipping."""
    got = tails.t_to_z(column("t", "t"), column("t", "dof"))
    np.testing.assert_allclose(got, column("t", "z"), rtol=FAR)
    assert got.max() > 300


def test_z_of_t_is_odd():
    """Below zero the lower tail is used."""
    t, dof = column("t", "t"), column("t", "dof")
    np.testing.assert_array_equal(tails.t_to_z(-t, dof), -tails.t_to_z(t, dof))


def test_log_tail_of_f():
    """log P(F > f), near certainty and far away."""
    got = tails.f_log_upper_tail(column("F", "f"), column("F", "dfn"), column("F", "dfd"))
    np.testing.assert_allclose(got, column("F", "log_p"), rtol=FAR)


def test_z_of_f():
    """z of F, signed."""
    got = tails.f_to_z(column("F", "f"), column("F", "dfn"), column("F", "dfd"))
    np.testing.assert_allclose(got, column("F", "z"), rtol=FAR)


def test_threshold_of_t():
    """The inverse gives the t back, where p is a double and t is not lost in 1/2."""
    t, log_p = column("t", "t"), column("t", "log_p")
    inside = (log_p > DOUBLE) & (t > 1e-3)
    got = t_threshold(np.exp(log_p[inside]), column("t", "dof")[inside])
    np.testing.assert_allclose(got, t[inside], rtol=NEAR)


def test_threshold_of_f():
    """The inverse gives the F back, where p is a double and not next to 1."""
    f, log_p = column("F", "f"), column("F", "log_p")
    inside = (log_p > DOUBLE) & (log_p < -1e-3)
    got = f_threshold(np.exp(log_p[inside]), column("F", "dfn")[inside], column("F", "dfd")[inside])
    np.testing.assert_allclose(got, f[inside], rtol=NEAR)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_tail_counted_twice_would_be_noticed(factor):
    """Deliberate break: one tail for two, or two for one."""
    got = tails.t_log_upper_tail(column("t", "t"), column("t", "dof")) + np.log(factor)
    assert not np.allclose(got, column("t", "log_p"), rtol=1e-6)
