"""Pictures of statistical maps: slices, a mosaic, glass brains, their colour bar.

Highlight, do not hide (Allen et al. 2012, Neuron 74:603; Taylor et al. 2023, NeuroImage 274:120138): opacity falls
off below the threshold, a black contour marks what passed, and hatching marks where there is no data, which must not
look like no effect. Arrays are (X, Y, Z) on the grid of the mask that made the :class:`DisplayGrid`; left is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures import svg
from glmspec.reporting.figures.colour_bar import colour_bar
from glmspec.reporting.figures.display import AXES, Axis, Background, DisplayGrid
from glmspec.reporting.figures.glass import glass_brain, thumbnail
from glmspec.reporting.figures.panels import cut, scene
from glmspec.reporting.figures.sheet import GREY, Placed, extent, pictures, row, rows, shapes
from glmspec.reporting.figures.style import MapStyle

__all__ = [
    "MapStyle",
    "choose_cuts",
    "colour_bar",
    "glass_brain",
    "mosaic",
    "mosaic_cuts",
    "slices",
    "thumbnail",
]

Map = NDArray[np.floating[Any]]
Cuts = Mapping[Axis, Sequence[float]]

GAP_MM = 9.0
CAPTION_MM = 17.0
MOSAIC_GAPS_MM = (4.0, 21.0)
SLICE_SCALE, MOSAIC_SCALE = 1.5, 0.85
"""Screen pixels for a millimetre: three slices, and seven in a row, fill a column of text."""
FREE_MM = 7.0
"""The cross-hair stays this far from the point it marks, so as not to cover it."""
MOSAIC_ENDS = 0.06
"""Share of the mask's height left out at its top and bottom, where slices are specks."""


def choose_cuts(grid: DisplayGrid, z: Map, passed: NDArray[np.bool_]) -> dict[Axis, list[float]]:
    """Millimetres of the largest |z| that passed, or else of any, or else of the middle of the mask."""
    shown = scene(grid, z, passed, None)
    among = shown.passed if shown.passed.any() else shown.known
    if among.any():
        height = np.where(among, np.abs(shown.z), -1.0)
        place = np.unravel_index(int(height.argmax()), height.shape)
    else:
        place = tuple(np.rint(np.argwhere(grid.mask).mean(0)).astype(np.intp))
    return {axis: [grid.mm(axis, int(index))] for axis, index in zip(AXES, place, strict=True)}


def mosaic_cuts(grid: DisplayGrid, count: int = 21) -> dict[Axis, list[float]]:
    """Up to ``count`` heights, evenly spread over the mask, each the centre of a slice."""
    filled = np.flatnonzero(grid.mask.any(axis=(0, 1)))
    spare = round(MOSAIC_ENDS * (filled[-1] - filled[0]))
    wanted = np.linspace(filled[0] + spare, filled[-1] - spare, count)
    return {"z": [grid.mm("z", int(index)) for index in np.unique(np.rint(wanted))]}


def slices(
    grid: DisplayGrid,
    z: Map,
    passed: NDArray[np.bool_],
    background: Background | None,
    style: MapStyle,
    cuts: Cuts,
    title: str,
) -> str:
    """Slices at ``cuts`` (mm, by axis), by default one across each axis, beside each other, with a cross-hair."""
    shown = scene(grid, z, passed, background)
    wanted = [(axis, grid.index(axis, mm)) for axis in AXES for mm in cuts.get(axis, ())]
    placed = row([cut(shown, style, axis, index) for axis, index in wanted], GAP_MM)
    width, height = extent(placed)
    body = [pictures(placed)]
    for (axis, index), item in zip(wanted, placed, strict=True):
        body += [shapes(item, 0.9), _cross_hair(grid, item, axis, cuts)]
        body += [_caption(grid, axis, index, item, height + 13, 10), _sides(item, axis, 10)]
    return svg.document("".join(body), (width, height + CAPTION_MM), width * SLICE_SCALE, title)


def mosaic(
    grid: DisplayGrid,
    z: Map,
    passed: NDArray[np.bool_],
    background: Background | None,
    style: MapStyle,
    title: str,
    cuts: Cuts | None = None,
    columns: int = 7,
) -> str:
    """Axial slices in rows, from below to above; ``cuts`` as :func:`mosaic_cuts` gives them."""
    shown = scene(grid, z, passed, background)
    wanted = [grid.index("z", mm) for mm in (cuts or mosaic_cuts(grid)).get("z", ())]
    placed = rows([cut(shown, style, "z", index) for index in wanted], columns, MOSAIC_GAPS_MM)
    width, height = extent(placed)
    body = [pictures(placed)]
    for index, item in zip(wanted, placed, strict=True):
        body += [shapes(item, 1.1), _caption(grid, "z", index, item, item.y + item.panel.size[1] + 14, 15)]
    body.append(_sides(placed[0], "z", 15))
    return svg.document("".join(body), (width, height + MOSAIC_GAPS_MM[1]), width * MOSAIC_SCALE, title, "mosaic")


def _caption(grid: DisplayGrid, axis: Axis, index: int, item: Placed, y: float, size: float) -> str:
    words = f"{axis} = {svg.signed(grid.mm(axis, index))}"
    return svg.text(words, item.x + item.panel.size[0] / 2, y, size)


def _sides(item: Placed, axis: Axis, size: float) -> str:
    """L and R in the upper corners of views that have a left and a right."""
    if axis == "x":
        return ""
    right = item.x + item.panel.size[0]
    left_mark = svg.text("L", item.x + 1, item.y + 2, size, "start")
    return left_mark + svg.text("R", right - 1, item.y + 2, size, "end")


def _cross_hair(grid: DisplayGrid, item: Placed, axis: Axis, cuts: Cuts) -> str:
    """Thin lines where the other two cuts pass through this one, if there is one of each."""
    across, up = (name for name in AXES if name != axis)
    if len(cuts.get(across, ())) != 1 or len(cuts.get(up, ())) != 1:
        return ""
    (width, height), pixel = item.panel.size, item.panel.pixel
    x = (grid.index(across, cuts[across][0]) + 0.5) * pixel[0]
    y = height - (grid.index(up, cuts[up][0]) + 0.5) * pixel[1]
    lines = [(0, y, x - FREE_MM, y), (x + FREE_MM, y, width, y), (x, 0, x, y - FREE_MM), (x, y + FREE_MM, x, height)]
    ahead = [line for line in lines if line[0] <= line[2] and line[1] <= line[3]]
    number = svg.number
    data = "".join(
        f"M{number(item.x + a)} {number(item.y + b)}L{number(item.x + c)} {number(item.y + d)}" for a, b, c, d in ahead
    )
    return svg.path(data, GREY, 0.5, opacity=0.8)
