"""What rows of a second level lack, and the policy that governs it.

`variable` governs values: a variable that the formula, `variance_groups`, `blocks`, a rule of `exclusions` or a
ready-made matrix uses, and a line in a table. Where it says `exclude`, the map is left out.

Then subjects are compared with each other. A captured name that takes several values within some subject varies
within subjects, and every subject should have all of its values that others have, and as many maps as the others. `run`
governs a run that is lacking: `accept` goes on, `exclude` leaves the subject out. `condition` governs every other name
but `session`. `subject: exclude` leaves a subject out who lacks anything at all, whatever the two say, unless it is a
run that is accepted.

A line of a table that has no map is no absence of this kind: it is counted and named, whatever `subject` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from glmspec.errors import DocPath, Problem
from glmspec.plan.check import Check
from glmspec.plan.left_out import LeftOut
from glmspec.plan.rows import Row
from glmspec.plan.runs.words import counted, listed
from glmspec.spec.checks import part
from glmspec.spec.document import SecondLevelDocument
from glmspec.spec.formulas import parse_formula
from glmspec.spec.inference import Permutation, WholeBlocks
from glmspec.spec.review import Missing

UNITS = ("session", "run")
"""Names of what is measured at a time; every other name that varies within subjects is a condition."""


def policies(document: SecondLevelDocument) -> Missing:
    """What the document wants where something is missing; the defaults where that section is wrong."""
    return getattr(document, "missing", None) or Missing()  # type: ignore[call-arg]


def used_variables(document: SecondLevelDocument) -> list[str]:
    """The variables and captured names that the analysis needs a value of, for every map."""
    design = getattr(document, "design", None)
    names = [variable.name for variable in parse_formula(design.formula).variables] if design and design.formula else []
    if design is not None and design.variance_groups is not None:
        names.append(design.variance_groups)
    for entry in part(document, "inference").values():
        blocks = entry.exchangeability.blocks if isinstance(entry, Permutation) else None
        if blocks is not None:
            names.append(blocks.whole if isinstance(blocks, WholeBlocks) else blocks)
    names += [rule.variable for rule in part(document, "exclusions") if rule.variable is not None]
    return list(dict.fromkeys(names))


def without_value(name: str, rows: Sequence[Row]) -> list[Row]:
    """The rows without a value of a variable; none where no row has the variable, which is told elsewhere."""
    if not any(name in row.names or name in row.variables for row in rows):
        return []
    return [row for row in rows if row.value(name) is None]


@dataclass(frozen=True)
class Lack:
    """Subjects and what they lack of what others have.

    Attributes
    ----------
    what : str
        The captured name, or ``map`` where it takes all names together to tell.
    policy : {"run", "condition", "subject"}
        Which policy governs it.
    subjects : mapping of str to str
        Subject, and what it lacks, in words.
    """

    what: str
    policy: Literal["run", "condition", "subject"]
    subjects: dict[str, str]


def lacking(rows: Sequence[Row], names: Sequence[str]) -> list[Lack]:
    """What subjects lack of the ``names`` that vary within subjects, name by name, then in their number of maps."""
    had: dict[str, list[Row]] = defaultdict(list)
    for row in rows if names else ():
        had[row.names["subject"]].append(row)
    found, told = [], set()
    for name in names:
        values = sorted({row.names[name] for row in rows})
        shown = {
            subject: listed(lacks)
            for subject, own in had.items()
            if (lacks := [value for value in values if value not in {row.names[name] for row in own}])
        }
        told |= set(shown)
        if shown:
            found.append(Lack(name, _policy(name), shown))
    return found + (_fewer(names, had, told) if len(names) > 1 else [])


def _policy(name: str) -> Literal["run", "condition", "subject"]:
    return "run" if name == "run" else "subject" if name == "session" else "condition"


def _fewer(names: Sequence[str], had: dict[str, list[Row]], told: set[str]) -> list[Lack]:
    """Subjects who have each value of every name, and fewer maps than others: a run of one session, a condition of one
    run. Where the order of conditions differs between subjects, all have as many maps, and nothing is lacking."""
    most = max(len(own) for own in had.values())
    units = [name for name in names if name in UNITS]
    cells = {tuple(row.names[name] for name in names) for own in had.values() for row in own}
    measured = {cell: tuple(value for name, value in zip(names, cell, strict=True) if name in units) for cell in cells}
    found: dict[Literal["run", "condition", "subject"], dict[str, str]] = defaultdict(dict)
    for subject, own in had.items():
        if subject in told or len(own) == most:
            continue
        present = {tuple(row.names[name] for name in names) for row in own}
        whole = not {measured[cell] for cell in cells - present} & {measured[cell] for cell in present}
        policy = _policy(units[-1]) if units and whole else "condition"
        found[policy][subject] = f"{len(own)} of {most}"
    return [Lack("map", policy, subjects) for policy, subjects in found.items()]


def judged(
    lack: Lack, subjects: int, missing: Missing, origin: DocPath, problems: list[Problem], checks: list[Check]
) -> LeftOut | None:
    """What a policy makes of subjects that lack something: a problem, a note, or who is left out."""
    few = f"{len(lack.subjects)} of {counted(subjects, 'subject')}"
    verb = "lacks" if len(lack.subjects) == 1 else "lack"
    shown = listed(f"{subject} ({values})" for subject, values in lack.subjects.items())
    what = f"a {lack.what} that others have"
    if lack.policy == "run" and missing.run == "accept":
        checks.append(Check("Missing data", "note", f"{few} {verb} {what}: {shown}."))
        return None
    if missing.subject == "exclude" or getattr(missing, lack.policy) == "exclude":
        names, details = tuple(lack.subjects), tuple(lack.subjects.values())
        return LeftOut(f"for lack of {what}", "missing", names, subjects, details=details)
    cure = {"run": "{run: accept}`, or exclude", "condition": "{condition: exclude}`", "subject": "{subject: exclude}`"}
    hint = "nothing is dropped in silence: complete the data, leave the subjects out by `select`, "
    hint += f"or write `missing: {cure[lack.policy]}"
    problems.append(Problem("E318", f"{few} {verb} {what}: {shown}", origin, hint=hint))
    return None
