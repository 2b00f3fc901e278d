"""The rules of tails; their digits are checked in tests/oracle."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.tails import (
    MAP,
    f_log_upper_tail,
    f_to_z,
    f_upper_tail,
    p_for,
    t_log_upper_tail,
    t_to_z,
    t_upper_tail,
    z_upper_tail,
)
from glmspec.core.thresholds import f_threshold, t_threshold, z_threshold


def test_two_sided_is_twice_the_smaller_tail():
    """For either sign."""
    p = p_for("t", np.array([-2.0, 2.0]), (10,), "two-sided")
    np.testing.assert_allclose(p, 2 * t_upper_tail(2.0, 10), rtol=1e-15)


def test_greater_and_less_are_complements():
    """Their sum is one."""
    t = np.array([-3.0, 0, 0.5, 8])
    np.testing.assert_allclose(p_for("t", t, (7,), "greater") + p_for("t", t, (7,), "less"), 1, rtol=1e-14)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_f_is_always_the_upper_tail(alternative):
    """An F has no sides."""
    assert p_for("F", 3.0, (2, 12), alternative) == f_upper_tail(3.0, 2, 12)


def test_z_has_no_degrees_of_freedom():
    """1.96 is five per cent, two-sided."""
    np.testing.assert_allclose(p_for("z", 1.959963984540054, (), "two-sided"), 0.05, rtol=1e-14)


def test_infinite_degrees_of_freedom_are_normal():
    """z is t, to the bit."""
    t = np.array([-40.0, -1, 0, 2, 300])
    np.testing.assert_array_equal(t_to_z(t, np.inf), t)
    np.testing.assert_allclose(t_upper_tail(t, np.inf), z_upper_tail(t), rtol=1e-13)


def test_an_f_of_infinite_denominator_is_chi_squared():
    """Over its degrees of freedom; of one row it is the square of a normal deviate."""
    z = np.array([0.1, 1.0, 3.0, 9.0])
    np.testing.assert_allclose(f_upper_tail(z**2, 1, np.inf), 2 * z_upper_tail(z), rtol=1e-12)
    np.testing.assert_allclose(f_upper_tail(z, 2, np.inf), np.exp(-z), rtol=1e-14)
    np.testing.assert_allclose(f_log_upper_tail(1e5 * z, 2, np.inf), -1e5 * z, rtol=1e-14)
    np.testing.assert_allclose(p_for("F", z, (2, np.inf), "greater"), np.exp(-z), rtol=1e-14)


DOF = np.array([0.37, 5, 12.6960299662969, 50, 1e5, np.inf, np.nan, 7])
VALUES = np.array([2.0, 40, 2.5, 300, 50, 3, 1, np.nan])


@pytest.mark.parametrize("signs", [1, -1])
@pytest.mark.parametrize(
    "function",
    [
        t_upper_tail,
        t_log_upper_tail,
        t_to_z,
        *(lambda t, dof, a=a: p_for("t", t, (dof,), a) for a in ("greater", "less", "two-sided")),
        lambda f, dof: f_upper_tail(f, 3, dof),
        lambda f, dof: f_log_upper_tail(f, 3, dof),
        lambda f, dof: f_to_z(f, 3, dof),
        lambda f, dof: p_for("F", f, (3, dof), "greater"),
        lambda t, dof: t_threshold(z_upper_tail(np.minimum(t, 9)), dof),
        lambda t, dof: f_threshold(z_upper_tail(np.minimum(t, 9)), 3, dof),
    ],
)
def test_degrees_of_freedom_may_differ_between_voxels(function, signs):
    """Each voxel has what it would have alone: whole dof or not, infinite, or NaN."""
    together = function(signs * VALUES, DOF)
    alone = [function(np.float64(value), dof) for value, dof in zip(signs * VALUES, DOF, strict=True)]
    np.testing.assert_array_equal(together, alone)
    assert np.flatnonzero(np.isnan(together)).tolist() == [6, 7]


def test_nan_in_nan_out():
    """Everywhere, and without a warning."""
    for value in (
        t_upper_tail(np.nan, 5),
        t_log_upper_tail(np.nan, 5),
        t_to_z(np.nan, 5),
        f_upper_tail(np.nan, 2, 5),
        f_to_z(np.nan, 2, 5),
        z_upper_tail(np.nan),
        t_threshold(np.nan, 5),
        f_threshold(np.nan, 2, 5),
        z_threshold(np.nan),
        p_for("t", np.nan, (5,), "two-sided"),
    ):
        assert np.isnan(value)


def test_t_of_zero_is_z_of_zero():
    """Exactly."""
    assert t_to_z(0.0, 12) == 0
    assert t_upper_tail(0.0, 12) == 0.5


def test_infinite_t_is_infinite_z():
    """Of the same sign, and without a warning."""
    assert t_to_z(np.array([np.inf, -np.inf]), 3).tolist() == [np.inf, -np.inf]


def test_z_grows_with_t():
    """Strictly over both joints: middle to tail, and double to log space."""
    t = np.geomspace(1e-3, 1e4, 20001)
    for dof in (1.0, 14.0, 300.0, 1e4):
        assert (np.diff(t_to_z(t, dof)) > 0).all()


def test_f_below_its_median_is_negative():
    """z carries the upper tail, so an F that is smaller than most is negative; 0 is minus infinity."""
    z = f_to_z(np.array([0.0, 0.01, 1.0, 50.0]), 3, 20)
    assert z[0] == -np.inf
    assert z[1] < 0 < z[3]
    assert np.sign(z[2]) == np.sign(0.5 - f_upper_tail(1.0, 3, 20))


def test_t_thresholds_have_both_signs():
    """p above one half is below zero."""
    np.testing.assert_allclose(
        t_threshold([0.001, 0.5, 0.999], 10), [4.143700494046589, 0, -4.143700494046589], rtol=1e-12
    )


def test_z_threshold():
    """3.09 for p = .001."""
    np.testing.assert_allclose(z_threshold(0.001), 3.090232306167813, rtol=1e-14)


def test_thresholds_come_back():
    """The tail at the threshold is the p that was asked for, down to where voxels of a whole brain are corrected."""
    p = np.geomspace(1e-200, 0.4, 50)
    np.testing.assert_allclose(t_upper_tail(t_threshold(p, 14), 14), p, rtol=1e-11)
    np.testing.assert_allclose(f_upper_tail(f_threshold(p, 3, 30), 3, 30), p, rtol=1e-11)
    np.testing.assert_allclose(f_upper_tail(f_threshold(p, 3, np.inf), 3, np.inf), p, rtol=1e-11)


# maps


@pytest.mark.parametrize("dof", [2.0, 2.5, 3.0, 7.0, 15.0, 356.0, 1e4, 1e7])
def test_maps_are_interpolated_to_the_last_digits(dof):
    """A map against the same values by ones and twos, which are computed; beyond the table too."""
    t = np.concatenate([np.random.default_rng(0).uniform(-20, 20, 3 * MAP), [0.0, -0.0, 1e-9, -1e-5, 16.0, np.nan]])
    few = np.array_split(t, 8)
    assert max(part.size for part in few) < MAP
    for function in (t_to_z, t_upper_tail):
        exact = np.concatenate([function(part, dof) for part in few])
        np.testing.assert_allclose(function(t, dof), exact, rtol=1e-12, atol=0)
    np.testing.assert_array_equal(np.signbit(t_to_z(t, dof)), np.signbit(t))


@pytest.mark.parametrize("dofs", [(1, 2.0), (1, 14.0), (2, 7.0), (3, 30.5), (5, 356.0), (12, 100.0), (20, 1e4)])
def test_maps_of_f_are_interpolated_to_the_last_digits(dofs):
    """As maps of t; F from near zero to far out, beyond the table on both sides."""
    x = np.random.default_rng(0).uniform(-9, 9, 3 * MAP)
    f = np.concatenate([np.exp(x), [0.0, -1.0, np.inf, np.nan]])
    few = np.array_split(f, 8)
    assert max(part.size for part in few) < MAP
    exact_z, exact_p = (np.concatenate([each(part, *dofs) for part in few]) for each in (f_to_z, f_upper_tail))
    np.testing.assert_allclose(f_to_z(f, *dofs), exact_z, rtol=1e-11, atol=1e-12)
    near = ~(exact_p < 1e-200)  # further out a p depends on the last digits of its F
    np.testing.assert_allclose(f_to_z(f, *dofs)[near], exact_z[near], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(f_upper_tail(f, *dofs)[near], exact_p[near], rtol=3e-12)


def test_f_of_many_rows_is_computed():
    """A map of an F that is hardly spread has the values that each voxel has alone."""
    f = np.random.default_rng(0).uniform(0.5, 2, 2 * MAP)
    np.testing.assert_array_equal(f_upper_tail(f, 200, 2000.0)[:9], f_upper_tail(f[:9], 200, 2000.0))
