"""`expect`: what must be true of data and design, judged before a voxel is read; and words for what is found.

A quantity may have several values: a run each, a column each. An expectation is met if every one is as expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from glmspec.core.collinearity import condition_number, correlations, variance_inflation
from glmspec.errors import DocPath, Problem
from glmspec.plan.analysis import Analysis, FirstLevel, SecondLevel, Study
from glmspec.plan.designs import Design
from glmspec.plan.expected import STOPPED, Expected, Found, shown
from glmspec.plan.left_out import in_digits
from glmspec.spec.checks import part
from glmspec.spec.problems import suggestion
from glmspec.spec.quantities import BOUNDS
from glmspec.spec.review import Expectation


def with_expectations(study: Study, problems: list[Problem]) -> Study:
    """The study, with what was found of each expectation in the checks of its fits.

    One that is not met and says `otherwise: stop` is a problem, told once for all fits.
    """
    entries = list(enumerate(part(study.document, "expect")))
    judged: list[list[Expected]] = [[] for _ in study.fits]
    for index, entry in entries:
        if entry.what not in MEASURES:  # the run counts voxels
            continue
        here: DocPath = ("expect", index)
        wrong = [*_unknown_columns(entry, study, here), *_constant_columns(entry, study, here)]
        problems += wrong
        if wrong:
            continue
        measured = [Expected(entry, tuple(MEASURES[entry.what](fit, entry, study))) for fit in study.fits]
        for of_fit, expected in zip(judged, measured, strict=True):
            of_fit.append(expected)
        if entry.otherwise == "stop":
            problems += _stopped(entry, measured, study, here)
    fits = [
        replace(fit, checks=(*fit.checks, *(expected.check for expected in found)), expectations=tuple(found))
        for fit, found in zip(study.fits, judged, strict=True)
    ]
    return replace(study, fits=tuple(fits))


def _stopped(entry: Expectation, measured: Sequence[Expected], study: Study, here: DocPath) -> list[Problem]:
    """What is not met in some fit, told together."""
    failing = [
        (found.value, _of_fit(found.where, fit) if len(study.fits) > 1 else found.where)
        for fit, expected in zip(study.fits, measured, strict=True)
        for found in expected.failing
    ]
    if not failing:
        return []
    bound, limit = entry.bound
    values = shown([Found(*found) for found in failing], limit, sum(len(expected.found) for expected in measured))
    message = f"expected {entry.what} {BOUNDS[bound]} {in_digits(limit)}, found {values}"
    return [Problem("E407", message, (*here, bound), hint=STOPPED)]


def _of_fit(where: str, fit: Analysis) -> str:
    names = fit.folder.replace("/", " ")
    return f"{where} of {names}" if where else names


def _unknown_columns(entry: Expectation, study: Study, here: DocPath) -> Iterator[Problem]:
    known = list(dict.fromkeys(name for fit in study.fits for _, design in designs(fit) for name in design.columns))
    for place, name in enumerate(entry.columns or ()):
        if name not in known:
            hint = suggestion(name, known, "columns")
            yield Problem("E208", f"there is no column `{name}`", (*here, "columns", place), hint=hint)


def _constant_columns(entry: Expectation, study: Study, here: DocPath) -> Iterator[Problem]:
    """Columns that are named, and the same in every row of every design."""
    for place, name in enumerate(entry.columns or ()):
        having = [design for fit in study.fits for _, design in designs(fit) if name in design.columns]
        if having and not any(np.ptp(design.matrix[:, design.columns.index(name)]) for design in having):
            message = f"`{name}` is the same in every row, and there is no variance to judge"
            yield Problem("E205", message, (*here, "columns", place), hint="leave it out of `columns`")


def designs(analysis: Analysis) -> list[tuple[str, Design]]:
    """The design matrices of a fit, each with the run that it is of."""
    if isinstance(analysis, FirstLevel):
        return [(run.title, run.design) for run in analysis.runs]
    return [("", analysis.design)] if isinstance(analysis, SecondLevel) else []


def _subjects(analysis: Analysis) -> list[str]:
    rows = [row.names for row in analysis.rows] if isinstance(analysis, SecondLevel) else []
    runs = [run.model.names for run in analysis.runs] if isinstance(analysis, FirstLevel) else []
    return [names["subject"] for names in (*rows, *runs) if "subject" in names]


def _n_subjects(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    """Of the fit; of all fits where each is of one subject."""
    fits = study.fits if all("subject" in fit.fit for fit in study.fits) else (analysis,)
    return [Found(len({name for fit in fits for name in _subjects(fit)}))]


def _n_maps(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    return [Found(len(analysis.rows))] if isinstance(analysis, SecondLevel) else []


def _n_excluded(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    return [Found(analysis.exclusions.excluded)]


def _n_groups(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    return [Found(len(set(analysis.groups or [""])))] if isinstance(analysis, SecondLevel) else []


def _n_runs(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    return [Found(len(analysis.runs))] if isinstance(analysis, FirstLevel) else []


def _n_scans(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    runs = analysis.runs if isinstance(analysis, FirstLevel) else ()
    return [Found(run.model.scans, run.title) for run in runs]


def _n_censored(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    runs = analysis.runs if isinstance(analysis, FirstLevel) else ()
    return [Found(len(run.model.censored), run.title) for run in runs]


def _n_columns(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    return [Found(len(design.columns), where) for where, design in designs(analysis)]


def _rank(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    return [Found(design.rank, where) for where, design in designs(analysis)]


def _dof(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    """Where they differ from voxel to voxel, their upper bound."""
    asked = [question for question in analysis.questions if entry.contrasts is None or question.name in entry.contrasts]
    return [Found(question.dof[-1], f"contrast {question.name}") for question in asked]


def _vif(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    found = []
    for where, design in designs(analysis):
        for name, value in zip(design.columns, variance_inflation(design.matrix), strict=True):
            if not np.isnan(value) and (entry.columns is None or name in entry.columns):
                found.append(Found(float(value), " of ".join(filter(None, (f"column {name}", where)))))
    return found


def _correlation(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    """Pairs of the columns that are named; of a single one with every other."""
    found = []
    for where, design in designs(analysis):
        table = np.abs(correlations(design.matrix))
        wanted = {design.columns.index(name) for name in entry.columns or design.columns if name in design.columns}
        for one, other in combinations(range(len(design.columns)), 2):
            if len({one, other} & wanted) < min(len(entry.columns or (1, 2)), 2) or np.isnan(table[one, other]):
                continue
            pair = f"{design.columns[one]} and {design.columns[other]}"
            found.append(Found(float(table[one, other]), " of ".join(filter(None, (pair, where)))))
    return found


def _condition_number(analysis: Analysis, entry: Expectation, study: Study) -> list[Found]:
    return [Found(condition_number(design.matrix), where) for where, design in designs(analysis)]


MEASURES: dict[str, Callable[[Analysis, Expectation, Study], list[Found]]] = {
    "n_maps": _n_maps,
    "n_subjects": _n_subjects,
    "n_excluded": _n_excluded,
    "n_groups": _n_groups,
    "n_runs": _n_runs,
    "n_scans": _n_scans,
    "n_censored": _n_censored,
    "n_columns": _n_columns,
    "rank": _rank,
    "dof": _dof,
    "vif": _vif,
    "correlation": _correlation,
    "condition_number": _condition_number,
}
"""Quantity -> its values in a fit. `n_voxels` is counted by the run."""
