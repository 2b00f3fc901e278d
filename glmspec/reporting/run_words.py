"""Runs as a reader calls them, and what is the same or differs between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glmspec.plan.names import run_title
from glmspec.reporting.words import listed

MADE = re.compile(r"(drift|censored)_[0-9]+")
"""Columns that the design has by itself, beside the constant."""

Run = Mapping[str, Any]
"""A run of the index: name, scans, design, weights, conditions and counts."""


def called(run: Run) -> str:
    """``run-1``, whether it is written so or captured as ``1``."""
    return run_title(str(run["name"]))


def names(runs: Sequence[Run]) -> str:
    """``run-1 and run-2``."""
    return listed(called(run) for run in runs)


def in_runs(runs: Sequence[Run], value: Callable[[Run], str]) -> str:
    """``178 in each run``, or ``178 in run-1 and 180 in run-2``; of a single run the value alone."""
    values = [value(run) for run in runs]
    if len(runs) == 1:
        return values[0]
    if len(set(values)) == 1:
        return f"{values[0]} in each run"
    return listed(f"{found} in {called(run)}" for run, found in zip(runs, values, strict=True))


def asked_in(runs: Sequence[Run], contrast: str) -> list[Run]:
    """The runs that have a part in a contrast."""
    return [run for run in runs if contrast in run["weights"]]


def confounds(run: Run) -> list[str]:
    """The columns of a built design that are neither of interest nor a drift, a censored scan or the constant."""
    known = {*run["design"]["task"], "constant"}
    return [name for name in run["design"]["columns"] if name not in known and not MADE.fullmatch(name)]
