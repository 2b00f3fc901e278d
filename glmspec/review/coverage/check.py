"""A document or results -> the answers to every question of some profiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from glmspec.review.coverage.answers import STATES, Answer, State, Subject
from glmspec.review.coverage.items import ITEMS, PROFILES, TITLES, Item, Profile


@dataclass(frozen=True)
class Coverage:
    """The questions of one profile with their answers."""

    profile: Profile
    answers: tuple[tuple[Item, Answer], ...]

    @property
    def title(self) -> str:
        """What the profile is called."""
        return TITLES[self.profile]

    @property
    def counts(self) -> dict[State, int]:
        """State -> number of questions, all seven of them."""
        return {state: sum(answer.state == state for _, answer in self.answers) for state in STATES}

    @property
    def summary(self) -> str:
        """``31 questions: 12 set, 5 missing``; never a percentage, because which ones matters."""
        told = [f"{number} {state}" for state, number in self.counts.items() if number]
        return f"{len(self.answers)} questions: {', '.join(told)}"

    @property
    def data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "profile": self.profile,
            "title": self.title,
            "counts": dict(self.counts),
            "items": [
                {"id": item.id, "question": item.question, "state": answer.state, "value": answer.value}
                for item, answer in self.answers
            ],
        }


def coverage(subject: Subject, profiles: Iterable[Profile] = PROFILES) -> tuple[Coverage, ...]:
    """Every question of each profile, in the order of the table."""
    answers = [(item, item.ask(subject)) for item in ITEMS]
    return tuple(
        Coverage(profile, tuple((item, answer) for item, answer in answers if profile in item.profiles))
        for profile in profiles
    )
