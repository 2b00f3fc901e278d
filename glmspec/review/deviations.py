"""What a run does otherwise than its lock says, with the rationale that the document gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from glmspec.errors import DocumentError, Problem
from glmspec.plan.check import Check
from glmspec.plan.steps import Plan
from glmspec.review.classes import GRAVE
from glmspec.review.differences import TAGS, Difference, of_digests, of_documents, of_versions
from glmspec.review.lock import Lock, inputs_of, parts_of, subjects_of
from glmspec.review.versions import versions
from glmspec.spec.document import Document

SAID_ELSEWHERE = ("deviations", "registration.lock")
"""What may differ without being a deviation: the rationales themselves, and where the lock stands."""
PLANNED = "sample.planned_n"


def deviations(plan: Plan, lock: Lock) -> list[dict[str, Any]]:
    """Every deviation as the index of results has it: path, locked, run, class, rationale or None."""
    document = plan.study.document
    return [
        {
            "path": found.path,
            "locked": found.before,
            "run": found.after,
            "class": found.kind,
            "rationale": rationale(document, found.path),
        }
        for found in departures(plan, lock)
    ]


def departures(plan: Plan, lock: Lock) -> tuple[Difference, ...]:
    """What differs from the lock: settings, the sample, input files, other documents, versions."""
    of_document = [found for found in of_documents(lock.document, plan.study.document) if not _elsewhere(found.path)]
    sample = list(_sample(plan, lock))
    if sample:  # what was done counts, whatever the document says by now
        of_document = [found for found in of_document if found.path != PLANNED]
    files, versioned = of_digests(lock.inputs, inputs_of(plan)), of_versions(lock.versions, versions())
    return (*of_document, *sample, *files, *_parts(plan, lock), *versioned)


def _elsewhere(path: str) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in SAID_ELSEWHERE)


def _sample(plan: Plan, lock: Lock) -> Iterator[Difference]:
    """Subjects that are analysed, against those that were planned."""
    planned = lock.document.sample.planned_n if lock.document.sample else None
    found = subjects_of(plan)
    if planned is not None and found is not None and planned != found:
        yield Difference(PLANNED, planned, found, "inferential")


def _parts(plan: Plan, lock: Lock) -> Iterator[Difference]:
    """Other documents, whose contrasts are the maps; nothing where there was no plan to lock."""
    now = parts_of(plan)
    for name in dict.fromkeys([*lock.parts, *now]) if lock.inputs is not None else ():
        if lock.parts.get(name) != now.get(name):
            yield Difference(f"parts.{name}", lock.parts.get(name), now.get(name), "inferential")


def covers(declared: str, path: str) -> bool:
    """Whether a rationale for a part is one for what differs: for itself, what is in it, or its change of kind."""
    return (
        declared == path
        or path.startswith((f"{declared}.", f"{declared}["))
        or any(declared == f"{path}.{tag}" for tag in TAGS)
    )


def rationale(document: Document, path: str) -> str | None:
    """The rationale that the document gives; the most particular one where there are several."""
    fitting = [entry for entry in document.deviations if covers(entry.path, path)]
    return max(fitting, key=lambda entry: len(entry.path)).rationale if fitting else None


def refuse_silent(found: list[dict[str, Any]]) -> None:
    """Refuse what can change a number and carries no rationale.

    Raises
    ------
    DocumentError
        E223 for each.
    """
    silent = [entry for entry in found if entry["class"] in GRAVE and entry["rationale"] is None]
    if silent:
        raise DocumentError(tuple(_silent(entry) for entry in silent))


def _silent(entry: Mapping[str, Any]) -> Problem:
    path = entry["path"]
    message = f"`{path}` deviates from the lock, and no rationale is given ({entry['class']})"
    hint = f"undo it, or say why:\ndeviations:\n  - {{path: {path}, rationale: ...}}"
    return Problem("E223", message, path_of(path), hint=hint)


def path_of(dotted: str) -> tuple[str | int, ...]:
    """``expect[0].below`` as a path of the document."""
    parts: list[str | int] = []
    for part in dotted.split("."):
        name, *places = part.split("[")
        parts += [name, *(int(place.rstrip("]")) for place in places)]
    return tuple(parts)


def unfounded(document: Document, found: list[dict[str, Any]]) -> list[Check]:
    """Declared deviations that are none."""
    return [
        Check("Deviation", "warning", f"`{entry.path}` is declared as a deviation, and is as registered.")
        for entry in document.deviations
        if not any(covers(entry.path, each["path"]) for each in found)
    ]
