"""A ready-made matrix of a run: an array whose columns the document names, or a table whose header names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np

from glmspec.errors import DesignError, DocPath, InputError, Problem
from glmspec.plan.data import DataFolder
from glmspec.plan.designs import Floats
from glmspec.plan.runs.cells import numbers
from glmspec.plan.runs.facts import Fact
from glmspec.plan.runs.files import RunFiles
from glmspec.plan.runs.npz import read_npz
from glmspec.plan.runs.scans import Scans
from glmspec.plan.runs.words import counted, quoted
from glmspec.plan.tables import SEPARATORS, Table, read_table
from glmspec.spec.design import FirstLevelDesign
from glmspec.spec.problems import suggestion

COLUMNS: DocPath = ("design", "columns")


@dataclass(frozen=True, eq=False)
class ReadyMade:
    """Columns by name, the matrix (N, P) of the scans that are analysed, and which columns the document names."""

    columns: tuple[str, ...]
    matrix: Floats
    named: tuple[str, ...]
    facts: tuple[Fact, ...]


def ready_made(design: FirstLevelDesign, run: RunFiles, data: DataFolder, scans: Scans) -> ReadyMade:
    """A run's matrix.

    Raises
    ------
    InputError
        E310 or E323 for a file that cannot be read or does not fit; E402 for two columns of one name.
    """
    assert run.design is not None
    path = data.path(run.design.file, run.at("design"))
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        message = f"`{run.design.file}` is no .npz, .tsv or .csv"
        raise InputError((Problem("E323", message, run.at("design"), hint="save the matrix as one of them"),))
    columns, matrix = reader(path, design, run)
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        message = f"two columns of {run.title} are called `{twice[0]}`"
        raise DesignError((Problem("E402", message, COLUMNS, hint="every column has a name of its own"),))
    _check_finite(columns, matrix, run)
    cut, facts = _analysed(matrix, run, scans)
    named = columns if design.columns is None else design.columns
    return ReadyMade(columns, np.ascontiguousarray(cut), named, facts)


def _from_npz(path: Path, design: FirstLevelDesign, run: RunFiles) -> tuple[tuple[str, ...], Floats]:
    """An array, with the names that the document gives to its columns."""
    assert run.design is not None
    matrix = read_npz(path, run.design.file, run.design.array, run.at("design"))
    if matrix.ndim != 2 or 0 in matrix.shape:
        shape = " x ".join(map(str, matrix.shape)) or "no"
        message = f"the array of `{run.design.file}` has the shape {shape}"
        raise InputError((Problem("E323", message, run.at("design"), hint="a matrix has scans by columns"),))
    return _names(design, matrix.shape[1], run), matrix


def _names(design: FirstLevelDesign, width: int, run: RunFiles) -> tuple[str, ...]:
    """Names for the columns of an array, in order."""
    assert run.design is not None
    name = run.design.file
    if design.columns is None:
        message = f"nothing names the {counted(width, 'column')} of `{name}`"
        hint = "name them in order with `columns`, and the others with `unnamed: nuisance`"
        raise InputError((Problem("E323", message, run.at("design"), hint=hint),))
    further = width - len(design.columns)
    given = counted(len(design.columns), "name")
    if further < 0:
        message = f"`{name}` has {counted(width, 'column')}, and `columns` has {given}"
        raise InputError((Problem("E323", message, COLUMNS, hint="every name is that of a column"),))
    if further and design.unnamed is None:
        message = f"`{name}` has {counted(width, 'column')}, and `columns` has {given}"
        raise InputError((Problem("E323", message, COLUMNS, hint=_either(further)),))
    return (*design.columns, *(f"nuisance_{number}" for number in range(1, further + 1)))


def _from_table(path: Path, design: FirstLevelDesign, run: RunFiles) -> tuple[tuple[str, ...], Floats]:
    """A table, its columns in its own order.

    They are called as the header has them. Where the document gives ``columns``, those are found by their names, and
    the others are nuisance_1, nuisance_2, ... as they follow in the table.
    """
    assert run.design is not None
    origin = run.at("design")
    table = read_table(path, run.design.file, origin)
    if run.design.array is not None:
        message = f"`{table.name}` is a table, and has no arrays"
        raise InputError((Problem("E205", message, (*origin[:-1], "array"), hint="leave `array` out"),))
    named = enumerate(design.columns or ())
    problems = [_no_column(table, name, index) for index, name in named if name not in table.columns]
    names = _of_header(design, table)
    if not problems and design.unnamed is None:
        problems += _further(design, table)
    values = []
    for name in table.columns:
        try:
            values.append(numbers(table, name, origin))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(tuple(problems))
    return names, np.column_stack(values)


def _of_header(design: FirstLevelDesign, table: Table) -> tuple[str, ...]:
    """Names for the columns of a table, in its order."""
    number = count(1)
    known = table.columns if design.columns is None else design.columns
    return tuple(name if name in known else f"nuisance_{next(number)}" for name in table.columns)


def _further(design: FirstLevelDesign, table: Table) -> list[Problem]:
    """Columns beyond those that the document names, where it does not say what they are."""
    others = [name for name in table.columns if design.columns is not None and name not in design.columns]
    if not others:
        return []
    message = f"`{table.name}` has {counted(len(others), 'column')} that `columns` does not name: {quoted(others)}"
    return [Problem("E323", message, COLUMNS, hint=_either(len(others)))]


def _either(further: int) -> str:
    """What may be done about columns without a name."""
    last = f" to nuisance_{further}" if further > 1 else ""
    them = "the others" if further > 1 else "the other"
    return f"name {them} too, or write `unnamed: nuisance` to call {'them' if last else 'it'} nuisance_1{last}"


def _no_column(table: Table, name: str, index: int) -> Problem:
    hint = suggestion(name, table.columns, "columns")
    return Problem("E323", f"`{table.name}` has no column `{name}`", (*COLUMNS, index), hint=hint)


READERS: Mapping[str, Callable[[Path, FirstLevelDesign, RunFiles], tuple[tuple[str, ...], Floats]]] = {
    ".npz": _from_npz,
    **dict.fromkeys(SEPARATORS, _from_table),
}
"""Ending of a file's name -> its reader."""


def _check_finite(columns: tuple[str, ...], matrix: Floats, run: RunFiles) -> None:
    assert run.design is not None
    wrong = np.argwhere(~np.isfinite(matrix))
    if len(wrong):
        row, column = (int(index) for index in wrong[0])
        shown = "NaN" if np.isnan(matrix[row, column]) else "infinity"
        message = f"`{run.design.file}` holds {shown} in row {row + 1} of the column `{columns[column]}`"
        hint = f"in {counted(len(wrong), 'cell')} altogether; a design holds numbers only"
        raise InputError((Problem("E323", message, run.at("design"), hint=hint),))


def _analysed(matrix: Floats, run: RunFiles, scans: Scans) -> tuple[Floats, tuple[Fact, ...]]:
    """The rows of the scans that are analysed: all of them, or those after the ones that are discarded."""
    assert run.design is not None
    rows = len(matrix)
    if rows == scans.count:
        sentence = "Their rows are the scans after those that are discarded"
        facts = [Fact("Ready-made matrices", "note", sentence, run.title)] if scans.discard else []
        return matrix, tuple(facts)
    if rows == scans.volumes:
        sentence = "Their first rows are discarded with the scans"
        return matrix[scans.discard :], (Fact("Ready-made matrices", "note", sentence, run.title, str(scans.discard)),)
    message = f"`{run.design.file}` has {counted(rows, 'row')}, and `{run.bold}` has {scans.volumes} volumes"
    hint = "a matrix has a row for every volume of the file"
    if scans.discard:
        hint += f", or for the {scans.count} that are left when {scans.discard} are discarded"
    raise InputError((Problem("E323", message, run.at("design"), hint=hint),))
