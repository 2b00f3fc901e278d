"""What validates but cannot be executed yet, refused in one clear sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from glmspec.errors import DocPath, Problem
from glmspec.spec.checks import part
from glmspec.spec.document import Document, SecondLevelDocument
from glmspec.spec.inference import Permutation
from glmspec.spec.inputs import AnalysisMaps, BidsMaps
from glmspec.spec.noise import FixedEffects

_BY_KEY = frozenset({"fit_per", "bids", "exclusions", "expect", "deviations", "variances", "variance", "dof"})
"""Settings that are blamed by their key, because their value is long."""

_HINT = "the document is valid; this version of glmspec cannot run it yet"


def refused(document: Document) -> list[Problem]:
    """A problem for every part of the document that this version cannot execute."""
    return [
        Problem("E221", f"{what} cannot be run yet", path, hint=_HINT, on="key" if path[-1] in _BY_KEY else "value")
        for path, what in _parts(document)
    ]


def _parts(document: Document) -> Iterator[tuple[DocPath, str]]:
    if not isinstance(document, SecondLevelDocument):
        kind = {"first": "a first-level analysis", "map": "the analysis of a single statistic image"}
        yield ("level",), kind[document.level]  # type: ignore[attr-defined]
        return
    if getattr(document, "fit_per", ()):
        yield ("fit_per",), "several fits in one document"
    yield from _inputs(getattr(document, "inputs", None))
    yield from _design(getattr(document, "design", None))
    for name, entry in part(document, "inference").items():
        if isinstance(entry, Permutation) and entry.family == "all-contrasts":
            yield ("inference", name, "family"), "one maximum over all contrasts"
    yield from _review(document)


def _inputs(inputs: Any) -> Iterator[tuple[DocPath, str]]:
    if inputs is None:
        return
    if isinstance(inputs.maps, AnalysisMaps):
        yield ("inputs", "maps", "analysis"), "an analysis of another document's maps"
    if isinstance(inputs.maps, BidsMaps):
        yield ("inputs", "maps", "bids"), "a query of BIDS derivatives"
    for index, row in enumerate(inputs.maps if isinstance(inputs.maps, tuple) else ()):
        key = "variance" if row.variance is not None else "dof" if row.dof is not None else None
        if key:
            yield ("inputs", "maps", index, key), "an analysis with variances"
            break
    if inputs.variances is not None:
        yield ("inputs", "variances"), "an analysis with variances"


def _design(design: Any) -> Iterator[tuple[DocPath, str]]:
    if design is None:
        return
    if design.variance_groups is not None:
        yield ("design", "variance_groups"), "a model with unequal variances"
    if isinstance(design.estimator, FixedEffects):
        yield ("design", "estimator"), "a fixed-effects model"


def _review(document: Document) -> Iterator[tuple[DocPath, str]]:
    missing = getattr(document, "missing", None)
    for name in ("condition", "run", "subject", "variable"):
        if missing is not None and getattr(missing, name) != "error":
            yield ("missing", name), f"an analysis that goes on with a missing {name}"
    for name in ("exclusions", "expect"):
        if part(document, name):
            yield (name,), {"exclusions": "exclusion by rules", "expect": "a check of expectations"}[name]
    registration = getattr(document, "registration", None)
    if registration is not None and registration.lock is not None:
        yield ("registration", "lock"), "a comparison with a lock"
    if part(document, "deviations"):
        yield ("deviations",), "a comparison with a registered document"
