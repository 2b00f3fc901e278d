"""Which events of a table a condition is made of, and whether every event has a place, over all runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from glmspec.errors import DocPath, Problem
from glmspec.plan.runs.cells import column, is_finite
from glmspec.plan.runs.events import MISSING, EventTable
from glmspec.plan.runs.words import counted, quoted
from glmspec.spec.design import Condition, FirstLevelDesign
from glmspec.spec.problems import suggestion
from glmspec.spec.resolve import scalar

CONDITIONS: DocPath = ("design", "conditions")
Conditions = Mapping[str, Condition]


def asked_conditions(design: FirstLevelDesign, tables: Sequence[EventTable]) -> dict[str, Condition]:
    """The conditions as written, or one for each trial type of any run that is not left unmodelled, sorted."""
    if design.conditions is not None:
        return dict(design.conditions)
    types = {name for table in tables for name in table.trial_types} - {*design.unmodelled, MISSING}
    return {name: Condition() for name in sorted(types)}  # type: ignore[call-arg]


def trial_types(name: str, condition: Condition) -> tuple[str, ...]:
    """The trial types of a condition: its own name if it says none."""
    return condition.trial_type or (name,)


def picked(name: str, condition: Condition, table: EventTable) -> NDArray[np.bool_]:
    """Which events (E,) of a table are a condition's.

    Raises
    ------
    InputError
        E310 if the table lacks a column of ``where``.
    """
    types = trial_types(name, condition)
    chosen = np.array([entry in types for entry in table.trial_types])
    for key, values in condition.where.items():
        cells = column(table.table, key, table.origin, f"`{name}` is made of events by it")
        chosen &= np.array([any(_equal(cell, value) for value in values) for cell in cells])
    return chosen


def _equal(cell: str | None, value: str) -> bool:
    """As text, and as numbers where both are: 1 is 1.0."""
    text = MISSING if cell is None else cell
    return text == value or (is_finite(text) and is_finite(value) and float(text) == float(value))


def misnamed(conditions: Conditions, design: FirstLevelDesign, tables: Sequence[EventTable]) -> list[Problem]:
    """Trial types, columns and values that no run has."""
    types = sorted({name for table in tables for name in table.trial_types} - {MISSING})
    found: list[Problem] = []
    for name, condition in conditions.items():
        found += _unknown_types(name, condition, types)
        found += _unknown_values(name, condition, tables)
    for index, name in enumerate(design.unmodelled):
        if name not in (*types, MISSING):
            hint = suggestion(name, types, "trial types")
            found.append(_absent(f"no run has events of the trial type `{name}`", _unmodelled(index), hint))
    return found


def _unknown_types(name: str, condition: Condition, types: Sequence[str]) -> Iterator[Problem]:
    here: DocPath = (*CONDITIONS, name)
    for index, entry in enumerate(trial_types(name, condition)):
        if entry not in types:
            message, hint = f"no run has events of the trial type `{entry}`", suggestion(entry, types, "trial types")
            if condition.trial_type is None:
                yield Problem("E321", message, here, hint=hint, on="key")
            else:
                yield _absent(message, (*here, "trial_type", index), hint)


def _unknown_values(name: str, condition: Condition, tables: Sequence[EventTable]) -> Iterator[Problem]:
    for key, wanted in condition.where.items():
        here: DocPath = (*CONDITIONS, name, "where", key)
        having = [table.table.columns[key] for table in tables if key in table.table.columns]
        if not having:
            known = sorted({entry for table in tables for entry in table.table.columns})
            hint = suggestion(key, known, "columns")
            yield Problem("E321", f"no table of events has a column `{key}`", here, hint=hint, on="key")
            continue
        values = {cell for cells in having for cell in cells}
        for index, value in enumerate(wanted):
            if not any(_equal(cell, value) for cell in values):
                hint = suggestion(value, sorted({cell for cell in values if cell is not None}), f"values of {key}")
                yield _absent(f"no event has {key} `{value}`", (*here, index), hint)


def _absent(message: str, path: DocPath, hint: str) -> Problem:
    return Problem("E321", message, path, hint=hint)


def _unmodelled(index: int) -> DocPath:
    return ("design", "unmodelled", index)


def unaccounted(conditions: Conditions, design: FirstLevelDesign, tables: Sequence[EventTable]) -> list[Problem]:
    """Events that belong to no condition and are not named as unmodelled, and trial types that are said to be both."""
    modelled = {entry for name, condition in conditions.items() for entry in trial_types(name, condition)}
    left = _left(conditions, design, tables)
    problems = list(_contradictions(conditions, design))
    unnamed = [entry for entry in left if entry not in modelled and entry != MISSING]
    if unnamed:
        problems.append(_unnamed(unnamed, design))
    for entry, where in left.items():
        if entry == MISSING:
            problems.append(_typeless(where, design))
        elif entry in modelled:
            problems.append(_nowhere(entry, where, design))
    return problems


Left = list[tuple[EventTable, list[int]]]
"""Tables and places in them."""


def _unnamed(types: Sequence[str], design: FirstLevelDesign) -> Problem:
    """Trial types that no condition is made of."""
    one = len(types) == 1
    message = f"no condition is made of the trial {'type' if one else 'types'} {quoted(types)}"
    hint = f"make {'it a condition' if one else 'them conditions'}, or {_leave(design, *types)}"
    return Problem("E322", message, CONDITIONS, hint=f"{hint} to leave them to the baseline", on="key")


def _nowhere(entry: str, left: Left, design: FirstLevelDesign) -> Problem:
    """Events of a trial type that some condition is made of, which fit the `where` of none."""
    table, places = left[0]
    count = sum(len(places) for _, places in left)
    fit = "fits" if count == 1 else "fit"
    message = f"{counted(count, 'event')} of the trial type `{entry}` {fit} no `where`"
    first = f"the first is in line {table.table.lines[places[0]]} of `{table.table.name}`"
    hint = f"{first}\nmake a condition of them, or {_leave(design, entry)}"
    return Problem("E322", message, CONDITIONS, hint=hint, on="key")


def _typeless(left: Left, design: FirstLevelDesign) -> Problem:
    """An event without a trial type."""
    table, places = left[0]
    message = f"line {table.table.lines[places[0]]} of `{table.table.name}` has no `trial_type`"
    return Problem("E322", message, table.origin, hint=f"name it, or {_leave(design, MISSING)}")


def _leave(design: FirstLevelDesign, *types: str) -> str:
    """How trial types are left unmodelled beside those that are."""
    return f"write `unmodelled: {scalar([*design.unmodelled, *types])}`"


def _left(conditions: Conditions, design: FirstLevelDesign, tables: Sequence[EventTable]) -> dict[str, Left]:
    """Events without a place, by their trial type and table."""
    left: dict[str, Left] = {}
    for table in tables:
        taken = np.array([entry in design.unmodelled for entry in table.trial_types])
        for name, condition in conditions.items():
            if set(condition.where) <= set(table.table.columns):  # else it is told for the run
                taken |= picked(name, condition, table)
            else:
                types = trial_types(name, condition)
                taken |= np.array([entry in types for entry in table.trial_types])
        for entry in dict.fromkeys(table.trial_types):
            places = [place for place in np.flatnonzero(~taken) if table.trial_types[place] == entry]
            if places:
                left.setdefault(entry, []).append((table, [int(place) for place in places]))
    return left


def _contradictions(conditions: Conditions, design: FirstLevelDesign) -> Iterator[Problem]:
    for index, entry in enumerate(design.unmodelled):
        for name, condition in conditions.items():
            if entry in trial_types(name, condition) and not condition.where:
                message = f"the trial type `{entry}` is unmodelled here, and the condition `{name}` is made of it"
                yield Problem("E205", message, _unmodelled(index), hint="keep one of the two")
