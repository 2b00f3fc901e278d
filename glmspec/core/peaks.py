"""Peaks inside a cluster, by the rules of nilearn 0.14.1's cluster table."""

from __future__ import annotations

from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glmspec.core.clusters import Cluster

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]

WINDOW = 3
"""A local maximum is no lower than the 26 voxels around it."""

MOST_PEAKS = 4
"""A cluster's peak and up to three more: nilearn's table."""

MINIMUM_DISTANCE = 8.0
"""mm; a sub-peak lies further than this from the peak listed before it. nilearn's default."""


def local_peaks(
    statistic: Floats,
    cluster: Cluster,
    affine: NDArray[np.float64],
    minimum_distance_mm: float = MINIMUM_DISTANCE,
    at_most: int = MOST_PEAKS,
) -> tuple[int, ...]:
    """The cluster's peak and its sub-peaks, the most extreme first.

    Parameters
    ----------
    statistic : (X, Y, Z)
    cluster : Cluster
        Of that statistic.
    affine : (4, 4)
        Voxel indices to mm.
    minimum_distance_mm : float
    at_most : int

    Returns
    -------
    tuple of int
        C-order indices of voxels of the cluster; at least one.

    Notes
    -----
    A plateau of equal maxima counts once, at its voxel nearest to its centre of mass; the inside of a plateau is no
    maximum unless the whole cluster is one. Equal peaks come in the order of their first voxel. Distance is measured
    to the peak listed before, and to no other.
    """
    if cluster.size == 1:
        return (int(cluster.voxels[0]),)
    corner, values = _cut_out(statistic, cluster)
    places = _plateaus(_maxima(values), corner)
    heights = values[tuple((places - corner).T)]
    places = places[np.argsort(-heights, kind="stable")]
    kept = _apart(places @ affine[:3, :3].T, minimum_distance_mm)[:at_most]
    return tuple(int(index) for index in np.ravel_multi_index(tuple(places[kept].T), statistic.shape))


def peak_id(cluster_number: int, rank: int) -> str:
    """Name of a peak in a table: 1 for the peak of cluster 1, then 1a, 1b and 1c."""
    return str(cluster_number) if rank == 0 else f"{cluster_number}{ascii_lowercase[rank - 1]}"


def _cut_out(statistic: Floats, cluster: Cluster) -> tuple[Ints, Floats]:
    """The cluster's box with a margin of one voxel, zero outside the cluster, made positive."""
    indices = np.stack(np.unravel_index(cluster.voxels, statistic.shape))
    start = np.maximum(indices.min(axis=1) - 1, 0)
    stop = np.minimum(indices.max(axis=1) + 2, statistic.shape)
    values = np.zeros(tuple(stop - start), dtype=statistic.dtype)
    values[tuple(indices - start[:, None])] = cluster.sign * statistic.reshape(-1)[cluster.voxels]
    return start, values


def _maxima(values: Floats) -> NDArray[np.bool_]:
    highest = ndimage.maximum_filter(values, WINDOW)
    maxima = (values == highest) & (values != 0)
    inside = values[values != 0]
    if not np.isclose(inside.max(), inside.min()):  # else the cluster is one plateau, as in a binary map
        maxima &= highest > ndimage.minimum_filter(values, WINDOW)
    return np.asarray(maxima)


def _plateaus(maxima: NDArray[np.bool_], corner: Ints) -> Ints:
    """One voxel of the volume for each group of maxima that touch by faces, (n, 3), in order of first voxels."""
    labels, count = ndimage.label(maxima)
    numbers = np.arange(1, count + 1)
    centres = np.array(ndimage.center_of_mass(maxima, labels, numbers)) + corner
    places = np.round(centres).astype(np.intp)  # of whole indices into the volume: halves go to the even one
    for number in numbers[labels[tuple((places - corner).T)] != numbers]:  # hollow or bent: the centre is outside
        members = np.argwhere(labels == number) + corner
        nearest = np.argmin(np.linalg.norm(members - places[number - 1], axis=1))
        places[number - 1] = members[nearest]
    return places


def _apart(places_mm: Floats, minimum: float) -> list[int]:
    """Those that are further than ``minimum`` from the one kept before them.

    Only from that one: nilearn 0.14.1's table compares each peak with the last that it kept, so that a third peak
    may lie close to the first. Tables are to agree, so ours does the same.
    """
    kept: list[int] = []
    for index, place in enumerate(places_mm):
        if not kept or np.linalg.norm(place - places_mm[kept[-1]]) > minimum:
            kept.append(index)
    return kept
