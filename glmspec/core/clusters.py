"""Clusters of a thresholded map and the peaks inside them.

Order, peaks and sub-peaks follow the cluster table of nilearn 0.14.1, so that tables can be compared row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]
Connectivity = Literal["faces", "edges", "corners"]

NEIGHBOURS: dict[Connectivity, int] = {"faces": 1, "edges": 2, "corners": 3}
"""How many of the three indices may differ by one between neighbours: 6, 18 and 26 of them."""


@dataclass(frozen=True, eq=False)
class Cluster:
    """Connected voxels of one sign.

    Attributes
    ----------
    sign : {1, -1}
    voxels : (n,)
        C-order indices into the volume, ascending.
    size : int
        Number of voxels.
    peak : int
        C-order index of the most extreme voxel; the lowest of equals.
    """

    sign: int
    voxels: NDArray[np.intp]
    size: int
    peak: int


def label_clusters(passed: Bools, connectivity: Connectivity) -> tuple[NDArray[np.int32], int]:
    """Number the connected parts of a mask.

    Parameters
    ----------
    passed : (X, Y, Z) bool
    connectivity : {"faces", "edges", "corners"}

    Returns
    -------
    labels : (X, Y, Z) int32
        0 outside, 1 to count inside, in order of each part's first voxel.
    count : int
    """
    structure = ndimage.generate_binary_structure(3, NEIGHBOURS[connectivity])
    labels = np.zeros(passed.shape, dtype=np.int32)
    count = ndimage.label(passed, structure, output=labels)
    return labels, int(count)


def signed_clusters(statistic: Floats, passed: Bools, connectivity: Connectivity) -> tuple[Cluster, ...]:
    """Clusters of positive voxels, then of negative ones; a cluster never joins signs.

    Parameters
    ----------
    statistic : (X, Y, Z)
        A voxel that is NaN or 0 belongs to no cluster.
    passed : (X, Y, Z) bool
        Voxels beyond the threshold.
    connectivity : {"faces", "edges", "corners"}

    Returns
    -------
    tuple of Cluster
        Within a sign by falling peak |statistic|; equal peaks by first voxel.
    """
    found: list[Cluster] = []
    for sign in (1, -1):
        signed = (sign * statistic).reshape(-1)
        labels, count = label_clusters(passed & (sign * statistic > 0), connectivity)
        clusters = [_cluster(sign, voxels, signed) for voxels in _members(labels, count)]
        found += sorted(clusters, key=lambda cluster: -signed[cluster.peak])
    return tuple(found)


def _cluster(sign: int, voxels: NDArray[np.intp], signed: Floats) -> Cluster:
    return Cluster(sign, voxels, len(voxels), int(voxels[np.argmax(signed[voxels])]))


def _members(labels: NDArray[np.int32], count: int) -> list[NDArray[np.intp]]:
    """C-order indices of each label, ascending; one sort for all of them."""
    inside = np.flatnonzero(labels)
    numbers = labels.reshape(-1)[inside]
    order = np.argsort(numbers, kind="stable")
    ends = np.cumsum(np.bincount(numbers, minlength=count + 1)[1:])
    return np.split(inside[order], ends[:-1]) if count else []


def keep_clusters(passed: Bools, statistic: Floats, minimum_voxels: int, connectivity: Connectivity) -> Bools:
    """The voxels of clusters of at least ``minimum_voxels``, each sign on its own; (X, Y, Z) bool."""
    kept = np.zeros(passed.size, dtype=bool)
    for cluster in signed_clusters(statistic, passed, connectivity):
        kept[cluster.voxels] = cluster.size >= minimum_voxels
    return kept.reshape(passed.shape)
