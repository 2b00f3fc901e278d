"""Runs that a subject lacks and others have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

from glmspec.errors import DocPath, Problem
from glmspec.plan.check import Check
from glmspec.plan.rows import Row, within_subject
from glmspec.plan.runs.by_rows import RUNS
from glmspec.plan.runs.files import RunFiles
from glmspec.plan.runs.words import counted, listed
from glmspec.spec.document import FirstLevelDocument

Key = tuple[str, ...]
POLICY: DocPath = ("missing", "run")


def missing_runs(
    runs: Sequence[RunFiles], document: FirstLevelDocument, problems: list[Problem], checks: list[Check]
) -> list[RunFiles]:
    """The runs that stay where some subjects lack a run; expected are the union over subjects.

    ``missing: {run: ...}`` says whether that is an error, accepted, or leaves the subject out; the latter two are
    counted and named.
    """
    lacking = _lacking(runs)
    if not lacking:
        return list(runs)
    subjects = len({run.names["subject"] for run in runs})
    shown = listed(f"{subject} ({listed(' '.join(key) for key in keys)})" for subject, keys in lacking.items())
    policy = document.missing.run if getattr(document, "missing", None) is not None else "error"
    few = f"{len(lacking)} of {counted(subjects, 'subject')}"
    verb = "lacks" if len(lacking) == 1 else "lack"
    if policy == "error":
        message = f"{few} {verb} a run that others have: {shown}"
        hint = "nothing is dropped in silence: complete the data, leave subjects out by `select`, "
        hint += "or write `missing: {run: accept}`, or exclude"
        problems.append(Problem("E318", message, RUNS, hint=hint))
        return list(runs)
    if policy == "accept":
        checks.append(Check("Missing runs", "note", f"{few} {verb} a run that others have: {shown}."))
        return list(runs)
    stay = [run for run in runs if run.names["subject"] not in lacking]
    are = "is" if len(lacking) == 1 else "are"
    checks.append(Check("Missing runs", "note", f"{few} {are} left out, for lack of a run that others have: {shown}."))
    if not stay:
        message = "no subject has every run that others have, so that all are left out"
        problems.append(Problem("E318", message, POLICY, hint="write `missing: {run: accept}`, or complete the data"))
    return stay


def _lacking(runs: Sequence[RunFiles]) -> Mapping[str, list[Key]]:
    """Subjects and the runs that they lack, by the names that vary within subjects."""
    names = within_subject([Row(run.bold, run.origin, run.names) for run in runs])
    had: dict[str, set[Key]] = defaultdict(set)
    for run in runs if names else ():
        had[run.names["subject"]].add(tuple(run.names[name] for name in names))
    expected = sorted(set(chain.from_iterable(had.values())))
    lacking = {subject: [key for key in expected if key not in seen] for subject, seen in had.items()}
    return {subject: keys for subject, keys in lacking.items() if keys}
