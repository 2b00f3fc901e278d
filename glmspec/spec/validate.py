"""Source -> Document, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from glmspec.errors import DocPath, DocumentError, Problem
from glmspec.spec.checks import check, check_names
from glmspec.spec.document import LEVELS, Document
from glmspec.spec.problems import from_pydantic, in_words, suggestion
from glmspec.spec.review_checks import check_review
from glmspec.spec.source import Source, read

_NAMED = ("contrasts", "regions", "inference", "hypotheses")
"""Sections whose entries are judged one by one."""


def load(path: Path | str, name: str | None = None) -> tuple[Source, Document]:
    """A document from a file.

    Raises
    ------
    DocumentError
        With every problem of the document.
    """
    source = read(Path(path), name)
    return source, loaded(source)


def loaded(source: Source) -> Document:
    """The document of a source that was read already.

    Raises
    ------
    DocumentError
        With every problem of the document.
    """
    document, problems = examine(source)
    if problems or document is None:
        raise DocumentError(tuple(problems))
    return document


def examine(source: Source) -> tuple[Document | None, list[Problem]]:
    """The document, as far as it is right, and all its problems in the order of the text.

    The document is None only where its level is unknown.
    """
    problems = list(source.problems)
    model = LEVELS.get(source.data.get("level")) if isinstance(source.data.get("level"), str) else None
    if model is None:
        return None, in_order([*problems, _level_problem(source.data)], source)
    try:
        document = model.model_validate(source.data)
    except ValidationError as error:
        problems += from_pydantic(error, source.data, model)
        document = _what_is_right(model, source.data, error)
    problems += check_names(source.data, model) + check(document) + check_review(document)
    return document, in_order([entry for entry in problems if not _told(entry, source)], source)


def _told(problem: Problem, source: Source) -> bool:
    """Whether the text of that place is refused already."""
    path = problem.path
    return problem.place is None and any(path[:end] in source.broken for end in range(len(path) + 1))


def _level_problem(data: Mapping[str, Any]) -> Problem:
    if "level" not in data:
        hint = "level: first (rows are scans), second (rows are maps) or map (one statistic image)"
        near = suggestion("level", [key for key in data if key not in LEVELS], "keys here")
        hint += f"; {near}" if near.startswith("did you mean") else ""
        return Problem("E202", "the document has no `level`, so its sections cannot be judged", (), hint=hint, on="key")
    given = data["level"]
    shown = in_words(given)
    hint = suggestion(shown, LEVELS, "allowed")
    return Problem("E203", f"`level` cannot be {shown if isinstance(given, Mapping | tuple | None) else f'`{shown}`'}",
                   ("level",), hint=hint)  # fmt: skip


def _what_is_right(model: type[Document], data: Mapping[str, Any], error: ValidationError) -> Document:
    """The document without the sections, and without the named entries, that are wrong."""
    wrong = {tuple(item["loc"][: 2 if item["loc"][:1] and item["loc"][0] in _NAMED else 1]) for item in error.errors()}
    valid: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        value = data.get(name)
        if name not in data or (name,) in wrong:
            if name not in data and not info.is_required():
                valid[name] = info.get_default(call_default_factory=True)
            continue
        if name in _NAMED:
            value = {key: entry for key, entry in data[name].items() if (name, key) not in wrong}
            if not value:
                continue
        valid[name] = _adapter(model, name).validate_python(value, strict=True)
    return model.model_construct(_fields_set=set(valid) & set(data), **valid)


@cache
def _adapter(model: type[Document], name: str) -> TypeAdapter[Any]:
    """What judges one section by itself; built once, because building takes longer than judging."""
    info = model.model_fields[name]
    annotation: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
    return TypeAdapter(annotation)


def in_order(problems: Iterable[Problem], source: Source) -> list[Problem]:
    """Problems as they stand in the text, each once."""
    unique: dict[tuple[str, DocPath, str], Problem] = {
        (entry.code, entry.path, entry.message): entry for entry in problems
    }

    def where(problem: Problem) -> tuple[int, int]:
        place = source.place(problem)
        return place.line, place.column

    return sorted(unique.values(), key=where)
