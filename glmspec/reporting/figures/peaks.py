"""Small charts of one peak each: the effects of runs with their intervals, or every map with the contrast's line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.chart import BLUE, FAINT, RED, Chart
from glmspec.reporting.figures.letters import wide
from glmspec.reporting.figures.scales import Scale, around, written

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 172.0, 132.0
TOP, BOTTOM, RIGHT = 30.0, 8.0, 6.0
AXIS = 20.0
"""Further pixels below, for numbers of an axis."""
BAND = 0.22
JITTER = 0.16
"""How far dots of one place stand apart, as a share of the distance between places."""


class Interval(NamedTuple):
    """An effect and the limits of its interval; NaN where there is none."""

    value: float
    low: float
    high: float


class Maps(NamedTuple):
    """Partial values of maps, with limits where their variances are known, over the regressor of interest (N,)."""

    regressor: Floats
    value: Floats
    low: Floats
    high: Floats


def intervals(groups: Sequence[Sequence[Interval]], words: tuple[str, str], span: tuple[float, float]) -> str:
    """``groups`` of effects beside each other, the last of each being the estimate of the contrast."""
    chart, across, up = _panel(words, span, 0.0)
    slots = sum(len(group) + 1 for group in groups) + 1
    step = (across.stop - across.start) / slots
    own: list[tuple[float, Interval]] = []
    estimates: list[tuple[float, Interval]] = []
    at = across.start + 1.5 * step
    for group in groups:
        own += [(at + index * step, entry) for index, entry in enumerate(group[:-1])]
        estimates.append((at + (len(group) - 1) * step, group[-1]))
        at += (len(group) + 1) * step
    for entries, colour, radius in ((own, BLUE, 2.6), (estimates, RED, 3.4)):
        ends = [(x, float(up(e.low)), x, float(up(e.high))) for x, e in entries if np.isfinite(e.low + e.high)]
        chart.strokes(ends, colour, 1.4)
        chart.dots([x for x, _ in entries], [float(up(e.value)) for _, e in entries], radius, colour)
    return chart.finished(" ".join(words))


def scatter(maps: Maps, estimate: Interval, words: tuple[str, str], span: tuple[float, float]) -> str:
    """A dot a map over the regressor of interest, and the line whose slope is the effect, with its interval.

    Where the regressor is the same for all maps, they stand in their order, and the line is level.
    """
    distinct = np.unique(np.round(maps.regressor, 9))
    level = len(distinct) == 1
    x = np.arange(len(maps.value), dtype=np.float64) if level else maps.regressor + _apart(maps.regressor, distinct)
    chart, across, up = _panel(words, span, 0.0 if level else AXIS, around(x, 0.08))
    ends = np.array([across.low, across.high] if level else [x.min(), x.max()])
    slopes = np.repeat(distinct, 2) if level else ends
    places = across(ends)
    if np.isfinite(estimate.low + estimate.high):
        edges = up(np.array([*(slopes * estimate.low), *(slopes * estimate.high)[::-1]]))
        chart.polygon([*places, *places[::-1]], edges.tolist(), RED, BAND)
    chart.line(places, up(slopes * estimate.value), RED, 1.4)
    known = np.isfinite(maps.low + maps.high)
    chart.strokes(
        [
            (float(across(a)), float(up(low)), float(across(a)), float(up(high)))
            for a, low, high in zip(x[known], maps.low[known], maps.high[known], strict=True)
        ],
        BLUE,
        0.9,
        0.7,
    )
    chart.dots(across(x), up(maps.value), 2.2, BLUE)
    if not level:
        chart.bottom(across, up.start, most=4)
    return chart.finished(" ".join(words))


def _apart(regressor: Floats, distinct: Floats) -> Floats:
    """Small steps to either side, by the order of maps, where most share their place with others."""
    if 2 * len(distinct) > len(regressor):
        return np.zeros(len(regressor))
    steps = np.tile([0.0, 1.0, -1.0, 0.5, -0.5], len(regressor) // 5 + 1)[: len(regressor)]
    return steps * JITTER * float(np.diff(distinct).min())


def _panel(
    words: tuple[str, str], span: tuple[float, float], below: float, reach: tuple[float, float] = (0.0, 1.0)
) -> tuple[Chart, Scale, Scale]:
    """The sheet with its words, its axis and a line at zero; scales to the right and upwards."""
    up = Scale(*span, HEIGHT - BOTTOM, TOP)
    ticks = up.ticks(4)
    left = max((wide(written(tick, ticks)) for tick in ticks), default=0.0) + 8
    chart = Chart(WIDTH, HEIGHT + below)
    chart.words(words[0], 0, 10)
    chart.words(words[1], 0, 22)
    chart.left(up, left, most=4)
    if span[0] < 0 < span[1]:
        zero = float(up(0.0))
        chart.strokes([(left, zero, WIDTH - RIGHT, zero)], width=0.6, opacity=FAINT, dash=(2, 2))
    return chart, Scale(*reach, left, WIDTH - RIGHT), up
