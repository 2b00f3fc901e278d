"""How a question is answered: by a setting, a default, words, the run, or not at all.

Reviewers look for undisclosed flexibility. A default that was written out was seen and chosen; one without a word was
perhaps never thought of: these are different states, though the numbers are the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel

from glmspec.spec.document import Document

State = Literal[
    "set", "defaulted and acknowledged", "defaulted without a word", "declared", "from the run", "missing",
    "not applicable",
]  # fmt: skip
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Subject:
    """What is asked: a document as it was written, and what its run found, if there was one."""

    document: Document
    facts: Mapping[str, Any] | None = None
    """What is known of one fit, by :func:`~glmspec.review.coverage.check.known`."""


@dataclass(frozen=True)
class Answer:
    """A state, and what was found."""

    state: State
    value: str = ""
    fits: tuple[tuple[str, State, str], ...] = ()
    """Name, state and value of each fit, where fits differ."""


Ask = Callable[[Subject], Answer]

MISSING = Answer("missing")
NOT_APPLICABLE = Answer("not applicable")
_LONGEST = 320


def setting(path: str, otherwise: str = "") -> Ask:
    """A field of the document: set, a default with or without a word, or missing where nothing stands there.

    ``otherwise`` is what leaving it out means, where that is an answer as well.
    """

    def ask(subject: Subject) -> Answer:
        found = _walk(subject.document, path)
        if found is None:
            return NOT_APPLICABLE
        value, written, default = found
        if value is None or (not written and value in ((), {})):
            return Answer("defaulted without a word", otherwise) if otherwise else MISSING
        state: State = "set" if written else "defaulted without a word"
        if written and value == default:
            state = "defaulted and acknowledged"
        return Answer(state, shown(value))

    return ask


def _walk(document: Document, path: str) -> tuple[Any, bool, Any] | None:
    """The value at a path, whether it was written, and its default; None where the language has no such field there."""
    value: Any = document
    default: Any = None
    written = True
    for part in path.split("."):
        if not isinstance(value, BaseModel):
            return None
        info = type(value).model_fields.get(part)
        if info is None:
            return None
        written = written and part in value.model_fields_set
        if type(default) is type(value):
            default = getattr(default, part)
        else:
            default = None if info.is_required() else info.get_default(call_default_factory=True)
        value = getattr(value, part)
    return value, written, default


def words(path: str) -> Ask:
    """Free text: nothing can confirm it, so that it is declared."""
    ask = setting(path)

    def declared(subject: Subject) -> Answer:
        found = ask(subject)
        if found.state == "not applicable":  # the section was left out
            return MISSING
        return found if found.state == "missing" else Answer("declared", found.value)

    return declared


def every(path: str, name: str) -> Ask:
    """A field of each entry of a section: missing where the section is empty or some entry lacks it."""

    def ask(subject: Subject) -> Answer:
        section = getattr(subject.document, path, None)
        if section is None:
            return NOT_APPLICABLE
        entries = dict(section) if isinstance(section, Mapping) else dict(enumerate(section, 1))
        entries = {key: entry for key, entry in entries.items() if name in type(entry).model_fields}
        given = {key: value for key, entry in entries.items() if (value := getattr(entry, name)) is not None}
        if not entries:
            return MISSING if not section else NOT_APPLICABLE
        lacking = [str(key) for key in entries if key not in given]
        text = ", ".join(f"{key}: {shown(value)}" for key, value in given.items())
        if lacking:
            return Answer("missing", f"not of {', '.join(lacking)}")
        silent = any(name not in entry.model_fields_set for entry in entries.values())
        return Answer("defaulted without a word" if silent else "set", text)

    return ask


def fact(path: str, unit: str = "") -> Ask:
    """What the run found, or the plan before it: missing until then."""

    def ask(subject: Subject) -> Answer:
        value: Any = subject.facts
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return MISSING if value is None else Answer("from the run", f"{shown(value)}{' ' + unit if unit else ''}")

    return ask


def at(*levels: str) -> Callable[[Ask], Ask]:
    """A question that makes sense at some levels only."""

    def restricted(ask: Ask) -> Ask:
        return lambda subject: ask(subject) if subject.document.level in levels else NOT_APPLICABLE  # type: ignore[attr-defined]

    return restricted


def either(*asks: Ask) -> Ask:
    """The first way that gives an answer."""

    def ask(subject: Subject) -> Answer:
        found = [one(subject) for one in asks]
        known = [answer for answer in found if answer.state not in ("missing", "not applicable")]
        rest = [answer for answer in found if answer.state == "missing"]
        return (known or rest or [NOT_APPLICABLE])[0]

    return ask


def cut(text: str) -> str:
    """A text that a table has room for."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def shown(value: Any) -> str:
    """A value in one line, numbers to four digits."""
    if isinstance(value, BaseModel):
        return shown(value.model_dump(mode="json", exclude_none=True))
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "infinite"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {shown(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return str(value)
