"""A document or results -> the answers to every question of some profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glmspec.execution.results import Results
from glmspec.review.coverage.answers import STATES, Answer, State, Subject
from glmspec.review.coverage.fits import over_fits
from glmspec.review.coverage.items import ITEMS, PROFILES, TITLES, Item, Profile
from glmspec.spec.document import Document


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
                | ({"fits": [list(fit) for fit in answer.fits]} if answer.fits else {})
                for item, answer in self.answers
            ],
        }


def known(results: Results) -> dict[str, Any]:
    """What may be asked of a fit: its analysis, contrasts, outputs, and the versions that it was computed with."""
    index = results.index
    more = {"contrasts": index["contrasts"], "outputs": index["outputs"]}
    return {**index["analysis"], **more, "versions": results.provenance["versions"]}


def coverage(
    document: Document, fits: Sequence[Mapping[str, Any]] = (), profiles: Iterable[Profile] = PROFILES
) -> tuple[Coverage, ...]:
    """Every question of each profile, in the order of the table, asked of each fit that is :func:`known`."""
    subjects = [Subject(document, facts) for facts in fits] or [Subject(document)]
    answers = [(item, over_fits([item.ask(subject) for subject in subjects], fits)) for item in ITEMS]
    return tuple(
        Coverage(profile, tuple((item, answer) for item, answer in answers if profile in item.profiles))
        for profile in PROFILES
        if profile in profiles
    )
