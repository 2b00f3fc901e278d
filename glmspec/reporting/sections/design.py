"""Design: the matrix above the contrasts' weights, its columns, and which map is which row."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from glmspec.reporting.figures.charts import design_matrix
from glmspec.reporting.figures.svg import signed
from glmspec.reporting.material import Material
from glmspec.reporting.model import Cell, Column, Figure, Fold, Section, Table, plain
from glmspec.reporting.words import count, listed

MATRIX = "design/design_matrix.tsv"


def design(material: Material) -> Section:
    """The section."""
    found = material.results.analysis["design"]
    weights = {name: np.array(contrast["weights"]) for name, contrast in material.contrasts.items()}
    drawing = design_matrix(_matrix(material), found["columns"], weights, "design", rows="map")
    caption = "Each column scaled by its largest magnitude, zero is mid-grey. Below, the weights of the contrasts."
    figure = Figure((Markup(drawing),), caption, wide=True)
    blocks = (plain(_shape(material)), figure, _columns(material), _rows(material))
    return Section("design", "Design", blocks)


def _shape(material: Material) -> str:
    found = material.results.analysis["design"]
    rows, columns = len(material.results.analysis["rows"]), len(found["columns"])
    text = f"{count(rows, 'row')} and {count(columns, 'column')}, rank {found['rank']}, "
    text += f"{count(found['dof'], 'residual degree')} of freedom."
    if found["aliased"]:
        text += f" Not independent of the columns before them: {listed(found['aliased'])}."
    return text


def _matrix(material: Material) -> NDArray[np.float64]:
    """The matrix (N, P) as it was published."""
    columns = material.results.analysis["design"]["columns"]
    rows = csv.reader(io.StringIO(material.results.text(MATRIX)), delimiter="\t")
    header = next(rows)
    first = len(header) - len(columns)  # names of the row come first
    return np.array([[float(value) for value in row[first:]] for row in rows])


def _columns(material: Material) -> Table:
    """A row a column of the design, with its weight in every contrast."""
    found = material.results.analysis["design"]
    heads = [Column(f"{name} ({contrast['test']})", "number") for name, contrast in material.contrasts.items()]
    rows = tuple(
        (Cell(name), *(Cell(_weight(contrast, index)) for contrast in material.contrasts.values()))
        for index, name in enumerate(found["columns"])
    )
    of_f = any(contrast["test"] == "F" for contrast in material.contrasts.values())
    note = "Of an F test, the number of its rows in which the column has a weight." if of_f else ""
    return Table("Columns of the design and their weights", (Column("Column"), *heads), rows, note)


def _weight(contrast: Mapping[str, Any], index: int) -> str:
    column = [row[index] for row in contrast["weights"]]
    if contrast["test"] == "F":
        rows = sum(weight != 0 for weight in column)
        return count(rows, "row") if rows else ""
    return signed(column[0], 3) if column[0] else ""


def _rows(material: Material) -> Fold:
    """Which map is which row, and what is known of it."""
    rows = material.results.analysis["rows"]
    names = list(dict.fromkeys(name for row in rows for name in row["names"]))
    columns = (Column("Row", "number"), *(Column(name) for name in names), Column("Map", "code"))
    body = tuple(
        (Cell(str(number)), *(Cell(str(row["names"].get(name, ""))) for name in names), Cell(_file(row)))
        for number, row in enumerate(rows)
    )
    table = Table("Rows of the design, counted from 0 as in the picture", columns, body)
    return Fold(f"The {count(len(rows), 'map')}", (table,))


def _file(row: Mapping[str, Any]) -> str:
    """The image, and which of its volumes, from 1."""
    return str(row["map"]) if row["volume"] is None else f"{row['map']}, volume {row['volume'] + 1}"
