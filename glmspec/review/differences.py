"""What differs between two documents, each difference with the class of what it can change.

Documents are compared as they are resolved, so that a default that is written out is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from glmspec.errors import DocPath, dotted
from glmspec.review.classes import Class, class_at, gravest
from glmspec.spec.document import Document
from glmspec.spec.resolve import resolved_data

TAGS = ("model", "method")
"""Where one of these differs, the settings beside it have no counterpart: the section differs as a whole."""


@dataclass(frozen=True)
class Difference:
    """A setting that is not the same; None where it is not there at all, which the language has no other use for."""

    path: str
    before: Any
    after: Any
    kind: Class

    @property
    def data(self) -> dict[str, Any]:
        """The same for programs."""
        return {"path": self.path, "before": self.before, "after": self.after, "class": self.kind}


def of_documents(one: Document, other: Document) -> tuple[Difference, ...]:
    """Every difference between two documents, in their order."""
    before, after = resolved_data(one), resolved_data(other)
    return tuple(
        Difference(dotted(path), was, now, gravest(_kinds(((one, was), (other, now)), path)))
        for path, was, now in _unequal(before, after, ())
    )


def _kinds(sides: tuple[tuple[Document, Any], ...], path: DocPath) -> Iterator[Class]:
    """Of a path in each document that has it."""
    for document, value in sides:
        if value is not None:
            yield class_at(document, path)


Unequal = Iterator[tuple[DocPath, Any, Any]]


def _unequal(before: Any, after: Any, path: DocPath) -> Unequal:
    """The smallest parts that differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping) and not _another_kind(before, after):
        for key in dict.fromkeys([*before, *after]):
            yield from _unequal(before.get(key), after.get(key), (*path, key))
    elif _sections(before) and _sections(after) and len(before) == len(after):
        for index, (was, now) in enumerate(zip(before, after, strict=True)):
            yield from _unequal(was, now, (*path, index))
    elif not same(before, after):
        yield path, before, after


def _another_kind(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return any(before.get(tag) != after.get(tag) for tag in TAGS)


def _sections(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, Mapping) for entry in value)


def same(one: Any, other: Any) -> bool:
    """Whether two settings are the same: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def of_digests(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> tuple[Difference, ...]:
    """Input files that are gone, new or changed; nothing where one side knows of no files."""
    if before is None or after is None:
        return ()
    found = []
    gone, new = ([name for name in one if name not in other] for one, other in ((before, after), (after, before)))
    if gone:
        found.append(Difference("data.gone", gone, None, "inferential"))
    if new:
        found.append(Difference("data.new", None, new, "inferential"))
    changed = [name for name in before if name in after and before[name] != after[name]]
    return (*found, *(Difference(f"data.changed.{name}", before[name], after[name], "estimation") for name in changed))


def of_versions(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> tuple[Difference, ...]:
    """Packages that both sides know in different versions: a number may be another one in its last digits."""
    both = [name for name in before or () if name in (after or ())]
    return tuple(
        Difference(f"versions.{name}", before[name], after[name], "estimation")
        for name in both
        if before and after and before[name] != after[name]
    )
