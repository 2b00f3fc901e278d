"""The design of a second level: the matrix above the contrasts' weights, its columns, and which map is which row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from glmspec.reporting.collinearity import collinearity
from glmspec.reporting.design_parts import MATRIX_CAPTION, read_matrix, shape_words, weights_table
from glmspec.reporting.figures.charts import design_matrix
from glmspec.reporting.material import Material
from glmspec.reporting.model import Block, Cell, Column, Figure, Fold, Table, plain
from glmspec.reporting.words import count, listed, setting

MATRIX = "design/design_matrix.tsv"


def second_level_design(material: Material) -> tuple[Block, ...]:
    """The blocks of the section."""
    found = material.analysis["design"]
    columns = found["columns"]
    weights = {name: contrast["weights"] for name, contrast in material.contrasts.items()}
    arrays = {name: np.array(rows) for name, rows in weights.items()}
    matrix = read_matrix(material, MATRIX, len(columns))
    figure = Figure((Markup(design_matrix(matrix, columns, arrays, rows="map")),), MATRIX_CAPTION, wide=True)
    table = weights_table(material, columns, weights, "Columns of the design and their weights")
    shape = shape_words(found, len(material.analysis["rows"]), "row")
    lead = plain(" ".join([shape, *_variances(material)]))
    return (lead, figure, *collinearity(material, found), table, _rows(material))


def _variances(material: Material) -> Iterator[str]:
    """What is known of the variances, where they are not one for all maps."""
    groups = Counter(material.analysis.get("groups", ()))
    if groups:
        sizes = listed(f"{name} ({count(number, 'map')})" for name, number in groups.items())
        yield f"The maps of each group have a variance of their own: {sizes}."
    if any("variance" in row for row in material.analysis["rows"]):
        yield "Every map comes with its variance, so that the residual degrees of freedom are not those of the tests."


def _rows(material: Material) -> Fold:
    """Which map is which row, and what is known of it."""
    rows = material.analysis["rows"]
    groups = material.analysis.get("groups", [])
    names = list(dict.fromkeys(name for row in rows for name in row["names"]))
    columns = [Column("Row", "number"), *map(Column, names)]
    columns += [Column("Variance group")] * bool(groups) + [Column("Map", "code")]
    varied = any("variance" in row for row in rows)
    columns += [Column("Variance", "code"), Column("Degrees of freedom", "number")] * varied
    body = []
    for number, row in enumerate(rows):
        cells = [str(number), *(str(row["names"].get(name, "")) for name in names)]
        cells += [*groups[number : number + 1], _file(row, "map")]
        cells += [_file(row, "variance"), _known(row["dof"])] if varied else []
        body.append(tuple(map(Cell, cells)))
    table = Table("Rows of the design, counted from 0 as in the picture", tuple(columns), tuple(body))
    return Fold(f"The {count(len(rows), 'map')}", (table,))


def _file(row: Mapping[str, Any], key: str) -> str:
    """The image, and which of its volumes, from 1."""
    return str(row[key]) if row["volume"] is None else f"{row[key]}, volume {row['volume'] + 1}"


def _known(dof: float | None) -> str:
    return "not known" if dof is None else setting(dof)
