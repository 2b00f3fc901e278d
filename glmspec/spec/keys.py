"""Which keys the language knows at a path of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from glmspec.errors import DocPath


def models_at(root: type[BaseModel], path: DocPath, data: Any) -> list[type[BaseModel]]:
    """The sections that may stand at ``path``; where the data choose one by its tag, that one."""
    candidates: list[Any] = [root]
    for part in path:
        candidates = [entry for candidate in candidates for entry in _step(candidate, part)]
        data = data[part]
    models = list(dict.fromkeys(model for candidate in candidates for model in sections_of(candidate)))
    return [model for model in models if _chosen(model, data)] or models


def known_keys(root: type[BaseModel], path: DocPath, data: Any) -> dict[str, str]:
    """Key -> sentence of help, for every key that may stand at ``path``."""
    found: dict[str, str] = {}
    for model in models_at(root, path, data):
        for name, info in model.model_fields.items():
            found.setdefault(name, info.description or "")
    return found


def _step(annotation: Any, part: str | int) -> list[Any]:
    """The annotations one part further down."""
    found: list[Any] = [
        model.model_fields[str(part)].annotation for model in sections_of(annotation) if part in model.model_fields
    ]
    for container in _containers(annotation):
        arguments = get_args(container)
        found += [arguments[1]] if container.__origin__ is dict else [entry for entry in arguments if entry is not ...]
    return found


def sections_of(annotation: Any) -> list[type[BaseModel]]:
    """The sections that an annotation names directly, not inside a list or mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if getattr(annotation, "__origin__", None) in (dict, tuple):
        return []
    return [model for part in get_args(annotation) for model in sections_of(part)]


def _containers(annotation: Any) -> list[Any]:
    if getattr(annotation, "__origin__", None) in (dict, tuple):
        return [annotation]
    return [entry for part in get_args(annotation) for entry in _containers(part)]


def _chosen(model: type[BaseModel], value: Any) -> bool:
    """Whether the value chooses this section, by its tag or by a key that only it has."""
    if not isinstance(value, Mapping):
        return False
    for tag in ("model", "method", "level"):
        if tag in model.model_fields and tag in value:
            return value[tag] in get_args(model.model_fields[tag].annotation)
    required = [name for name, info in model.model_fields.items() if info.is_required()]
    return bool(required) and all(name in value for name in required)
