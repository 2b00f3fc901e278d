"""Whether a path fits a pattern, and what it captures.

What a regular expression would find: each `{name}` and `*` takes as much as leaves the rest possible. But a regular
expression may try every way to divide a path among the parts of a pattern, which a stranger can make endless; here
what has failed once is not tried again, so that the effort is at most pieces times characters squared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from glmspec.errors import wrong_input
from glmspec.spec.fields import PATTERN_NAME

CAPTURED = re.compile("[A-Za-z0-9+-]*")
NOT_SLASH = re.compile("[^/]*")
MOST_TRIED = 5_000
"""Dead ends of one path. A pattern of ten pieces has a thousand at the most; names that stand twice multiply them."""

MOST_PIECES = 200
"""More than any path has parts; the search goes one call deeper for each."""


class _Piece(NamedTuple):
    """Literal text, a `*`, or a name to capture."""

    text: str
    name: str = ""
    any: bool = False


def fit(pattern: str, path: str) -> dict[str, str] | None:
    """The names that a path captures, or None if it does not fit. A name that stands twice must be equal.

    Raises
    ------
    InputError
        E307 for a pattern that would take too long.
    """
    pieces = _pieces(pattern)
    names = [piece.name for piece in pieces if piece.name]
    twice = {name for name in names if names.count(name) > 1}
    failed: set[tuple[object, ...]] = set()

    def rest(index: int, at: int, captured: dict[str, str]) -> dict[str, str] | None:
        if index == len(pieces):
            return captured if at == len(path) else None
        state = (index, at, *(captured.get(name) for name in twice))
        if state not in failed:
            for end in _ends(pieces[index], path, at, captured):
                name = pieces[index].name
                found = rest(index + 1, end, {**captured, name: path[at:end]} if name else captured)
                if found is not None:
                    return found
            failed.add(state)
            if len(failed) > MOST_TRIED:
                hint = "take a `*` or a captured name out of it"
                raise wrong_input("E307", f"`{pattern}` may fit in too many ways", hint, path=("inputs", "maps"))
        return None

    return rest(0, 0, {}) if len(pieces) <= MOST_PIECES else None


def _ends(piece: _Piece, path: str, at: int, captured: dict[str, str]) -> Iterator[int]:
    """Where a piece that begins at a place may end, the farthest first."""
    literal = captured.get(piece.name) if piece.name else None if piece.any else piece.text
    if literal is not None:
        if path.startswith(literal, at):
            yield at + len(literal)
        return
    farthest = (NOT_SLASH if piece.any else CAPTURED).match(path, at)
    yield from range(farthest.end() if farthest else at, at if piece.name else at - 1, -1)


@lru_cache
def _pieces(pattern: str) -> tuple[_Piece, ...]:
    """The parts of a pattern; stars beside each other are one."""
    found: list[_Piece] = []
    for text in re.split(r"(\{[^{}]*\}|\*+)", pattern):
        name = PATTERN_NAME.fullmatch(text)
        if text:
            found.append(_Piece(text, name[1] if name else "", text.startswith("*")))
    return tuple(found)
