"""Hommel's h and adjusted p by hand and by enumeration; R's figures are checked in tests/oracle."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmspec.core.hommel import hommel_adjusted, hommel_value

TWENTIETHS = st.lists(st.integers(0, 20), min_size=1, max_size=7)
"""p and alpha in whole twentieths: ties everywhere, and comparisons in whole numbers."""


def simes_rejects(twentieths, alpha):
    """Simes' test in whole numbers, inclusive."""
    size = len(twentieths)
    return any(size * p <= rank * alpha for rank, p in enumerate(sorted(twentieths), 1))


@given(TWENTIETHS, st.integers(1, 19))
def test_h_is_the_largest_set_that_is_not_rejected(twentieths, alpha):
    """Over all subsets; equality rejects, however the decimals round."""
    sizes = [
        size
        for size in range(1, len(twentieths) + 1)
        if any(not simes_rejects(chosen, alpha) for chosen in combinations(twentieths, size))
    ]
    assert hommel_value(np.array(twentieths) / 20, alpha / 20) == max(sizes, default=0)


@given(TWENTIETHS)
def test_adjusted_is_the_largest_simes_p_of_any_set_that_holds_the_voxel(twentieths):
    """The definition of closed testing; a few roundings apart."""
    p = np.array(twentieths) / 20
    want = np.zeros(len(p))
    for size in range(1, len(p) + 1):
        for chosen in combinations(range(len(p)), size):
            members = list(chosen)
            simes = np.min(np.sort(p[members]) * size / np.arange(1, size + 1))
            want[members] = np.maximum(want[members], simes)
    np.testing.assert_allclose(hommel_adjusted(p), want, rtol=1e-14)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_adjusted_never_falls_below_p_nor_reverses_it(p):
    """Of any doubles, denormal ones included; one rounding apart."""
    p = np.sort(p)
    adjusted = hommel_adjusted(p)
    assert (adjusted >= p * (1 - 1e-15)).all()
    assert (adjusted <= p[-1]).all()
    assert (adjusted[1:] >= adjusted[:-1] * (1 - 1e-15)).all()


@pytest.mark.parametrize(
    ("p", "alpha", "h"),
    [
        ([0.05, 0.05], 0.05, 0),
        ([0.0, 0.0, 0.0], 0.05, 0),
        ([0.0, 1.0], 0.05, 1),
        ([5e-324, 0.9], 0.05, 1),
        ([0.051, 0.051], 0.05, 2),
        ([0.1, 1.0, 1.0], 0.3, 2),
        ([0.02], 0.05, 0),
        ([0.2], 0.05, 1),
        ([], 0.05, 0),
        ([np.nan, 0.2], 0.05, 1),
    ],
    ids=["at-alpha", "all-zero", "one-zero", "underflow", "none", "bonferroni-tie", "1", "1-not", "empty", "nan"],
)
def test_edges(p, alpha, h):
    """Where cancellation, division by nothing or a decimal tie would show."""
    assert hommel_value(p, alpha) == h


def test_a_large_family_of_nulls():
    """Evenly spread p of a quarter of a million voxels: Simes' p of the whole is 1, and nothing is claimed."""
    p = (np.arange(250_000) + 1) / 250_000
    assert hommel_value(p, 0.05) == 250_000
    np.testing.assert_allclose(hommel_adjusted(p), 1.0, rtol=1e-14)


def test_nan_is_no_member():
    """Stays NaN, and the others are adjusted as if it were not there."""
    adjusted = hommel_adjusted([0.01, np.nan, 0.04])
    assert np.isnan(adjusted[1])
    np.testing.assert_array_equal(adjusted[[0, 2]], hommel_adjusted([0.01, 0.04]))
    assert np.isnan(hommel_adjusted([np.nan])).all()
    assert hommel_adjusted([]).shape == (0,)


@pytest.mark.parametrize("p", [[-0.1], [1.1], [np.inf], [[0.5]], 0.5])
def test_what_is_no_p_is_refused(p):
    """Outside [0, 1], or not a vector."""
    with pytest.raises(ValueError, match=r"p lies|vector"):
        hommel_adjusted(p)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, 5, np.nan])
def test_what_is_no_alpha_is_refused(alpha):
    """5 for 5 per cent is a likely slip."""
    with pytest.raises(ValueError, match="alpha"):
        hommel_value([0.5], alpha)
