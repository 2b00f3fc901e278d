"""The events of a run: onset, duration and trial_type, in s on the clock of the file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmspec.errors import DocPath, InputError, Problem, gathered
from glmspec.plan.designs import Floats
from glmspec.plan.runs.cells import at_lines, column, not_numbers, numbers
from glmspec.plan.tables import Table

MISSING = "n/a"
"""The trial type of events that have none."""


@dataclass(frozen=True, eq=False)
class EventTable:
    """E events: their lines, when they begin (E,) in s, and their trial types."""

    table: Table
    origin: DocPath
    onsets: Floats
    trial_types: tuple[str, ...]


def read_events(table: Table, origin: DocPath) -> EventTable:
    """Events as a table has them.

    Raises
    ------
    InputError
        E310 with everything that holds whatever the conditions are: an empty table, onsets that are missing or not in
        order, durations that are negative or no numbers.
    """
    if not len(table):
        hint = "a run without events has no table of events"
        raise InputError((Problem("E310", f"`{table.name}` has no events", origin, hint=hint),))
    problems: list[Problem] = _wrong_durations(table, origin)
    onsets, types = np.zeros(0), tuple[str, ...]()
    with gathered(problems):
        onsets = _onsets(table, origin)
    with gathered(problems):
        types = tuple(MISSING if cell is None else cell for cell in column(table, "trial_type", origin))
    if problems:
        raise InputError(tuple(problems))
    return EventTable(table, origin, onsets, types)


def _onsets(table: Table, origin: DocPath) -> Floats:
    onsets = numbers(table, "onset", origin)
    early = np.flatnonzero(np.diff(onsets) < 0)
    if len(early):
        at = int(early[0]) + 1
        found = f"begins at {onsets[at]:g} s, and line {table.lines[at - 1]} before it at {onsets[at - 1]:g} s"
        hint = "sort the events by their onsets: an order that jumps is often a mistake in the table"
        raise InputError(tuple(at_lines(table, [at], found, origin, hint)))
    return onsets


def _wrong_durations(table: Table, origin: DocPath) -> list[Problem]:
    """Durations that are there and cannot be; whether they are needed depends on the condition."""
    cells = table.columns.get("duration", ())
    given = [place for place, cell in enumerate(cells) if cell is not None]
    found = not_numbers(table, "duration", given, origin) if given else []
    if found:
        return found
    negative = [place for place in given if float(str(cells[place])) < 0]
    shown = f"has a negative duration, {cells[negative[0]]} s" if negative else ""
    return at_lines(table, negative, shown, origin, "an event lasts 0 s or longer")
