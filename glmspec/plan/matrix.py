"""A ready-made design matrix: named columns, joined by the captured names, or rows in order beside a stack."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from glmspec.errors import DesignError, DocPath, InputError, Problem
from glmspec.plan.columns import not_a_column, unit_row
from glmspec.plan.data import DataFolder
from glmspec.plan.designs import Floats
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
    lines = _lines(name, rows, data, lambda row: False)
    _check_numbers(lines.values, name)
    matrix = np.array([[float(str(cell)) for cell in column] for column in lines.values.values()]).T
    return GivenMatrix(tuple(lines.values), np.ascontiguousarray(matrix))


def lacking_in_matrix(name: str, rows: Sequence[Row], data: DataFolder) -> list[tuple[Row, str]]:
    """Rows that have no line in the matrix, or one with a missing value, and what they lack in words.

    Raises
    ------
    InputError
        Where the table does not fit the maps at all.
    """
    lines = _lines(name, rows, data, lambda row: True)
    found = [(rows[place], f"a line in {name}") for place in lines.without]
    for column, cells in lines.values.items():
        lacking = [place for place, cell in enumerate(cells) if cell is None and place not in lines.without]
        found += [(rows[place], f"a value of {column} in {name}") for place in lacking]
    return found


class _Lines(NamedTuple):
    """The cells of each column for every row, and the places of rows that have no line."""

    values: dict[str, list[str | None]]
    without: frozenset[int]


def _lines(name: str, rows: Sequence[Row], data: DataFolder, excused: Callable[[Row], bool]) -> _Lines:
    """The matrix line by line: joined by the captured names, or in the order of a stack's volumes."""
    table = read_table(data.path(name, MATRIX), name, MATRIX)
    captured = {key for row in rows for key in row.names}
    keys = [column for column in table.columns if column in captured]
    if keys:
        bare = [Row(row.map, row.origin, row.names, row.volume) for row in rows]
        joined = join(bare, [table], excused)
        if joined.problems:
            raise InputError(
                tuple(Problem(p.code, p.message, MATRIX, p.label, p.hint, place=p.place) for p in joined.problems)
            )
        names = [column for column in table.columns if column not in keys]
        values = {column: [row.variables.get(column) for row in joined.rows] for column in names}
        return _Lines(values, frozenset(joined.without))
    volumes = [row.volume for row in rows if row.volume is not None]
    maps = data.header(rows[0].map, rows[0].origin).volumes if volumes else len(rows)
    if len(table) != maps:
        message = f"`{name}` has {len(table)} lines, and there are {maps} maps"
        hint = f"give it the columns {', '.join(sorted(captured))}, by which lines are found" if captured else ""
        raise InputError((Problem("E310", message, MATRIX, hint=hint),))
    if not volumes:
        message = f"the lines of `{name}` do not say which map they belong to"
        named = ", ".join(sorted(captured)) or "of the captured names"
        hint = f"give it the columns {named}; an order is trusted only beside a stack"
        raise InputError((Problem("E310", message, MATRIX, hint=hint),))
    values = {column: [cells[volume] for volume in volumes] for column, cells in table.columns.items()}
    return _Lines(values, frozenset())


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
