"""Every key of the language, misspelt in a valid document, is an error that names it.

The documents of ``good/`` hold every field of every section; the first test keeps it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from glmspec.errors import DocPath, Problem
from glmspec.spec.document import LEVELS, Document
from glmspec.spec.fields import Model
from glmspec.spec.inference import AllResolutions, Parametric
from glmspec.spec.keys import known_keys
from glmspec.spec.source import Source, parse
from glmspec.spec.validate import examine, loaded

GOOD = sorted((Path(__file__).parent / "good").glob("*.yaml"))
ABSTRACT = {Model, Document, *(set(Parametric.__mro__) & set(AllResolutions.__mro__))}
"""Bases that no document has a section of."""


def source_of(path: Path) -> Source:
    return parse(path.read_bytes(), path.name)


def written(section: Any, data: Any, path: DocPath = ()) -> Iterator[tuple[type[BaseModel], str, DocPath]]:
    """Every field that stands in the text: its section, its name, its path."""
    if isinstance(section, BaseModel) and isinstance(data, Mapping):
        for name in type(section).model_fields:
            if name in data:
                yield type(section), name, (*path, name)
                yield from written(getattr(section, name), data[name], (*path, name))
    elif isinstance(section, Mapping) and isinstance(data, Mapping):
        for name, entry in section.items():
            yield from written(entry, data[name], (*path, name))
    elif isinstance(section, tuple) and isinstance(data, tuple):
        for index, entry in enumerate(section):
            yield from written(entry, data[index], (*path, index))
    elif isinstance(section, tuple):
        for entry in section:
            yield from written(entry, data, path)


def sections(base: type[Model] = Model) -> set[type[Model]]:
    return {base}.union(*(sections(kind) for kind in base.__subclasses__()))


def slips(key: str) -> list[str]:
    """The key with a letter left out, and with one doubled."""
    middle = len(key) // 2
    dropped = [key[:middle] + key[middle + 1 :]] if len(key) > 1 else []
    return [*dropped, key[:middle] + key[middle] + key[middle:]]


def misspelt(source: Source, path: DocPath, slip: str) -> Source:
    """The document with one key written otherwise."""
    place = source.keys[path]
    lines = source.lines
    line = lines[place.line - 1]
    lines[place.line - 1] = line[: place.column - 1] + slip + line[place.column - 1 + place.length :]
    return parse("\n".join(lines), source.name)


def mistakes(document: Path) -> Iterator[tuple[DocPath, str, Source]]:
    """Every key of a document, misspelt in every way that is not another key."""
    source = source_of(document)
    model = LEVELS[source.data["level"]]
    for _, key, path in written(loaded(source), source.data):
        for slip in slips(key):
            if slip not in known_keys(model, path[:-1], source.data):
                yield path, slip, misspelt(source, path, slip)


def test_the_good_documents_hold_every_field_of_every_section() -> None:
    found = {(kind, name) for path in GOOD for kind, name, _ in written(loaded(source_of(path)), source_of(path).data)}
    every = {(kind, name) for kind in sections() - ABSTRACT for name in kind.model_fields}
    assert every - found == set()
    assert len(found) > 200


@pytest.mark.parametrize("document", GOOD, ids=lambda path: path.stem)
def test_a_misspelt_key_is_an_error_that_names_it(document: Path) -> None:
    for path, slip, source in mistakes(document):
        _, problems = examine(source)
        assert any(names(problem, slip) for problem in problems), (path, slip, problems)


def names(problem: Problem, slip: str) -> bool:
    codes = ("E201", "E202", "E203", "E204", "E205")
    return problem.code in codes and any(slip in str(part) for part in (*problem.path, problem.message, problem.hint))
