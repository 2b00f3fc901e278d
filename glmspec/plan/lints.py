"""What a design makes doubtful: warnings that need the matrix to be seen. None stops an analysis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glmspec.core.collinearity import variance_inflation
from glmspec.errors import Problem
from glmspec.plan.analysis import Analysis, FirstLevel, ModelledRun, SecondLevel, Study
from glmspec.plan.check import Check
from glmspec.plan.designs import ContrastWeights, Design
from glmspec.plan.runs.words import listed
from glmspec.spec.inference import Permutation
from glmspec.spec.lints import lint

INFLATED = 10.0
"""The customary limit of variance inflation: nine tenths of a column are told by the others (Marquardt 1970)."""
HALVED = 2.0
"""Drift columns that double the variance of an effect take away half of what the design knows of it."""
FEW_DOF = 10
"""Below, a standard deviation is known to a factor of 2.5 (its 95 % interval, from chi-square), variances differ by
half of themselves between neighbouring voxels (sqrt(2/dof)), and t(9) at p 0.001 is 4.3 where a normal value is 3.1.
The 20 subjects that reproducible maps take (Thirion et al. 2007) are a matter of power, which `sample` is about."""
PER_ALPHA = 5
"""Relabellings a alpha: with fewer than 5/alpha of them the attainable p are coarse."""

Floats = NDArray[np.float64]


def with_lints(study: Study) -> Study:
    """The study, with its warnings among the checks; those of the document once, where there are several fits."""
    of_document = tuple(map(_check, lint(study.document)))
    of_fits = [tuple(map(_check, lints(fit))) for fit in study.fits]
    if len(study.fits) == 1:
        of_fits, of_document = [(*of_document, *of_fits[0])], ()
    fits = [replace(fit, checks=(*fit.checks, *found)) for fit, found in zip(study.fits, of_fits, strict=True)]
    return replace(study, fits=tuple(fits), checks=(*study.checks, *of_document))


def _check(problem: Problem) -> Check:
    return Check(f"Warning {problem.code}", "warning", f"{problem.message}; {problem.hint}.")


def lints(analysis: Analysis) -> list[Problem]:
    """Warnings about one fit."""
    return [*_collinear(analysis), *_drift(analysis), *_few_dof(analysis), *_few_relabellings(analysis)]


def _designs(analysis: Analysis) -> list[tuple[str, Design, dict[str, ContrastWeights]]]:
    if isinstance(analysis, FirstLevel):
        return [(run.title, run.design, dict(run.weights)) for run in analysis.runs]
    return [("", analysis.design, dict(analysis.weights))] if isinstance(analysis, SecondLevel) else []


def _collinear(analysis: Analysis) -> Iterator[Problem]:
    """Columns that a contrast weighs and the others nearly tell."""
    worst: dict[str, tuple[float, str]] = {}
    for title, design, weights in _designs(analysis):
        weighed = np.any([(entry.weights != 0).any(axis=0) for entry in weights.values()], axis=0) if weights else None
        if weighed is None:
            continue
        found = variance_inflation(design.matrix)
        for place in np.flatnonzero(weighed & np.isfinite(found) & (found > INFLATED)):
            name, value = design.columns[place], float(found[place])
            worst[name] = max(worst.get(name, (0.0, "")), (value, title))
    if worst:
        shown = listed((f"`{name}` by {value:.3g}" + (f" in {title}" if title else "")
                        for name, (value, title) in worst.items()), 6)  # fmt: skip
        message = f"other columns inflate the variance of {shown}"
        hint = "center variables, or leave out columns that tell the same; estimates are right, and imprecise"
        yield Problem("W401", message, ("design",), hint=hint, on="key")


def _drift(analysis: Analysis) -> Iterator[Problem]:
    """A drift model that takes a good part of an effect with it: the design is slower than the high-pass."""
    if not isinstance(analysis, FirstLevel):
        return
    worst: dict[str, float] = {}
    for run in analysis.runs:
        for name, factor in _inflated_by_drift(run):
            worst[name] = max(worst.get(name, 1.0), factor)
    if worst:
        shown = listed((f"`{name}` by {value:.3g}" for name, value in worst.items()), 6)
        message = f"the drift model inflates the variance of {shown}: the design is about as slow as the drift"
        hint = "lower `high_pass` (a longer `period`), below the frequency at which conditions alternate"
        yield Problem("W402", message, ("design", "drift"), hint=hint, on="key")


def _inflated_by_drift(run: ModelledRun) -> Iterator[tuple[str, float]]:
    """Contrasts whose variance at least doubles because of drift columns."""
    columns = run.design.columns
    drift = np.array([name.startswith("drift_") for name in columns])
    if not drift.any():
        return
    for name, entry in run.weights.items():
        if entry.kind == "t" and not entry.weights[:, drift].any():
            with_drift = _variance(run.design.matrix, entry.weights[0])
            without = _variance(run.design.matrix[:, ~drift], entry.weights[0][~drift])
            if without > 0 and with_drift / without > HALVED:
                yield name, with_drift / without


def _variance(matrix: Floats, weights: Floats) -> float:
    """c' (X'X)^+ c."""
    return float(weights @ np.linalg.pinv(matrix.T @ matrix, hermitian=True) @ weights)


def _few_dof(analysis: Analysis) -> Iterator[Problem]:
    few = {question.name: question.dof[-1] for question in analysis.questions if question.dof[-1] < FEW_DOF}
    designs = _designs(analysis)
    if few and designs:
        least = min(few.values())
        message = f"{least:.3g} degrees of freedom are left to estimate variances from"
        hint = "leave out columns that are not needed, or add data; permutation tests need no distribution of t"
        yield Problem("W403", message, ("design",), hint=hint, on="key")


def _few_relabellings(analysis: Analysis) -> Iterator[Problem]:
    if not isinstance(analysis, SecondLevel):
        return
    for (contrast, name), found in analysis.exchanges.items():
        entry = analysis.document.inference[name]
        assert isinstance(entry, Permutation)
        if found.used * entry.alpha < PER_ALPHA:
            what = "sign flips" if found.group.scheme == "sign-flip" else "relabellings"
            message = f"`{name}` of `{contrast}` has {found.used} {what}, so that p is {found.smallest_p:.3g} at least"
            hint = "ask for more `permutations`" if not found.exhaustive else "there are no more: only data would help"
            yield Problem("W404", message, ("inference", name), hint=hint, on="key")
