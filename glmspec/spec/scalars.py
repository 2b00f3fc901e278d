"""How a plain YAML word becomes a value: numbers as in JSON, `true`, `false`, `null`, and text for everything else.

YAML 1.1 reads `01` as 1, `on` as true, `1e-3` as text and `1:30` as 90. A document says what is written, so
numbers also keep their written form: where a label is expected, `1.0` stands for the characters ``1.0``.
"""

from __future__ import annotations

import re

NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
LONGEST_INTEGER = 300  # characters; Python refuses to read integers beyond 4,300, and no setting needs more


class WrittenInt(int):
    """An integer that remembers how it was written."""

    written: str

    def __new__(cls, text: str) -> WrittenInt:
        number = super().__new__(cls, text)
        number.written = text
        return number


class WrittenFloat(float):
    """A number that remembers how it was written."""

    written: str

    def __new__(cls, text: str) -> WrittenFloat:
        number = super().__new__(cls, text)
        number.written = text
        return number


def plain_value(text: str) -> str | int | float | bool | None:
    """The value of an unquoted word."""
    if text in ("", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if len(text) <= LONGEST_INTEGER and INTEGER.fullmatch(text):
        return WrittenInt(text)
    if NUMBER.fullmatch(text):
        return WrittenFloat(text)
    return text


def as_written(value: object) -> object:
    """A number or truth value as the characters it was written with; everything else unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.written
    if isinstance(value, int | float):
        return repr(value)
    return value
