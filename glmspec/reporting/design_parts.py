"""What the design sections of several levels share: matrices as they were published, and tables of weights."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.figures.svg import signed
from glmspec.reporting.material import Material
from glmspec.reporting.model import Cell, Column, Table
from glmspec.reporting.words import count, listed, shortlist

MATRIX_CAPTION = "Each column scaled by its largest magnitude, zero is mid-grey. Below, the weights of the contrasts."
OF_F = "Of an F test, the number of its rows in which the column has a weight."


def read_matrix(material: Material, path: str, columns: int) -> NDArray[np.float64]:
    """A matrix (N, P) as it was published; what names its rows comes first and is left out."""
    rows = csv.reader(io.StringIO(material.results.text(path)), delimiter="\t")
    first = len(next(rows)) - columns
    return np.array([[float(value) for value in row[first:]] for row in rows])


def shape_words(design: Mapping[str, Any], rows: int, row: str) -> str:
    """``16 maps and 2 columns, rank 2, 14 residual degrees of freedom.``, and columns that depend on others."""
    text = f"{count(rows, row)} and {count(len(design['columns']), 'column')}, rank {design['rank']}, "
    text += f"{count(design['dof'], 'residual degree')} of freedom."
    if design["aliased"]:
        text += f" Not independent of the columns before them: {listed(design['aliased'])}."
    return text


def weights_table(material: Material, columns: Sequence[str], weights: Mapping[str, Any], caption: str) -> Table:
    """A row a column, with its weight in every contrast; ``weights`` are (Q, P) by contrast."""
    tests = {name: str(material.contrasts[name]["scale"]) for name in weights}
    shown = _shown(columns, weights)
    heads = [Column(f"{name} ({tests[name]})", "number") for name in weights]
    rows = tuple(
        (Cell(name), *(Cell(_weight(rows, index, tests[contrast])) for contrast, rows in weights.items()))
        for index, name in shown
    )
    others = [name for name in columns if name not in {name for _, name in shown}]
    notes = [OF_F] if "F" in tests.values() else []
    notes += [f"Without a weight: {shortlist(others, 40)}."] if others else []
    return Table(caption, (Column("Column"), *heads), rows, " ".join(notes))


def _shown(columns: Sequence[str], weights: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The columns of a long design that have a weight in some contrast; of a short one all."""
    if len(columns) <= SHORT:
        return list(enumerate(columns))
    weighed = {index for rows in weights.values() for row in rows for index, weight in enumerate(row) if weight}
    return [(index, name) for index, name in enumerate(columns) if index in weighed]


SHORT = 8
"""Columns of a design that are all listed, whether they have a weight or not."""


def _weight(rows: Sequence[Sequence[float]], index: int, test: str) -> str:
    column = [row[index] for row in rows]
    if test == "F":
        weighed = sum(weight != 0 for weight in column)
        return count(weighed, "row") if weighed else ""
    return signed(column[0], 3) if column[0] else ""
