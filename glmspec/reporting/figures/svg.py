"""The few SVG elements that the brain pictures are made of. Text is escaped here, where it enters.

Everything needed stands in presentation attributes, so that a picture looks right alone; text takes the colour of the
page (``currentColor``) and so follows dark mode. Classes are hooks only: ``brain`` for every picture of a brain, and
``mosaic``, ``glass``, ``thumbnail`` or ``colour-bar`` beside it.
"""

from __future__ import annotations

from html import escape
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.png import data_uri

FONT = "system-ui, sans-serif"
BRAIN_CSS = """\
@media (max-width: 600px) {
  .brain:not(.colour-bar) text { font-size: 15px }
  .brain.glass text { font-size: 20px }
  .brain.mosaic text { font-size: 24px }
}
"""
"""Optional, for the page: larger captions where pictures shrink to the width of a telephone."""


MINUS = "\N{MINUS SIGN}"


def number(value: float) -> str:
    """``value`` with at most two decimals and no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def signed(value: float, decimals: int = 1) -> str:
    """A number for readers: a true minus sign, no trailing zeros, no minus zero."""
    rounded = round(value, decimals)
    text = f"{abs(rounded):.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return MINUS + text if rounded < 0 else text


def document(body: str, size: tuple[float, float], width: float, title: str, kind: str = "") -> str:
    """An inline SVG of ``size`` units, ``width`` px wide where there is room, named ``title`` for screen readers."""
    name = escape(title, quote=True)
    box = f"0 0 {number(size[0])} {number(size[1])}"
    classes = f"brain {kind}".strip()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{classes}" viewBox="{box}" width="{number(width)}" '
        f'style="max-width:100%;height:auto" role="img" aria-label="{name}" font-family="{FONT}" '
        f'fill="currentColor">{body}</svg>'
    )


def image(pixels: NDArray[np.uint8], x: float, y: float, size: tuple[float, float], smooth: bool = False) -> str:
    """``pixels`` (H, W, 4) stretched over ``size`` units; every pixel stays a sharp rectangle unless ``smooth``."""
    rendering = "" if smooth else ' image-rendering="pixelated"'
    return (
        f'<image x="{number(x)}" y="{number(y)}" width="{number(size[0])}" height="{number(size[1])}" '
        f'preserveAspectRatio="none"{rendering} href="{data_uri(pixels)}"/>'
    )


def path(data: str, stroke: str, width: float, fill: str = "none", opacity: float = 1.0) -> str:
    """A path, or nothing for empty path data."""
    if not data:
        return ""
    faint = "" if opacity == 1.0 else f' stroke-opacity="{number(opacity)}"'
    return (
        f'<path d="{data}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}" stroke-width="{number(width)}" '
        f'stroke-linejoin="round"{faint}/>'
    )


def text(words: str, x: float, y: float, size: float, anchor: Literal["start", "middle", "end"] = "middle") -> str:
    """``words`` with their base line at ``y``; marks at a side of a picture are bold and hang below
    it, so that a page may enlarge them without cutting them off."""
    weight = "" if anchor == "middle" else ' font-weight="600" dominant-baseline="hanging"'
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{anchor}"{weight}>'
        f"{escape(words, quote=False)}</text>"
    )
