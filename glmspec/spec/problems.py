"""pydantic's errors -> Problems: where, what was found, what is allowed, and the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from glmspec.errors import DocPath, Problem, dotted
from glmspec.spec.document import LEVELS, RESERVED, RESERVED_VALUES
from glmspec.spec.keys import known_keys, models_at, sections_of
from glmspec.spec.scalars import NUMBER, as_written

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
    items: list[dict[str, Any]] = [dict(item) for item in error.errors(include_url=False)]
    items = [item for item in items if not _emptied(item)]
    misspelt = {_meant(item, data, model) for item in items if item["type"] == "extra_forbidden"}
    found: dict[tuple[DocPath, str, str], Problem] = {}
    for item in items:
        missing = str(item["loc"][-1]) if item["type"] == "missing" else ""
        if (real_path(item["loc"], data), missing) not in misspelt:
            problem = _problem(item, data, model)
            found.setdefault((problem.path, problem.code, missing), problem)
    return list(found.values())


def _emptied(item: dict[str, Any]) -> bool:
    """Whether a list counts as too short only because its entries are wrong, which is told of each."""
    return item["type"] == "too_short" and bool(len(item["input"]) >= item["ctx"]["min_length"])


def _meant(item: dict[str, Any], data: Any, model: type[BaseModel]) -> tuple[DocPath, str | None]:
    """The section and the key that an unknown key most likely means: it is not missing as well."""
    path = real_path(item["loc"], data)
    return path[:-1], nearest(str(path[-1]), known_keys(model, path[:-1], data))


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
        at = context.get("at")
        on: Literal["key", "value"] = "key" if at is not None or item["loc"][-1:] == ("[key]",) else "value"
        hint, span = context.get("hint", ""), context.get("span")
        return Problem(kind, context["text"], (*path, *(at or ())), hint=hint, span=span, on=on)
    if kind == "extra_forbidden":
        return unknown_key(path, model, data)
    if kind == "missing":
        return _missing(item, path, data, model)
    if kind == "union_tag_not_found" and isinstance(item["input"], Mapping):
        return _no_choice(item, path, data, model)
    if kind in ("literal_error", "union_tag_invalid") and item["input"] is not None:
        return _choice(kind, item, path, data)
    return _wrong_value(kind, item, path, data, model)


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
    known = known_keys(model, path[:-1], data)
    if key in known:
        hint = f"each of {', '.join(known)} says something else: keep what is meant"
        return Problem("E205", f"`{key}` does not go with the other keys of {where}", path, hint=hint, on="key")
    hint = suggestion(key, known, "known here")
    others = {level: other for level, other in LEVELS.items() if other is not model}
    levels = [level for level, other in others.items() if key in known_keys(other, path[:-1], data)]
    if levels:
        hint = f"it belongs to {' and '.join(f'`level: {level}`' for level in levels)}. {hint}"
    section = next((name for name in model.model_fields if len(path) == 1 and key in _section_keys(model, name)), None)
    if section:
        hint = f"it belongs under `{section}:`"
    return Problem("E201", f"`{key}` is not a key of {where}", path, hint=hint, on="key")


def _section_keys(model: type[BaseModel], name: str) -> set[str]:
    return {key for section in sections_of(model.model_fields[name].annotation) for key in section.model_fields}


def _missing(item: dict[str, Any], path: DocPath, data: Any, model: type[BaseModel]) -> Problem:
    key = str(item["loc"][-1])
    if isinstance(item["loc"][-1], int):
        given = len(value_at(data, path))
        message = f"`{dotted(path)}` has {_entries(given)} only, and needs more"
        return Problem("E203", message, path, hint=_help(path, data, model))
    known = known_keys(model, path, data)
    where = f"`{dotted(path)}`" if path else "the document"
    near = nearest(key, [given for given in value_at(data, path) if given not in known])
    hint = f"{key}: {known.get(key, '')}" + (f"\ndid you mean it by `{near}`?" if near else "")
    return Problem("E202", f"{where} has no `{key}`", path, hint=hint, on="key")


def _no_choice(item: dict[str, Any], path: DocPath, data: Any, model: type[BaseModel]) -> Problem:
    """A mapping without the key that says which of several sections it is."""
    key = item["ctx"]["discriminator"].strip("'")
    choices = [get_args(section.model_fields[key].annotation) for section in models_at(model, path, data)]
    hint = f"{key}: " + ", ".join(str(word) for words in choices for word in words)
    near = nearest(key, map(str, item["input"]))
    if near:
        message = f"`{near}` is not a key of `{dotted(path)}`"
        return Problem("E201", message, (*path, near), hint=f"did you mean `{key}`? {hint}", on="key")
    return Problem("E202", f"`{dotted(path)}` has no `{key}`", path, hint=hint, on="key")


def _choice(kind: str, item: dict[str, Any], path: DocPath, data: Any) -> Problem:
    context = item["ctx"]
    if kind == "union_tag_invalid":
        key, given = context["discriminator"].strip("'"), context["tag"]
        value = value_at(data, path)
        path = (*path, key) if isinstance(value, Mapping) and key in value else path
        allowed = [name.strip("' ") for name in context["expected_tags"].split(",")]
    else:
        given = in_words(item["input"])
        allowed = [name.strip("' ") for name in context["expected"].replace(" or ", ", ").split(",")]
        allowed = [name.lower() if name in ("True", "False") else name for name in allowed]
        if given in allowed:  # as it is written it looks right
            message = f"`{dotted(path)}` must be the number {given}, and is the text `{given}`"
            return Problem("E203", message, path, hint=f"numbers stand without quotes: {given}")
    if given in RESERVED_VALUES:
        hint = suggestion(given, allowed, "allowed")
        return Problem("E220", f"`{given}` is reserved for a later version, and not there yet", path, hint=hint)
    key = str(path[-1]) if path and isinstance(path[-1], str) else dotted(path[-2:])
    return Problem(
        "E203", f"`{key}` cannot be {_quoted(item, given)}", path, hint=suggestion(given, allowed, "allowed")
    )


def _quoted(item: dict[str, Any], given: str) -> str:
    return f"`{given}`" if isinstance(item["input"], str | int | float) or item["type"].startswith("union") else given


def in_words(value: Any) -> str:
    """A value as a message quotes it."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, tuple | list):
        return "a list"
    text = str(as_written(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _help(path: DocPath, data: Any, model: type[BaseModel]) -> str:
    """The sentence of help of the setting at a path, or of the list it stands in."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    key = str(path[-1]) if path else ""
    description = known_keys(model, path[:-1], data).get(key) if path else None
    return f"{key}: {description}" if description else ""


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def _number_hint(value: str) -> str:
    """How a text that is meant as a number is written as one."""
    if NUMBER.fullmatch(value):
        return f"numbers stand without quotes: {value}"
    first = value.split()[0] if value.split() else ""
    for tried in (value.lstrip("0"), value.replace(",", "."), value.replace("_", ""), value.replace(",", ""), first):
        if NUMBER.fullmatch(tried):
            return f"write {tried}: digits, and a decimal point where it is needed"
    return ""


def _wrong_kind(kind: str, value: Any, path: DocPath, data: Any, model: type[BaseModel]) -> Problem:
    hints = [_help(path, data, model)]
    if kind in ("float_type", "int_type") and isinstance(value, str):
        hints.insert(0, _number_hint(value))
    if kind == "bool_type":
        hints.insert(0, "only true and false are truth values")
    keys = list(known_keys(model, path, data)) if _KINDS[kind] == "a mapping" else []
    if keys:
        hints.append("its keys: " + ", ".join(keys))
    message = f"`{dotted(path)}` must be {_KINDS[kind]}, and is {_described(value)}"
    return Problem("E203", message, path, hint="\n".join(filter(None, hints)))


def _wrong_value(kind: str, item: dict[str, Any], path: DocPath, data: Any, model: type[BaseModel]) -> Problem:
    value, context = item["input"], item.get("ctx", {})
    key, hint = f"`{dotted(path)}`", _help(path, data, model)
    if value is None:
        return Problem("E203", f"{key} has no value", path, hint=hint or "write it, or leave the key out", on="key")
    if isinstance(value, Mapping) and value and all(entry is None for entry in value.values()):
        shown = "{" + ", ".join(value) + "}"
        hint = f'YAML reads braces as a mapping: put the whole value into quotes, "{shown}..."'
        return Problem("E203", f"{key} is a mapping, where text belongs", path, hint=hint)
    if kind in _KINDS:
        return _wrong_kind(kind, value, path, data, model)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        return Problem("E203", f"{key} must be {words} {context[name]:g}, and is {in_words(value)}", path, hint=hint)
    if kind == "finite_number":
        return Problem("E203", f"{key} must be a finite number, and is {in_words(value)}", path, hint=hint)
    if kind in ("string_too_long", "too_long") and isinstance(value, str):
        on: Literal["key", "value"] = "key" if item["loc"][-1:] == ("[key]",) else "value"
        return Problem("E206", f"this name is longer than {context['max_length']} characters", path, on=on)
    if kind in ("too_short", "too_long"):
        least = context.get("min_length", context.get("max_length"))
        words = "at least" if kind == "too_short" else "at most"
        message = f"{key} must have {words} {_entries(least)}, and has {context['actual_length']}"
        return Problem("E203", message, path, hint=hint)
    return Problem("E203", f"{key} cannot be {_described(value)}", path, hint=hint)


def _described(value: Any) -> str:
    if isinstance(value, str):
        return f"the text `{in_words(value)}`"
    if isinstance(value, bool):
        return f"`{in_words(value)}`"
    if isinstance(value, int | float):
        return f"the number {in_words(value)}"
    return in_words(value)
