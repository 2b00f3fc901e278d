"""Where the voxels of the simulated pictures are, in millimetres, and the depths of simple bodies there.

A *depth* is how far inside a body a place lies: positive inside, zero on its surface, negative outside. Depths of
two bodies meet in ``np.maximum`` (either), ``np.minimum`` (both) and :func:`melt` (either, with a smooth seam).
Directions are the usual ones: x to the right, y to the front, z upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
Point = tuple[float, float, float]


class Grid(NamedTuple):
    """A box of voxels: its shape, and the affine from voxel indices to millimetres."""

    shape: tuple[int, int, int]
    affine: Field


class Places(NamedTuple):
    """Coordinates of all voxels in mm; the three arrays broadcast against each other."""

    x: Field
    y: Field
    z: Field

    def from_point(self, point: Point) -> Places:
        """The same places, measured from ``point``."""
        return Places(self.x - point[0], self.y - point[1], self.z - point[2])

    def mirrored(self) -> Places:
        """The same places with left and right folded onto each other."""
        return Places(np.abs(self.x), self.y, self.z)


def grid(voxel: float) -> Grid:
    """The field of view of the data set (156 by 186 by 135 mm, stored from right to left) in cubes of ``voxel`` mm."""
    affine = np.array([[-voxel, 0, 0, 78], [0, voxel, 0, -111], [0, 0, voxel, -51], [0, 0, 0, 1]], dtype=float)
    across, along, up = (int(extent // voxel) + 1 for extent in (156, 186, 135))
    return Grid((across, along, up), affine)


def places(box: Grid) -> Places:
    """Coordinates of the voxels of an axis-aligned grid, as three arrays that broadcast to its shape."""
    steps, origin = np.diag(box.affine), box.affine[:3, 3]
    axes = [origin[k] + steps[k] * np.arange(box.shape[k]) for k in range(3)]
    return Places(axes[0][:, None, None], axes[1][None, :, None], axes[2][None, None, :])


def ellipsoid(at: Places, center: Point, radii: Point) -> Field:
    """Depth inside an ellipsoid, in mm: exact on its surface and close to it, flatter in the middle."""
    x, y, z = at.from_point(center)
    a, b, c = radii
    reach = np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)
    slope = np.sqrt((x / a**2) ** 2 + (y / b**2) ** 2 + (z / c**2) ** 2)
    smallest = 1e-6  # at the very centre both are zero, and the depth is the shortest radius
    return np.where(slope > smallest, reach * (1 - reach) / np.maximum(slope, smallest), min(radii))


def tube(at: Places, points: Sequence[Point], radius: float) -> Field:
    """Depth inside a tube of ``radius`` mm around the line through ``points``."""
    nearest = np.full(np.broadcast_shapes(at.x.shape, at.y.shape, at.z.shape), np.inf)
    for start, end in pairwise(points):
        along = np.subtract(end, start)
        x, y, z = at.from_point(start)
        share = np.clip((x * along[0] + y * along[1] + z * along[2]) / (along @ along), 0, 1)
        squared = (x - share * along[0]) ** 2 + (y - share * along[1]) ** 2 + (z - share * along[2]) ** 2
        np.minimum(nearest, squared, out=nearest)
    depth: Field = radius - np.sqrt(nearest)
    return depth


def box(at: Places, center: Point, half: Point) -> Field:
    """Depth inside an upright box with edges of twice ``half`` mm."""
    x, y, z = (np.abs(part) - size for part, size in zip(at.from_point(center), half, strict=True))
    outside: Field = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2 + np.maximum(z, 0) ** 2)
    return -outside - np.minimum(np.maximum(np.maximum(x, y), z), 0)


def melt(first: Field, second: Field, width: float) -> Field:
    """Depth inside either body, the seam between them rounded over ``width`` mm."""
    near = np.maximum(width - np.abs(first - second), 0) / width
    return np.maximum(first, second) + near**2 * width / 4


def waves(at: Places, rng: np.random.Generator, length: float, number: int = 48) -> Field:
    """A smooth random field of mean 0 and variance 1: the sum of ``number`` plane waves of about ``length`` mm."""
    directions = rng.standard_normal((number, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    turns = 2 * np.pi / length * directions * rng.uniform(0.8, 1.2, (number, 1))
    phases = rng.uniform(0, 2 * np.pi, number)
    field = np.zeros(np.broadcast_shapes(at.x.shape, at.y.shape, at.z.shape))
    for turn, phase in zip(turns, phases, strict=True):
        field += np.cos(turn[0] * at.x + turn[1] * at.y + turn[2] * at.z + phase)
    return field * float(np.sqrt(2 / number))


def step(depth: Field, width: float) -> Field:
    """From 0 outside to 1 inside, the edge ``width`` mm wide: what a voxel at an edge shows of both sides."""
    return 0.5 + 0.5 * np.tanh(depth / width)
