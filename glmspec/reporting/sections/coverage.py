"""Coverage: which questions of reporting guidelines the document and its run answer, each with its state."""

from __future__ import annotations

from glmspec.reporting.material import RESOLVED, Material
from glmspec.reporting.model import Block, Cell, Column, Fold, Section, Table, plain
from glmspec.review.coverage.check import Coverage, coverage, known
from glmspec.spec.resolve import without_defaults
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded

LEAD = (
    "What reporting guidelines and registration templates ask, and how it is answered: set in the document; a default, "
    "written out or without a word; declared in words that nothing can confirm; found by the run; missing; or not "
    "applicable."
)
COLUMNS = (Column("Question"), Column("State"), Column("Answer", "prose"))


def coverage_section(material: Material, note: str = "") -> Section:
    """The section, with a note on where it stands; nothing of it is counted as a fault."""
    written = loaded(without_defaults(parse(material.results.text(RESOLVED), RESOLVED)))
    found = coverage(written, [known(material.results)])
    blocks: tuple[Block, ...] = tuple(_fold(profile) for profile in found)
    return Section("coverage", "Coverage of guidelines", (plain(f"{LEAD} {note}".strip()), *blocks))


def _fold(found: Coverage) -> Fold:
    rows = tuple(
        (Cell(item.question), Cell(answer.state), Cell(answer.value))
        for item, answer in sorted(found.answers, key=lambda entry: entry[1].state == "not applicable")
    )
    return Fold(found.title, (plain(f"{found.summary}."), Table(found.title, COLUMNS, rows)))
