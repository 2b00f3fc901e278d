"""The voxels that the viewer has copies of, and where its display finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.display import DisplayGrid


@dataclass(frozen=True, eq=False)
class Voxels:
    """Every ``every``-th voxel of the bounding box of a mask, along each axis of the image.

    Attributes
    ----------
    mask : (bx, by, bz) bool
        The analysis mask in the box.
    first : three ints
        The voxel of the image at the corner of the box.
    step : (3, 4) floats
        From a voxel of the display to one of the image, to be rounded as numpy does.
    """

    mask: NDArray[np.bool_]
    box: tuple[slice, slice, slice]
    first: tuple[int, int, int]
    every: int
    step: NDArray[np.float64]

    @classmethod
    def of(cls, mask: NDArray[np.bool_], affine: NDArray[np.float64], grid: DisplayGrid, every: int = 1) -> Voxels:
        """Of the analysis ``mask`` (X, Y, Z) with ``affine``, shown on ``grid``."""
        inside = np.argwhere(mask)
        low, high = inside.min(0), inside.max(0)
        slices = [slice(int(a), int(b) + 1, every) for a, b in zip(low, high, strict=True)]
        box = (slices[0], slices[1], slices[2])
        display = np.diag([*grid.sizes, 1.0])
        display[:3, 3] = grid.origin
        step = np.asarray(np.linalg.inv(affine) @ display, dtype=np.float64)[:3]
        return cls(mask[box], box, (int(low[0]), int(low[1]), int(low[2])), every, step)

    def values(self, volume: NDArray[Any]) -> NDArray[Any]:
        """The voxels (V,) of the mask in a volume (X, Y, Z), in C order."""
        taken: NDArray[Any] = volume[self.box][self.mask]
        return taken
