"""Problems as text for people, as JSON for programs, as annotations for GitHub."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from typing import Literal

from glmspec.errors import GlmspecError, Problem, dotted
from glmspec.spec.source import Source

Format = Literal["text", "json", "github"]
_WIDEST = 110
WHILE_RUNNING = frozenset({"E314", "E316", "E501", "E504"})
"""Problems that are found when voxels are read or files written, with steps before them finished."""


def as_text(problem: Problem, source: Source | None) -> str:
    """A problem with the line of the document that it is about."""
    warning = problem.code.startswith("W")
    lines = [f"{'warning' if warning else 'error'}[{problem.code}]: {problem.message}"]
    place = source.place(problem) if source is not None else problem.place
    if place is not None:
        number = str(place.line)
        gutter = " " * len(number)
        lines.append(f"{gutter}--> {place.file}:{place.line}:{place.column}")
        written = _line(source, place.line) if source is not None and place.file == source.name else place.written
        if written.strip():
            shown, start, length = _window(written, place.column - 1, place.length)
            pad = " " * _cells(shown[:start])
            marks = "^" * max(_cells(shown[start : start + length]), 1)
            label = f" {problem.label}" if problem.label else ""
            lines += [f"{gutter} |", f"{number} | {shown}", f"{gutter} | {pad}{marks}{label}"]
        elif problem.label:
            lines.append(f"{gutter} = {problem.label}")
    else:
        gutter = ""
        if problem.label:
            lines.append(f" = {problem.label}")
    for part in problem.hint.splitlines() if problem.hint else ():
        lines.append(f"{gutter} = {part}")
    kept = "what was finished is kept. " if problem.code in WHILE_RUNNING else "nothing was computed. "
    lines.append(f"{gutter} = {'' if warning else kept}See `glmspec explain {problem.code}`")
    return "\n".join(harmless(line) for line in lines)


def _line(source: Source, number: int) -> str:
    lines = source.lines
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _window(line: str, start: int, length: int) -> tuple[str, int, int]:
    """The part of a long line around what is marked."""
    line = line.replace("\t", " ")
    if len(line) <= _WIDEST:
        return line, start, length
    left = max(0, min(start - 20, len(line) - _WIDEST))
    cut = line[left : left + _WIDEST]
    return ("..." if left else "") + cut + "...", start - left + (3 if left else 0), min(length, _WIDEST)


def _cells(text: str) -> int:
    """How many columns a terminal gives to a text: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in harmless(text)
    )


def harmless(text: str) -> str:
    """Control characters in names must not steer the terminal."""
    return "".join(c if c.isprintable() or c == " " else f"\\u{ord(c):04x}" for c in text)


def as_data(problem: Problem, source: Source | None) -> dict[str, object]:
    """A problem as JSON data."""
    place = source.place(problem) if source is not None else problem.place
    return {
        "code": problem.code,
        "message": problem.message,
        "label": problem.label,
        "hint": problem.hint,
        "path": dotted(problem.path),
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "length": place.length if place else None,
    }


def as_annotation(problem: Problem, source: Source | None) -> str:
    """A problem as GitHub reads it from a log."""
    place = source.place(problem) if source is not None else problem.place
    text = problem.message + "".join(f"\n{part}" for part in (problem.label, problem.hint) if part)
    where = f"file={_property(place.file)},line={place.line},col={place.column}," if place else ""
    kind = "warning" if problem.code.startswith("W") else "error"
    return harmless(f"::{kind} {where}title={problem.code}::{_data(text)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def report_problems(error: GlmspecError, source: Source | None, form: Format) -> tuple[str, str]:
    """What goes to standard output and to standard error."""
    if form == "json":
        body = {"problems": [as_data(problem, source) for problem in error.problems], "exit_code": error.exit_code}
        return json.dumps(body, indent=1, ensure_ascii=False), ""
    if form == "github":
        return "\n".join(as_annotation(problem, source) for problem in error.problems), ""
    return "", problems_text(error.problems, source)


def problems_text(problems: Iterable[Problem], source: Source | None) -> str:
    """All problems, and how many there are."""
    problems = list(problems)
    count = f"{len(problems)} problems" if len(problems) > 1 else "1 problem"
    return "\n\n".join([*(as_text(problem, source) for problem in problems), f"{count} found."])
