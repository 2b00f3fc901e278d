"""Gaussian smoothing of one volume."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Real = TypeVar("Real", np.float32, np.float64)

FWHM_PER_SIGMA = float(np.sqrt(8.0 * np.log(2.0)))
"""Full width at half maximum of a Gaussian of unit standard deviation."""

TRUNCATE = 4.0
"""Kernel radius in standard deviations, nilearn's and scipy's: beyond it lies 6e-5 of the weight."""


Box = tuple[slice, ...]
"""From where to where along each axis, both as numbers."""


def smooth(
    volume: NDArray[Real], fwhm_mm: float, affine: NDArray[np.float64], within: Box | None = None
) -> NDArray[Real]:
    """Convolve a volume with a Gaussian of the given width.

    Parameters
    ----------
    volume : (X, Y, Z)
        float32 or float64; kept as it is.
    fwhm_mm : float
        Full width at half maximum, mm, not negative; 0 returns a copy.
    affine : (4, 4)
        Voxel indices to mm. Voxel sizes are the lengths of its columns, so an oblique volume is smoothed along its
        own axes.
    within : slices along X, Y and Z, optional
        The voxels that are wanted: the others are not computed, and those that the kernel does not reach from there
        not looked at. What is returned has the same bits.

    Returns
    -------
    (X, Y, Z), or what ``within`` cuts out of it
        Same type as ``volume``, C-contiguous.

    Raises
    ------
    ValueError
        If the volume is not 3D float32 or float64 or holds NaN or infinity (what they stand for is the caller's
        decision: one would spread over the kernel), or the width is negative or not finite.

    Notes
    -----
    Separable; mirrored at the edges (d c b a | a b c d | d c b a); truncated at 4 sigma with
    sigma = FWHM / sqrt(8 ln 2) / voxel size: nilearn 0.14.1's definition.
    """
    sides = sides_of(volume, fwhm_mm, affine, within)
    smoothed = reached_part(volume, sides)
    for axis, side in enumerate(sides):
        if side.sigma > 0:
            smoothed = gaussian_filter1d(smoothed, side.sigma, axis=axis, mode="reflect", truncate=TRUNCATE)
        inside = slice(side.wanted.start - side.around.start, side.wanted.stop - side.around.start)
        smoothed = smoothed[(slice(None),) * axis + (inside,)]
    return np.array(smoothed, order="C")


class Side(NamedTuple):
    """What is wanted along an axis, the kernel's standard deviation in voxels, and what it reaches from there."""

    wanted: slice
    sigma: float
    around: slice


def sides_of(
    volume: NDArray[Real], fwhm_mm: float, affine: NDArray[np.float64], within: Box | None
) -> tuple[Side, ...]:
    """The three sides of the box that is wanted; a volume or width that cannot be is refused as by :func:`smooth`.

    What is mirrored at the ends of what is reached is then the edge of the volume itself.
    """
    if volume.ndim != 3 or volume.dtype not in (np.float32, np.float64):
        raise ValueError(f"one float32 or float64 volume is smoothed, not {volume.dtype} of shape {volume.shape}")
    if not 0 <= fwhm_mm < np.inf:
        raise ValueError(f"a width in mm is finite and not negative, not {fwhm_mm}")
    sides = []
    for axis, sigma in enumerate(_sigmas(fwhm_mm, affine)):
        size, far = volume.shape[axis], kernel_radius(sigma)
        wanted = within[axis] if within else slice(0, size)
        sides.append(Side(wanted, sigma, slice(max(0, wanted.start - far), min(size, wanted.stop + far))))
    return tuple(sides)


def reached_part(volume: NDArray[Real], sides: tuple[Side, ...]) -> NDArray[Real]:
    """What the kernel reaches, once all of it is known to be finite."""
    part = volume[tuple(side.around for side in sides)]
    if not np.isfinite(part).all():
        raise ValueError("NaN or infinity would spread: decide what they stand for before smoothing")
    return part


class Reach(NamedTuple):
    """The part of a volume that smoothing sees from one voxel, as slices, and the voxel's place in it."""

    box: tuple[slice, ...]
    inside: tuple[int, ...]


def reach(voxel: tuple[int, ...], fwhm_mm: float, affine: NDArray[np.float64]) -> Reach:
    """How far the kernel of :func:`smooth` reaches from a voxel."""
    far = [int(TRUNCATE * sigma + 0.5) for sigma in _sigmas(fwhm_mm, affine)]
    start = [max(0, index - steps) for index, steps in zip(voxel, far, strict=True)]
    box = tuple(slice(low, index + steps + 1) for low, index, steps in zip(start, voxel, far, strict=True))
    return Reach(box, tuple(index - low for index, low in zip(voxel, start, strict=True)))


def smooth_at(
    boxes: NDArray[Real], fwhm_mm: float, affine: NDArray[np.float64], inside: tuple[int, ...]
) -> NDArray[Real]:
    """One voxel (K,) of what :func:`smooth` makes of K volumes, from the boxes (K, x, y, z) that it reaches in them.

    Boxes and ``inside`` are those of :func:`reach`. Of each axis that is smoothed, the voxel's own place alone is kept.
    """
    left = boxes
    for axis, (sigma, index) in enumerate(zip(_sigmas(fwhm_mm, affine), inside, strict=True), start=1):
        if sigma > 0:
            left = gaussian_filter1d(left, sigma, axis=axis, mode="reflect", truncate=TRUNCATE)
        left = np.take(left, [index], axis=axis)
    return left.reshape(len(boxes))


def kernel_radius(sigma: float) -> int:
    """Voxels on either side that the kernel of a standard deviation (voxels) counts."""
    return int(TRUNCATE * sigma + 0.5)


def _sigmas(fwhm_mm: float, affine: NDArray[np.float64]) -> list[float]:
    """Standard deviations of the kernel along the axes, in voxels."""
    sizes = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    return [float(sigma) for sigma in fwhm_mm / (FWHM_PER_SIGMA * sizes)]
