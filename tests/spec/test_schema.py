"""The JSON Schema that editors read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from documents.test_misspelt_keys import mistakes
from jsonschema import Draft202012Validator

from glmspec.resources import text
from glmspec.spec.schema import schema, schema_text
from glmspec.spec.source import read

from .documents import EVERY, GOOD

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def plain(data: Any) -> Any:
    """The data of a source as JSON has them."""
    if isinstance(data, Mapping):
        return {key: plain(entry) for key, entry in data.items()}
    return [plain(entry) for entry in data] if isinstance(data, tuple) else data


def properties(node: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every property of every section."""
    if isinstance(node, Mapping):
        for name, entry in node.get("properties", {}).items() if isinstance(node.get("properties"), Mapping) else ():
            yield f"{path}.{name}", entry
        for name, entry in node.items():
            yield from properties(entry, f"{path}.{name}")
    elif isinstance(node, list):
        for entry in node:
            yield from properties(entry, path)


def test_the_committed_schema_is_the_one_of_the_language() -> None:
    stale = "run python -m glmspec.spec.schema schemas/glmspec-1.json"
    assert text("schemas", "glmspec-1.json") == schema_text(), stale


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_property_has_a_sentence_of_help() -> None:
    found = dict(properties(SCHEMA))
    assert len(found) > 150
    assert [path for path, entry in found.items() if not described(entry).endswith(".")] == []


def described(entry: Mapping[str, Any]) -> str:
    """The description of a property, or of the section that it refers to."""
    section = SCHEMA["$defs"].get(entry.get("$ref", "").rpartition("/")[2], {})
    return str(entry.get("description") or section.get("description", ""))


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_good_document_satisfies_the_schema(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(plain(read(path).data))] == []


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_misspelt_key_does_not(path: Path) -> None:
    for key, slip, source in mistakes(path):
        if key[:2] != ("inputs", "maps") or key[-1] == "map" or not isinstance(key[-2], int):  # rows have further names
            assert not VALIDATOR.is_valid(plain(source.data)), (key, slip)
