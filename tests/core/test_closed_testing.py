"""True discoveries by enumeration; R's figures are checked in tests/oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmspec.core.closed_testing import (
    prepare,
    true_discoveries,
    true_discoveries_by_label,
    true_discovery_proportion,
)


def brute_force(twentieths, alpha):
    """{set: true discoveries} over all 2^n sets as bit patterns, in whole numbers, straight from the definition.

    A set is rejected if Simes' test rejects every set that holds it; the bound of a set is its size less that of its
    largest part that is not rejected.
    """
    patterns = range(1, 2 ** len(twentieths))

    def simes_rejects(pattern):
        members = sorted(p for bit, p in enumerate(twentieths) if pattern >> bit & 1)
        return any(len(members) * p <= rank * alpha for rank, p in enumerate(members, 1))

    standing = [pattern for pattern in patterns if not simes_rejects(pattern)]
    return {
        pattern: pattern.bit_count() - max(((pattern & other).bit_count() for other in standing), default=0)
        for pattern in patterns
    }


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.integers(1, 19))
def test_every_set_of_a_small_family(twentieths, alpha):
    """The shortcut through h equals the 2^n tests; p in twentieths, so ties and zeros abound."""
    prepared = prepare(np.array(twentieths) / 20, alpha / 20)
    for pattern, want in brute_force(twentieths, alpha).items():
        chosen = [bit for bit in range(len(twentieths)) if pattern >> bit & 1]
        assert true_discoveries(prepared, chosen) == want


@given(st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=50), st.floats(1e-300, 0.999))
def test_bounds_are_bounded(p, alpha):
    """Never below 0 nor above the size, whatever underflows; nilearn's proportion can pass 1."""
    prepared = prepare(p, alpha)
    chosen = np.ones(len(p), dtype=bool)
    assert 0 <= prepared.h <= prepared.members == np.count_nonzero(~np.isnan(p))
    assert 0 <= true_discoveries(prepared, chosen) <= prepared.members
    assert 0 <= true_discovery_proportion(prepared, chosen) <= 1


def test_all_of_a_family_without_doubt():
    """h = 0 claims every voxel with a p, zeros included, and no more."""
    prepared = prepare([0.0, 1e-320, 0.05, np.nan], 0.05)
    assert prepared.h == 0
    assert true_discoveries(prepared, [0, 1, 2, 3]) == 3
    assert true_discovery_proportion(prepared, [0, 1, 2, 3]) == 1.0


def test_a_zero_counts_once():
    """The rung of p = 0 is the first, not the zeroth."""
    prepared = prepare([0.0, 1.0, 1.0], 0.05)
    assert prepared.h == 2
    assert true_discoveries(prepared, [0]) == 1
    assert true_discoveries(prepared, [0, 1]) == 1


def test_a_set_is_more_than_its_voxels():
    """Neither voxel can be named, yet the pair holds a discovery: h p is between alpha and 2 alpha."""
    prepared = prepare([0.02, 0.02, 0.9, 0.9], 0.05)
    assert prepared.h == 3
    assert [true_discoveries(prepared, chosen) for chosen in ([0], [1], [0, 1])] == [0, 0, 1]


def test_nan_adds_nothing():
    """Neither to the family nor to a set, nor to the proportion's size."""
    with_nan = prepare([0.001, np.nan, 0.2], 0.05)
    without = prepare([0.001, 0.2], 0.05)
    assert (with_nan.h, with_nan.members) == (without.h, without.members) == (1, 2)
    assert true_discoveries(with_nan, [1]) == 0
    assert true_discovery_proportion(with_nan, [0, 1]) == 1.0


def test_the_empty_set():
    """Holds nothing; neither does a family of nobody."""
    prepared = prepare([0.001], 0.05)
    assert true_discoveries(prepared, []) == 0
    assert true_discovery_proportion(prepared, [False]) == 0.0
    assert true_discoveries_by_label(prepare([], 0.05), np.empty(0, dtype=int)).tolist() == []


def test_indices_and_booleans_say_the_same():
    """Repetition and order do not matter."""
    p = np.random.default_rng(0).random(40) ** 4
    prepared = prepare(p, 0.1)
    chosen = p < 0.2
    indices = np.flatnonzero(chosen)
    assert true_discoveries(prepared, chosen) == true_discoveries(prepared, np.append(indices[::-1], indices[0])) > 0


@given(st.integers(0, 2**32 - 1))
def test_labels_are_sets(seed):
    """One pass over many clusters gives each its own bound, a label nobody bears included."""
    rng = np.random.default_rng(seed)
    p = rng.random(30) ** 3
    p[rng.random(30) < 0.1] = np.nan
    labels = rng.integers(0, 6, 30) * 2
    prepared = prepare(p, 0.2)
    want = [true_discoveries(prepared, labels == number) for number in range(1, labels.max() + 1)]
    assert true_discoveries_by_label(prepared, labels).tolist() == want


def test_p_is_not_modified():
    """Inputs never are."""
    p = np.array([0.3, 0.1, np.nan])
    prepare(p, 0.05)
    np.testing.assert_array_equal(p, [0.3, 0.1, np.nan])


@pytest.mark.parametrize("selected", [[0.5], [True], [[True, False, True]]])
def test_what_is_no_set_is_refused(selected):
    """Fractions, and booleans of another length."""
    with pytest.raises(ValueError, match="set is"):
        true_discoveries(prepare([0.1, 0.2, 0.3], 0.05), selected)


@pytest.mark.parametrize("selected", [[3], [-1]])
def test_a_voxel_that_is_not_there(selected):
    """Counted from 0, never from the end."""
    with pytest.raises(IndexError):
        true_discoveries(prepare([0.1, 0.2, 0.3], 0.05), selected)


@pytest.mark.parametrize("labels", [[1, 0], [0, -1, 1], [0.0, 1.0, 2.0]])
def test_what_is_no_labelling_is_refused(labels):
    """Of another length, negative, or fractions."""
    with pytest.raises(ValueError, match="labels are"):
        true_discoveries_by_label(prepare([0.1, 0.2, 0.3], 0.05), labels)
