"""Where the runs of a first level are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import replace
from itertools import compress
from typing import Any, NamedTuple

from glmspec.errors import DocPath, GlmspecError, Problem
from glmspec.plan.check import Check
from glmspec.plan.data import DataFolder
from glmspec.plan.rows import Row, selected
from glmspec.plan.runs import by_patterns, by_rows
from glmspec.plan.runs.files import RunFiles
from glmspec.plan.runs.words import counted, quoted
from glmspec.spec.checks import same_name
from glmspec.spec.runs import FirstLevelInputs, RunPatterns


class _Kind(NamedTuple):
    """A way to say where runs are: their images first, and what stands beside those that are selected."""

    found: Callable[[Any, DataFolder], list[RunFiles]]
    completed: Callable[..., list[RunFiles]]


LOCATORS: dict[type, _Kind] = {
    tuple: _Kind(by_rows.found, by_rows.completed),
    RunPatterns: _Kind(by_patterns.found, by_patterns.completed),
}
"""Kind of input -> how its runs are found; a query of a BIDS dataset is refused before."""


def located_runs(
    inputs: FirstLevelInputs,
    data: DataFolder,
    problems: list[Problem],
    checks: list[Check],
    *,
    fit_per: Sequence[str] = ("subject",),
    excluded: Set[str] = frozenset(),
) -> list[RunFiles]:
    """The runs that the analysis is about, in a fixed order; what is wrong with them is added to ``problems``.

    ``fit_per`` says which names make a fit: a run is called by the others. Runs of ``excluded`` subjects are told as
    well, but what they have beside their image is not asked for.
    """
    kind = LOCATORS.get(type(inputs.runs))
    if kind is None:
        return []
    try:
        located = _named(kind.found(inputs.runs, data), fit_per)
    except GlmspecError as error:
        problems += error.problems
        return []
    problems += [*_one_row_twice(located), *_one_image_twice(located), *_one_label_twice(located, fit_per)]
    runs = _selected(located, inputs, problems, checks)
    if runs:
        checks.insert(0, Check("Runs", "ok", f"{_census(runs)}."))
    staying = [run.names.get("subject") not in excluded for run in runs]
    completed = iter(kind.completed(inputs.runs, list(compress(runs, staying)), located, data, problems, checks))
    return [next(completed) if stays else run for run, stays in zip(runs, staying, strict=True)]


def _named(runs: list[RunFiles], fit_per: Sequence[str]) -> list[RunFiles]:
    """Runs by patterns with their label: what was captured as run, and all other captures where that is not enough."""
    if all(run.name for run in runs):
        return runs
    for wanted in (("run",), None):
        labels = [_label(run, wanted or tuple(name for name in run.names if name not in fit_per)) for run in runs]
        keys = {(*_fit(run, fit_per), label) for run, label in zip(runs, labels, strict=True)}
        if all(labels) and len(keys) == len(runs):
            break
    return [replace(run, name=label or "1") for run, label in zip(runs, labels, strict=True)]


def _label(run: RunFiles, wanted: Sequence[str]) -> str:
    return "-".join(run.names[name] for name in wanted if name in run.names)


def _fit(run: RunFiles, fit_per: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(run.names.get(name) for name in fit_per)


def _one_row_twice(runs: Sequence[RunFiles]) -> list[Problem]:
    """Several runs of the same names."""
    groups: dict[tuple[tuple[str, str], ...], list[RunFiles]] = defaultdict(list)
    for run in runs:
        groups[tuple(sorted(run.names.items()))].append(run)
    hint = "a name must tell them apart; `*` may stand only where exactly one file fits"
    return [
        Problem(
            "E308",
            f"there are {len(group)} images for one run ({group[0].title}): {quoted(run.bold for run in group)}",
            group[-1].at("bold"),
            hint=hint,
        )
        for group in groups.values()
        if len(group) > 1
    ]


def _one_image_twice(runs: Sequence[RunFiles]) -> list[Problem]:
    """One image that is said to be several runs."""
    first: dict[str, RunFiles] = {}
    problems = []
    for run in runs:
        other = first.setdefault(run.bold, run)
        if other is not run and other.names != run.names:
            message = f"`{run.bold}` is the image of {other.title} and of {run.title}"
            problems.append(Problem("E308", message, run.at("bold"), hint="every run has an image of its own"))
    return problems


def _one_label_twice(runs: Sequence[RunFiles], fit_per: Sequence[str]) -> list[Problem]:
    """Different runs of one fit whose outputs would have one name."""
    first: dict[tuple[str | None, ...], RunFiles] = {}
    problems = []
    for run in runs:
        other = first.setdefault((*_fit(run, fit_per), same_name(run.name)), run)
        if other is not run and other.names != run.names:
            message = f"the runs `{other.name}` and `{run.name}` of one fit would name the same output files"
            hint = "names must still differ when hyphens and case are dropped; "
            hint += "runs of several sessions are fitted apart with `fit_per: [subject, session]`"
            path: DocPath = run.at("name") if isinstance(run.origin[-1], int) else run.at("bold")
            problems.append(Problem("E207", message, path, hint=hint))
    return problems


def _selected(
    located: list[RunFiles], inputs: FirstLevelInputs, problems: list[Problem], checks: list[Check]
) -> list[RunFiles]:
    """The runs whose names have the values that are selected."""
    if not inputs.select:
        return located
    rows = [Row(run.bold, run.origin, run.names, volume=index) for index, run in enumerate(located)]
    kept, found = selected(rows, inputs.select)
    problems += found
    runs = [located[row.volume] for row in kept if row.volume is not None]
    if 0 < len(runs) < len(located):
        checks.append(Check("Selection", "note", f"{len(runs)} of {counted(len(located), 'run')} are selected."))
    return runs


def _census(runs: Sequence[RunFiles]) -> str:
    subjects = {run.names["subject"] for run in runs if "subject" in run.names}
    whose = f" of {counted(len(subjects), 'subject')}" if subjects else ""
    return counted(len(runs), "run") + whose
