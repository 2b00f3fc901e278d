"""The resolved document: every default filled in and marked as such. This is what is hashed, locked and compared."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from glmspec.errors import DocPath
from glmspec.spec.contrasts import Contrast
from glmspec.spec.design import BUILT, FirstLevelDesign
from glmspec.spec.document import Document
from glmspec.spec.masks import ComputedGroupMask, ComputedRunMask
from glmspec.spec.review import Missing
from glmspec.spec.scalars import plain_value
from glmspec.spec.source import UNPRINTABLE, Source, parse

_PLAIN = re.compile(r"[A-Za-z0-9_][\w./+-]*(?: [\w./+-]+)*")
MARK = "  # default"
ORDER = (
    *("glmspec", "name", "level", "title", "description", "authors", "references"),
    *("fit_per", "inputs", "design", "contrasts", "regions", "inference"),
)
"""Sections as a reader expects them; the others follow as the language lists them."""


def voxel_policy(document: Any) -> str:
    """What happens to voxels that are NaN in some map: a computed mask implies that they are left out."""
    if document.missing.voxel is not None:
        return str(document.missing.voxel)
    computed = isinstance(document.inputs.mask, ComputedGroupMask | ComputedRunMask)
    return "exclude" if computed else "error"


def resolved_text(document: Document, marks: bool = True) -> str:
    """The document as YAML with every default; defaults carry a comment if ``marks``."""
    lines = _model(document, document, 0, False)
    return "".join((line if marks else line.removesuffix(MARK)) + "\n" for line in lines)


def resolved_data(document: Document) -> dict[str, Any]:
    """The resolved document as plain JSON data."""
    data: dict[str, Any] = _plain(parse(resolved_text(document), document.name).data)
    return data


def _plain(data: Any) -> Any:
    """The data of a source as JSON has them."""
    if isinstance(data, Mapping):
        return {key: _plain(entry) for key, entry in data.items()}
    return [_plain(entry) for entry in data] if isinstance(data, tuple) else data


def without_defaults(source: Source) -> Source:
    """What was written of a resolved document: lines that are marked as defaults are left out.

    A default that is written out is not always the same: `fit_per: [subject]` asks for subjects, and settings that
    build a matrix are refused beside a ready-made one.
    """
    lines = source.lines

    def marked(path: DocPath) -> bool:
        return lines[source.keys[path].line - 1].endswith(MARK)

    def written(data: Any, path: DocPath) -> Any:
        if isinstance(data, Mapping) and data:
            return {key: written(entry, (*path, key)) for key, entry in data.items() if not marked((*path, key))}
        if isinstance(data, tuple) and any(isinstance(entry, Mapping) for entry in data):
            return tuple(written(entry, (*path, index)) for index, entry in enumerate(data))
        return data

    return replace(source, data=written(source.data, ()))


def resolved_digest(document: Document) -> str:
    """The sha256 of the resolved document without its comments."""
    return hashlib.sha256(resolved_text(document, marks=False).encode()).hexdigest()


def _model(model: BaseModel, document: Document, depth: int, implied: bool) -> Iterator[str]:
    """The lines of a section; ``implied`` where the section as a whole was left out."""
    fields = list(type(model).model_fields)
    if isinstance(model, Document):
        fields.sort(key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    for name in fields:
        value, default = getattr(model, name), implied or name not in model.model_fields_set
        value = _derived(model, name, value, document)
        if value is not None:
            yield from _entry(name, value, document, depth, default)
    for name, value in (model.__pydantic_extra__ or {}).items():
        yield from _entry(name, value, document, depth, implied)


def _derived(model: BaseModel, name: str, value: Any, document: Document) -> Any:
    """Settings whose default follows from others."""
    if isinstance(model, Contrast) and name == "test":
        return model.kind
    if isinstance(model, Missing) and name == "voxel" and hasattr(document.inputs, "mask"):  # type: ignore[attr-defined]
        return voxel_policy(document)
    if isinstance(model, FirstLevelDesign) and model.columns is not None and name in BUILT:
        return None
    return value


def _entry(key: str, value: Any, document: Document, depth: int, default: bool) -> Iterator[str]:
    indent, mark = "  " * depth, MARK if default else ""
    head = f"{indent}{scalar(key)}:"
    if isinstance(value, BaseModel):
        yield head + mark
        yield from _model(value, document, depth + 1, default)
    elif isinstance(value, Mapping) and value:
        yield head + mark
        for name, entry in value.items():
            yield from _entry(name, entry, document, depth + 1, default)
    elif isinstance(value, tuple) and any(isinstance(entry, BaseModel) for entry in value):
        yield head + mark
        for entry in value:
            yield from _item(entry, document, depth + 1, default)
    else:
        yield f"{head} {scalar(value)}{mark}"


def _item(value: Any, document: Document, depth: int, default: bool) -> Iterator[str]:
    """An entry of a list of sections."""
    if not isinstance(value, BaseModel):
        yield f"{'  ' * depth}- {scalar(value)}"
        return
    lines = list(_model(value, document, depth + 1, default))
    yield "  " * depth + "- " + lines[0].lstrip()
    yield from lines[1:]


def scalar(value: Any) -> str:
    """A value as YAML that reads back as the same value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(scalar(entry) for entry in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(entry)}" for key, entry in value.items()) + "}"
    text = str(value)
    if _PLAIN.fullmatch(text) and plain_value(text) == text and isinstance(plain_value(text), str):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return UNPRINTABLE.sub(_escaped, quoted).translate({0x85: "\\N", 0x2028: "\\L", 0x2029: "\\P"})


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"
