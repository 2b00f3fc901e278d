"""From a scanner's axes to those of a picture: x from left to right, y from back to front, z from below to above.

Affines are in millimetres of the usual RAS world. Images whose axes are a permutation or a flip of the world's are
only re-ordered, voxel for voxel. Oblique ones are resampled, for display alone, and the grid says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Axis = Literal["x", "y", "z"]
AXES: tuple[Axis, Axis, Axis] = ("x", "y", "z")

ALIGNED = 1e-4
"""Largest rotation in radians of an image that still counts as aligned: 0.01 mm across a head."""
OBLIQUE = 3**-0.5
"""Display voxels of oblique images, as a share of the smallest edge: the widest grid of which a point falls into every
voxel, however turned (half its diagonal is half that edge), so that no peak and no lone voxel is lost."""
MARGIN = 1
"""Voxels left free around what is shown."""
WHITE_PERCENTILE = 99.8
"""Percentile of the background inside the mask that is drawn white; above it are vessels and artefacts."""
HEAD_FRACTION = 0.1
"""Share of that percentile above which the background is head rather than air (ghosts stay below a tenth)."""
DARKEST, LIGHTEST = 48, 244
"""Range of grey of the background: never black, which is the colour of contours."""


class HeadImage(NamedTuple):
    """A background on any grid: array (X, Y, Z) and affine (4, 4) in mm."""

    array: NDArray[Any]
    affine: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Background:
    """A head on the display grid: ``grey`` (nx, ny, nz) uint8, and where it is ``head`` rather than air."""

    grey: NDArray[np.uint8]
    head: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DisplayGrid:
    """Where the voxels of an analysis stand in a picture; make one with :meth:`from_mask`.

    Attributes
    ----------
    mask : (nx, ny, nz) bool
        The analysis mask, cropped to its bounding box and a margin of one voxel.
    sizes, origin : three floats, mm
        Edge lengths of a voxel, and the centre of voxel (0, 0, 0).
    resampled : bool
        True when the image was oblique, so that what is shown is its nearest voxels and not the voxels themselves.
    lookup : (nx, ny, nz) int
        Flat (C order) index of the voxel to show of an array of ``shape``; -1 where there is none.
    """

    mask: NDArray[np.bool_]
    sizes: tuple[float, float, float]
    origin: tuple[float, float, float]
    resampled: bool
    lookup: NDArray[np.intp]
    shape: tuple[int, ...]

    @classmethod
    def from_mask(
        cls, mask: NDArray[np.bool_], affine: NDArray[np.float64], head: HeadImage | None = None
    ) -> DisplayGrid:
        """The grid around ``mask`` (X, Y, Z) with ``affine`` (4, 4); with ``head``, wide enough to show that whole.

        Raises ``ValueError`` for an empty mask or a singular affine.
        """
        mask = np.asarray(mask, dtype=bool)
        sizes, aligned = _voxels(affine)
        centres = _corners(mask, affine)
        show = [centres] if head is None else [centres, _corners(_is_head(head.array), head.affine)]
        low, high = np.min([c.min(0) for c in show], 0), np.max([c.max(0) for c in show], 0)
        # Aligned grids stand on the image's own voxels; oblique ones on round millimetres.
        anchor = centres.min(0) if aligned else np.zeros(3)
        start = np.floor((low - anchor) / sizes + ALIGNED) - MARGIN
        shape = (np.ceil((high - anchor) / sizes - ALIGNED) + MARGIN + 1 - start).astype(int)
        origin = anchor + start * sizes
        lookup = _lookup(mask.shape, affine, _scaling(sizes, origin), shape)
        grid = cls(_take(mask, lookup, False), _three(sizes), _three(origin), not aligned, lookup, mask.shape)
        return grid if head is not None else grid._cropped()

    def volume(self, array: NDArray[Any]) -> NDArray[Any]:
        """``array`` (X, Y, Z) as (nx, ny, nz). Beyond its edges: NaN for floats, False or 0 for others."""
        if array.shape != self.shape:
            raise ValueError(f"the grid was made from a mask of shape {self.shape}, the array has {array.shape}")
        return _take(array, self.lookup, np.nan if array.dtype.kind == "f" else 0)

    def background(self, image: HeadImage) -> Background:
        """``image``, from whatever grid, resampled linearly onto this one and turned into greys."""
        source = np.nan_to_num(np.asarray(image.array, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        step = np.linalg.inv(image.affine) @ _scaling(self.sizes, self.origin)
        values = ndimage.affine_transform(source, step[:3, :3], step[:3, 3], self.mask.shape, order=1, cval=0.0)
        white = float(np.percentile(values[self.mask], WHITE_PERCENTILE))
        share = values / white if white > 0 else np.ones_like(values)
        grey = np.rint(DARKEST + (LIGHTEST - DARKEST) * np.clip(share, 0, 1)).astype(np.uint8)
        return Background(grey, (share > HEAD_FRACTION) & (values > 0))

    def mm(self, axis: Axis, index: int) -> float:
        """Millimetre of the centre of slice ``index``."""
        place = AXES.index(axis)
        return self.origin[place] + index * self.sizes[place]

    def index(self, axis: Axis, mm: float) -> int:
        """The slice nearest to ``mm``; the first or last one beyond the edges."""
        place = AXES.index(axis)
        nearest = round((mm - self.origin[place]) / self.sizes[place])
        return int(min(max(nearest, 0), self.mask.shape[place] - 1))

    def _cropped(self) -> DisplayGrid:
        """The same grid, no more than the margin wider than the mask: the box of an oblique one is too wide."""
        inside = np.argwhere(self.mask)
        start = np.maximum(inside.min(0) - MARGIN, 0)
        box = tuple(slice(a, b) for a, b in zip(start, inside.max(0) + MARGIN + 1, strict=True))
        origin = np.array(self.origin) + start * np.array(self.sizes)
        return DisplayGrid(self.mask[box], self.sizes, _three(origin), self.resampled, self.lookup[box], self.shape)


def _voxels(affine: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Edge lengths (3,) of the display's voxels in mm, and whether the image's axes are those of the world."""
    columns = np.asarray(affine, dtype=float)[:3, :3]
    lengths = np.linalg.norm(columns, axis=0)
    if not np.isfinite(columns).all() or abs(np.linalg.det(columns)) <= 1e-9 * lengths.prod():
        raise ValueError("the affine is singular: two axes of the image point the same way")
    turns = columns / lengths
    nearest = np.rint(turns)
    aligned = bool((np.abs(turns - nearest) <= ALIGNED).all() and (np.abs(nearest).sum(0) == 1).all())
    if not aligned:
        return np.full(3, lengths.min() * OBLIQUE), False
    return lengths[np.abs(nearest).argmax(1)], True


def _corners(inside: NDArray[np.bool_], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centres (8, 3) in mm of the corner voxels of the bounding box of ``inside``."""
    found = np.argwhere(inside)
    if not len(found):
        raise ValueError("the mask is empty: there is nothing to show")
    corners = np.array(list(product(*zip(found.min(0), found.max(0), strict=True))), dtype=float)
    return corners @ np.asarray(affine)[:3, :3].T + np.asarray(affine)[:3, 3]


def _is_head(array: NDArray[Any]) -> NDArray[np.bool_]:
    finite = array[np.isfinite(array)]
    return np.asarray(array > HEAD_FRACTION * np.percentile(finite, WHITE_PERCENTILE), dtype=bool)


def _scaling(sizes: Iterable[float], origin: Iterable[float]) -> NDArray[np.float64]:
    """Affine (4, 4) from display voxels to millimetres."""
    affine = np.diag([*sizes, 1.0])
    affine[:3, 3] = list(origin)
    return affine


def _lookup(
    shape: tuple[int, ...], affine: NDArray[np.float64], display: NDArray[np.float64], size: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Flat index of the voxel of an image (``shape``, ``affine``) nearest to each display voxel, or -1."""
    step = np.linalg.inv(affine) @ display
    i, j, k = np.ogrid[: size[0], : size[1], : size[2]]
    flat, inside = np.zeros(size, dtype=np.intp), np.ones(size, dtype=bool)
    for row, length in zip(step[:3], shape, strict=True):
        nearest = np.rint(row[0] * i + row[1] * j + row[2] * k + row[3]).astype(np.intp)
        inside &= (nearest >= 0) & (nearest < length)
        flat = flat * length + nearest
    return np.where(inside, flat, -1)


def _take(array: NDArray[Any], lookup: NDArray[np.intp], fill: float) -> NDArray[Any]:
    return np.where(lookup >= 0, array.ravel()[lookup], np.array(fill, dtype=array.dtype))


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
