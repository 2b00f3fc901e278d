"""Numbers in the cells of a table, or the lines that are to blame."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glmspec.errors import DocPath, InputError, Place, Problem
from glmspec.plan.designs import Floats
from glmspec.plan.runs.words import listed
from glmspec.plan.tables import Table, is_numeric
from glmspec.spec.problems import suggestion


def column(table: Table, name: str, origin: DocPath, hint: str = "") -> tuple[str | None, ...]:
    """A column's text.

    Raises
    ------
    InputError
        E310 if the table does not have it.
    """
    if name not in table.columns:
        near = suggestion(name, table.columns, "columns")
        message = f"`{table.name}` has no column `{name}`"
        raise InputError((Problem("E310", message, origin, hint="\n".join(filter(None, (hint, near)))),))
    return table.columns[name]


def numbers(table: Table, name: str, origin: DocPath, lines: Sequence[int] | None = None, hint: str = "") -> Floats:
    """Numbers of a column, in all its lines or in those at the given places.

    Raises
    ------
    InputError
        E310 for a cell without a number.
    """
    cells = column(table, name, origin, hint)
    places = range(len(cells)) if lines is None else lines
    values = [(place, cells[place]) for place in places]
    found = [
        *at_lines(table, [place for place, cell in values if cell is None], f"has no `{name}`", origin, hint),
        *not_numbers(table, name, [place for place, cell in values if cell is not None], origin),
    ]
    if found:
        raise InputError(tuple(found))
    return np.array([float(str(cell)) for _, cell in values])


def not_numbers(table: Table, name: str, places: Sequence[int], origin: DocPath) -> list[Problem]:
    """Cells that hold something, and no number that a double can hold."""
    cells = table.columns[name]
    wrong = [place for place in places if not is_finite(str(cells[place]))]
    shown = f"has `{cells[wrong[0]]}` as `{name}`, where a number belongs" if wrong else ""
    hint = "numbers have a decimal point; write n/a where nothing is known"
    return at_lines(table, wrong, shown, origin, hint)


def is_finite(cell: str) -> bool:
    """Whether a cell is a number by the language's rule, and within what a double can hold."""
    return is_numeric([cell]) and math.isfinite(float(cell))


def at_lines(table: Table, places: Sequence[int], found: str, origin: DocPath, hint: str = "") -> list[Problem]:
    """A problem at the first of some lines, which names the others; none if there are no lines."""
    if not places:
        return []
    line, *others = (table.lines[place] for place in places)
    also = f"the same in {'line' if len(others) == 1 else 'lines'} {listed(map(str, others))}" if others else ""
    message = f"line {line} of `{table.name}` {found}"
    shown = "\n".join(filter(None, (hint, also)))
    return [Problem("E310", message, origin, hint=shown, place=Place(table.name, line, 1))]
