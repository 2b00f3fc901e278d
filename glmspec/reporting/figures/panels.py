"""Panels: single slices of a brain as pixels, the map a layer of its own over the grey."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.display import AXES, Axis, Background, DisplayGrid
from glmspec.reporting.figures.style import MapStyle

SILHOUETTE, RIM = 226, 176
"""Greys of a brain without a background: its inside, and the voxels along its edge."""


class Scene(NamedTuple):
    """One contrast on the display grid; all (nx, ny, nz)."""

    grid: DisplayGrid
    z: NDArray[np.floating[Any]]
    passed: NDArray[np.bool_]
    known: NDArray[np.bool_]
    background: Background | None


class Panel(NamedTuple):
    """A view as the screen shows it, row 0 at the top; ``pixel`` is the width and height of one in mm.

    The two layers (H, W, 4) stay apart: each has few enough colours for a small PNG, and the lower one is the same
    for all contrasts that share their cuts.
    """

    head: NDArray[np.uint8]
    map: NDArray[np.uint8]
    passed: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    pixel: tuple[float, float]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in mm."""
        return self.map.shape[1] * self.pixel[0], self.map.shape[0] * self.pixel[1]


def scene(
    grid: DisplayGrid, z: NDArray[np.floating[Any]], passed: NDArray[np.bool_], background: Background | None
) -> Scene:
    """``z`` and ``passed`` (X, Y, Z) on the grid; outside the mask, and where ``z`` is NaN, there is no data."""
    values = grid.volume(np.asarray(z, dtype=float))
    known = grid.mask & ~np.isnan(values)
    shown = np.where(known, values, np.nan)
    return Scene(grid, shown, grid.volume(np.asarray(passed, dtype=bool)) & known, known, background)


def screen(volume: NDArray[Any], axis: Axis, index: int) -> NDArray[Any]:
    """Slice of (nx, ny, nz) across ``axis`` as the screen shows it: up is up, left is left, front is right."""
    taken: NDArray[Any] = np.take(volume, index, axis=AXES.index(axis))
    return taken.T[::-1]


def pixel_size(grid: DisplayGrid, axis: Axis) -> tuple[float, float]:
    """Width and height in mm of a pixel of a view along ``axis``."""
    across, up = (size for name, size in zip(AXES, grid.sizes, strict=True) if name != axis)
    return across, up


def cut(scene: Scene, style: MapStyle, axis: Axis, index: int) -> Panel:
    """One slice, transparent where there is neither mask nor head."""
    mask, known, z, passed = (
        screen(part, axis, index) for part in (scene.grid.mask, scene.known, scene.z, scene.passed)
    )
    if scene.background is None:
        grey, visible = np.where(_rim(mask), RIM, SILHOUETTE), mask
    else:
        grey = screen(scene.background.grey, axis, index)
        visible = mask | screen(scene.background.head, axis, index)
    head = np.where(visible[..., None], np.dstack([grey, grey, grey, np.full_like(grey, 255)]), 0).astype(np.uint8)
    return Panel(head, style.paint(z, passed), passed, visible & ~known, pixel_size(scene.grid, axis))


def _rim(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of ``mask`` (H, W) with a neighbour outside."""
    padded = np.pad(mask, 1)
    surrounded = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    rim: NDArray[np.bool_] = mask & ~surrounded
    return rim
