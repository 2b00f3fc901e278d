"""Maps listed in a table: the column map; every other column is a name or a variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from glmspec.errors import InputError, Place, Problem, gathered
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.pattern import MAPS
from glmspec.plan.rows import Row, same
from glmspec.plan.tables import is_numeric, read_table
from glmspec.spec.fields import DataPath
from glmspec.spec.inputs import TableMaps
from glmspec.spec.problems import suggestion

NAMES = ("subject", "session", "run", "condition", "contrast", "task")
"""Columns that are names a row is known by; other columns are variables."""

OWN = ("map", "variance", "dof")
"""Columns that say where a map is and how sure it is."""

_path = TypeAdapter(DataPath)


def by_table(maps: TableMaps, data: DataFolder) -> list[Row]:
    """A row for each line, in the order of the table.

    Raises
    ------
    InputError
        For a table without maps, paths that leave the data folder, files that are not there.
    """
    origin = (*MAPS, "table")
    table = read_table(data.path(maps.table, origin), maps.table, origin)
    if "map" not in table.columns:
        hint = suggestion("map", table.columns, "columns")
        raise InputError((Problem("E310", f"`{table.name}` has no column `map`", origin, hint=hint),))
    problems: list[Problem] = []
    rows = []
    for index, file in enumerate(table.columns["map"]):
        place = Place(table.name, table.lines[index], 1)
        try:
            if file is None:
                raise InputError((Problem("E310", f"line {place.line} of `{table.name}` names no map", origin),))
            data.path(_inside(file, place), origin)
        except InputError as error:
            problems += [Problem(p.code, p.message, origin, p.label, p.hint, place=place) for p in error.problems]
            continue
        values = {name: column[index] for name, column in table.columns.items() if name not in OWN}
        names = {name: same(name, value) for name in NAMES if (value := values.get(name)) is not None}
        variables = {name: value for name, value in values.items() if name not in NAMES}
        row = Row(file, origin, names, variables=variables)
        with gathered(problems):
            rows.append(
                _with_variance(row, {name: column[index] for name, column in table.columns.items()}, place, data)
            )
    if problems:
        raise InputError(tuple(problems))
    if not rows:
        raise InputError((Problem("E310", f"`{table.name}` lists no maps", origin),))
    return rows


def _with_variance(row: Row, cells: Mapping[str, str | None], place: Place, data: DataFolder) -> Row:
    """The row with the variance and its degrees of freedom that its line names."""
    variance, dof = cells.get("variance"), cells.get("dof")
    if variance is not None:
        data.path(_inside(variance, place), row.origin)
    if dof is not None and not (is_numeric([dof]) and float(dof) > 0):
        message = f"line {place.line} of the table has `{dof}` degrees of freedom"
        raise InputError((Problem("E310", message, row.origin, hint="a number above zero", place=place),))
    return replace(row, variance=variance, dof=None if dof is None else float(dof))


def _inside(file: str, place: Place) -> str:
    try:
        return _path.validate_python(file)
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        message = str(context.get("text", error.errors()[0]["msg"]))
        raise InputError((Problem("E315", message, hint=str(context.get("hint", "")), place=place),)) from None
