"""Regions made from coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

EDGE_TOLERANCE = 1e-6
"""mm by which a voxel centre may lie outside and still count as on the sphere: affines are stored in float32."""


def sphere(
    shape: tuple[int, int, int], affine: NDArray[np.float64], center_mm: ArrayLike, radius_mm: float
) -> NDArray[np.bool_]:
    """Voxels whose centre lies within a distance of a point.

    Parameters
    ----------
    shape : (3,)
    affine : (4, 4)
        Voxel indices to mm.
    center_mm : (3,)
        Need not be the centre of a voxel, nor inside the volume.
    radius_mm : float
        Inclusive.

    Returns
    -------
    (X, Y, Z) bool
        May be empty.

    Raises
    ------
    ValueError
        If the radius is negative or not finite.
    """
    if not 0 <= radius_mm < np.inf:
        raise ValueError(f"a radius in mm is finite and not negative, not {radius_mm}")
    start = affine[:3, 3] - np.asarray(center_mm, dtype=np.float64)
    steps = [np.multiply.outer(np.arange(size), affine[:3, axis]) for axis, size in enumerate(shape)]
    offsets = steps[0][:, None, None] + steps[1][None, :, None] + steps[2][None, None, :] + start
    distance = np.linalg.norm(offsets, axis=-1)
    return np.asarray(distance <= radius_mm + EDGE_TOLERANCE)
