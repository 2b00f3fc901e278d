"""What a reviewer asks for: the functions behind the commands that lock, compare and verify."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glmspec.errors import InputError
from glmspec.review.comparison import FileDifference, of_results
from glmspec.review.differences import Difference, of_digests, of_documents, of_versions
from glmspec.review.lock import Lock, frozen, place_of, write_lock
from glmspec.review.sides import side
from glmspec.spec.document import Document
from glmspec.spec.source import Source
from glmspec.spec.validate import loaded
from glmspec.workflow import compile_source


@dataclass(frozen=True)
class Locked:
    """What a lock holds, and where it stands."""

    path: Path
    lock: Lock
    written: bool
    """Whether it was not there before, or was another."""

    @property
    def data(self) -> dict[str, Any]:
        """For programs."""
        lock = self.lock
        counts = {"inputs": None if lock.inputs is None else len(lock.inputs), "subjects": lock.subjects}
        return {
            "lock": str(self.path),
            "written": self.written,
            "sha256": lock.digest,
            **counts,
            "relabellings": {name: dict(found) for name, found in lock.relabellings.items()},
        }

    @property
    def text(self) -> str:
        """For people."""
        lock = self.lock
        files = "no inputs yet" if lock.inputs is None else f"{len(lock.inputs)} input files"
        lines = [
            f"{self.path}: {'written' if self.written else 'is as it was'}",
            f"document sha256 {lock.digest[:12]}, {files}",
        ]
        lines += [
            f"{name}: {found['made']:,} relabellings, the smallest p is {found['smallest_p']:.3g}"
            for name, found in lock.relabellings.items()
        ]
        return "\n".join(lines)


def lock(
    source: Source,
    document: Path,
    data: Path | str | None = None,
    *,
    without_data: bool = False,
    force: bool = False,
) -> Locked:
    """Write the lock of a document beside it; with checksums and relabellings where its data are there.

    Raises
    ------
    GlmspecError
        With everything that is wrong with document, inputs and design; E224 where another lock is there.
    """
    found = loaded(source)
    path = place_of(found, document.parent)
    plan = None
    if not without_data:
        try:
            plan, _ = compile_source(source, document, data)
        except InputError as error:
            if not (_not_collected(found) and all(problem.code in NOT_THERE for problem in error.problems)):
                raise
    frozen_now = frozen(found, plan)
    return Locked(path, frozen_now, write_lock(frozen_now, path, force))


NOT_THERE = ("E306", "E307")
"""Problems of files that are not there."""


def _not_collected(document: Document) -> bool:
    """Whether the registration says that there are no data."""
    return document.registration is not None and document.registration.data_status == "not-collected"


@dataclass(frozen=True)
class Comparison:
    """What differs between two things."""

    titles: tuple[str, str]
    differences: tuple[Difference, ...]
    files: tuple[FileDifference, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.differences or self.files)

    def titled(self, one: str, other: str) -> Comparison:
        """The same under other titles."""
        return Comparison((one, other), self.differences, self.files)


def diff(one: Path, other: Path) -> Comparison:
    """What differs between two documents, locks or results folders.

    Raises
    ------
    GlmspecError
        Where one of them cannot be read.
    """
    before, after = side(one), side(other)
    found = (
        *of_documents(before.document, after.document),
        *of_digests(before.inputs, after.inputs),
        *of_versions(before.versions, after.versions),
    )
    both = before.results is not None and after.results is not None
    files = of_results(before.results, after.results) if both else ()  # type: ignore[arg-type]
    return Comparison((before.title, after.title), found, files)
