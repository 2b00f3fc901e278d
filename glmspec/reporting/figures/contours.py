"""Vector shapes from boolean images: edges of voxels, smooth outlines and hatching, as SVG path data.

Images are (H, W) with row 0 at the top, as on a screen; a pixel (row, column) covers the unit square from
(column, row) to (column + 1, row + 1). A :class:`Frame` takes that to the units of the drawing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.svg import number

Point = tuple[int, int]
Edge = tuple[Point, Point]


class Frame(NamedTuple):
    """Where an image stands: the place of its upper left corner, and the width and height of a pixel."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    def across(self, column: float) -> str:
        return number(self.x + column * self.width)

    def down(self, row: float) -> str:
        return number(self.y + row * self.height)


def loops(inside: NDArray[np.bool_]) -> list[list[Point]]:
    """Borders of ``inside`` as closed loops of (column, row), one step each, the region on the right-hand side.

    Pixels that touch at a corner only are kept apart, so a loop never crosses itself.
    """
    waiting = _edges(inside)
    # A dictionary keeps the order of the image, so the same image gives the same path.
    found: list[list[Point]] = []
    while waiting:
        first = edge = next(iter(waiting))
        loop: list[Point] = []
        while True:
            del waiting[edge]
            loop.append(edge[0])
            following = [e for e in _turns(edge) if e in waiting or e == first]
            if not following or following[0] == first:
                break
            edge = following[0]
        found.append(loop)
    return found


def contour(inside: NDArray[np.bool_], frame: Frame | None = None) -> str:
    """Path along the edges of the pixels of ``inside``; straight runs are one segment. Empty for an empty image."""
    frame = frame or Frame()
    return "".join(_angular(loop, frame) for loop in loops(inside))


def outline(inside: NDArray[np.bool_], frame: Frame | None = None, window: int = 7) -> str:
    """Smooth path around ``inside``: the steps of its border averaged over ``window`` of them, twice.

    Pieces too small to survive that (up to two windows around) are left out.
    """
    frame = frame or Frame()
    parts = []
    for loop in loops(inside):
        if len(loop) <= 2 * window:
            continue
        # After the averages nothing bends within half a window: fewer points draw the same line.
        points = _smooth(_smooth(np.array(loop, dtype=float), window), window)[:: max(1, window // 2)]
        parts.append("M" + "L".join(f"{frame.across(x)} {frame.down(y)}" for x, y in points.tolist()) + "Z")
    return "".join(parts)


def hatching(inside: NDArray[np.bool_], frame: Frame | None = None, every: int = 2) -> str:
    """Diagonal lines through ``inside``, one for every so many pixels, cut at the edges of its pixels."""
    frame = frame or Frame()
    height, width = inside.shape
    # Every diagonal becomes a row, indexed by the image's row, with a free place at either end.
    rows, columns = np.nonzero(inside)
    straight = np.zeros((height + width, height + 2), dtype=np.int8)
    straight[rows + columns, rows + 1] = (rows + columns) % every == 0
    ends = np.argwhere(np.diff(straight)).reshape(-1, 2, 2)
    parts = []
    for (diagonal, top), (_, bottom) in ends.tolist():
        right, left = diagonal - top + 1, diagonal - bottom + 1
        parts.append(f"M{frame.across(right)} {frame.down(top)}L{frame.across(left)} {frame.down(bottom)}")
    return "".join(parts)


def _edges(inside: NDArray[np.bool_]) -> dict[Edge, None]:
    """Every edge between a pixel inside and one outside, directed so that the inside is on its right."""
    padded = np.pad(np.asarray(inside, dtype=bool), 1)
    core = padded[1:-1, 1:-1]
    # neighbour that must be outside, and the edge's start and end relative to (column, row)
    sides = (
        (padded[:-2, 1:-1], (0, 0), (1, 0)),
        (padded[1:-1, 2:], (1, 0), (1, 1)),
        (padded[2:, 1:-1], (1, 1), (0, 1)),
        (padded[1:-1, :-2], (0, 1), (0, 0)),
    )
    edges: dict[Edge, None] = {}
    for beside, (x0, y0), (x1, y1) in sides:
        for row, column in np.argwhere(core & ~beside).tolist():
            edges[(column + x0, row + y0), (column + x1, row + y1)] = None
    return edges


def _turns(edge: Edge) -> tuple[Edge, Edge, Edge]:
    """The edges that may follow: to the right first, which stays on the same pixel."""
    (x0, y0), (x, y) = edge
    dx, dy = x - x0, y - y0
    return ((x, y), (x - dy, y + dx)), ((x, y), (x + dx, y + dy)), ((x, y), (x + dy, y - dx))


def _angular(loop: list[Point], frame: Frame) -> str:
    before, after = loop[-1:] + loop[:-1], loop[1:] + loop[:1]
    bends = [p for a, p, b in zip(before, loop, after, strict=True) if a[0] != b[0] and a[1] != b[1]]
    path = f"M{frame.across(bends[0][0])} {frame.down(bends[0][1])}"
    for (_, y0), (x, y) in pairwise(bends):
        path += f"H{frame.across(x)}" if y == y0 else f"V{frame.down(y)}"
    return path + "Z"


def _smooth(points: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Moving average of a closed line (n, 2)."""
    half = window // 2
    shifted = [np.roll(points, shift, axis=0) for shift in range(-half, half + 1)]
    mean: NDArray[np.float64] = np.mean(shifted, axis=0)
    return mean
