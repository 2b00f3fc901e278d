"""Where voxels are: shapes, affines, and when two grids are one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SAME_PLACE = 1e-3
"""Grids are one if no corner voxel moves by more than this share of a voxel. Headers store float32 and quaternions,
which move a corner by some 1e-5 of a voxel; a real misalignment is a hundred times larger than this."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A box of voxels in space: ``shape`` (X, Y, Z) and ``affine`` (4, 4), voxel indices to mm."""

    shape: tuple[int, int, int]
    affine: Floats

    def __str__(self) -> str:
        return describe(self)


def voxel_sizes(affine: Floats) -> Floats:
    """Edge lengths of a voxel, mm (3,): the lengths of the affine's columns, right for oblique volumes too."""
    return np.asarray(np.sqrt((affine[:3, :3] ** 2).sum(axis=0)))


def voxel_volume(affine: Floats) -> float:
    """Volume of a voxel in cubic millimetres."""
    return float(abs(np.linalg.det(affine[:3, :3])))


def to_mm(affine: Floats, ijk: ArrayLike) -> Floats:
    """Voxel indices (..., 3) as millimetres (..., 3)."""
    indices = np.asarray(ijk, dtype=np.float64)
    return np.asarray(indices @ affine[:3, :3].T + affine[:3, 3])


def same_grid(a: Grid, b: Grid) -> bool:
    """Whether two grids have one shape and put every voxel at the same place, to :data:`SAME_PLACE` of a voxel."""
    return a.shape == b.shape and displacement(a, b) <= SAME_PLACE * float(voxel_sizes(a.affine).min())


def displacement(a: Grid, b: Grid) -> float:
    """How far two grids of one shape put a voxel apart at most, in mm: affine, so that a corner moves the most."""
    corners = np.array(list(product(*((0, size - 1) for size in a.shape))))
    return float(np.linalg.norm(to_mm(a.affine, corners) - to_mm(b.affine, corners), axis=-1).max())


def describe(grid: Grid) -> str:
    """A grid in words: ``53 x 63 x 46 voxels of 3 x 3 x 3 mm``."""
    shape = " x ".join(str(size) for size in grid.shape)
    sizes = " x ".join(f"{size:.4g}" for size in voxel_sizes(grid.affine))
    return f"{shape} voxels of {sizes} mm"


def unusable(affine: Floats) -> str:
    """Why an affine cannot place voxels, or nothing if it can."""
    if affine.shape != (4, 4) or not np.isfinite(affine).all():
        return "its affine holds numbers that are not finite"
    sizes = voxel_sizes(affine)
    if not sizes.all() or abs(np.linalg.det(affine[:3, :3] / sizes)) < FLATTEST:
        return "its affine is singular: it puts different voxels at one place"
    return ""


FLATTEST = 1e-6
"""Smallest volume of a voxel relative to that of a box with its edges: 1 for right angles. Real shears are far
above; below, the inverse has fewer digits than the float32 of the header."""
