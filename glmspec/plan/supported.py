"""What validates but cannot be executed yet, refused in one clear sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.errors import DocPath, Problem
from glmspec.spec.checks import part
from glmspec.spec.document import Document
from glmspec.spec.inputs import BidsMaps
from glmspec.spec.runs import BidsRuns

_BY_KEY = frozenset({"bids"})
"""Settings that are blamed by their key, because their value is long."""

_HINT = "the document is valid; this version of glmspec cannot run it yet"


def refused(document: Document) -> list[Problem]:
    """A problem for every part of the document that this version cannot execute."""
    return [
        Problem("E221", f"{what} cannot be run yet", path, hint=_HINT, on="key" if path[-1] in _BY_KEY else "value")
        for path, what in _parts(document)
    ]


def _parts(document: Document) -> Iterator[tuple[DocPath, str]]:
    inputs = getattr(document, "inputs", None)
    if isinstance(getattr(inputs, "maps", None), BidsMaps):
        yield ("inputs", "maps", "bids"), "a query of BIDS derivatives"
    if isinstance(getattr(inputs, "runs", None), BidsRuns):
        yield ("inputs", "runs", "bids"), "a query of a BIDS dataset"
    yield from _combinations(document)


def _combinations(document: Document) -> Iterator[tuple[DocPath, str]]:
    """Settings that can be run, but not together."""
    design = getattr(document, "design", None)
    if getattr(design, "variance_groups", None) is not None:
        for name, contrast in part(document, "contrasts").items():
            if contrast.kind == "F":
                yield ("contrasts", name), "an F test with unequal variances"
