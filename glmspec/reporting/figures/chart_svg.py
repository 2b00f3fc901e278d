"""What matplotlib writes, made fit to stand inside a page: no prolog, no global style, no ids, the page's colours."""

from __future__ import annotations

import re

from glmspec.reporting.figures.letters import FONT_PX

INK = "#010203"
"""Drawn in this colour, a line or word takes the colour of the page's text and follows dark mode."""
TAG = re.compile(r"<[^<>]*>(?:\s*\n\s*)?")
TIDIED = (
    (re.compile(r"\s+"), " "),
    (re.compile(INK), "currentColor"),
    (re.compile(r"font-family: [^;\"]*(; )?"), ""),  # the page says it once for all charts
    (re.compile(r"font(-size)?: ([\d.]+)px[^;\"]*"), r"font-size: \2px"),  # matplotlib 3.9 writes them as one
    (re.compile(rf"font-size: {FONT_PX:g}px(; )?"), ""),
    (re.compile(r"text-anchor: start(; )?"), ""),
    (re.compile(r"(stroke-dashoffset: 0|stroke-linejoin: round)(; )?"), ""),
    (re.compile(r' transform="rotate\(-?0 [^"]*"'), ""),
    (re.compile(r"(?<=[MLz]) | (?=[MLz\"])"), ""),
    (re.compile(r'; (?=")'), ""),
    (re.compile('style="fill: none; stroke: currentColor; stroke-opacity: 0.45; stroke-width: 0.6"'), 'class="axis"'),
    (re.compile('style="(?:text-anchor: (end|middle); )?fill: currentColor"'), r'class="\1"'),
    (re.compile(' (style|class)=""'), ""),
    (re.compile(r" ?(/?)> ?$"), r"\1>"),
)
"""In this order; of tags alone: words between them are the user's, and may look like anything."""


CSS = """\
.chart { fill: currentColor }
.chart .end { text-anchor: end }
.chart .middle { text-anchor: middle }
.chart .axis { fill: none; stroke: currentColor; stroke-opacity: .45; stroke-width: .6 }
"""
"""For the page: how most of the lines and words of all charts look is said once."""


def inline(drawing: str) -> str:
    """What stands between ``<svg>`` and ``</svg>`` in matplotlib's file ``drawing``."""
    body = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    # This style would reach every SVG of the page.
    body = re.sub(r"^\s*<defs>\s*<style.*?</style>\s*</defs>\s*", "", body, count=1, flags=re.DOTALL)
    return TAG.sub(lambda found: _tidied(found[0]), body)


def _tidied(tag: str) -> str:
    for pattern, instead in TIDIED:
        tag = pattern.sub(instead, tag)
    return tag
