"""One answer from those of several fits: what is the same is told once, and no fit that differs is hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from glmspec.review.coverage.answers import Answer, State, cut

WORST: tuple[State, ...] = (
    "missing", "defaulted without a word", "declared", "defaulted and acknowledged", "set", "from the run",
    "not applicable",
)  # fmt: skip
"""The state of an answer that differs between fits is the first of these that occurs."""
SHOWN = 3
"""Answers of one state that are told apart."""


def over_fits(answers: Sequence[Answer], fits: Sequence[Mapping[str, Any]]) -> Answer:
    """The answer to a question that was asked of every fit, or of a document alone."""
    if len(set(answers)) == 1:
        return Answer(answers[0].state, cut(answers[0].value))
    states = Counter(answer.state for answer in answers)
    worst = min(states, key=WORST.index)
    told = []
    for state in sorted(states, key=WORST.index):
        values = Counter(answer.value for answer in answers if answer.state == state)
        lead = f"{state} in {states[state]} of {len(answers)} fits" if len(states) > 1 else ""
        told.append(": ".join(part for part in (lead, _values(values, len(answers))) if part))
    each = tuple((_name(fit), answer.state, answer.value) for fit, answer in zip(fits, answers, strict=True))
    return Answer(worst, cut("; ".join(told)), each)


def _values(values: Counter[str], fits: int) -> str:
    """The most frequent ones, and how many others there are."""
    if len(values) == 1:
        return next(iter(values))
    frequent = values.most_common(SHOWN)
    told = [f"{value or 'no value'} in {number} of {fits} fits" for value, number in frequent]
    rest = len(values) - len(frequent)
    return "; ".join([*told, f"{rest} other answers in the others"] if rest else told)


def _name(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts["fit"].items())
