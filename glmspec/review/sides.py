"""What can be compared: a document, a lock, or a folder of results."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glmspec.errors import DocumentError, Problem, wrong_input
from glmspec.execution.results import Results
from glmspec.review.lock import is_lock, lock_from
from glmspec.spec.document import Document
from glmspec.spec.resolve import without_defaults
from glmspec.spec.source import Source, parse, read
from glmspec.spec.validate import loaded

RESOLVED = "resolved.yaml"


@dataclass(frozen=True)
class Side:
    """One of two things to compare, with what it knows beside the document."""

    title: str
    document: Document
    inputs: Mapping[str, str] | None = None
    """File -> sha256."""
    versions: Mapping[str, str] | None = None
    results: Results | None = None


def side(path: Path, as_written: bool = False) -> Side:
    """What stands at a path; ``as_written`` without the defaults that a resolved document has filled in.

    Raises
    ------
    DocumentError
        Where it is no valid document and no lock.
    InputError
        Where it is a folder without results.
    """
    if path.is_dir():
        return _of_results(path, as_written)
    source = read(path)
    if is_lock(source):
        lock = lock_from(source)
        return Side(str(path), lock.document, lock.inputs, lock.versions)
    try:
        return Side(str(path), loaded(source))
    except DocumentError as error:  # there are two documents, so that each problem says in which it stands
        raise DocumentError(tuple(_placed(problem, source) for problem in error.problems)) from None


def _placed(problem: Problem, source: Source) -> Problem:
    place = source.place(problem)
    written = source.lines[place.line - 1] if place.line <= len(source.lines) else ""
    return dataclasses.replace(problem, place=dataclasses.replace(place, written=written))


def _of_results(path: Path, as_written: bool) -> Side:
    results = Results.open(path)
    try:
        source = parse(results.text(RESOLVED), f"{path}/{RESOLVED}")
        document = loaded(without_defaults(source) if as_written else source)
        versions = {str(name): str(version) for name, version in results.provenance["versions"].items()}
        inputs: dict[str, str] = {}
        for fit in results.fits.values():
            inputs |= fit.analysis["inputs"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # files of a stranger, or cut short
        raise wrong_input("E320", f"the results in `{path}` are not whole", "run the analysis again") from None
    return Side(str(path), document, inputs, versions, results)
