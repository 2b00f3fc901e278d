"""Where YAML itself trips: the line as it must be quoted.

A value that begins with a backtick, a brace or `*`, and brackets inside `{...}`, mean something else to YAML than
to the writer. The message shows the line with quotes, and only after that line has been tried.
"""

from __future__ import annotations

import re

import yaml

from glmspec.errors import Place, Problem

_VALUE = re.compile(r"^(?P<head>\s*(?:- +)*(?:[^\s:#'\"{\[][^:#'\"]*|'[^']*'|\"[^\"]*\"): +)(?P<value>\S.*?)\s*$")
_ITEM = re.compile(r"^(?P<head>\s*- +)(?P<value>\S.*?)\s*$")


def explain_syntax(text: str, lines: list[str], name: str) -> Problem:
    """The problem of a text that is not YAML.

    The pure Python parser words its errors alike on every machine, so it is asked for the place and the words.
    """
    error = _error(text)
    if error is None:  # the two parsers disagree: rare, and then only the fact can be told
        return Problem("E102", "this is not YAML", place=Place(name, 1, 1))
    line, column, found = error
    for number in (line, line - 1):
        mended = _mended(text, lines, number)
        if mended is not None:
            value_column = len(_head(lines[number - 1])) + 1
            length = len(lines[number - 1].rstrip()) - value_column + 1
            return Problem(
                "E102",
                "YAML reads this value as something else",
                place=Place(name, number, value_column, max(length, 1)),
                label=found,
                hint=f"put it into quotes:\n{mended.strip()}",
            )
    hint = "close it where it ends" if found == _OPEN else _advice(lines, line)
    return Problem("E102", "this is not YAML", place=Place(name, line, column), label=found, hint=hint)


def _error(text: str) -> tuple[int, int, str] | None:
    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        found = str(error.problem)
        began = any(words in found for words in _TOLD_LATE)
        mark = (error.context_mark if began else None) or error.problem_mark or error.context_mark
        if mark is None:
            return 1, 1, _in_words(found)
        return mark.line + 1, mark.column + 1, _in_words(found)
    except yaml.YAMLError as error:
        return 1, 1, _in_words(str(error))
    return None


_TOLD_LATE = ("stream end", "end of stream", "could not find expected ':'")
"""What the parser notices at the end of the text only: the mistake is where the unfinished part begins."""

_OPEN = "it is opened here and never closed"
_WORDS = (
    ("found character '`' that cannot start any token", "text that begins with a backtick needs quotes"),
    (r"found character '(?P<c>.)' that cannot start any token", "text that begins with `{c}` needs quotes"),
    ("mapping values are not allowed here", "a text that holds a colon and a space needs quotes"),
    ("expected ',' or '[]}]', but got '<stream end>'", _OPEN),
    ("found unexpected (end of stream|document separator)", _OPEN),
    ("expected ',' or '[]}]', but got .*", "inside brackets and braces, text with brackets needs quotes"),
    ("could not find expected ':'", "a key, a colon and a space belong here"),
    ("expected <block end>, but found '<scalar>'", "text goes on behind what YAML takes for the whole value"),
    ("expected <block end>, but found '(<block .*|-|\\?)'", "the indentation fits no line above"),
    (".*anchor.*|.*alias.*", "text that begins with `*` or `&` needs quotes"),
)  # fmt: skip
"""What PyYAML says, and what a reader who never saw its parser understands."""


def _in_words(found: str) -> str:
    for pattern, words in _WORDS:
        match = re.fullmatch(pattern, found)
        if match:
            return words.format(**match.groupdict())
    return re.sub("[<>]", "", found)


def _head(line: str) -> str:
    found = _VALUE.match(line) or _ITEM.match(line)
    return found["head"] if found else ""


def _mended(text: str, lines: list[str], number: int) -> str | None:
    """Line ``number`` with its value quoted, if that moves the error out of the line."""
    if not 1 <= number <= len(lines):
        return None
    line = lines[number - 1]
    found = _VALUE.match(line) or _ITEM.match(line)
    if not found or found["value"][0] in "'\"#|>":
        return None
    quoted = _quote_flow(found["value"]) if _is_flow(found["value"]) else quote(found["value"])
    if quoted is None or quoted == found["value"]:
        return None
    candidate = found["head"] + quoted
    error = _error("\n".join([*lines[: number - 1], candidate, *lines[number:]]))
    return candidate if error is None or error[0] > number + 1 else None


def quote(value: str) -> str:
    """``value`` in the quotes that need no escapes."""
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def _is_flow(value: str) -> bool:
    """Whether the value is meant as ``[...]`` or ``{key: ...}``, rather than text that begins with a bracket."""
    if value[0] not in "[{":
        return False
    return _closing(value) in (None, len(value) - 1) and (value[0] == "[" or ":" in value)


def _closing(value: str) -> int | None:
    """Where the first bracket is closed."""
    depth = 0
    for index, character in enumerate(value):
        depth += (character in "[{") - (character in "]}")
        if depth == 0:
            return index
    return None


def _quote_flow(value: str) -> str | None:
    """A one-line list or mapping with quotes around every part that needs them; None if it is never closed."""
    if _closing(value) is None:
        return None
    parts, depth, start = [], 0, 1
    for index, character in enumerate(value[1:-1], 1):
        depth += (character in "[{") - (character in "]}")
        if character == "," and depth == 0:
            parts.append(value[start:index])
            start = index + 1
    parts.append(value[start:-1])
    return value[0] + ", ".join(_quote_part(part.strip(), value[0] == "{") for part in parts) + value[-1]


def _quote_part(part: str, keyed: bool) -> str:
    key, colon, text = part.partition(": ") if keyed else ("", "", part)
    text = text.strip()
    if not text or (keyed and not colon) or text[0] in "\"'":
        return part
    if _is_flow(text):
        quoted = _quote_flow(text) or text
    else:
        quoted = quote(text) if text[0] in "`*@%&!" or any(mark in text for mark in "[]{}") else text
    return key + colon + quoted


def _advice(lines: list[str], line: int) -> str:
    written = lines[line - 1] if line <= len(lines) else ""
    if re.search(r"\S:\S", written) and ": " not in written:
        return "a space belongs between a colon and the value"
    if line > len(lines) or not written.strip():
        return "a bracket, a brace or a quote is opened above and never closed"
    return "check the indentation, the quotes and the brackets of this line and the one above"
