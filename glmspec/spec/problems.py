"""pydantic's errors -> Problems: where, what was found, what is allowed, and the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from glmspec.errors import DocPath, Problem, dotted
from glmspec.spec.document import LEVELS, RESERVED, RESERVED_VALUES
from glmspec.spec.keys import known_keys, sections_of
from glmspec.spec.scalars import as_written

_KINDS = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "mapping_type": "a mapping",
}
_BOUNDS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def from_pydantic(error: ValidationError, data: Any, model: type[BaseModel]) -> list[Problem]:
    """One problem for each of pydantic's errors, those about one place told once."""
    found: dict[tuple[DocPath, str], Problem] = {}
    for item in error.errors(include_url=False):
        problem = _problem(dict(item), data, model)
        found.setdefault((problem.path, problem.code), problem)
    return list(found.values())


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that ``name`` most likely means."""
    names = list(allowed)
    folded = {entry.casefold(): entry for entry in reversed(names)}
    match = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[match[0]] if match else None


def suggestion(name: str, allowed: Iterable[str], what: str) -> str:
    """`did you mean ...?` and the list of what is allowed, cut where it grows long."""
    names = list(allowed)
    near = nearest(name, names)
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    parts = [f"did you mean `{near}`?"] if near else []
    if names:
        parts.append(f"{what}: {shown}")
    return " ".join(parts)


def _problem(item: dict[str, Any], data: Any, model: type[BaseModel]) -> Problem:
    kind, context = item["type"], item.get("ctx", {})
    path = real_path(item["loc"], data)
    if kind.startswith("E") and kind[1:].isdigit():
        on_key: Literal["key", "value"] = "key" if item["loc"] and item["loc"][-1] == "[key]" else "value"
        return Problem(
            kind,
            context["text"],
            path,
            label=context.get("label", ""),
            hint=context.get("hint", ""),
            span=context.get("span"),
            on=on_key,
        )
    if kind == "extra_forbidden":
        return unknown_key(path, model, data)
    if kind == "missing":
        return _missing(item, path, data, model)
    if kind in ("literal_error", "union_tag_invalid", "union_tag_not_found"):
        return _choice(kind, item, path, data)
    return _wrong_value(kind, item, path, data)


def real_path(loc: Iterable[str | int], data: Any) -> DocPath:
    """The part of pydantic's location that is in the document: union tags are not."""
    path: list[str | int] = []
    for part in loc:
        if part in _parts(data):
            data = data[part]
            path.append(part)
    return tuple(path)


def _parts(data: Any) -> Iterable[str | int]:
    """The keys of a mapping, the places of a list."""
    return data if isinstance(data, Mapping) else range(len(data)) if isinstance(data, tuple | list) else ()


def value_at(data: Any, path: DocPath) -> Any:
    """What stands at a path."""
    for part in path:
        data = data[part]
    return data


def unknown_key(path: DocPath, model: type[BaseModel], data: Any) -> Problem:
    """A key that the language does not know."""
    key = str(path[-1])
    if key in RESERVED or key.startswith("x-"):
        message = f"`{key}` is reserved for a later version, and not there yet"
        return Problem("E220", message, path, hint="leave it out", on="key")
    where = f"`{dotted(path[:-1])}`" if len(path) > 1 else "a document of this level"
    hint = suggestion(key, known_keys(model, path[:-1], data), "known here")
    level = next((level for level, other in LEVELS.items() if other is not model and key in other.model_fields), None)
    if level and len(path) == 1:
        hint = f"it belongs to `level: {level}`. {hint}"
    section = next((name for name in model.model_fields if len(path) == 1 and key in _section_keys(model, name)), None)
    if section:
        hint = f"it belongs under `{section}:`"
    return Problem("E201", f"`{key}` is not a key of {where}", path, hint=hint, on="key")


def _section_keys(model: type[BaseModel], name: str) -> set[str]:
    return {key for section in sections_of(model.model_fields[name].annotation) for key in section.model_fields}


def _missing(item: dict[str, Any], path: DocPath, data: Any, model: type[BaseModel]) -> Problem:
    key = str(item["loc"][-1])
    if isinstance(item["loc"][-1], int):
        message = f"`{dotted(path)}` has only {len(value_at(data, path))} of its entries"
        return Problem("E203", message, path)
    described = known_keys(model, path, data).get(key, "")
    where = f"`{dotted(path)}`" if path else "the document"
    return Problem("E202", f"{where} has no `{key}`", path, hint=f"{key}: {described}", on="key")


def _choice(kind: str, item: dict[str, Any], path: DocPath, data: Any) -> Problem:
    context = item["ctx"]
    if kind == "union_tag_not_found":
        key = context["discriminator"].strip("'")
        hint = f"write `{key}: ...`"
        return Problem("E202", f"`{dotted(path)}` has no `{key}`", path, hint=hint, on="key")
    if kind == "union_tag_invalid":
        key, given = context["discriminator"].strip("'"), context["tag"]
        value = value_at(data, path)
        path = (*path, key) if isinstance(value, Mapping) and key in value else path
        allowed = [name.strip("' ") for name in context["expected_tags"].split(",")]
    else:
        given = _shown(item["input"])
        allowed = [name.strip("' ") for name in context["expected"].replace(" or ", ", ").split(",")]
    if given in RESERVED_VALUES:
        hint = suggestion(given, allowed, "allowed")
        return Problem("E220", f"`{given}` is reserved for a later version, and not there yet", path, hint=hint)
    key = str(path[-1]) if path and isinstance(path[-1], str) else dotted(path)
    return Problem(
        "E203", f"`{key}` cannot be {_quoted(item, given)}", path, hint=suggestion(given, allowed, "allowed")
    )


def _quoted(item: dict[str, Any], given: str) -> str:
    return f"`{given}`" if isinstance(item["input"], str | int | float) or item["type"].startswith("union") else given


def _shown(value: Any) -> str:
    """A value as a message quotes it."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, tuple | list):
        return "a list"
    text = str(as_written(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _wrong_value(kind: str, item: dict[str, Any], path: DocPath, data: Any) -> Problem:
    value, context = item["input"], item.get("ctx", {})
    key = f"`{dotted(path)}`"
    if value is None:
        return Problem("E203", f"{key} has no value", path, hint="write the value, or leave the key out", on="key")
    if isinstance(value, Mapping) and value and all(entry is None for entry in value.values()):
        shown = "{" + ", ".join(value) + "}"
        hint = f'YAML reads braces as a mapping: put the whole value into quotes, "{shown}..."'
        return Problem("E203", f"{key} is a mapping, where text belongs", path, hint=hint)
    if kind in _KINDS:
        hint = "numbers stand without quotes" if kind in ("float_type", "int_type") and isinstance(value, str) else ""
        if kind == "bool_type":
            hint = "only true and false are truth values"
        return Problem("E203", f"{key} must be {_KINDS[kind]}, and is {_described(value)}", path, hint=hint)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return Problem("E203", f"{key} must be {words} {context[name]:g}, and is {_shown(value)}", path)
    if kind == "finite_number":
        return Problem("E203", f"{key} must be a finite number", path)
    if kind in ("too_short", "too_long"):
        least = context.get("min_length", context.get("max_length"))
        words = "at least" if kind == "too_short" else "at most"
        return Problem("E203", f"{key} must have {words} {least} entries, and has {context['actual_length']}", path)
    if kind == "string_too_long":
        return Problem("E206", f"this name is longer than {context['max_length']} characters", path)
    return Problem("E203", f"{key} is not valid: {item['msg']}", path)


def _described(value: Any) -> str:
    if isinstance(value, str):
        return f"the text `{_shown(value)}`"
    if isinstance(value, bool):
        return f"`{_shown(value)}`"
    if isinstance(value, int | float):
        return f"the number {_shown(value)}"
    return _shown(value)
