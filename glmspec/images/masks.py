"""Masks computed from maps, one map in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glmspec.core.clusters import label_clusters
from glmspec.core.smoothing import smooth

Volume = NDArray[Any]
Bools = NDArray[np.bool_]

BORDER = 2
"""Thickness, in voxels, of the border of the volume that is taken for background; nilearn's default."""

MIDDLE = (0.2, 0.85)
"""Shares of the voxels, from the darkest up, between which the threshold of a functional image lies: less is surely
air, more surely head. nilearn's default."""

GRAIN = 1.0
"""Width in voxels of the smoothing that comes before the histogram; nilearn's."""

BRIDGE = 2
"""Layers taken off the bright voxels, to cut the thin bridges from brain to scalp; nilearn's default opening."""


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
            total = np.array(volume)
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


def epi_mask(mean: Volume) -> Bools:
    """The brain of a mean functional image: the largest solid part that is brighter than a gap of the histogram.

    Parameters
    ----------
    mean : (X, Y, Z)
        Mean over the scans of a run. NaN and infinity are taken for 0.

    Returns
    -------
    (X, Y, Z) bool
        Empty where nothing stands out: no two values differ between those shares of the histogram (a constant image,
        or one that is nearly all padding), or no bright part is :data:`BRIDGE` voxels deep. Never within
        :data:`BRIDGE` voxels of the volume's edge.

    Raises
    ------
    ValueError
        If the image is not a volume.

    Notes
    -----
    nilearn 0.14.1's ``compute_epi_mask`` with its defaults, voxel by voxel, but for images without a gap: there it
    gives the whole volume less its edge. The image is smoothed by one voxel and its values are sorted; the threshold
    is the middle of the widest step between :data:`MIDDLE`, a heuristic of T. Nichols. Layers are taken off the
    voxels at or above it, the largest part is kept, as many layers are put back, and holes and clefts of up to twice
    that width are closed. Neighbours share a face.
    """
    bright = _above_the_gap(_smoothed(mean))
    core = _largest_part(ndimage.binary_erosion(bright, iterations=BRIDGE))
    spread = ndimage.binary_dilation(core, iterations=2 * BRIDGE)
    return np.asarray(ndimage.binary_erosion(spread, iterations=BRIDGE))


def _smoothed(mean: Volume) -> Volume:
    """By a grain; numbers of up to four bytes in single precision, as in nilearn, for a last bit can move the gap."""
    values = mean.astype(np.float32 if mean.dtype.itemsize <= 4 else np.float64)
    smoothed = smooth(np.where(np.isfinite(values), values, 0), GRAIN, np.eye(4))
    smoothed[np.isnan(values)] = 0  # no smear of the brain into what a program has cut away
    return smoothed


def _above_the_gap(values: Volume) -> Bools:
    """Voxels above the middle of the widest step of the sorted values; none if there is no step."""
    low, high = (int(share * values.size) for share in MIDDLE)
    middle = np.sort(values, axis=None)[low : high + 1]
    steps = np.diff(middle)
    if not steps.any():
        return np.zeros(values.shape, dtype=bool)
    widest = int(steps.argmax())
    return np.asarray(values >= (middle[widest] + middle[widest + 1]) / 2)


def _largest_part(mask: Bools) -> Bools:
    """The connected part with the most voxels, the first of equals; nothing of nothing."""
    labels, count = label_clusters(mask, "faces")
    if count == 0:
        return mask
    return np.asarray(labels == 1 + np.bincount(labels.reshape(-1))[1:].argmax())


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
