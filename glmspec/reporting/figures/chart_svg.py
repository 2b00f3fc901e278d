"""What matplotlib writes, made fit to stand inside a page: no prolog, no global style, no ids that collide."""

from __future__ import annotations

import hashlib
import re
from html import escape

INK = "#010203"
"""Drawn in this colour, a line or word takes the colour of the page's text and follows dark mode."""
TAG = re.compile(r"<[^<>]*>")


def inline(drawing: str, name: str, title: str, width: float) -> str:
    """The ``<svg>`` of matplotlib's file ``drawing``, its ids prefixed by ``name``, ``title`` for screen readers.

    ``name`` must differ between the charts of a page; any text will do.
    """
    root = drawing.index("<svg")
    head, body = drawing[root:].split(">", 1)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # This style would reach every SVG of the page; the root carries what it says instead.
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, count=1, flags=re.DOTALL)
    box = re.search(r'viewBox="[^"]*"', head)
    if box is None:
        raise ValueError("matplotlib's SVG has no viewBox")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" {box.group()} width="{width:g}" '
        f'style="max-width:100%;height:auto" role="img" aria-label="{escape(title, quote=True)}" '
        f'stroke-linejoin="round">{_tidied(body, prefix(name))}'
    )


def prefix(name: str) -> str:
    """``name`` as the start of an id; names that differ stay different."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name)
    digest = "" if plain == name else "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"chart-{plain}{digest}"


def _tidied(body: str, start: str) -> str:
    """``body`` in the page's colours, with a prefix on every id that is referred to and without the others.

    Only tags are touched: words between them are the user's, and may look like anything.
    """
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', "".join(TAG.findall(body))))

    def own_id(found: re.Match[str]) -> str:
        return f' id="{start}-{found[1]}"' if found[1] in used else ""

    def tidy(found: re.Match[str]) -> str:
        tag = found[0].replace("xlink:href=", "href=").replace(INK, "currentColor")
        tag = re.sub(r' id="([^"]*)"', own_id, tag)
        return re.sub(r'(url\(#|href="#)', lambda reference: f"{reference[1]}{start}-", tag)

    return TAG.sub(tidy, body)
