"""Events over time: a line for each condition, a bar for each event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator, NullLocator

from glmspec.reporting.figures.chart_sheet import finished, open_sheet, short, wide
from glmspec.reporting.figures.chart_svg import INK
from glmspec.reporting.figures.style import COOL_STOPS

WIDTH = 620.0
"""Pixels of a run, as wide as a design matrix of many columns."""
ROW = 18.0
BAR = 0.6
"""Share of a line that a bar fills."""

Events = Sequence[tuple[float, float]]
"""Onset and duration of each event, s."""


def timeline(
    conditions: Mapping[str, Events],
    span: tuple[float, float],
    name: str,
    title: str = "Events over time",
) -> str:
    """``conditions`` in their order from above, on the clock of the file; events without a duration are thin lines.

    ``span`` is when the scans begin that are analysed, and when the last one ends, in s; what lies before is shaded.
    """
    left = max([46.0, *(wide(short(label)) + 12 for label in conditions)])
    height = ROW * max(1, len(conditions))
    first = min([0.0, *(onset for events in conditions.values() for onset, _ in events)])
    colour = tuple(np.array(COOL_STOPS[2]) / 255)
    with open_sheet(left + WIDTH + 16, height + 40) as sheet:
        axes = sheet.axes(left, 4, WIDTH, height)
        axes.set(xlim=(first, span[1]), ylim=(max(1, len(conditions)), 0))
        if span[0] > first:
            axes.axvspan(first, span[0], color=INK, alpha=0.12, linewidth=0)
        for row, (label, events) in enumerate(conditions.items()):
            axes.axhline(row + 0.5, color=INK, linewidth=0.3, alpha=0.4, zorder=0)
            lasting = [(onset, length) for onset, length in events if length > 0]
            instants = [onset for onset, length in events if length == 0]
            ends = (row + 0.5 - BAR / 2, row + 0.5 + BAR / 2)
            axes.broken_barh(lasting, (ends[0], BAR), facecolors=[colour], linewidth=0)
            axes.vlines(instants, *ends, colors=[colour], linewidth=1.2)
            sheet.words(short(label), left - 6, 4 + (row + 0.5) * ROW, ha="right", va="center_baseline")
        axes.yaxis.set_major_locator(NullLocator())
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
        axes.set_xlabel("s")
        return finished(sheet, name, title)
