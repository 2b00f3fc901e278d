"""Who is left out of an analysis, by which rule or for lack of what: counted and named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from glmspec.plan.check import Check
from glmspec.plan.rows import PREFIXES, Row
from glmspec.plan.runs.words import listed

Counted = Literal["subjects", "maps"]

MOST_NAMED = 24
"""Names in a sentence; `results.json` has them all."""


@dataclass(frozen=True)
class LeftOut:
    """A rule or an absence, and who fell to it.

    Attributes
    ----------
    rule : str
        The rule as the document has it; for missing data what is lacking.
    kind : {"evaluated", "declared", "subjects", "missing"}
        Judged on a variable, not judged at all, named outright, or missing.
    excluded : tuple of str
    of : int
        How many the analysis is about: those that were located and selected.
    counted : {"subjects", "maps"}
        What the names are: maps where a subject loses some of its maps only, or none has a subject.
    bound : str
        What was compared: ``mean_fd above 0.5 mm``.
    details : tuple of str
        What is said of each name, if anything.
    """

    rule: str
    kind: Literal["evaluated", "declared", "subjects", "missing"]
    excluded: tuple[str, ...] = ()
    of: int = 0
    counted: Counted = "subjects"
    bound: str = ""
    details: tuple[str, ...] = ()

    @property
    def check(self) -> Check:
        """What plan and report say."""
        if self.kind == "declared":
            return Check("Exclusion", "note", f'"{self.rule}": declared, not evaluated.')
        if self.kind == "missing":
            return Check("Missing data", "note", f"left out, {self.rule}: {self._who}.")
        bound = f" ({self.bound})" if self.bound else ""
        return Check("Exclusion", "note" if self.excluded else "ok", f'excluded by "{self.rule}"{bound}: {self._who}.')

    @property
    def _who(self) -> str:
        if not self.excluded:
            return f"none of {self.of} {self.counted}"
        details = self.details or ("",) * len(self.excluded)
        pairs = zip(self.excluded, details, strict=True)
        shown = listed((f"{name} ({detail})" if detail else name for name, detail in pairs), MOST_NAMED)
        return f"{len(self.excluded)} of {self.of} {self.counted}: {shown}"


@dataclass(frozen=True)
class Exclusions:
    """Every rule and every absence, and how many were left out in all."""

    entries: tuple[LeftOut, ...] = ()
    excluded: int = 0
    of: int = 0
    counted: Counted = "subjects"

    @property
    def checks(self) -> list[Check]:
        """A check for each entry, and one of them all."""
        return [*(entry.check for entry in self.entries), *self.in_all]

    @property
    def in_all(self) -> list[Check]:
        """How many are left out and how many stay, if anybody is."""
        if not self.excluded:
            return []
        are = "is" if self.excluded == 1 else "are"
        text = f"{self.excluded} of {self.of} {self.counted} {are} left out in all; {self.of - self.excluded} stay."
        return [Check("Left out", "note", text)]


def subjects_of(rows: Iterable[Row]) -> list[str] | None:
    """The subjects of rows, each once; None where some row has none."""
    found = [row.names.get("subject") for row in rows]
    return None if None in found else list(dict.fromkeys(str(name) for name in found))


def named(rows: Sequence[Row], considered: Sequence[Row]) -> tuple[tuple[str, ...], int, Counted]:
    """What some of the rows are called, of how many, and what is counted.

    They are subjects where every one of them has all its rows among them.
    """
    subjects = subjects_of(considered)
    if subjects is not None:
        touched = subjects_of(rows) or []
        if sum(row.names["subject"] in touched for row in considered) == len(rows):
            return tuple(touched), len(subjects), "subjects"
    return tuple(title(row) for row in rows), len(considered), "maps"


def title(row: Row) -> str:
    """What a list calls a map: ``S03 run-2 go``."""
    if "subject" not in row.names:
        return row.label
    others = [PREFIXES.get(name, "") + value for name, value in row.names.items() if name != "subject"]
    return " ".join([row.names["subject"], *others])


def in_digits(number: float) -> str:
    """A number as short as it can be without being another one."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)
