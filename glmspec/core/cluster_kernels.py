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
    x = _checked(values, threshold, neighbours)
    size, excess, total = 0, 0.0, 0.0
    for sign in SIGNS[alternative]:
        a, b, c = _largest(x, sign, float(threshold), neighbours.table)
        size, excess, total = max(size, a), max(excess, b), max(total, c)
    return Largest(size, excess, total)


def label(
    values: NDArray[np.floating], threshold: float, neighbours: Neighbours, alternative: Alternative = "two-sided"
) -> Clusters:
    """Number and measure every cluster; parameters and errors are those of :func:`cluster_measures`.

    Returns
    -------
    Clusters
        Numbered in the order of their first voxels; two-sided, the negative clusters after the positive ones.
    """
    x = _checked(values, threshold, neighbours)
    labels = np.zeros(neighbours.voxels, dtype=np.int32)
    found: list[tuple[NDArray[np.int64], Floats, Floats]] = []
    for sign in SIGNS[alternative]:
        voxels, numbers, sizes, excesses, sums = _clusters(x, sign, float(threshold), neighbours.table)
        labels[voxels] = numbers + sum(len(earlier[0]) for earlier in found)
        found.append((sizes, excesses, sums))
    sizes, excesses, sums = (np.concatenate(measure) for measure in zip(*found, strict=True))
    return Clusters(labels, sizes, excesses, sums)


def _checked(values: NDArray[np.floating], threshold: float, neighbours: Neighbours) -> Floats:
    x = plain(values)
    check_length(x, neighbours)
    if not 0 < threshold < np.inf:
        raise ValueError(f"clusters are formed by a finite threshold above zero, not by {threshold}")
    return x


@compiled
def _largest(values: Floats, sign: float, threshold: float, table: Voxels) -> tuple[int, float, float]:
    """Largest size, excess and sum of one sign."""
    size, excess, total = 0, 0.0, 0.0
    _, _, sizes, excesses, sums = _clusters(values, sign, threshold, table)
    for cluster in range(sizes.size):
        size = max(size, sizes[cluster])
        excess = max(excess, excesses[cluster])
        total = max(total, sums[cluster])
    return size, excess, total


@compiled
def _clusters(
    values: Floats, sign: float, threshold: float, table: Voxels
) -> tuple[Voxels, Voxels, NDArray[np.int64], Floats, Floats]:
    """Voxels beyond the threshold, ascending, the number of each one's cluster, and each cluster's measures."""
    voxels, parent = _joined(values, sign, threshold, table)
    numbers = np.empty(voxels.size, dtype=np.int32)
    sizes = np.zeros(voxels.size, dtype=np.int64)
    excesses = np.zeros(voxels.size, dtype=np.float64)
    sums = np.zeros(voxels.size, dtype=np.float64)
    count = 0
    for place in range(voxels.size):
        if parent[place] == place:  # a root is the first voxel of its cluster
            count += 1
            numbers[place] = count
        else:
            numbers[place] = numbers[parent[place]]
        cluster = numbers[place] - 1
        height = sign * values[voxels[place]]
        sizes[cluster] += 1
        excesses[cluster] += height - threshold
        sums[cluster] += height
    return voxels, numbers, sizes[:count], excesses[:count], sums[:count]


@compiled
def _joined(values: Floats, sign: float, threshold: float, table: Voxels) -> tuple[Voxels, Voxels]:
    """Voxels beyond the threshold, ascending, and for each the place of an earlier one it is joined to, or its own."""
    voxels = np.empty(values.size, dtype=np.int32)
    places = np.full(values.size, -1, dtype=np.int32)
    count = 0
    for voxel in range(values.size):
        if sign * values[voxel] >= threshold:
            voxels[count] = voxel
            places[voxel] = count
            count += 1
    parent = np.empty(count, dtype=np.int32)
    for place in range(count):
        parent[place] = place
        root = place
        for column in range(table.shape[1] // 2):  # the earlier half
            neighbour = table[voxels[place], column]
            if neighbour < 0 or places[neighbour] < 0:
                continue
            other = places[neighbour]
            while parent[other] != other:  # shortening the path as it is walked
                parent[other] = parent[parent[other]]
                other = parent[other]
            low, high = min(root, other), max(root, other)
            parent[high] = low
            root = low
    return voxels[:count], parent
