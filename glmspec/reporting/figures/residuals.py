"""Small charts of residuals: over scans, map by map, and all of them counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.chart import BLUE, FAINT, RED, Chart
from glmspec.reporting.figures.chart_svg import INK
from glmspec.reporting.figures.letters import wide
from glmspec.reporting.figures.scales import Scale, around, written

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 336.0, 150.0
SMALL = 236.0
TOP, BOTTOM, RIGHT = 20.0, 32.0, 8.0
FOOT = HEIGHT - BOTTOM
SIDE = 16.0
"""Pixels for half a number at either end of an axis."""
LABEL = 14.0
"""Pixels for what stands beside an axis."""


def over_scans(
    scans: Sequence[int], spread: Floats, extreme: Sequence[int], censored: Sequence[int], title: str
) -> str:
    """The ``spread`` of each scan, NaN where there is none; ``extreme`` scans are red and ``censored`` ones shaded."""
    up = Scale(*around(spread, 0.05, (1.0,)), FOOT, TOP)
    left = _room(up) + LABEL
    across = Scale(float(scans[0]), float(scans[-1]), left, WIDTH - RIGHT, whole=True)
    chart = Chart(WIDTH, HEIGHT)
    chart.boxes([(float(across(scan)) - 1.5, TOP, 3, FOOT - TOP) for scan in censored], opacity=0.15)
    one = float(up(1.0))
    chart.strokes([(left, one, WIDTH - RIGHT, one)], width=0.6, opacity=FAINT, dash=(2, 2))
    chart.line(across(scans), up(spread), BLUE, 1.2)
    known = dict(zip(scans, spread.tolist(), strict=True))
    chart.dots([float(across(scan)) for scan in extreme], [float(up(known[scan])) for scan in extreme], 3, RED)
    return _finished(chart, up, across, left, title, "spread", "scan")


def by_map(values: Sequence[float | None], usual: float | None, title: str, label: str) -> str:
    """A bar a map, in the order of the design; a dashed line at what is ``usual``."""
    found = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    up = Scale(0.0, 1.06 * max(float(np.nanmax(found, initial=0.0)), usual or 0.0) or 1.0, FOOT, TOP)
    left = _room(up) + LABEL
    across = Scale(-0.5, len(found) - 0.5, left, SMALL - RIGHT, whole=True)
    chart = Chart(SMALL, HEIGHT)
    half = 0.4 * (across.stop - across.start) / len(found)
    bars = [(float(across(row)), float(up(value))) for row, value in enumerate(found.tolist()) if value == value]
    chart.boxes([(x - half, y, 2 * half, FOOT - y) for x, y in bars], BLUE)
    if usual is not None:
        line = float(up(usual))
        chart.strokes([(left, line, SMALL - RIGHT, line)], INK, 1, dash=(4, 3))
    return _finished(chart, up, across, left, title, label, "map")


def counted(edges: Sequence[float], counts: Sequence[int], line: Sequence[float] | None, title: str, label: str) -> str:
    """Counts in bins, cut to those that are not empty, with a ``line`` of other counts."""
    lines = np.zeros(len(counts)) if line is None else np.asarray(line, dtype=np.float64)
    found = np.asarray(counts, dtype=np.float64)
    shown = np.flatnonzero(np.maximum(found, lines) >= 0.5)
    first, last = (int(shown[0]), int(shown[-1]) + 1) if shown.size else (0, len(found))
    ends = np.asarray(edges, dtype=np.float64)[first : last + 1]
    across = Scale(float(ends[0]), float(ends[-1]), SIDE, SMALL - SIDE)
    up = Scale(0.0, float(max(found.max(initial=0.0), lines.max(initial=0.0), 1.0)), FOOT, TOP)
    x, y, curve = across(ends), up(found[first:last]), up(lines[first:last])
    chart = Chart(SMALL, HEIGHT)
    bars = [(float(a), float(top), float(b - a), FOOT - float(top)) for a, b, top in zip(x, x[1:], y, strict=False)]
    chart.boxes([bar for bar in bars if bar[3] > 0], opacity=FAINT)
    if line is not None:
        chart.line((x[1:] + x[:-1]) / 2, curve, RED, 1.4)
    chart.bottom(across, FOOT, label, most=5)
    chart.words(title, 0, 11)
    return chart.finished(title)


def _room(up: Scale) -> float:
    """Pixels that the numbers of an axis need."""
    ticks = up.ticks(4)
    return max((wide(written(tick, ticks)) for tick in ticks), default=0.0) + 10


def _finished(chart: Chart, up: Scale, across: Scale, left: float, title: str, label: str, below: str) -> str:
    chart.left(up, left, label, most=4)
    chart.bottom(across, FOOT, below, most=6)
    chart.words(title, 0, 11)
    return chart.finished(title)
