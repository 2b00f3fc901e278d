"""A ready-made design matrix: named columns, joined by the captured names, or rows in order beside a stack."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glmspec.errors import DesignError, DocPath, InputError, Problem
from glmspec.plan.data import DataFolder
from glmspec.plan.designs import Floats
from glmspec.plan.formula import not_a_column, unit_row
from glmspec.plan.rows import Row
from glmspec.plan.tables import is_numeric, read_table
from glmspec.plan.variables import join
from glmspec.spec.expressions import Term

MATRIX: DocPath = ("design", "matrix")


@dataclass(frozen=True)
class GivenMatrix:
    """Columns as they were given; every name of a contrast is one of them."""

    columns: tuple[str, ...]
    matrix: Floats

    def term_weights(self, term: Term, path: DocPath) -> Floats:
        """A raw column."""
        name = term.parts[0].name if term.quoted else str(term)
        if name not in self.columns:
            raise not_a_column(name, self.columns, path, term)
        return unit_row(self.columns, name)

    def differences(self, text: str, path: DocPath) -> Floats:
        """A matrix has no terms."""
        raise DesignError((Problem("E216", f"a ready-made matrix has no term `{text}`", path),))


def read_matrix(name: str, rows: Sequence[Row], data: DataFolder) -> GivenMatrix:
    """The matrix in a table.

    Raises
    ------
    InputError
        For cells that are missing or no numbers, and lines that do not fit the maps.
    """
    table = read_table(data.path(name, MATRIX), name, MATRIX)
    captured = {key for row in rows for key in row.names}
    keys = [column for column in table.columns if column in captured]
    bare = [Row(row.map, row.origin, row.names, row.volume) for row in rows]
    if keys:
        joined, problems, _ = join(bare, [table])
        if problems:
            raise InputError(
                tuple(Problem(p.code, p.message, MATRIX, p.label, p.hint, place=p.place) for p in problems)
            )
        values = {column: [row.variables[column] for row in joined] for column in table.columns if column not in keys}
    else:
        values = {column: list(entries) for column, entries in table.columns.items()}
        if len(table) != len(rows):
            message = f"`{name}` has {len(table)} lines, and there are {len(rows)} maps"
            hint = f"give it the columns {', '.join(sorted(captured))}, by which lines are found" if captured else ""
            raise InputError((Problem("E310", message, MATRIX, hint=hint),))
        if rows[0].volume is None:
            message = f"the lines of `{name}` do not say which map they belong to"
            named = ", ".join(sorted(captured)) or "of the captured names"
            hint = f"give it the columns {named}; an order is trusted only beside a stack"
            raise InputError((Problem("E310", message, MATRIX, hint=hint),))
    _check_numbers(values, name)
    matrix = np.array([[float(str(cell)) for cell in column] for column in values.values()]).T
    return GivenMatrix(tuple(values), np.ascontiguousarray(matrix))


def _check_numbers(values: dict[str, list[str | None]], name: str) -> None:
    problems = []
    for column, cells in values.items():
        bad = [cell for cell in cells if cell is None or not is_numeric([cell]) or math.isinf(float(cell))]
        if bad:
            shown = f"`{bad[0]}`" if bad[0] is not None else "a missing value"
            message = f"the column `{column}` of `{name}` holds {shown}, where a number belongs"
            problems.append(Problem("E310", message, MATRIX, hint="code it in numbers, or write a formula instead"))
    if not values:
        problems.append(Problem("E310", f"`{name}` has no column beside the names", MATRIX))
    if problems:
        raise InputError(tuple(problems))
