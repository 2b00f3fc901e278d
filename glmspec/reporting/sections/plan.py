"""Plan: every step with the key that its settings and inputs hash to."""

from __future__ import annotations

from glmspec.reporting.material import Material
from glmspec.reporting.model import Cell, Column, Fold, Section, Table, plain
from glmspec.reporting.words import count

KEY = 12
"""Characters of a digest that are shown; results.json has them all."""


def plan(material: Material) -> Section:
    """The section."""
    steps = material.results.analysis["steps"]
    columns = (Column("Step"), Column("Operation", "code"), Column("Key", "code"))
    rows = tuple((Cell(label), Cell(operation), Cell(key[:KEY])) for label, operation, key in steps)
    text = (
        f"{count(len(steps), 'step')} in this order. A key is a hash of a step's operation, settings and inputs: "
        "two analyses with the same key have the same numbers there."
    )
    return Section("plan", "Plan", (plain(text), Fold("The steps", (Table("Steps of the plan", columns, rows),))))
