"""The sheet on which charts are drawn: our settings alone, places in pixels, slanted names of columns.

Everything is laid out from the width of words in matplotlib's own DejaVu Sans: neither a user's settings nor the
fonts of a machine change a byte. Words stay words (searchable, copied, read aloud).
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.ticker import NullLocator

from glmspec.reporting.figures.chart_svg import INK, inline

FONT_PX = 10.0
SETTINGS: Any = {  # typed by a list of names since matplotlib 3.11, by str before
    "svg.fonttype": "none",
    "svg.hashsalt": "glmspec",
    "font.family": ["DejaVu Sans"],
    "font.size": FONT_PX,
    "text.parse_math": False,  # a "$" in a name is a "$"
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "figure.dpi": 72.0,  # a point is a pixel
}
LONGEST_NAME = 34
"""Characters of a name that are drawn; tables elsewhere have it whole."""
LABEL_PITCH = 12.0
"""Pixels from one slanted name to the next; narrower columns are named one in so many."""
SLANT = 60.0


class Sheet(NamedTuple):
    """A figure and its size in pixels; places are counted from its upper left corner."""

    figure: Figure
    width: float
    height: float

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        box = (x / self.width, 1 - (y + height) / self.height, width / self.width, height / self.height)
        axes: Axes = self.figure.add_axes(box)
        axes.tick_params(width=0.6, length=3)
        return axes

    def words(self, text: str, x: float, y: float, **how: Any) -> None:
        self.figure.text(x / self.width, 1 - y / self.height, text, **how)


@contextmanager
def open_sheet(width: float, height: float) -> Iterator[Sheet]:
    """An empty sheet, under our settings alone: those of the user's matplotlibrc neither help nor harm."""
    with mpl.rc_context(), _any_script():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield Sheet(Figure(figsize=(width / 72, height / 72)), width, height)


def finished(sheet: Sheet, name: str, title: str) -> str:
    """The sheet as an inline SVG: ids start with ``name``, ``title`` is for screen readers; no date."""
    FigureCanvasSVG(sheet.figure)
    file = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    sheet.figure.savefig(file, format="svg", metadata=nothing, transparent=True)
    return inline(file.getvalue(), name, title, round(sheet.width))


def slanted(sheet: Sheet, names: Sequence[str], left: float, y: float, pitch: float) -> None:
    """Names above their columns, as many as there is room for."""
    for index in range(0, len(names), every(pitch)):
        x = left + (index + 0.5) * pitch + FONT_PX / 4
        how: dict[str, Any] = {"rotation": SLANT, "rotation_mode": "anchor", "ha": "left", "va": "baseline"}
        sheet.words(short(names[index]), x, y, **how)


def every(pitch: float) -> int:
    """One name in how many columns has room."""
    return max(1, math.ceil(LABEL_PITCH / pitch - 0.01))


def slanted_height(names: Sequence[str]) -> float:
    """Pixels that :func:`slanted` needs above the columns."""
    longest = max((wide(short(name)) for name in names), default=0.0)
    return longest * math.sin(math.radians(SLANT)) + 14


def overhang(names: Sequence[str]) -> float:
    """How far the last names lean out to the right; no less than half a tile's number."""
    longest = max((wide(short(name)) for name in names), default=0.0)
    return max(16.0, longest * math.cos(math.radians(SLANT)) + 8)


def wide(text: str, size: float = FONT_PX) -> float:
    """Width of ``text`` in px, in the font that comes with matplotlib."""
    font = FontProperties(family="DejaVu Sans", size=size)
    with _any_script():
        return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


@contextmanager
def _any_script() -> Iterator[None]:
    """Names may be written in any script: matplotlib only measures them, a browser with more fonts draws them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        yield


def short(name: str) -> str:
    """``name``, or its beginning, on one line and without characters that no XML may hold."""
    name = "".join(mark if mark.isprintable() else " " for mark in name)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def bare(axes: Axes) -> None:
    """No ticks."""
    axes.xaxis.set_major_locator(NullLocator())
    axes.yaxis.set_major_locator(NullLocator())
