"""The lock: what was registered, in a file beside the document that stays readable under version control.

It holds the resolved document and its digest, the checksums of inputs that were there, what permutations can tell, and
the versions of what computes. The same inputs give the same bytes. It is read as a document is: the same parser with
the same limits, and the document in it is validated like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from glmspec.errors import DocumentError, Place, Problem, StepError
from glmspec.plan.analysis import Exchange, SecondLevel
from glmspec.plan.steps import Plan
from glmspec.review.versions import COMPUTING, versions
from glmspec.spec.document import Document
from glmspec.spec.resolve import MARK, resolved_digest, resolved_text, scalar
from glmspec.spec.source import Source, read
from glmspec.spec.validate import loaded
from glmspec.temporary import beside

SUFFIX = ".lock.yaml"
_HEAD = "# Written by `glmspec lock`, not to be edited. `glmspec diff` and `glmspec run --locked` compare with it.\n"
_DOCUMENT = "document:"


@dataclass(frozen=True)
class Lock:
    """What was registered."""

    document: Document
    digest: str
    """The sha256 of the resolved document, as it was then."""
    versions: Mapping[str, str]
    inputs: Mapping[str, str] | None = None
    """File -> sha256; None where there were no images yet."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Other documents, whose contrasts are the maps of this one, by their resolved digests."""
    subjects: int | None = None
    relabellings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """`contrast/inference` -> how many there are, how many are made, and the smallest p that they can give."""

    @property
    def text(self) -> str:
        """The file."""
        return _HEAD + "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield "glmspec-lock: 1"
        yield f"name: {scalar(self.document.name)}"
        yield f"sha256: {scalar(self.digest)}"
        yield from _section("versions", self.versions)
        yield from _section("inputs", self.inputs)
        yield from _section("parts", self.parts or None)
        if self.subjects is not None:
            yield f"subjects: {self.subjects}"
        yield from _section("relabellings", self.relabellings or None)
        yield _DOCUMENT
        for line in resolved_text(self.document).splitlines():
            yield f"  {line}"


def _section(name: str, entries: Mapping[str, Any] | None) -> Iterator[str]:
    if entries is not None:
        yield f"{name}:" if entries else f"{name}: {{}}"
        for key, value in entries.items():
            yield f"  {scalar(key)}: {scalar(value)}"


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Relabellings(_Shape):
    distinct: int | float
    made: int
    smallest_p: float


class _File(_Shape):
    """The shape of a lock; its document is judged by itself."""

    name: str
    sha256: str
    versions: dict[str, str]
    inputs: dict[str, str] | None = None
    parts: dict[str, str] = {}
    subjects: int | None = None
    relabellings: dict[str, _Relabellings] = {}


def frozen(document: Document, plan: Plan | None, there: bool = True) -> Lock:
    """The lock of a document; of its data and relabellings as well where there is a plan.

    Where the images are not ``there``, it holds the relabellings alone, as they follow from tables and planned numbers.
    """
    found = versions()
    computing = {name: found[name] for name in COMPUTING}
    if plan is None:
        return Lock(document, resolved_digest(document), computing)
    relabelled = dict(sorted(_relabellings(plan)))
    if not there:
        return Lock(document, resolved_digest(document), computing, relabellings=relabelled)
    return Lock(
        document, resolved_digest(document), computing, inputs_of(plan), parts_of(plan), subjects_of(plan), relabelled
    )


def inputs_of(plan: Plan) -> dict[str, str]:
    """Every input file of a plan with its checksum."""
    return dict(sorted({name: digest for fit in plan.fits for name, digest in fit.analysis.digests.items()}.items()))


def parts_of(plan: Plan) -> dict[str, str]:
    """The documents whose contrasts are maps of this one."""
    fits = [fit.analysis for fit in plan.fits if isinstance(fit.analysis, SecondLevel)]
    others = [made.analysis.document for fit in fits for made in fit.made.values()]
    return dict(sorted({other.name: resolved_digest(other) for other in others}.items()))


def subjects_of(plan: Plan) -> int | None:
    """How many subjects are analysed; None where rows have no subject."""
    found = {subject for fit in plan.fits for subject in fit.analysis.subjects}
    return len(found) or None


def _relabellings(plan: Plan) -> Iterator[tuple[str, dict[str, Any]]]:
    for fit in plan.fits:
        exchanges: Mapping[tuple[str, str], Exchange] = getattr(fit.analysis, "exchanges", {})
        for (contrast, inference), found in exchanges.items():
            place = f"{fit.analysis.folder}/" if fit.analysis.folder else ""
            numbers = {"distinct": found.distinct, "made": found.used, "smallest_p": found.smallest_p}
            yield f"{place}{contrast}/{inference}", numbers


def place_of(document: Document, folder: Path) -> Path:
    """Where the lock of a document stands: where its registration says, or beside it under its name."""
    registration = document.registration
    named = registration.lock if registration else None
    path = folder / (named or document.name + SUFFIX)
    if path.is_symlink() or not path.parent.resolve().is_relative_to(folder.resolve()):
        shown = path.relative_to(folder).as_posix()
        hint = "a lock stands in the document's folder itself, so that both are under the same version control"
        raise DocumentError((Problem("E212", f"the lock `{shown}` is a link, or beyond one", _LOCK, hint=hint),))
    return path


_LOCK = ("registration", "lock")


def lock_of(document: Document, folder: Path) -> Lock | None:
    """The lock beside a document, if there is one.

    Raises
    ------
    DocumentError
        E208 where the registration names a lock that is not there, E222 where it is no lock.
    """
    path = place_of(document, folder)
    if path.is_file():
        return read_lock(path)
    if document.registration and document.registration.lock:
        hint = "`glmspec lock` writes it; what was registered elsewhere belongs beside the document"
        message = f"there is no lock `{document.registration.lock}` beside the document"
        raise DocumentError((Problem("E208", message, _LOCK, hint=hint),))
    return None


def read_lock(path: Path) -> Lock:
    """A lock from its file.

    Raises
    ------
    DocumentError
        E222 where it is no lock, or was changed by hand.
    """
    return lock_from(read(path))


def is_lock(source: Source) -> bool:
    """Whether a file says of itself that it is a lock."""
    return "glmspec-lock" in source.data


def lock_from(source: Source) -> Lock:
    """A lock from a source that was read already; see :func:`read_lock`."""
    if source.problems or source.data.get("glmspec-lock") != 1:
        raise _unreadable(source, "it does not say `glmspec-lock: 1`" if not source.problems else "its text is damaged")
    entries = {key: value for key, value in source.data.items() if key not in ("glmspec-lock", "document")}
    inner = source.data.get("document")
    try:
        known = _File.model_validate(entries)
        if not isinstance(inner, Mapping):
            raise ValueError
    except ValueError as error:  # pydantic's is one as well
        where = error.errors()[0]["loc"][:1] if isinstance(error, ValidationError) else ("document",)
        raise _unreadable(source, f"its `{where[0] if where else 'document'}` is not what a lock has") from None
    if _digest(source.text) != known.sha256:
        raise _unreadable(source, "its document is not the one whose sha256 it has: it was edited")
    try:
        document = loaded(Source(source.name, source.text, inner))
    except DocumentError as error:
        raise _unreadable(source, f"its document is refused: {error.problems[0].message}") from None
    found = {name: entry.model_dump() for name, entry in known.relabellings.items()}
    return Lock(document, known.sha256, known.versions, known.inputs, known.parts, known.subjects, found)


def _digest(text: str) -> str:
    """The sha256 of the document in a lock's text, as `resolve` writes it without marks."""
    lines = text.partition(f"\n{_DOCUMENT}\n")[2].splitlines()
    return hashlib.sha256("".join(line[2:].removesuffix(MARK) + "\n" for line in lines).encode()).hexdigest()


def _unreadable(source: Source, why: str) -> DocumentError:
    hint = "take it from version control again, or write a new one with `glmspec lock`"
    place = Place(source.name, 1, 1, written=source.lines[0])
    return DocumentError((Problem("E222", f"{source.name} is no lock: {why}", hint=hint, place=place),))


def write_lock(lock: Lock, path: Path, replace: bool) -> bool:
    """Write a lock, unless it is there already; whether anything was written.

    Raises
    ------
    DocumentError
        E224 where another one stands there and is not to be replaced.
    StepError
        E504 where it cannot be written.
    """
    try:
        if path.exists():
            if path.read_bytes() == lock.text.encode():
                return False
            if not replace:
                hint = "`glmspec diff` tells what differs; `glmspec lock --force` replaces what was registered"
                raise DocumentError((Problem("E224", f"`{path.name}` is there already, and is another", hint=hint),))
        temporary = beside(path)
        try:
            with temporary.open("x", encoding="utf-8", newline="\n") as file:
                file.write(lock.text)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        message = f"the lock cannot be written: {error.strerror or error}"
        raise StepError((Problem("E504", message, hint="make the document's folder writable"),)) from error
    return True
