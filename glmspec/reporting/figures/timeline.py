"""Events over time: a line for each condition, a bar for each event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glmspec.reporting.figures.chart import BLUE, FAINT, Chart
from glmspec.reporting.figures.letters import short, wide
from glmspec.reporting.figures.scales import Scale

WIDTH = 620.0
"""Pixels of a run, as wide as a design matrix of many columns."""
ROW = 18.0
BAR = 0.6
"""Share of a line that a bar fills."""
SHADE = 0.12

Events = Sequence[tuple[float, float]]
"""Onset and duration of each event, s."""


def timeline(conditions: Mapping[str, Events], span: tuple[float, float], title: str = "Events over time") -> str:
    """``conditions`` in their order from above, on the clock of the file; events without a duration are thin lines.

    ``span`` is when the scans begin that are analysed, and when the last one ends, in s; what lies before is shaded.
    """
    left, top = max([46.0, *(wide(short(label)) + 12 for label in conditions)]), 4.0
    height = ROW * max(1, len(conditions))
    first = min([0.0, *(onset for events in conditions.values() for onset, _ in events)])
    across = Scale(first, span[1], left, left + WIDTH)
    chart = Chart(left + WIDTH + 16, top + height + 34)
    if span[0] > first:
        chart.boxes([(left, top, float(across(span[0])) - left, height)], opacity=SHADE)
    for row, (label, events) in enumerate(conditions.items()):
        y = top + (row + 0.5) * ROW
        chart.strokes([(left, y, left + WIDTH, y)], width=0.3, opacity=FAINT)
        inside = [(onset, min(onset + length, span[1])) for onset, length in events if onset <= span[1]]
        places = [(float(across(start)), float(across(stop))) for start, stop in inside]
        chart.boxes([(a, y - BAR / 2 * ROW, b - a, BAR * ROW) for a, b in places if b > a], BLUE)
        chart.strokes([(a, y - BAR / 2 * ROW, a, y + BAR / 2 * ROW) for a, b in places if b == a], BLUE, 1.2)
        chart.words(short(label), left - 6, y, "end", middle=True)
    chart.frame(left, top, WIDTH, height)
    chart.bottom(across, top + height, "s", most=9)
    return chart.finished(title)
