"""Runs named one by one."""

from __future__ import annotations

from collections.abc import Sequence

from glmspec.errors import InputError, Problem, gathered
from glmspec.plan.check import Check
from glmspec.plan.data import DataFolder
from glmspec.plan.rows import same
from glmspec.plan.runs.files import BESIDE, GivenMatrix, RunFiles
from glmspec.spec.runs import RunRow

RUNS = ("inputs", "runs")
ALIKE = "every row has the same names"


def found(rows: tuple[RunRow, ...], data: DataFolder) -> list[RunFiles]:
    """A run for each row, in the order written.

    Raises
    ------
    InputError
        E202 for a row without a subject or session where other rows have one.
    """
    problems = [
        Problem("E202", f"this row has no `{name}`, and other rows have one", (*RUNS, index), hint=ALIKE)
        for name in ("subject", "session")
        if any(getattr(row, name) is not None for row in rows)
        for index, row in enumerate(rows)
        if getattr(row, name) is None
    ]
    if problems:
        raise InputError(tuple(problems))
    return [_run(row, index) for index, row in enumerate(rows)]


def _run(row: RunRow, index: int) -> RunFiles:
    given = {"subject": row.subject, "session": row.session, "run": row.name}
    names = {name: same(name, value) for name, value in given.items() if value is not None}
    design = GivenMatrix(row.design.file, row.design.array) if row.design is not None else None
    beside = {key: getattr(row, key) for key in BESIDE}
    return RunFiles(
        row.name, names, (*RUNS, index), row.bold, design=design, repetition_time=row.repetition_time, **beside
    )


def completed(
    rows: tuple[RunRow, ...],
    runs: Sequence[RunFiles],
    located: Sequence[RunFiles],
    data: DataFolder,
    problems: list[Problem],
    checks: list[Check],
) -> list[RunFiles]:
    """The same runs, once their files are known to be there."""
    for run in runs:
        for path, origin in run.files:
            with gathered(problems):
                data.path(path, origin)
    return list(runs)
