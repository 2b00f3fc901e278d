"""The lines of a YAML text in pieces that a page can colour. Nothing is escaped here and nothing is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import yaml

from glmspec.reporting.model import Token
from glmspec.spec.scalars import plain_value
from glmspec.spec.source import LINE_BREAK

Kind = Literal["", "key", "string", "number", "comment", "invisible"]
Span = tuple[int, int, Kind]
"""First and last column of a piece, and what it is."""

COMMENT = re.compile(r"(?:^|(?<=\s))#")
INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u061c]")
"""Characters that change the order of what is read without being seen: a page about trust spells them out."""

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def highlighted(text: str) -> tuple[tuple[Token, ...], ...]:
    """The tokens of every line; joined they are the text, invisible characters apart."""
    lines = LINE_BREAK.split(text)
    if lines and not lines[-1]:
        lines.pop()
    spans: list[list[Span]] = [[] for _ in lines]
    for line, span in _scalars(text, lines):
        spans[line].append(span)
    return tuple(tuple(_tokens(line, found)) for line, found in zip(lines, spans, strict=True))


def _scalars(text: str, lines: list[str]) -> Iterator[tuple[int, Span]]:
    """Line and span of every scalar; one over several lines has a span in each."""
    key = False
    try:
        for token in yaml.scan(text, Loader=_Loader):
            if isinstance(token, yaml.ScalarToken):
                kind: Kind = "key" if key else _kind(token)
                start, end = token.start_mark, token.end_mark
                for line in range(start.line, min(end.line, len(lines) - 1) + 1):
                    first = start.column if line == start.line else 0
                    last = end.column if line == end.line else len(lines[line])
                    yield line, (first, last, kind)
            key = isinstance(token, yaml.KeyToken)
    except yaml.YAMLError:
        return


def _kind(token: yaml.ScalarToken) -> Kind:
    return "string" if token.style or isinstance(plain_value(token.value), str) else "number"


def _tokens(line: str, spans: list[Span]) -> Iterator[Token]:
    at = 0
    for first, last, kind in spans:
        if first > at:
            yield from _spelled(line[at:first], "")
        yield from _spelled(line[max(first, at) : last], kind)
        at = max(at, last)
    rest = line[at:]
    found = COMMENT.search(rest)
    start = found.start() if found else len(rest)
    yield from _spelled(rest[:start], "")
    yield from _spelled(rest[start:], "comment")


def _spelled(text: str, kind: Kind) -> Iterator[Token]:
    """The text, its invisible characters by their code points."""
    at = 0
    for found in INVISIBLE.finditer(text):
        if found.start() > at:
            yield Token(text[at : found.start()], kind)
        yield Token(f"U+{ord(found.group()):04X}", "invisible")
        at = found.end()
    if at < len(text):
        yield Token(text[at:], kind)
