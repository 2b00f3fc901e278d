"""The language as a page of Markdown: every key with its sentence of help and its default."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from glmspec.spec.document import LEVELS, RESERVED, RESERVED_VALUES
from glmspec.spec.resolve import scalar

_HEAD = """\
# The language, key by key

Made from the models by `python -m glmspec.spec.reference docs/language.md`; `glmspec schema` prints the same as JSON
Schema for editors. A key without a default must be written. Whatever is not listed is an error.
"""


def reference_text() -> str:
    """The page."""
    seen: set[type[BaseModel]] = set()
    lines = [_HEAD]
    for level, model in LEVELS.items():
        lines += [f"## level: {level}\n", *_section(model), ""]
        seen.add(model)
    lines.append("## Sections\n")
    for model in LEVELS.values():
        for inner in sections(model, seen):
            lines += [f"### {inner.__name__}\n", (inner.__doc__ or "").strip() + "\n", *_section(inner), ""]
    lines.append("## Reserved\n")
    words = ", ".join(f"`{word}`" for word in sorted(RESERVED | RESERVED_VALUES))
    lines.append(f"Refused by name as not there yet: {words}, and keys that begin with `x-`.")
    return "\n".join(lines) + "\n"


def _section(model: type[BaseModel]) -> Iterator[str]:
    yield "| key | default | what it says |"
    yield "|---|---|---|"
    for name, info in model.model_fields.items():
        links = "".join(f" See [{inner.__name__}](#{inner.__name__.lower()})." for inner in _direct(info.annotation))
        text = (info.description or "").replace("|", "\\|")
        yield f"| `{name}` | {_default(info.default, info.is_required())} | {text}{links} |"


def _default(value: Any, required: bool) -> str:
    if required or value is PydanticUndefined:
        return "must be written"
    if value is None:
        return ""
    if isinstance(value, BaseModel):
        return "as in the section" if not value.model_fields_set else f"`{scalar(value.model_dump(exclude_none=True))}`"
    return f"`{scalar(value)}`"


def _direct(annotation: Any) -> list[type[BaseModel]]:
    """Every section that an annotation names, also inside lists and mappings."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is Literal:
        return []
    found = [model for part in get_args(annotation) for model in _direct(part)]
    return list(dict.fromkeys(found))


def sections(model: type[BaseModel], seen: set[type[BaseModel]] | None = None) -> Iterator[type[BaseModel]]:
    """Sections below a model, each once, outer ones first; those in ``seen`` are left out, and grow it."""
    seen = set() if seen is None else seen
    inner = [entry for info in model.model_fields.values() for entry in _direct(info.annotation)]
    fresh = [entry for entry in dict.fromkeys(inner) if entry not in seen]
    seen.update(fresh)
    for entry in fresh:
        yield entry
        yield from sections(entry, seen)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference_text(), "utf-8")
