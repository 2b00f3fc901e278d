"""Tokens of the two small grammars: names, numbers, operators; anything else is refused before it means anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from glmspec.spec.fields import fault

Kind = Literal["name", "quoted", "number", "level", "operator", "end"]

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|`(?P<quoted>[^`]+)`"
    r"|\[(?P<level>[^\[\]]+)\]"
    r"|(?P<operator>[-+*/:()])"
)
LONGEST_TEXT = 20_000  # characters; a 200-condition F contrast stays below 10,000


@dataclass(frozen=True)
class Token:
    """A piece of a formula or expression, and where it stands."""

    kind: Kind
    text: str
    start: int
    end: int


def tokens(text: str, code: str, operators: str) -> list[Token]:
    """The tokens of ``text``, an `end` last. ``code`` is the code of the error for anything outside the grammar."""
    if len(text) > LONGEST_TEXT:
        raise fault(code, f"this is longer than {LONGEST_TEXT:,} characters")
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or (match.lastgroup == "operator" and match.group() not in operators):
            raise _stray(text, position, code, operators)
        if match.lastgroup != "space":
            kind: Kind = match.lastgroup  # type: ignore[assignment]
            found.append(Token(kind, match.group(match.lastgroup or 0), match.start(), match.end()))
        position = match.end()
    return [*found, Token("end", "", len(text), len(text))]


def _stray(text: str, position: int, code: str, operators: str) -> Exception:
    character = text[position]
    span = (position, position + 1)
    if character == "`":
        return fault(code, "a backtick is not closed", hint="two backticks stand around a name: `2-back`", span=span)
    if character == "[":
        hint = "a level stands in brackets behind its factor: group[patient]"
        return fault(code, "these brackets are empty, or not closed", hint=hint, span=span)
    listed = " ".join(operators)
    hint = f"names, numbers and {listed} can stand here; nothing in a document is code"
    if character == "~":
        hint = "the left side is the data themselves: write only what stands right of `~`"
    return fault(code, f"`{character}` cannot stand here", hint=hint, span=span)
