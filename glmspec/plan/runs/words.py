"""Lists and counts as messages say them."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 8


def listed(names: Iterable[str], most: int = MOST_NAMED) -> str:
    """`a, b, c and 4 more`, each once."""
    known = list(dict.fromkeys(names))
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def quoted(names: Iterable[str]) -> str:
    """The same, each in backticks."""
    return listed(f"`{name}`" for name in names)


def counted(count: int, word: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
