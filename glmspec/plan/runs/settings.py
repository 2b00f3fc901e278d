"""What a document sets for the matrices of its runs, and where settings and files contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from glmspec.core.drift import DRIFTS
from glmspec.core.hrf import HRFS, Basis
from glmspec.errors import DesignError, DocPath, DocumentError, Problem
from glmspec.plan.designs import Floats
from glmspec.plan.runs.files import RunFiles
from glmspec.plan.runs.words import quoted
from glmspec.spec.design import BUILT, AnyOf, FirstLevelDesign
from glmspec.spec.fields import Model

BUILDING = ("events", "confounds", "regressors")
"""Files that a matrix is built from."""


def basis(design: FirstLevelDesign, repetition_time: float) -> Basis:
    """The response, sampled for a repetition time (s).

    Raises
    ------
    DocumentError
        E203 for settings that it does not accept.
    """
    try:
        return HRFS[design.hrf.model](repetition_time, **_settings(design.hrf))
    except ValueError as error:
        raise DocumentError((Problem("E203", str(error), ("design", "hrf")),)) from None


def drift(design: FirstLevelDesign, frame_times: Floats) -> Floats:
    """The drift (N, K).

    Raises
    ------
    DesignError
        E403 for more columns than there are scans, E324 for powers of time that doubles cannot tell from lower ones.
    """
    settings = _settings(design.drift)
    if "period" in settings:
        settings["high_pass"] = 1 / settings.pop("period")
    try:
        columns = np.asarray(DRIFTS[design.drift.model](frame_times, **settings))
    except ValueError as error:
        raise DesignError((Problem("E403", str(error), ("design", "drift")),)) from None
    empty = np.flatnonzero(~columns.any(axis=0))
    if len(empty):
        message = f"in {len(frame_times)} scans, the drift of order {empty[0] + 1} cannot be told from the lower ones"
        hint = "numbers of 16 digits have no more: slow drifts are polynomials of a few orders"
        raise DesignError((Problem("E324", message, ("design", "drift", "order"), hint=hint),))
    return columns


def _settings(choice: Model) -> dict[str, Any]:
    """The fields of a choice, which are the parameters of its function."""
    return choice.model_dump(exclude={"model"}, exclude_none=True)


def contradictions(design: FirstLevelDesign, runs: Sequence[RunFiles]) -> Iterator[Problem]:
    """Settings and files that no run has a use for, where matrices are ready-made or where they are built."""
    ready = [run for run in runs if run.design is not None]
    told: set[DocPath] = set()
    for run in ready:
        for key in BUILDING:
            if getattr(run, key) is not None and run.at(key) not in told:
                told.add(run.at(key))
                message = f"{run.title} has a ready-made matrix, and `{key}` would build one"
                yield Problem("E205", message, run.at(key), hint="keep one of the two", on="key")
    if len(ready) == len(runs):
        for name in (name for name in type(design).model_fields if name in BUILT & design.model_fields_set):
            message = f"every run has a ready-made matrix, and `{name}` builds one"
            yield Problem("E205", message, ("design", name), hint="leave it out", on="key")
    for name in ("columns", "unnamed"):
        if not ready and getattr(design, name) is not None:
            message = f"no run has a ready-made matrix, and `{name}` names the columns of one"
            hint = "give the runs `design: {file: ...}`, or leave it out"
            yield Problem("E205", message, ("design", name), hint=hint, on="key")


def lacking_tables(design: FirstLevelDesign, run: RunFiles, conditions: Mapping[str, object]) -> Iterator[Problem]:
    """Tables that a matrix cannot be built without."""
    confounds = [entry.any if isinstance(entry, AnyOf) else entry for entry in design.confounds]
    needed = {
        "events": list(conditions),
        "confounds": [*confounds, *(rule.confound for rule in design.censor)],
        "regressors": list(design.regressors),
    }
    for key, names in needed.items():
        if names and getattr(run, key) is None:
            message = f"{run.title} has no table of {key}, and the design asks for {quoted(names)}"
            yield Problem("E306", message, run.origin, hint=f"name it with `{key}:`")
    if not any(needed.values()) and run.events is None:
        message = f"{run.title} has neither events nor regressors nor a ready-made matrix"
        yield Problem("E306", message, run.origin, hint="name one of them with `events:`, `regressors:` or `design:`")
