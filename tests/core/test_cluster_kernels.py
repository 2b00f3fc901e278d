"""Clusters of permutations against scipy's labels; nilearn's figures are checked in tests/oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from glmspec.core.cluster_kernels import SIGNS, cluster_measures, label
from glmspec.core.neighbours import prepare_neighbours

RANK = {"faces": 1, "edges": 2, "corners": 3}
HALF = 0.5


def by_scipy(volume, mask, threshold, connectivity, alternative):
    """Labels, sizes, excesses and sums from whole volumes, sign by sign."""
    structure = ndimage.generate_binary_structure(3, RANK[connectivity])
    labels = np.zeros(volume.shape, dtype=int)
    sizes, excesses, sums = [], [], []
    for sign in SIGNS[alternative]:
        found, count = ndimage.label(mask & (sign * volume >= threshold), structure)
        labels[found > 0] = found[found > 0] + len(sizes)
        for number in range(1, count + 1):
            heights = sign * volume[found == number]
            sizes.append(len(heights))
            excesses.append(np.sum(heights - threshold))
            sums.append(np.sum(heights))
    return labels[mask], sizes, excesses, sums


def line(*values):
    """Neighbours and values of a row of voxels."""
    return np.array(values, dtype=float), prepare_neighbours(np.ones((len(values), 1, 1), dtype=bool), "faces")


maps = given(
    seed=st.integers(0, 2**32 - 1),
    connectivity=st.sampled_from(sorted(RANK)),
    alternative=st.sampled_from(sorted(SIGNS)),
    threshold=st.sampled_from([0.5, 1.0, 2.5, 9.0]),
)
"""Random maps in halves, so that many voxels stand exactly at the threshold; rounding of sums is all that differs."""


def drawn(seed):
    """A map and a mask with holes."""
    rng = np.random.default_rng(seed)
    return rng.integers(-6, 7, (6, 5, 4)) * HALF, rng.random((6, 5, 4)) < 0.8


@settings(deadline=None)  # the first example may have to compile
@maps
def test_every_cluster_is_scipys(seed, connectivity, alternative, threshold):
    """The same numbers in the same order, inclusive of the threshold."""
    volume, mask = drawn(seed)
    got = label(volume[mask], threshold, prepare_neighbours(mask, connectivity), alternative)
    labels, sizes, excesses, sums = by_scipy(volume, mask, threshold, connectivity, alternative)
    np.testing.assert_array_equal(got.labels, labels)
    np.testing.assert_array_equal(got.sizes, sizes)
    np.testing.assert_allclose(got.excesses, excesses, rtol=1e-13)
    np.testing.assert_allclose(got.sums, sums, rtol=1e-13)


@settings(deadline=None)  # the first example may have to compile
@maps
def test_the_largest_are_those_of_the_clusters(seed, connectivity, alternative, threshold):
    """Bit for bit, so that a permutation that repeats the observed map ties with it."""
    volume, mask = drawn(seed)
    neighbours = prepare_neighbours(mask, connectivity)
    clusters = label(volume[mask], threshold, neighbours, alternative)
    got = cluster_measures(volume[mask], threshold, neighbours, alternative)
    assert got == tuple(measure.max(initial=0) for measure in clusters[1:])


def test_each_measure_has_its_own_largest_cluster():
    """Wide and low has the size, narrow and high the excess; the sum is between."""
    values, neighbours = line(2, 2, 2, 2, 0, 7, 0, -3, -3)
    assert cluster_measures(values, 2.0, neighbours) == (4, 5.0, 8.0)


def test_signs_are_never_joined():
    """Neighbours of opposite sign are two clusters, the positive ones numbered first."""
    values, neighbours = line(-5, -4, 3, 2, 2, 0, 3)
    clusters = label(values, 2.0, neighbours)
    assert clusters.labels.tolist() == [3, 3, 1, 1, 1, 0, 2]
    assert clusters.sizes.tolist() == [3, 1, 2]
    assert clusters.sums.tolist() == [7, 3, 9]


@pytest.mark.parametrize(("alternative", "want"), [("greater", 1), ("less", 2), ("two-sided", 2)])
def test_each_alternative_looks_at_its_own_side(alternative, want):
    """One positive voxel, two negative ones."""
    values, neighbours = line(4, 0, -3, -3)
    assert cluster_measures(values, 3.0, neighbours, alternative).size == want


def test_no_cluster():
    """Zeros, and no labels."""
    values, neighbours = line(1, -1, 1)
    assert cluster_measures(values, 2.0, neighbours) == (0, 0.0, 0.0)
    clusters = label(values, 2.0, neighbours)
    assert not clusters.labels.any()
    assert [len(measure) for measure in clusters[1:]] == [0, 0, 0]


def test_nan_belongs_to_no_cluster():
    """And parts its neighbours."""
    values, neighbours = line(3, np.nan, 3)
    assert label(values, 2.0, neighbours).labels.tolist() == [1, 0, 2]


def test_a_spiral_is_one_cluster():
    """A long way round: joined late, numbered once."""
    rows = ["#######", "......#", "#####.#", "#...#.#", "#.###.#", "#.....#", "#######"]
    mask = np.ones((7, 7, 1), dtype=bool)
    values = np.array([[4.0 if cell == "#" else 0.0 for cell in row] for row in rows]).ravel()
    clusters = label(values, 4.0, prepare_neighbours(mask, "faces"))
    assert clusters.sizes.tolist() == [int((values > 0).sum())]
    assert clusters.excesses.tolist() == [0.0]


@pytest.mark.parametrize("threshold", [0.0, -1.0, np.inf, np.nan])
def test_thresholds_that_form_no_clusters(threshold):
    """At 0 and below, the two signs would overlap."""
    values, neighbours = line(1, 2)
    with pytest.raises(ValueError, match="threshold above zero"):
        cluster_measures(values, threshold, neighbours)


def test_values_of_another_mask():
    """Refused before a kernel reads past their end."""
    _, neighbours = line(1, 2)
    with pytest.raises(ValueError, match="do not fit a mask of 2 voxels"):
        label(np.ones(3), 0.5, neighbours)
