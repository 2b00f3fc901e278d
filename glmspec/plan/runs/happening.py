"""The events of one condition in one run: when, how long, how high, and what modulates them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from glmspec.core.regressors import MIN_ONSET, Events, events, modulator, orthogonal_modulators
from glmspec.errors import DocPath, InputError, Problem, gathered
from glmspec.plan.designs import Floats
from glmspec.plan.runs.asked import CONDITIONS, picked
from glmspec.plan.runs.cells import at_lines, numbers
from glmspec.plan.runs.events import EventTable
from glmspec.plan.runs.files import RunFiles
from glmspec.plan.runs.scans import Scans
from glmspec.spec.design import Condition, FirstLevelDesign

SAME_TIME = 1e-6
"""s. Onsets and durations are written to a few decimals, and their sums are off by rounding."""


@dataclass(frozen=True, eq=False)
class Happening:
    """Events of a condition: their places in the table, themselves, and the amplitudes of each modulator."""

    places: tuple[int, ...]
    events: Events
    modulators: Mapping[str, Floats]

    @property
    def ends(self) -> Floats:
        """When each event ends (E,), s."""
        return np.asarray(self.events.onsets + self.events.durations)


def happening(name: str, design: FirstLevelDesign, condition: Condition, table: EventTable) -> Happening:
    """The events of a condition; there may be none.

    Raises
    ------
    InputError
        E310 for columns that are missing or hold no numbers where they are needed, and for a negative duration.
    """
    places = tuple(int(place) for place in np.flatnonzero(picked(name, condition, table)))
    problems: list[Problem] = []
    durations, heights, modulators = np.zeros(0), np.ones(len(places)), dict[str, Floats]()
    with gathered(problems):
        durations = _durations(name, condition, table, places)
    with gathered(problems):
        if condition.amplitude is not None:
            heights = _needed(name, "height", condition.amplitude, table, places)
    with gathered(problems):
        modulators = _modulators(name, design, condition, table, places)
    if problems:
        raise InputError(tuple(problems))
    return Happening(places, events(table.onsets[list(places)], durations, heights), modulators)


def _durations(name: str, condition: Condition, table: EventTable, places: tuple[int, ...]) -> Floats:
    if condition.duration is not None and not isinstance(condition.duration, str):
        return np.full(len(places), float(condition.duration))
    wanted = condition.duration or "duration"
    values = _needed(name, "duration", wanted, table, places)
    negative = [place for place, value in zip(places, values, strict=True) if value < 0]
    if negative:
        found = f"has a negative duration, {table.table.columns[wanted][negative[0]]} s"
        raise InputError(tuple(at_lines(table.table, negative, found, table.origin, "an event lasts 0 s or longer")))
    return values


def _needed(name: str, what: str, wanted: str, table: EventTable, places: tuple[int, ...]) -> Floats:
    """Numbers of a column for the events of a condition."""
    hint = f"the {what} of `{name}` is read there: write it, or leave such events out by `where`"
    return numbers(table.table, wanted, table.origin, places, hint)


def _modulators(
    name: str, design: FirstLevelDesign, condition: Condition, table: EventTable, places: tuple[int, ...]
) -> dict[str, Floats]:
    center = condition.center == "run"
    found: dict[str, Floats] = {}
    for key, entry in condition.modulators.items():
        values = _needed(name, f"modulator `{key}`", entry.column or key, table, places)
        found[key] = modulator(values, power=entry.power, center=center)
    if design.orthogonalize == "serial" and found:
        return dict(zip(found, orthogonal_modulators(list(found.values())), strict=True))
    return found


def heard(found: Happening, scans: Scans) -> bool:
    """Whether some event reaches into the time that the scans are modelled from."""
    times = scans.frame_times
    return bool(((found.ends > times[0] + MIN_ONSET) & (found.events.onsets < times[-1])).any())


def misplaced(name: str, found: Happening, table: EventTable, scans: Scans, run: RunFiles) -> list[Problem]:
    """Events that overlap, or lie where no scan of the file can hear them."""
    return [
        *_overlapping(name, found, table),
        *_too_early(found, table, scans, run),
        *_too_late(found, table, scans, run),
    ]


def _overlapping(name: str, found: Happening, table: EventTable) -> list[Problem]:
    """The first event that begins while one before it goes on, or together with it."""
    onsets, ends = found.events.onsets, found.ends
    reach = np.maximum.accumulate(ends)[:-1]
    early = (onsets[1:] < reach - SAME_TIME) | (np.diff(onsets) < SAME_TIME)
    if not early.any():
        return []
    at = int(np.argmax(early)) + 1
    other = int(np.argmax(ends[:at]))
    line = table.table.lines[found.places[other]]
    if abs(onsets[at] - onsets[other]) < SAME_TIME:
        message = f"begins at {onsets[at]:g} s, and so does line {line}: both are events of `{name}`"
    else:
        lasting = f"lasts from {onsets[other]:g} to {ends[other]:g} s"
        message = f"begins at {onsets[at]:g} s, while `{name}` of line {line} {lasting}"
    hint = "events of one condition would add up where they overlap: make them two conditions, or correct the table"
    return at_lines(table.table, [found.places[at]], message, table.origin, hint)


def _too_early(found: Happening, table: EventTable, scans: Scans, run: RunFiles) -> list[Problem]:
    begin = MIN_ONSET + scans.reference * scans.step
    early = np.flatnonzero((found.ends <= begin) & (found.events.onsets < begin))
    if not len(early):
        return []
    message = f"ends at {found.ends[early[0]]:g} s, long before the first scan of {run.title} at 0 s"
    hint = f"what ends more than {-MIN_ONSET:g} s before the first scan adds nothing: is the clock that of another run?"
    return at_lines(table.table, [found.places[at] for at in early], message, table.origin, hint)


def _too_late(found: Happening, table: EventTable, scans: Scans, run: RunFiles) -> list[Problem]:
    late = np.flatnonzero(found.events.onsets >= scans.end)
    if not len(late):
        return []
    message = f"begins at {found.events.onsets[late[0]]:g} s, and the last scan of {run.title} ends at {scans.end:g} s"
    hint = "onsets are in seconds from the first scan of the file: are these in another unit, or of another run?"
    return at_lines(table.table, [found.places[at] for at in late], message, table.origin, hint)


def unvaried(name: str, condition: Condition, found: Happening, run: RunFiles) -> Iterator[Problem]:
    """Modulators that are zero for every event."""
    for key, amplitudes in found.modulators.items():
        if not amplitudes.any():
            path: DocPath = (*CONDITIONS, name, "modulators", key)
            message = f"the modulator `{name}:{key}` is zero for every event of {run.title}"
            hint = "its values do not differ there, or are a combination of those of earlier modulators"
            yield Problem("E324", message, path, hint=hint, on="key")
