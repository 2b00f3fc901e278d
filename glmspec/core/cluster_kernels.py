"""Clusters of a thresholded map, quick enough to be formed ten thousand times.

Union-find runs over the voxels beyond the threshold alone, a few hundred of tens of thousands; nothing is a volume.
For tables of clusters and their peaks see :mod:`glmspec.core.clusters`, which numbers them in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled, plain
from glmspec.core.neighbours import Neighbours, check_length
from glmspec.core.tails import Alternative

Floats = NDArray[np.float64]
Voxels = NDArray[np.int32]

SIGNS: Mapping[Alternative, tuple[float, ...]] = {"greater": (1.0,), "less": (-1.0,), "two-sided": (1.0, -1.0)}
"""Alternative -> the signs under which clusters are formed, each on its own."""


class Largest(NamedTuple):
    """The largest of each measure over the clusters of a map, not always of the same cluster; 0 without clusters.

    ``size`` in voxels; ``excess``, the mass above the threshold, and ``sum``, the plain one, in units of the
    statistic and never negative. The names are those of the document's ``cluster_mass``.
    """

    size: int
    excess: float
    sum: float


class Clusters(NamedTuple):
    """All clusters of a map: ``labels`` (V,) int32, 0 outside and 1 to K inside; the rest (K,), as in Largest."""

    labels: Voxels
    sizes: NDArray[np.int64]
    excesses: Floats
    sums: Floats


def cluster_measures(
    values: NDArray[np.floating], threshold: float, neighbours: Neighbours, alternative: Alternative = "two-sided"
) -> Largest:
    """Largest size and mass over the clusters of a map, which is what a permutation leaves behind.

    Parameters
    ----------
    values : (V,)
        A statistic in the order of the mask's voxels. A voxel that is NaN belongs to no cluster.
    threshold : float
        A voxel belongs to a cluster where its value is no less (``greater``), no more than the negative
        (``less``), or either (``two-sided``); clusters never join signs.
    neighbours : Neighbours
        Of the V voxels; see :func:`~glmspec.core.neighbours.prepare_neighbours`.
    alternative : {"greater", "less", "two-sided"}

    Raises
    ------
    ValueError
        If the values are not one for each voxel, or the threshold is not above zero and finite.

    Notes
    -----
    excess = sum over the cluster of |x| - threshold (Bullmore et al. 1999), sum = sum of |x|.
    """
    voxels, heights = _high(values, threshold, neighbours)
    high = np.array([0, len(voxels)], dtype=np.int64), voxels, heights
    ((size, excess, total),) = sparse_measures(high, threshold, neighbours, alternative)
    return Largest(int(size), float(excess), float(total))


def sparse_measures(
    high: tuple[NDArray[np.int64], Voxels, Floats],
    threshold: float,
    neighbours: Neighbours,
    alternative: Alternative = "two-sided",
) -> Floats:
    """As :func:`cluster_measures`, (n, 3) of n maps, from the voxels that are beyond the threshold: where those of each
    map begin (n + 1,), the voxels, ascending in each map, and their values."""
    return np.asarray(_measures(*high, np.array(SIGNS[alternative]), float(threshold), neighbours.table))


def label(
    values: NDArray[np.floating], threshold: float, neighbours: Neighbours, alternative: Alternative = "two-sided"
) -> Clusters:
    """Number and measure every cluster; parameters and errors are those of :func:`cluster_measures`.

    Returns
    -------
    Clusters
        Numbered in the order of their first voxels; two-sided, the negative clusters after the positive ones.
    """
    high, heights = _high(values, threshold, neighbours)
    table, places = neighbours.table, np.full(neighbours.voxels, -1, dtype=np.int32)
    labels = np.zeros(neighbours.voxels, dtype=np.int32)
    found: list[tuple[NDArray[np.int64], Floats, Floats]] = []
    for sign in SIGNS[alternative]:
        voxels, numbers, sizes, excesses, sums = _clusters(high, heights, sign, float(threshold), table, places)
        labels[voxels] = numbers + sum(len(earlier[0]) for earlier in found)
        found.append((sizes, excesses, sums))
    sizes, excesses, sums = (np.concatenate(measure) for measure in zip(*found, strict=True))
    return Clusters(labels, sizes, excesses, sums)


def _high(values: NDArray[np.floating], threshold: float, neighbours: Neighbours) -> tuple[Voxels, Floats]:
    """The voxels beyond the threshold, and their values."""
    x = plain(values)
    check_length(x, neighbours)
    if not 0 < threshold < np.inf:
        raise ValueError(f"clusters are formed by a finite threshold above zero, not by {threshold}")
    voxels, heights = np.empty(x.size, dtype=np.int32), np.empty(x.size)
    count = _beyond(x, float(threshold), voxels, heights)
    return voxels[:count], heights[:count]


@compiled
def _beyond(values: Floats, threshold: float, voxels: Voxels, heights: Floats) -> int:
    """Voxels whose value is no less than the threshold by its size, ascending, and their values; how many."""
    count = 0
    for voxel in range(values.size):
        if abs(values[voxel]) >= threshold:
            voxels[count], heights[count] = voxel, values[voxel]
            count += 1
    return count


@compiled
def _measures(
    starts: NDArray[np.int64], voxels: Voxels, heights: Floats, signs: Floats, threshold: float, table: Voxels
) -> Floats:
    """Largest size, excess and sum (n, 3) over the clusters of all signs."""
    found = np.zeros((starts.size - 1, 3))
    places = np.full(len(table), -1, dtype=np.int32)
    for number in range(len(found)):
        some = slice(starts[number], starts[number + 1])
        for sign in signs:
            _, _, sizes, excesses, sums = _clusters(voxels[some], heights[some], sign, threshold, table, places)
            for cluster in range(sizes.size):
                found[number, 0] = max(found[number, 0], sizes[cluster])
                found[number, 1] = max(found[number, 1], excesses[cluster])
                found[number, 2] = max(found[number, 2], sums[cluster])
    return found


@compiled
def _clusters(
    voxels: Voxels, heights: Floats, sign: float, threshold: float, table: Voxels, places: Voxels
) -> tuple[Voxels, Voxels, NDArray[np.int64], Floats, Floats]:
    """Voxels of one sign, ascending, the number of each one's cluster, and each cluster's measures."""
    own, parent = _joined(voxels, heights, sign, table, places)
    numbers = np.empty(own.size, dtype=np.int32)
    sizes = np.zeros(own.size, dtype=np.int64)
    excesses = np.zeros(own.size, dtype=np.float64)
    sums = np.zeros(own.size, dtype=np.float64)
    count = 0
    for place in range(own.size):
        if parent[place] == place:  # a root is the first voxel of its cluster
            count += 1
            numbers[place] = count
        else:
            numbers[place] = numbers[parent[place]]
        cluster = numbers[place] - 1
        height = sign * heights[own[place]]
        sizes[cluster] += 1
        excesses[cluster] += height - threshold
        sums[cluster] += height
    return voxels[own], numbers, sizes[:count], excesses[:count], sums[:count]


@compiled
def _joined(voxels: Voxels, heights: Floats, sign: float, table: Voxels, places: Voxels) -> tuple[Voxels, Voxels]:
    """Which of the voxels have the sign, and for each of these an earlier one that it is joined to, or itself.

    ``places`` (V,) holds -1 everywhere before and after.
    """
    own = np.empty(voxels.size, dtype=np.int32)
    count = 0
    for index in range(voxels.size):
        if sign * heights[index] > 0:
            own[count] = index
            places[voxels[index]] = count
            count += 1
    parent = np.empty(count, dtype=np.int32)
    for place in range(count):
        parent[place] = place
        root = place
        for column in range(table.shape[1] // 2):  # the earlier half
            neighbour = table[voxels[own[place]], column]
            if neighbour < 0 or places[neighbour] < 0:
                continue
            other = places[neighbour]
            while parent[other] != other:  # shortening the path as it is walked
                parent[other] = parent[parent[other]]
                other = parent[other]
            low, high = min(root, other), max(root, other)
            parent[high] = low
            root = low
    for place in range(count):
        places[voxels[own[place]]] = -1
    return own[:count], parent
