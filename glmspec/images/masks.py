"""Masks computed from maps, one map in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Volume = NDArray[Any]
Bools = NDArray[np.bool_]

BORDER = 2
"""Thickness, in voxels, of the border of the volume that is taken for background; nilearn's default."""


def mean_volume(volumes: Iterable[Volume]) -> Volume:
    """Voxelwise mean of maps.

    Parameters
    ----------
    volumes : iterable of (X, Y, Z)
        Summed in the order given and in the type of the first, so the result is a function of the list alone.

    Returns
    -------
    (X, Y, Z)
        NaN where any map is NaN.

    Raises
    ------
    ValueError
        If there is no map.

    Notes
    -----
    nilearn 0.14.1's second level masks exactly this mean (of the maps as they are, neither smoothed nor freed of
    NaN), so it is formed in the maps' own precision: a sum in float64 could differ from the background in the last
    bit where theirs does not.
    """
    total: Volume | None = None
    count = 0
    for volume in volumes:
        count += 1
        if total is None:
            total = np.array(volume, order="C")
            continue
        with np.errstate(invalid="ignore"):  # infinities of both signs: NaN, as it should be
            total += volume
    if total is None:
        raise ValueError("a mean needs at least one map")
    return np.asarray(total / total.dtype.type(count))


def background_mask(mean: Volume) -> Bools:
    """Voxels that differ from the background, taken from the border of the volume.

    Parameters
    ----------
    mean : (X, Y, Z)
        Mean of the unsmoothed maps, as :func:`mean_volume` gives it.

    Returns
    -------
    (X, Y, Z) bool
        If any border voxel is NaN, the voxels that are not NaN; else those that differ from the median of the
        border. NaN inside such a volume differs, and so is in the mask.

    Notes
    -----
    The default mask of nilearn 0.14.1's ``SecondLevelModel().fit`` for a list of maps: its background strategy with
    a border of 2 voxels, no opening, and all parts kept. Border voxels where faces meet count once for each face.
    """
    border = np.concatenate([face.ravel() for axis in range(3) for face in _faces(mean, axis)])
    if np.isnan(border).any():
        return np.asarray(~np.isnan(mean))
    return np.asarray(mean != np.median(border))


def _faces(volume: Volume, axis: int) -> tuple[Volume, Volume]:
    """The first and last layers along an axis."""
    moved = np.moveaxis(volume, axis, 0)
    return moved[:BORDER], moved[-BORDER:]


def intersection_mask(volumes: Iterable[Volume]) -> Bools:
    """Voxels that are finite and not zero in every map, (X, Y, Z) bool.

    Raises
    ------
    ValueError
        If there is no map.
    """
    mask: Bools | None = None
    for volume in volumes:
        inside = np.isfinite(volume) & (volume != 0)
        mask = inside if mask is None else mask & inside
    if mask is None:
        raise ValueError("an intersection needs at least one map")
    return mask
