"""Charts of a design: its matrix above the contrasts' weights, and its correlations above the VIFs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.chart import (
    BLUE,
    FAINT,
    LABEL_PITCH,
    RED,
    Chart,
    every,
    overhang,
    slanted_height,
)
from glmspec.reporting.figures.chart_svg import INK
from glmspec.reporting.figures.letters import FONT_PX, short, wide
from glmspec.reporting.figures.scales import Scale
from glmspec.reporting.figures.style import COOL_STOPS, WARM_STOPS
from glmspec.reporting.figures.svg import signed

WIDEST = 900.0
"""Pixels that the columns of a design may fill."""
VIF_OF_CONCERN = 5.0
"""Where bars change colour; a custom (James et al., An Introduction to Statistical Learning, 3.3.3), not a test."""
SMALL = FONT_PX - 1
GREY, WHITE = 128, 255


def design_matrix(
    matrix: NDArray[np.floating[Any]],
    columns: Sequence[str],
    contrasts: Mapping[str, NDArray[np.floating[Any]]],
    rows: str = "scan",
    title: str = "Design matrix and contrast weights",
    first: int = 0,
) -> str:
    """``matrix`` (N, P), each column scaled by its largest |value| so that 0 is mid-grey; below it the weights.

    ``contrasts`` maps names to weights (Q, P), Q > 1 for F; ``rows`` says what a row of the matrix is, and ``first``
    the number of the first. Where columns are too narrow for numbers, only columns with a weight are shown, with names
    of their own.
    """
    count = len(columns)
    weights = {label: np.atleast_2d(np.asarray(w, dtype=float)) for label, w in contrasts.items()}
    pitch = max(min(44.0, 600 / count), min(16.0, WIDEST / count))
    if _widest(weights) * count <= WIDEST:
        pitch = max(pitch, _widest(weights))
    width, height = count * pitch, min(340.0, max(120.0, 14.0 * len(matrix)))
    tiles = _tiles(weights, pitch)
    left = max([46.0, *(wide(short(label)) + 12 for label in contrasts)])
    top = slanted_height(columns)
    names_height = 0.0 if len(tiles.columns) == count else slanted_height([columns[i] for i in tiles.columns])
    below = top + height + 14 + names_height
    tiles_width = len(tiles.columns) * tiles.pitch
    chart = Chart(left + max(width, tiles_width) + overhang(columns), below + tiles.height + 6)
    chart.slanted(columns, left, top - 5, pitch)
    chart.image(_greys(matrix), left, top, width, height)
    chart.frame(left, top, width, height)
    chart.left(Scale(first - 0.5, first + len(matrix) - 0.5, top, top + height, whole=True), left, rows, most=6)
    if weights and tiles.columns:
        _draw_tiles(chart, tiles, weights, (left, below))
    if names_height:
        chart.slanted([columns[i] for i in tiles.columns], left, below - 5, tiles.pitch)
    return chart.finished(title)


def correlation(
    matrix: NDArray[np.floating[Any]],
    columns: Sequence[str],
    vif: NDArray[np.floating[Any]],
    title: str = "Correlation of the regressors and their variance inflation",
) -> str:
    """Correlations ``matrix`` (P, P), NaN left open, above ``vif`` (P,) on a log axis; infinite ones reach the top."""
    count = len(columns)
    pitch = max(min(34.0, 460 / count), min(12.0, 560 / count))
    side, bars = count * pitch, 90.0
    left, top = max([52.0, *(wide(short(c)) + 12 for c in columns)]), slanted_height(columns)
    chart = Chart(left + side + max(overhang(columns), 64.0), top + side + 22 + bars + 8)
    chart.slanted(columns, left, top - 5, pitch)
    for index in range(0, count, every(pitch)):
        chart.words(short(columns[index]), left - 6, top + (index + 0.5) * pitch, "end", middle=True)
    chart.image(_diverging(matrix), left, top, side, side)
    chart.frame(left, top, side, side)
    height = min(side, 120.0)
    chart.image(_diverging(np.linspace(1, -1, 101)[:, None]), left + side + 16, top, 8, height)
    for value in (1, 0, -1):
        place = top + (1 - value) / 2 * height
        chart.words(signed(value), left + side + 28, place, middle=True)
    _vif_bars(chart, np.asarray(vif, dtype=float), (left, top + side + 22, pitch, bars))
    return chart.finished(title)


def efficiencies(values: Mapping[str, float], title: str = "Efficiency of each contrast") -> str:
    """A dot for each contrast, with its number; on a log axis, because efficiencies go with the square of units."""
    row, length = 18.0, 260.0
    left = max([52.0, *(wide(short(label)) + 12 for label in values)])
    across = Scale(min(values.values()) / 2, max(values.values()) * 2, left, left + length, log=True)
    foot = row * len(values) + 10
    chart = Chart(left + length + 60, foot + 20)
    for index, (label, value) in enumerate(values.items()):
        y, place = (index + 0.5) * row + 8, float(across(value))
        chart.words(short(label), left - 6, y, "end", middle=True)
        chart.strokes([(left, y, left + length, y)], width=0.4, opacity=FAINT)
        chart.dots(place, y, 4, BLUE)
        chart.words(f"{value:,.3g}" if value < 1000 else f"{value:,.0f}", place + 8, y - 4)
    chart.bottom(across, foot)
    return chart.finished(title)


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
    return max((wide(number, SMALL) for number in numbers), default=0.0) + 3


def _draw_tiles(
    chart: Chart, tiles: Tiles, weights: Mapping[str, NDArray[np.float64]], corner: tuple[float, float]
) -> None:
    """A tile for every weight but zero, shaded by its share of the contrast's largest; a rule between contrasts."""
    left, top = corner
    width = len(tiles.columns) * tiles.pitch
    row = 0
    for label, values in weights.items():
        y = top + row * tiles.row
        chart.strokes([(left, y, left + width, y)], width=0.4, opacity=FAINT)
        chart.words(short(label), left - 8, y + len(values) / 2 * tiles.row, "end", middle=True)
        largest = float(np.abs(values).max()) or 1.0
        for line in values:
            for place, index in enumerate(tiles.columns):
                if line[index]:
                    corner = (left + place * tiles.pitch, top + row * tiles.row)
                    _tile(chart, tiles, corner, float(line[index]), float(line[index]) / largest)
            row += 1
    chart.frame(left, top, width, tiles.height)


def _tile(chart: Chart, tiles: Tiles, corner: tuple[float, float], weight: float, part: float) -> None:
    """``part`` is the weight's share of the largest, with its sign."""
    share = 0.3 + 0.7 * abs(part)
    full = np.array(WARM_STOPS[2] if weight > 0 else COOL_STOPS[2])
    colour = "#{:02x}{:02x}{:02x}".format(*np.rint(WHITE - (WHITE - full) * share).astype(int).tolist())
    x, y = corner
    chart.boxes([(x + 0.4, y + 0.4, tiles.pitch - 0.8, tiles.row - 0.8)], colour)
    ink = "#fff" if share > 0.7 else "#000"
    turn = 90.0 if tiles.turned else 0.0
    place = (x + tiles.pitch / 2, y + tiles.row / 2)
    chart.words(_weight(weight), *place, "middle", turn=turn, size=SMALL, middle=True, colour=ink)


def _greys(matrix: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """(N, P), white where a column has its largest magnitude."""
    values = np.nan_to_num(matrix)
    largest = np.abs(values).max(axis=0, initial=0.0)
    scaled = values / np.where(largest > 0, largest, 1.0)
    return np.asarray(np.clip(np.rint(GREY + (WHITE - GREY) * scaled), 0, WHITE), dtype=np.uint8)


def _vif_bars(chart: Chart, vif: NDArray[np.float64], place: tuple[float, float, float, float]) -> None:
    left, y, pitch, height = place
    finite = vif[np.isfinite(vif)]
    top = 1.4 * max(10.0, float(finite.max(initial=1.0)))
    scale = Scale(0.85, top, y + height, y, log=True)
    foot, edge = y + height, left + len(vif) * pitch
    ends = np.asarray(scale(np.minimum(np.nan_to_num(vif, nan=0.85), top)))
    for colour, chosen in ((BLUE, vif < VIF_OF_CONCERN), (RED, vif >= VIF_OF_CONCERN)):
        bars = [(i, float(ends[i])) for i in np.flatnonzero(chosen).tolist()]
        chart.boxes([(left + (i + 0.12) * pitch, end, 0.76 * pitch, foot - end) for i, end in bars], colour)
    for index in np.flatnonzero(np.isinf(vif)).tolist():
        chart.words("∞", left + (index + 0.5) * pitch, y - 3, "middle")
    height_of_concern = float(scale(VIF_OF_CONCERN))
    chart.strokes([(left, height_of_concern, edge, height_of_concern)], INK, 0.6, dash=(4, 3))
    chart.strokes([(left, foot, edge, foot)], width=0.6, opacity=FAINT)
    chart.left(scale, left, "VIF (log)", most=7)


STOPS = np.array([*reversed(COOL_STOPS[1:]), (244, 244, 245), *WARM_STOPS[1:]], dtype=np.float64)
SHADES = 250
"""Colours of correlations: few enough for the palette of a small PNG."""


def _diverging(values: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """RGBA of correlations from -1 to 1, transparent where there is none."""
    share = np.rint((np.clip(np.nan_to_num(values), -1, 1) + 1) / 2 * SHADES) / SHADES
    at = np.linspace(0, 1, len(STOPS))
    channels = [np.rint(np.interp(share, at, STOPS[:, channel])) for channel in range(3)]
    opaque = np.where(np.isnan(values), 0.0, 255.0)
    pixels = np.stack([*(np.where(opaque > 0, channel, 0) for channel in channels), opaque], axis=-1)
    return np.asarray(pixels, dtype=np.uint8)


def _weight(value: float) -> str:
    return ("+" if value > 0 else "") + signed(value, 2)
