"""Glass brains: what passed, seen through the whole brain from four sides.

A hard threshold: of each line of sight, the passed voxel with the largest |z| is shown, everything else is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures import svg
from glmspec.reporting.figures.contours import contour, outline
from glmspec.reporting.figures.display import AXES, Axis, DisplayGrid
from glmspec.reporting.figures.panels import Panel, pixel_size, scene
from glmspec.reporting.figures.sheet import Placed, extent, pictures, row
from glmspec.reporting.figures.style import MapStyle

Map = NDArray[np.floating[Any]]

GLASS, RIM = "#e5e7eb", "#8b929e"
"""Fill and edge of the silhouette: light on any page, since the strongest colours are dark."""
SMOOTH_MM = 16.0
"""Length of border over which an outline is averaged."""
COARSE_MM = 8.0
"""Voxels larger than this keep their corners: an outline averaged over several would cut off what lies at the edge."""
GAP_MM = 12.0
CAPTION_MM = 22.0
SCALE = 1.25
THUMBNAIL_PX = (110.0, 40.0)


class View(NamedTuple):
    """A projection: the silhouette (H, W) and the panel of what passed."""

    silhouette: NDArray[np.bool_]
    panel: Panel


def glass_brain(grid: DisplayGrid, z: Map, passed: NDArray[np.bool_], style: MapStyle, title: str) -> str:
    """Left hemisphere from the left, both from behind, both from above, right hemisphere from the right."""
    middle = grid.origin[0] + np.arange(grid.mask.shape[0]) * grid.sizes[0]
    # A slice that the midline runs through belongs to both hemispheres.
    left, right = middle <= grid.sizes[0] / 4, middle >= -grid.sizes[0] / 4
    both = np.ones_like(left)
    shown = scene(grid, z, passed, None)
    values = np.where(shown.passed, shown.z, 0.0)
    views = [
        _mirrored(_view(grid, values, style, "x", left)),
        _view(grid, values, style, "y", both),
        _view(grid, values, style, "z", both),
        _view(grid, values, style, "x", right),
    ]
    placed = row([view.panel for view in views], GAP_MM)
    width, height = extent(placed)
    body = _drawn(views, placed, 0.9)
    for item, name in zip(placed, ("left", "", "", "right"), strict=True):
        body += _names(item, name, height + 14)
    return svg.document(body, (width, height + CAPTION_MM), width * SCALE, title, "glass")


def thumbnail(grid: DisplayGrid, z: Map, passed: NDArray[np.bool_], style: MapStyle, title: str) -> str:
    """Three small projections without words: from the right, from behind, from above; some 110 by 40 px."""
    shown = scene(grid, z, passed, None)
    values = np.where(shown.passed, shown.z, 0.0)
    both = np.ones(grid.mask.shape[0], dtype=bool)
    views = [_view(grid, values, style, axis, both) for axis in AXES]
    placed = row([view.panel for view in views], GAP_MM)
    width, height = extent(placed)
    scale = min(THUMBNAIL_PX[0] / width, THUMBNAIL_PX[1] / height)
    # An edge of three quarters of a pixel, whatever the scale.
    return svg.document(_drawn(views, placed, 0.75 / scale), (width, height), width * scale, title, "thumbnail")


def _view(grid: DisplayGrid, values: Map, style: MapStyle, axis: Axis, half: NDArray[np.bool_]) -> View:
    """Projection along ``axis`` of ``values`` (nx, ny, nz; 0 where nothing passed) in the slices ``half`` (nx,)."""
    along = AXES.index(axis)
    kept = np.where(half[:, None, None], values, 0.0)
    strongest = np.expand_dims(np.abs(kept).argmax(axis=along), along)
    seen = np.take_along_axis(kept, strongest, axis=along).squeeze(along).T[::-1]
    silhouette: NDArray[np.bool_] = np.any(grid.mask & half[:, None, None], axis=along).T[::-1]
    passed = seen != 0
    nothing = np.zeros((*seen.shape, 4), dtype=np.uint8)
    return View(silhouette, Panel(nothing, style.paint(seen, passed), passed, ~silhouette, pixel_size(grid, axis)))


def _mirrored(view: View) -> View:
    """The view from the other side: a left hemisphere looks to the left."""
    head, painted, passed, unknown, pixel = view.panel
    panel = Panel(head[:, ::-1], painted[:, ::-1], passed[:, ::-1], unknown[:, ::-1], pixel)
    return View(view.silhouette[:, ::-1], panel)


def _drawn(views: Sequence[View], placed: Sequence[Placed], stroke: float) -> str:
    """Silhouettes, and what passed over them."""
    body = ""
    for (silhouette, panel), item in zip(views, placed, strict=True):
        window = max(3, round(SMOOTH_MM / min(panel.pixel)) | 1)
        smooth = outline(silhouette, item.frame, window) if max(panel.pixel) <= COARSE_MM else ""
        edge = smooth or contour(silhouette, item.frame)
        body += svg.path(edge, RIM, stroke, GLASS)
    return body + pictures(placed)


def _names(item: Placed, hemisphere: str, y: float) -> str:
    """The hemisphere under a view from the side; L and R beside the others."""
    left, right = item.x, item.x + item.panel.size[0]
    if hemisphere:
        return svg.text(hemisphere, (left + right) / 2, y, 10)
    top = item.y + 2
    return svg.text("L", left, top, 10, "start") + svg.text("R", right, top, 10, "end")
