"""How values are distributed, small, with places marked in it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.chart import FAINT, RED, Chart
from glmspec.reporting.figures.scales import Scale, around

Floats = NDArray[np.float64]

SIZE = (236.0, 150.0)
LEFT, RIGHT, TOP, BOTTOM = 16.0, 16.0, 24.0, 32.0
BINS = 40
ZERO = 14.0
"""Pixels for a bar of its own at 0, which a log axis does not have."""


class Marked(NamedTuple):
    """A value that was observed, and what it must exceed."""

    observed: float
    critical: float | None = None


def histogram(values: Floats, marked: Marked, title: str, label: str, log: bool = False) -> str:
    """Counts of ``values`` in equal bins; on a log axis those at 0 have a bar of their own."""
    values = values[np.isfinite(values)]
    chart = Chart(*SIZE)
    foot = SIZE[1] - BOTTOM
    places = [value for value in marked if value is not None]
    positive = np.array([value for value in (*values.tolist(), *places) if value > 0])
    log = log and bool(positive.size)
    zeros = int(np.count_nonzero(values <= 0)) if log else 0
    start = LEFT + (ZERO if zeros else 0.0)
    if log:
        across = Scale(float(positive.min()) / 1.15, float(positive.max()) * 1.15, start, SIZE[0] - RIGHT, log=True)
        edges = np.geomspace(across.low, across.high, BINS + 1)
    else:
        across = Scale(*around(values, 0.04, tuple(places)), start, SIZE[0] - RIGHT)
        edges = np.linspace(across.low, across.high, BINS + 1)
    counts, _ = np.histogram(values, edges)
    up = Scale(0.0, float(max(counts.max(), zeros, 1)), foot, TOP)
    pixels = across(edges)
    chart.boxes(
        [
            (float(a), float(up(n)), float(b - a), foot - float(up(n)))
            for a, b, n in zip(pixels, pixels[1:], counts, strict=False)
            if n
        ],
        opacity=FAINT,
    )
    if zeros:
        chart.boxes([(LEFT, float(up(zeros)), ZERO - 5, foot - float(up(zeros)))], opacity=FAINT)
        chart.words("0", LEFT + (ZERO - 5) / 2, foot + 13, "middle")
    chart.bottom(across, foot, label, most=4)
    if marked.critical is not None and across.low <= marked.critical <= across.high:
        place = float(across(marked.critical))
        chart.strokes([(place, TOP, place, foot)], width=1.2, dash=(4, 3))
    if across.low <= marked.observed <= across.high:
        place = float(across(marked.observed))
        chart.strokes([(place, TOP - 4, place, foot)], RED, 2)
    chart.words(title, 0, 12)
    return chart.finished(title)
