"""Deviations: what was not done as registered. The section is always there, so that its silence means something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from glmspec.reporting.deviations import CLASSES, Deviation
from glmspec.reporting.deviations import deviations as read
from glmspec.reporting.material import Material
from glmspec.reporting.model import Block, Cell, Column, Section, Table, plain
from glmspec.reporting.words import capital, count, listed, spelled

UNREGISTERED = (
    "No lock stands beside the document, so there is no registered version that this analysis could deviate from."
)
NONE = "Everything was done as registered: document, inputs and versions are those of the lock beside the document."
DECLARED = "Deviations that the document declares"
COLUMNS = (
    Column("Setting", "code"),
    Column("Registered", "code"),
    Column("Run", "code"),
    Column("Concerns"),
    Column("Rationale", "prose"),
)
UNEXPLAINED = "none given"


def deviations(material: Material) -> Section:
    """The section; its badge counts what can change a number."""
    found = read(material.analysis)
    grave = sum(entry.grave for entry in found or ())
    words = f"{count(grave, 'deviation')} that can change a number"
    return Section("deviations", "Deviations", _blocks(material, found), grave, words)


def _blocks(material: Material, found: Sequence[Deviation] | None) -> tuple[Block, ...]:
    if found is None:
        return (plain(UNREGISTERED), *_declared(material))
    if not found:
        return (plain(NONE),)
    rows = tuple(_row(entry) for entry in found)
    meaning = "; ".join(f"{kind}: {words}" for kind, words in CLASSES.items())
    return plain(sentence(found)), Table(
        "Deviations from the registered document", COLUMNS, rows, f"{capital(meaning)}."
    )


def sentence(found: Sequence[Deviation]) -> str:
    """How much differs, of which kind, and whether it is accounted for."""
    kinds = Counter(entry.kind for entry in found)
    of_kinds = listed(f"{spelled(kinds[kind])} of the kind {kind}" for kind in CLASSES if kinds[kind])
    silent = sum(entry.rationale is None for entry in found)
    reasons = f"{spelled(silent)} without a rationale" if silent else "each with its rationale"
    return f"{capital(_counted(len(found)))} from the registered document: {of_kinds}; {reasons}."


def _counted(number: int) -> str:
    return f"{spelled(number)} {'setting differs' if number == 1 else 'settings differ'}"


def _row(entry: Deviation) -> tuple[Cell, ...]:
    return (
        Cell(entry.path),
        Cell(entry.locked),
        Cell(entry.run),
        Cell(entry.kind),
        Cell(entry.rationale or UNEXPLAINED),
    )


def _declared(material: Material) -> tuple[Block, ...]:
    """What the document says of itself, where nothing can confirm it."""
    entries = material.document.deviations
    if not entries:
        return ()
    rows = tuple((Cell(entry.path), Cell(entry.rationale)) for entry in entries)
    return (Table(DECLARED, (Column("Setting", "code"), Column("Rationale", "prose")), rows),)
