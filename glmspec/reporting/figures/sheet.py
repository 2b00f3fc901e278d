"""The sheet on which panels are laid out: one image for their pixels, vectors over it.

Units of a sheet are millimetres of the brain, so that voxels of any shape keep their proportions.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures import svg
from glmspec.reporting.figures.contours import Frame, contour, hatching
from glmspec.reporting.figures.panels import Panel

LAYERS = (attrgetter("head"), attrgetter("map"))
HATCH_MM = 7.0
GREY = "#6b7280"
"""Hatching and cross-hairs: visible on a light brain, on a white page and on a dark one."""


class Placed(NamedTuple):
    """A panel and the place of its upper left corner on a sheet, mm."""

    panel: Panel
    x: float
    y: float

    @property
    def frame(self) -> Frame:
        return Frame(self.x, self.y, *self.panel.pixel)


def row(panels: Sequence[Panel], gap: float) -> list[Placed]:
    """Panels side by side, ``gap`` mm or a little less or more apart, half-way up the tallest."""
    tallest = max(panel.size[1] for panel in panels)
    placed, x = [], 0.0
    for panel in panels:
        spare = (tallest - panel.size[1]) / 2
        placed.append(Placed(panel, x, round(spare / panel.pixel[1]) * panel.pixel[1]))
        x += panel.size[0] + snapped(gap, panel.pixel[0])
    return placed


def rows(panels: Sequence[Panel], columns: int, gap: tuple[float, float]) -> list[Placed]:
    """Panels of one size in rows of ``columns``; ``gap`` is the room beside and below each, mm."""
    (width, height), pixel = panels[0].size, panels[0].pixel
    across, down = width + snapped(gap[0], pixel[0]), height + snapped(gap[1], pixel[1])
    return [Placed(panel, n % columns * across, n // columns * down) for n, panel in enumerate(panels)]


def extent(placed: Sequence[Placed]) -> tuple[float, float]:
    """Width and height in mm of the sheet that the panels fill."""
    return max(p.x + p.panel.size[0] for p in placed), max(p.y + p.panel.size[1] for p in placed)


def snapped(length: float, pixel: float) -> float:
    """``length`` as a whole number of pixels, at least one: panels that share an image stand on its pixels."""
    return max(1, round(length / pixel)) * pixel


def pictures(placed: Sequence[Placed]) -> str:
    """The pixels of all panels, greys below and maps above: one image a layer, if all voxels have the same shape."""
    kinds: dict[tuple[float, float], list[Placed]] = {}
    for item in placed:
        width, height = item.panel.pixel
        kinds.setdefault((round(width, 3), round(height, 3)), []).append(item)
    layers = [[(item, layer(item.panel)) for item in items] for layer in LAYERS for items in kinds.values()]
    return "".join(_atlas(layer) for layer in layers if any(pixels.any() for _, pixels in layer))


def shapes(item: Placed, stroke: float) -> str:
    """Hatching where nothing is known, and a black contour around what passed."""
    every = max(1, round(HATCH_MM / item.panel.pixel[0]))
    hatch = svg.path(hatching(item.panel.unknown, item.frame, every), GREY, stroke)
    return hatch + svg.path(contour(item.panel.passed, item.frame), "#000", stroke)


def _atlas(items: Sequence[tuple[Placed, NDArray[np.uint8]]]) -> str:
    """One image with all these pixels (h, w, 4) in their places, whole pixels apart as ``snapped`` sees to."""
    width, height = items[0][0].panel.pixel
    left, top = min(item.x for item, _ in items), min(item.y for item, _ in items)
    corners = [(round((item.y - top) / height), round((item.x - left) / width)) for item, _ in items]
    boxes = [(row, column, *pixels.shape[:2]) for (row, column), (_, pixels) in zip(corners, items, strict=True)]
    rows, columns = max(row + tall for row, _, tall, _ in boxes), max(column + wide for _, column, _, wide in boxes)
    canvas = np.zeros((rows, columns, 4), dtype=np.uint8)
    for (row, column, tall, wide), (_, pixels) in zip(boxes, items, strict=True):
        canvas[row : row + tall, column : column + wide] = pixels
    return svg.image(canvas, left, top, (columns * width, rows * height))
