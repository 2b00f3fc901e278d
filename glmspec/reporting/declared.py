"""What a document declares for its reviewers: hypotheses, registration, sample, preprocessing, references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from glmspec.reporting.model import Block, Cell, Column, Heading, Table, plain
from glmspec.spec.document import Document
from glmspec.spec.review import Hypothesis


def declared(document: Document, hypotheses: bool = True) -> tuple[Block, ...]:
    """As it is written, ``hypotheses`` too unless they stand elsewhere; nothing where nothing is declared."""
    found = tuple(_parts(document, hypotheses))
    return (Heading("Declared by the document"), *found) if found else ()


def _parts(document: Document, hypotheses: bool) -> Iterator[Block]:
    if document.hypotheses and hypotheses:
        yield _hypotheses(document.hypotheses)
    for title, entry in (("Sample", document.sample), ("Registration", document.registration)):
        if entry is not None and entry.model_dump(exclude_none=True):
            yield _settings(title, entry)
    if document.preprocessing:
        yield Heading("Preprocessing, as declared", 4)
        yield plain(document.preprocessing)
    if document.references:
        yield Heading("References", 4)
        yield from map(plain, document.references)


def _hypotheses(hypotheses: Mapping[str, Hypothesis]) -> Table:
    first, prose, *others = ("Hypothesis", "Statement", "Contrast", "Inference", "Direction", "Kind")
    rows = tuple(
        (
            Cell(name),
            Cell(entry.statement),
            Cell(entry.contrast, href=f"#contrast.{entry.contrast}"),
            Cell(entry.inference or ""),
            Cell(entry.direction or ""),
            Cell(entry.kind or ""),
        )
        for name, entry in hypotheses.items()
    )
    return Table("Hypotheses", (Column(first), Column(prose, "prose"), *map(Column, others)), rows)


def _settings(title: str, entry: BaseModel) -> Table:
    rows = tuple(
        (Cell(name.replace("_", " ").capitalize()), Cell(str(value)))
        for name, value in entry.model_dump(exclude_none=True).items()
    )
    return Table(title, (Column("Setting"), Column("Value", "prose")), rows)
