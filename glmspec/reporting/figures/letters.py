"""How much room words take: an estimate, the same on every machine, because no byte may depend on installed fonts."""

from __future__ import annotations

import unicodedata

FONT_PX = 10.0
"""Size of the words of a chart."""
NARROW, SPACE, BROAD = frozenset("ijlI|.,:;'!`ftr()[]{}/\\-\"°·"), " ", frozenset("mwMW@%—…+−=<>±∞")  # noqa: RUF001
LONGEST_NAME = 34
"""Characters of a name that are drawn; tables elsewhere have it whole."""


def wide(text: str, size: float = FONT_PX) -> float:
    """Width of ``text`` in px, rather too much than too little for the sans-serif fonts of browsers."""
    return size * sum(map(_ems, text))


def _ems(mark: str) -> float:
    if mark in NARROW:
        return 0.39
    if mark == SPACE:
        return 0.33
    if mark in BROAD:
        return 0.96
    if unicodedata.combining(mark):
        return 0.0
    if unicodedata.east_asian_width(mark) in "WF":
        return 1.0
    return 0.7 if mark.isupper() else 0.63


def short(name: str, longest: int = LONGEST_NAME) -> str:
    """``name``, or its beginning, on one line and without characters that no XML may hold."""
    name = "".join(mark if mark.isprintable() else " " for mark in name)
    return name if len(name) <= longest else name[: longest - 1] + "…"
