"""What a reader should know of runs: said once for all runs of which it is true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from glmspec.plan.check import Check
from glmspec.plan.runs.words import counted, listed


@dataclass(frozen=True)
class Fact:
    """Something about one run; ``detail`` is what differs between runs."""

    check: str
    state: Literal["ok", "note", "warning"]
    sentence: str
    run: str
    detail: str = ""

    @property
    def about(self) -> str:
        """The run, with the detail."""
        return f"{self.run} ({self.detail})" if self.detail else self.run


def told(facts: Iterable[Fact], runs: int) -> list[Check]:
    """A check for each sentence, which names the runs it is true of."""
    groups: dict[tuple[str, Literal["ok", "note", "warning"], str], list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.check, fact.state, fact.sentence].append(fact)
    return [
        Check(check, state, f"{sentence} (in {len(group)} of {counted(runs, 'run')}): {_which(group)}.")
        for (check, state, sentence), group in groups.items()
    ]


def _which(group: list[Fact]) -> str:
    return listed(fact.about for fact in group)
