"""A sheet on which charts are drawn as SVG by matplotlib's renderer: places in pixels from the upper left corner.

Its figures and axes, which measure every word and tick, are what takes matplotlib its time; a report has a hundred
small charts, so they are laid out here from estimates, the same on every machine. Lines and words take the colour of
the page and so follow dark mode; words stay words (searchable, copied, read aloud). Many marks of one kind are one
path, and places are tenths of a pixel, so that a chart is a few kB.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from html import escape
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform
from numpy.typing import ArrayLike, NDArray

from glmspec.reporting.figures import svg
from glmspec.reporting.figures.chart_svg import CSS, INK, inline
from glmspec.reporting.figures.letters import FONT_PX, short, wide
from glmspec.reporting.figures.scales import Scale, written
from glmspec.reporting.figures.style import COOL_STOPS, WARM_STOPS

BLUE, RED = ("#{:02x}{:02x}{:02x}".format(*stops[2]) for stops in (COOL_STOPS, WARM_STOPS))
"""The colours of marks: plain on white and on black, and told apart by the colour-blind."""
CHART_CSS = f".chart {{ max-width: 100%; height: auto; font: {FONT_PX:g}px {svg.FONT} }}\n{CSS}"
"""For the page: what all charts have in common is said once."""
FAINT = 0.45
"""Opacity of axes and of lines that only guide the eye."""
TICK = 3.0
HALF_LETTER = 0.35
"""From the middle of a word to its base line, in units of its size."""
SLANT = 60.0
LABEL_PITCH = 12.0
"""Pixels from one slanted name to the next; narrower columns are named one in so many."""
SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "glmspec", "svg.id": None, "path.simplify": True}
"""Ours alone: those of the user's matplotlibrc neither help nor harm."""
RENDERER: Any = RendererSVG  # whose parts have no types
NOTHING = {"Date": None, "Creator": None, "Format": None, "Type": None}
SIDES = {"start": "left", "middle": "center", "end": "right"}

Box = tuple[float, float, float, float]
Anchor = Literal["start", "middle", "end"]


def settings() -> AbstractContextManager[Any]:
    """matplotlib's settings for charts. To enter them all others are copied, so a page enters them once."""
    entered = all(mpl.rcParams[name] == value for name, value in SETTINGS.items())
    return nullcontext() if entered else mpl.rc_context(SETTINGS)


class Chart:
    """An SVG under work; methods draw, :meth:`finished` gives the text."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._images: list[str] = []
        self._drawn: list[Callable[[Any], None]] = []

    def finished(self, title: str) -> str:
        """The chart as an inline SVG, named ``title`` for screen readers."""
        file = io.StringIO()
        with settings():
            renderer = RENDERER(self.width, self.height, file, metadata=dict(NOTHING))
            for draw in self._drawn:
                draw(renderer)
            renderer.finalize()
        size = f"{_tenth(self.width)} {_tenth(self.height)}"
        name = escape(short(title, 400), quote=True)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {size}" '
            f'width="{_tenth(self.width)}" role="img" aria-label="{name}">'
            f"{''.join(self._images)}{inline(file.getvalue())}</svg>"
        )

    def words(
        self,
        text: str,
        x: float,
        y: float,
        anchor: Anchor = "start",
        *,
        turn: float = 0.0,
        size: float = FONT_PX,
        middle: bool = False,
        colour: str = INK,
    ) -> None:
        """``text`` on its base line at ``y``, or with its middle there; turned upwards by so many degrees."""
        if middle:
            x += HALF_LETTER * size * math.sin(math.radians(turn))
            y += HALF_LETTER * size * math.cos(math.radians(turn))
        x, y = round(x, 1), round(y, 1)
        said = short(text, 200)

        def draw(renderer: Any) -> None:
            place = Text(x, self.height - y, said, rotation=turn, rotation_mode="anchor", ha=SIDES[anchor])
            place.set_transform(IdentityTransform())
            font = FontProperties(family=["DejaVu Sans"], size=size)
            renderer.draw_text(_look(colour), x, y, said, font, turn, mtext=place)

        if said:
            self._drawn.append(draw)

    def line(self, x: ArrayLike, y: ArrayLike, stroke: str = INK, width: float = 1.0, opacity: float = 1.0) -> None:
        """A line through points, interrupted where one is not finite."""
        self._path(_tenths(x, y), None, _look(stroke, width, opacity))

    def strokes(
        self,
        ends: Iterable[Box],
        stroke: str = INK,
        width: float = 1.0,
        opacity: float = 1.0,
        dash: Sequence[float] = (),
    ) -> None:
        """Straight strokes from (x, y) to (x, y); ``dash`` gives the pixels that are drawn and left out by turns."""
        points = [point for x1, y1, x2, y2 in ends for point in ((x1, y1), (x2, y2))]
        self._path(_tenths(*_columns(points)), [Path.MOVETO, Path.LINETO], _look(stroke, width, opacity, dash))

    def dots(self, x: ArrayLike, y: ArrayLike, radius: float, fill: str = INK, opacity: float = 1.0) -> None:
        """Round dots, which are strokes of no length with round ends."""
        places = _tenths(x, y)
        places = places[np.isfinite(places).all(axis=1)]
        look = _look(fill, 2 * radius, opacity)
        look.set_capstyle("round")
        self._path(np.repeat(places, 2, axis=0), [Path.MOVETO, Path.LINETO], look)

    def boxes(self, corners: Iterable[Box], fill: str = INK, opacity: float = 1.0) -> None:
        """Filled rectangles (x, y, width, height)."""
        points = [point for x, y, w, h in corners for point in ((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y))]
        self._path(_tenths(*_columns(points)), CLOSED, _look(fill, 0.0), to_rgba(fill, opacity))

    def polygon(self, x: Sequence[float], y: Sequence[float], fill: str = INK, opacity: float = 1.0) -> None:
        """What a closed line surrounds."""
        points = _tenths([*x, x[0]], [*y, y[0]])
        codes = [Path.MOVETO, *[Path.LINETO] * (len(points) - 2), Path.CLOSEPOLY]
        self._path(points, codes, _look(fill, 0.0), to_rgba(fill, opacity))

    def image(self, pixels: NDArray[np.uint8], x: float, y: float, width: float, height: float) -> None:
        """``pixels`` stretched over a rectangle, each a sharp one of its own; below all lines and words."""
        self._images.append(svg.image(pixels, x, y, (width, height)))

    def frame(self, x: float, y: float, width: float, height: float) -> None:
        """The edges of a rectangle."""
        points = _tenths([x, x + width, x + width, x, x], [y, y, y + height, y + height, y])
        self._path(points, CLOSED, _look(INK, 0.6, FAINT))

    def bottom(self, scale: Scale, y: float, label: str = "", most: int = 5) -> None:
        """An axis below, with its numbers, and what they are."""
        ticks = scale.ticks(most)
        marks = [(x := float(scale(tick)), y, x, y + TICK) for tick in ticks]
        self.strokes([(scale.start, y, scale.stop, y), *marks], width=0.6, opacity=FAINT)
        for tick in ticks:
            self.words(written(tick, ticks), float(scale(tick)), y + TICK + FONT_PX, "middle")
        if label:
            self.words(label, (scale.start + scale.stop) / 2, y + TICK + 2.3 * FONT_PX, "middle")

    def left(self, scale: Scale, x: float, label: str = "", most: int = 5) -> None:
        """An axis at the left; ``scale`` runs upwards, its start below."""
        ticks = scale.ticks(most)
        marks = [(x - TICK, y := float(scale(tick)), x, y) for tick in ticks]
        self.strokes([(x, scale.start, x, scale.stop), *marks], width=0.6, opacity=FAINT)
        texts = [written(tick, ticks) for tick in ticks]
        for tick, text in zip(ticks, texts, strict=True):
            self.words(text, x - TICK - 2, float(scale(tick)), "end", middle=True)
        if label:
            room = max(map(wide, texts), default=0.0)
            self.words(label, x - TICK - room - 9, (scale.start + scale.stop) / 2, "middle", turn=90.0)

    def slanted(self, names: Sequence[str], left: float, y: float, pitch: float) -> None:
        """Names above their columns, as many as there is room for."""
        for index in range(0, len(names), every(pitch)):
            self.words(short(names[index]), left + (index + 0.5) * pitch + FONT_PX / 4, y, turn=SLANT)

    def _path(
        self,
        points: NDArray[np.float64],
        codes: Sequence[Any] | None,
        look: GraphicsContextBase,
        fill: tuple[float, float, float, float] | None = None,
    ) -> None:
        """``codes`` are those of one shape, and repeat."""
        if len(points):
            upwards = np.column_stack([points[:, 0], self.height - points[:, 1]])
            path = Path(upwards, None if codes is None else np.resize(codes, len(points)))
            self._drawn.append(lambda renderer: renderer.draw_path(look, path, IdentityTransform(), fill))


CLOSED = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]


def every(pitch: float) -> int:
    """One name in how many columns has room."""
    return max(1, math.ceil(LABEL_PITCH / pitch - 0.01))


def slanted_height(names: Sequence[str]) -> float:
    """Pixels that slanted names need above the columns."""
    longest = max((wide(short(name)) for name in names), default=0.0)
    return longest * math.sin(math.radians(SLANT)) + 14


def overhang(names: Sequence[str]) -> float:
    """How far the last names lean out to the right; no less than half a tile's number."""
    longest = max((wide(short(name)) for name in names), default=0.0)
    return max(16.0, longest * math.cos(math.radians(SLANT)) + 8)


def _tenth(value: float) -> str:
    return f"{round(value, 1) + 0.0:g}"


def _tenths(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Points (N, 2) in tenths of a pixel: shorter to write, and no eye sees more."""
    points = np.column_stack([np.ravel(x), np.ravel(y)])
    return np.asarray(np.round(points, 1), dtype=np.float64)


def _columns(points: Sequence[tuple[float, float]]) -> tuple[ArrayLike, ArrayLike]:
    return [x for x, _ in points], [y for _, y in points]


def _look(colour: str, width: float = 1.0, opacity: float = 1.0, dash: Sequence[float] = ()) -> GraphicsContextBase:
    """How something is drawn, in matplotlib's terms."""
    look: Any = GraphicsContextBase()
    look.set_foreground(to_rgba(colour, opacity), isRGBA=True)
    look.set_linewidth(width)
    look.set_joinstyle("round")
    if dash:
        look.set_dashes(0.0, list(dash))
    chosen: GraphicsContextBase = look
    return chosen
