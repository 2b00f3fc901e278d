"""Clusters and peaks of volumes that fit on a page."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.clusters import keep_clusters, label_clusters, signed_clusters
from glmspec.core.peaks import local_peaks, peak_id

MM3 = np.diag([3.0, 3, 3, 1])


def line(*values):
    """A volume of one row of voxels."""
    return np.array(values, dtype=np.float64)[:, None, None]


def sizes(statistic, connectivity="faces"):
    return [(c.sign, c.size) for c in signed_clusters(statistic, statistic != 0, connectivity)]


@pytest.mark.parametrize(("connectivity", "count"), [("faces", 4), ("edges", 2), ("corners", 1)])
def test_connectivity(connectivity, count):
    """Voxels joined by a face, an edge or a corner only."""
    passed = np.zeros((4, 4, 4), dtype=bool)
    passed[0, 0, 0] = passed[1, 1, 1] = passed[2, 2, 1] = passed[3, 2, 2] = True
    assert label_clusters(passed, connectivity)[1] == count


def test_labels_follow_the_first_voxel():
    """In C order, so they mean the same everywhere."""
    labels, count = label_clusters(line(1, 0, 1, 1, 0, 1) > 0, "faces")
    assert count == 3
    assert labels.ravel().tolist() == [1, 0, 2, 2, 0, 3]


def test_signs_are_never_joined():
    """Neighbours of opposite sign are two clusters, the positive one first."""
    assert sizes(line(-5, -4, 3, 2, 2)) == [(1, 3), (-1, 2)]


def test_clusters_are_ordered_by_their_peak():
    """Not by size."""
    found = signed_clusters(line(2, 2, 2, 0, 9, 0, 3), line(1, 1, 1, 0, 1, 0, 1) > 0, "faces")
    assert [cluster.peak for cluster in found] == [4, 6, 0]


def test_equal_peaks_keep_the_order_of_their_first_voxel():
    """Deterministic, as is the lowest voxel among equals within a cluster."""
    found = signed_clusters(line(1, 7, 7, 0, 7, 0, -7, 0, -7), np.ones((9, 1, 1), dtype=bool), "faces")
    assert [(c.sign, c.peak) for c in found] == [(1, 1), (1, 4), (-1, 6), (-1, 8)]


def test_voxels_are_flat_indices_in_order():
    """Into the whole volume."""
    statistic = np.zeros((2, 3, 4))
    statistic[1, 1, 1:3] = 1
    (cluster,) = signed_clusters(statistic, statistic > 0, "faces")
    assert cluster.voxels.tolist() == [17, 18]


def test_nan_and_zero_belong_to_no_cluster():
    """Even if a threshold let them pass."""
    assert [c.size for c in signed_clusters(line(2, np.nan, 2, 0, 1), np.ones((5, 1, 1), dtype=bool), "faces")] == [
        1,
        1,
        1,
    ]


def test_nothing_passed():
    """No clusters, nothing kept."""
    nothing = np.zeros((3, 3, 3), dtype=bool)
    assert signed_clusters(np.ones((3, 3, 3)), nothing, "faces") == ()
    assert not keep_clusters(nothing, np.ones((3, 3, 3)), 1, "faces").any()


def test_small_clusters_are_dropped_by_sign():
    """Four neighbours, two of each sign: none has three voxels."""
    statistic = line(2, 2, -2, -2, 0, 3, 3, 3)
    kept = keep_clusters(statistic != 0, statistic, 3, "faces")
    assert kept.ravel().tolist() == [False] * 5 + [True] * 3


def peaks(statistic, **options):
    (cluster,) = signed_clusters(statistic, statistic != 0, "faces")
    return local_peaks(statistic, cluster, MM3, **options)


def test_sub_peaks_lie_apart():
    """Two maxima 12 mm apart are both listed; 6 mm apart only the higher."""
    assert peaks(line(9, 1, 1, 1, 8)) == (0, 4)
    assert peaks(line(9, 1, 8)) == (0,)


def test_a_distance_of_exactly_the_minimum_is_too_near():
    """Further than, as in nilearn."""
    assert peaks(line(9, 1, 8), minimum_distance_mm=6.0) == (0,)
    assert peaks(line(9, 1, 8), minimum_distance_mm=5.9) == (0, 2)


def test_distance_is_measured_to_the_peak_before():
    """nilearn 0.14.1's rule: the third peak is near the first, but far from the second."""
    assert peaks(line(7, 1, 9, 1, 1, 1, 8)) == (2, 6, 0)


def test_at_most_four_peaks():
    """The cluster's own and three more."""
    row = line(*[30 - index if index % 4 == 0 else 0.5 for index in range(21)])
    assert peaks(row) == (0, 4, 8, 12)
    assert peaks(row, at_most=1) == (0,)


def test_negative_peaks():
    """The most negative first."""
    assert peaks(-line(3, 1, 1, 1, 5)) == (4, 0)


def test_a_plateau_counts_once_at_its_middle():
    """Three equal voxels with lower ones around them."""
    statistic = np.zeros((5, 3, 3))
    statistic[:, 1, 1] = [1, 5, 5, 5, 1]
    assert [int(index) for index in np.unravel_index(peaks(statistic)[0], (5, 3, 3))] == [2, 1, 1]


def test_the_middle_of_a_bent_cluster_is_moved_into_it():
    """A ring of one value has its centre outside."""
    ring = np.ones((3, 3, 1))
    ring[1, 1] = 0
    statistic = ring.astype(np.float64)
    (index,) = peaks(statistic)
    assert statistic.ravel()[index] == 1


def test_an_oblique_affine_measures_in_mm():
    """Distances are of the scanner, not of indices."""
    turned = MM3.copy()
    turned[:3, :3] = [[0, 0, 1], [4, 0, 0], [0, 1, 0]]
    statistic = line(9, 1, 1, 8)
    (cluster,) = signed_clusters(statistic, statistic > 0, "faces")
    assert local_peaks(statistic, cluster, turned) == (0, 3)
    assert local_peaks(statistic, cluster, turned, minimum_distance_mm=12.5) == (0,)


def test_peak_names():
    """1, 1a, 1b."""
    assert [peak_id(3, rank) for rank in range(3)] == ["3", "3a", "3b"]
