"""Charts of a design: its matrix above the contrasts' weights, and its correlations above the VIFs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from glmspec.reporting.figures.chart_sheet import (
    FONT_PX,
    LABEL_PITCH,
    Sheet,
    bare,
    every,
    finished,
    open_sheet,
    overhang,
    short,
    slanted,
    slanted_height,
    wide,
)
from glmspec.reporting.figures.chart_svg import INK
from glmspec.reporting.figures.style import COOL_STOPS, WARM_STOPS
from glmspec.reporting.figures.svg import signed

WIDEST = 900.0
"""Pixels that the columns of a design may fill."""
VIF_OF_CONCERN = 5.0
"""Where bars change colour; a custom (James et al., An Introduction to Statistical Learning, 3.3.3), not a test."""
VIF_TICKS = (1, 2, 5, 10, 20, 50, 100, 1000, 10_000, 1_000_000)


def design_matrix(
    matrix: NDArray[np.floating[Any]],
    columns: Sequence[str],
    contrasts: Mapping[str, NDArray[np.floating[Any]]],
    name: str,
    rows: str = "scan",
    title: str = "Design matrix and contrast weights",
    first: int = 0,
) -> str:
    """``matrix`` (N, P), each column scaled by its largest |value| so that 0 is mid-grey; below it the weights.

    ``contrasts`` maps names to weights (Q, P), Q > 1 for F; ``rows`` says what a row of the matrix is, and ``first``
    the number of the first; ``name`` prefixes ids. Where columns are too narrow for numbers, only columns with a weight
    are shown, with names of their own.
    """
    count = len(columns)
    weights = {label: np.atleast_2d(np.asarray(w, dtype=float)) for label, w in contrasts.items()}
    pitch = max(min(44.0, 600 / count), min(16.0, WIDEST / count))
    if _widest(weights) * count <= WIDEST:
        pitch = max(pitch, _widest(weights))
    width, height = count * pitch, min(340.0, max(120.0, 14.0 * len(matrix)))
    tiles = _tiles(weights, pitch)
    left = max([46.0, *(wide(short(label)) + 16 for label in contrasts)])
    top = slanted_height(columns)
    names_height = 0.0 if len(tiles.columns) == count else slanted_height([columns[i] for i in tiles.columns])
    below = top + height + 14 + names_height
    tiles_width = len(tiles.columns) * tiles.pitch
    right = max(width, tiles_width) + overhang(columns)
    with open_sheet(left + right, below + tiles.height + 6) as sheet:
        _grey_matrix(sheet.axes(left, top, width, height), matrix, rows, first)
        slanted(sheet, columns, left, top - 5, pitch)
        if weights and tiles.columns:
            _draw_tiles(sheet, tiles, weights, (left, below))
        if names_height:
            slanted(sheet, [columns[i] for i in tiles.columns], left, below - 5, tiles.pitch)
        return finished(sheet, name, title)


def correlation(
    matrix: NDArray[np.floating[Any]],
    columns: Sequence[str],
    vif: NDArray[np.floating[Any]],
    name: str,
    title: str = "Correlation of the regressors and their variance inflation",
) -> str:
    """Correlations ``matrix`` (P, P), NaN left open, above ``vif`` (P,) on a log axis; infinite ones reach the top."""
    count = len(columns)
    pitch = max(min(34.0, 460 / count), min(12.0, 560 / count))
    side, bars = count * pitch, 90.0
    left, top = max([52.0, *(wide(short(c)) + 12 for c in columns)]), slanted_height(columns)
    with open_sheet(left + side + max(overhang(columns), 64.0), top + side + 16 + bars + 8) as sheet:
        axes = sheet.axes(left, top, side, side)
        axes.imshow(matrix, cmap=_diverging(), vmin=-1, vmax=1, interpolation="none", aspect="auto")
        bare(axes)
        slanted(sheet, columns, left, top - 5, pitch)
        for index in range(0, count, every(pitch)):
            place = top + (index + 0.5) * pitch
            sheet.words(short(columns[index]), left - 6, place, ha="right", va="center_baseline")
        _scale(sheet.axes(left + side + 16, top, 8, min(side, 120.0)))
        _vif_bars(sheet.axes(left, top + side + 16, side, bars), np.asarray(vif, dtype=float))
        return finished(sheet, name, title)


class Tiles(NamedTuple):
    """Which columns of the design have tiles, how wide and tall one is, and whether numbers stand upright in it."""

    columns: list[int]
    pitch: float
    row: float
    height: float
    turned: bool


def _tiles(weights: Mapping[str, NDArray[np.float64]], pitch: float) -> Tiles:
    """Numbers lie in their tiles, or stand, or else the columns without weights make room."""
    stacked = np.vstack([*weights.values()]) if weights else np.zeros((0, 1))
    widest = _widest(weights)
    columns = list(range(stacked.shape[1]))
    if pitch < LABEL_PITCH:
        columns = [int(i) for i in np.flatnonzero(stacked.any(axis=0))]
        pitch = max(LABEL_PITCH, min(max(widest, 18.0), WIDEST / max(1, len(columns))))
    turned = widest > pitch
    row = max(18.0, widest) if turned else 18.0
    return Tiles(columns, pitch, row, row * len(stacked), turned)


def _widest(weights: Mapping[str, NDArray[np.float64]]) -> float:
    """Pixels that the longest number needs in its tile."""
    numbers = {_weight(float(w)) for values in weights.values() for w in values.ravel() if w}
    return max((wide(number, FONT_PX - 1) for number in numbers), default=0.0) + 5


def _draw_tiles(
    sheet: Sheet, tiles: Tiles, weights: Mapping[str, NDArray[np.float64]], corner: tuple[float, float]
) -> None:
    """A tile for every weight but zero, shaded by its share of the contrast's largest; a rule between contrasts."""
    left, top = corner
    axes = sheet.axes(left, top, len(tiles.columns) * tiles.pitch, tiles.height)
    axes.set(xlim=(0, len(tiles.columns)), ylim=(sum(map(len, weights.values())), 0))
    bare(axes)
    row = 0
    for label, values in weights.items():
        axes.axhline(row, color=INK, linewidth=0.4)
        middle = top + (row + len(values) / 2) * tiles.row
        sheet.words(short(label), left - 8, middle, ha="right", va="center_baseline")
        largest = float(np.abs(values).max()) or 1.0
        for line in values:
            for place, index in enumerate(tiles.columns):
                if line[index]:
                    _tile(axes, (place, row), float(line[index]), largest, 90.0 if tiles.turned else 0.0)
            row += 1


def _tile(axes: Axes, corner: tuple[int, int], weight: float, largest: float, rotation: float) -> None:
    share = 0.3 + 0.7 * abs(weight) / largest
    full = np.array(WARM_STOPS[2] if weight > 0 else COOL_STOPS[2]) / 255
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=tuple(1 - (1 - full) * share), edgecolor="white", linewidth=0.8))
    ink = "white" if share > 0.7 else "black"
    x, y = corner[0] + 0.5, corner[1] + 0.5
    how: dict[str, Any] = {"ha": "center", "va": "center_baseline" if not rotation else "center", "rotation": rotation}
    axes.text(x, y, _weight(weight), color=ink, fontsize=FONT_PX - 1, **how)


def _grey_matrix(axes: Axes, matrix: NDArray[np.floating[Any]], rows: str, first: int) -> None:
    largest = np.nanmax(np.abs(matrix), axis=0, initial=0.0)
    scaled = matrix / np.where(largest > 0, largest, 1.0)
    extent = (-0.5, scaled.shape[1] - 0.5, first + len(scaled) - 0.5, first - 0.5)
    axes.imshow(scaled, cmap="gray", vmin=-1, vmax=1, interpolation="none", aspect="auto", extent=extent)
    axes.xaxis.set_major_locator(NullLocator())
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.set_ylabel(rows)


def _vif_bars(axes: Axes, vif: NDArray[np.float64]) -> None:
    finite = vif[np.isfinite(vif)]
    top = 1.4 * max(10.0, float(finite.max(initial=1.0)))
    axes.set(yscale="log", xlim=(-0.5, len(vif) - 0.5), ylim=(0.85, top), ylabel="VIF (log)")
    for place, value in enumerate(vif.tolist()):
        if math.isnan(value):
            continue
        colour = np.array(COOL_STOPS[2] if value < VIF_OF_CONCERN else WARM_STOPS[2]) / 255
        axes.bar(place, min(value, top) - 0.85, bottom=0.85, width=0.76, color=tuple(colour))
        if math.isinf(value):
            axes.text(place, top, "∞", ha="center", va="bottom", fontsize=FONT_PX)
    axes.axhline(VIF_OF_CONCERN, color=INK, linewidth=0.6, linestyle=(0, (4, 3)))
    ticks = [tick for tick in VIF_TICKS if tick < top and (top < 200 or tick in (1, 10, 100, 1000, 10_000, 1_000_000))]
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_major_locator(NullLocator())


def _scale(axes: Axes) -> None:
    """The colours of correlations, from -1 to 1."""
    axes.imshow(np.linspace(1, -1, 101)[:, None], cmap=_diverging(), aspect="auto", interpolation="none")
    axes.xaxis.set_major_locator(NullLocator())
    axes.yaxis.tick_right()
    axes.set_yticks([0, 50, 100], ["1", "0", signed(-1)])


def _diverging() -> Colormap:
    stops = [*reversed(COOL_STOPS[1:]), (244, 244, 245), *WARM_STOPS[1:]]
    return LinearSegmentedColormap.from_list("correlation", [tuple(c / 255 for c in stop) for stop in stops])


def _weight(value: float) -> str:
    return ("+" if value > 0 else "") + signed(value, 2)
