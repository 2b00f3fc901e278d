"""Columns that a run's tables give by name: confounds, and regressors of interest."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from glmspec.errors import DocPath, InputError, Problem, gathered
from glmspec.plan.designs import Floats
from glmspec.plan.runs.cells import at_lines, not_numbers
from glmspec.plan.runs.facts import Fact
from glmspec.plan.runs.files import RunFiles
from glmspec.plan.runs.scans import Scans
from glmspec.plan.runs.words import counted, listed
from glmspec.plan.tables import Table
from glmspec.spec.design import AnyOf
from glmspec.spec.problems import suggestion


class Wanted(NamedTuple):
    """A name or wildcard as it is written; ``optional`` ones need not fit anything."""

    pattern: str
    optional: bool
    path: DocPath


@dataclass
class GivenColumns:
    """Columns (N,) by name, what a reader should know of them, and what is wrong."""

    columns: dict[str, Floats] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def wanted(entries: Sequence[str | AnyOf], path: DocPath) -> list[Wanted]:
    """The entries of ``confounds`` or ``regressors``."""
    return [
        Wanted(entry.any, True, (*path, index, "any"))
        if isinstance(entry, AnyOf)
        else Wanted(entry, False, (*path, index))
        for index, entry in enumerate(entries)
    ]


def given_columns(
    kind: str, entries: Sequence[Wanted], table: Table, run: RunFiles, scans: Scans, origin: DocPath
) -> GivenColumns:
    """The columns that the entries name, in the order of the table, each once, in the scans that are analysed.

    ``kind`` is what messages call one of them: confound or regressor.
    """
    given = GivenColumns()
    given.problems += wrong_length(table, run, scans, origin)
    chosen = _chosen(entries, table, run, given)
    unknown = []
    for name, entry in chosen.items():
        with gathered(given.problems):
            values = column_values(table, name, origin)
            if len(values) != scans.volumes:  # told above
                continue
            kept = values[scans.discard :]
            unknown += [name] * bool(np.isnan(kept).any())
            _keep(kind, name, np.nan_to_num(kept), entry, run, given)
    if unknown:
        sentence = f"Columns of {kind}s that begin with n/a begin with 0 here"
        given.facts.append(Fact("Tables", "note", sentence, run.title, listed(unknown)))
    return given


def wrong_length(table: Table, run: RunFiles, scans: Scans, origin: DocPath) -> list[Problem]:
    """A table has a line for every volume of the file."""
    if len(table) == scans.volumes:
        return []
    message = f"`{table.name}` has {counted(len(table), 'line')}, and `{run.bold}` has {scans.volumes} volumes"
    hint = "a table has a line for every volume of the file"
    if len(table) == scans.count:
        hint += ", also for those that are discarded"
    return [Problem("E310", message, origin, hint=hint)]


def _chosen(entries: Sequence[Wanted], table: Table, run: RunFiles, given: GivenColumns) -> Mapping[str, Wanted]:
    """Columns by name, each with the entry that asks for it most strictly."""
    chosen: dict[str, Wanted] = {}
    for entry in entries:
        fitting = _fitting(entry.pattern, table)
        if not fitting and not entry.optional:
            message = f"no column of `{table.name}` fits `{entry.pattern}`"
            hint = suggestion(entry.pattern, table.columns, "columns")
            given.problems.append(Problem("E310", message, entry.path, hint=hint))
        if not fitting and entry.optional:
            sentence = f"No column fits {{any: {entry.pattern}}}"
            given.facts.append(Fact("Tables", "note", sentence, run.title))
        for name in fitting:
            chosen[name] = entry if name not in chosen or chosen[name].optional else chosen[name]
    return {name: chosen[name] for name in table.columns if name in chosen}


def _fitting(pattern: str, table: Table) -> list[str]:
    """Columns that fit a wildcard; a column of that very name alone, whatever characters it has."""
    if pattern in table.columns:
        return [pattern]
    return [name for name in table.columns if fnmatch.fnmatchcase(name, pattern)]


def column_values(table: Table, name: str, origin: DocPath) -> Floats:
    """A column (volumes,): NaN where it begins with n/a, as derivatives do, and numbers from there on.

    Raises
    ------
    InputError
        E310 for text, and for n/a after the first number.
    """
    cells = table.columns[name]
    given = [place for place, cell in enumerate(cells) if cell is not None]
    begin = given[0] if given else len(cells)
    holes = [place for place in range(begin, len(cells)) if cells[place] is None]
    hint = "n/a may stand at the beginning alone, where a derivative is not known yet"
    problems = [
        *not_numbers(table, name, given, origin),
        *at_lines(table, holes, f"has no `{name}`", origin, hint),
    ]
    if not given:
        problems.append(Problem("E310", f"the column `{name}` of `{table.name}` holds no number", origin))
    if problems:
        raise InputError(tuple(problems))
    return np.array([np.nan if cell is None else float(cell) for cell in cells])


def _keep(kind: str, name: str, values: Floats, entry: Wanted, run: RunFiles, given: GivenColumns) -> None:
    """A column that says something; one that does not is an error, or left out where it need not be there."""
    if np.ptp(values) > 0:
        given.columns[name] = values
    elif entry.optional:
        sentence = f"Columns of {{any: {entry.pattern}}} that are the same in every scan are left out"
        given.facts.append(Fact("Tables", "note", sentence, run.title, name))
    else:
        message = f"the {kind} `{name}` of {run.title} is {values[0]:g} in every scan that is analysed"
        hint = "it says nothing beside the constant: leave it out, or write {any: ...}, which leaves such columns out"
        given.problems.append(Problem("E324", message, entry.path, hint=hint))
