"""The matrix of a run from its events, regressors, confounds and drifts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from glmspec.core.design import CONSTANT, Columns, Condition, censored_columns, first_level_design
from glmspec.core.hrf import OVERSAMPLING, Basis
from glmspec.core.regressors import Events
from glmspec.errors import DesignError, GlmspecError, InputError, Problem, gathered
from glmspec.plan.designs import Floats
from glmspec.plan.runs.asked import CONDITIONS
from glmspec.plan.runs.censoring import censored_scans
from glmspec.plan.runs.events import EventTable
from glmspec.plan.runs.facts import Fact
from glmspec.plan.runs.files import RunFiles
from glmspec.plan.runs.given_columns import given_columns, wanted
from glmspec.plan.runs.happening import SAME_TIME, Happening, happening, heard, misplaced, unvaried
from glmspec.plan.runs.reading import Tables
from glmspec.plan.runs.scans import Scans
from glmspec.plan.runs.settings import basis, drift, lacking_tables
from glmspec.plan.runs.words import counted, listed, quoted
from glmspec.spec import design as spec
from glmspec.spec.document import FirstLevelDocument
from glmspec.spec.review import Missing

IMPULSE = f"Events of 0 s are impulses of 1/{OVERSAMPLING} of the repetition time, as in nilearn"


class Excluded(Exception):
    """A run that the document's policy leaves out."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(fact.about)
        self.fact = fact


@dataclass(frozen=True, eq=False)
class Built:
    """A matrix and what it was built of; see :class:`glmspec.plan.runs.run_model.RunModel`."""

    columns: Columns
    task: tuple[str, ...]
    conditions: Mapping[str, Events]
    censored: tuple[int, ...]
    facts: tuple[Fact, ...]
    left_out: tuple[str, ...]


@dataclass
class _Parts:
    """What is known of a run so far."""

    conditions: dict[str, Happening] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    regressors: dict[str, Floats] = field(default_factory=dict)
    confounds: dict[str, Floats] = field(default_factory=dict)
    censored: tuple[int, ...] = ()
    facts: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def built_matrix(
    document: FirstLevelDocument,
    run: RunFiles,
    scans: Scans,
    tables: Tables,
    events: EventTable | GlmspecError | None,
    conditions: Mapping[str, spec.Condition],
) -> Built:
    """The matrix of a run; ``conditions`` are those of all runs, ``events`` what came of reading the run's.

    Raises
    ------
    GlmspecError
        With everything that is wrong with the run's tables.
    Excluded
        If nothing is wrong but a condition without events, and the document leaves such runs out.
    """
    design, parts = document.design, _Parts()
    parts.problems += lacking_tables(design, run, conditions)
    excluded: Fact | None = None
    if isinstance(events, GlmspecError):
        parts.problems += events.problems
    elif events is not None:
        excluded = _gather_conditions(document, run, scans, events, conditions, parts)
    _gather_columns(design, run, scans, tables, parts)
    times = scans.frame_times
    response, slow = None, np.zeros((scans.count, 0))
    with gathered(parts.problems):
        response = basis(design, scans.step)
    with gathered(parts.problems):
        slow = drift(design, times)
    if response is None or parts.problems:
        raise InputError(tuple(parts.problems))
    if excluded is not None:
        raise Excluded(excluded)
    indicators = censored_columns(
        [scan - 1 - scans.discard for scan in parts.censored], scans.count, first_scan=scans.discard + 1
    )
    absent = [stem for name in parts.without for stem in _stems(name, conditions[name])]
    task = (*_condition_names(parts.conditions, response), *parts.regressors)
    drifts = [f"drift_{number}" for number in range(1, slow.shape[1] + 1)]
    _refuse_twice([*task, *parts.confounds, *indicators.names, *drifts, CONSTANT], run)
    columns = first_level_design(
        times,
        response,
        [Condition(name, found.events, found.modulators) for name, found in parts.conditions.items()],
        regressors=parts.regressors,
        confounds=parts.confounds,
        censored=indicators,
        drift=slow,
    )
    _refuse_silent(columns, parts.conditions, response, run)
    return Built(
        Columns(columns.names, np.ascontiguousarray(columns.matrix)),
        task,
        {name: found.events for name, found in parts.conditions.items()},
        parts.censored,
        tuple(parts.facts),
        tuple(stem + suffix for stem in absent for suffix in response.suffixes),
    )


def _gather_conditions(
    document: FirstLevelDocument,
    run: RunFiles,
    scans: Scans,
    table: EventTable,
    conditions: Mapping[str, spec.Condition],
    parts: _Parts,
) -> Fact | None:
    """Add the events of each condition; or say why the run is left out."""
    for name, condition in conditions.items():
        try:
            found = happening(name, document.design, condition, table)
        except GlmspecError as error:
            parts.problems += error.problems
            continue
        wrong = misplaced(name, found, table, scans, run)
        parts.problems += wrong
        if not found.places or not (wrong or heard(found, scans)):
            parts.without.append(name)
            continue
        parts.problems += unvaried(name, condition, found, run)
        parts.conditions[name] = found
    parts.facts += _facts(parts.conditions, scans, run)
    return _without_events(document, run, parts) if parts.without else None


def _facts(conditions: Mapping[str, Happening], scans: Scans, run: RunFiles) -> list[Fact]:
    impulses, beyond = set[int](), set[int]()
    for found in conditions.values():
        impulses |= {place for place, lasting in zip(found.places, found.events.durations, strict=True) if not lasting}
        beyond |= {place for place, end in zip(found.places, found.ends, strict=True) if end > scans.end + SAME_TIME}
    sentences = {IMPULSE: impulses, "Events that go on after the last scan are modelled as far as it": beyond}
    return [
        Fact("Events", "note", sentence, run.title, counted(len(places), "event"))
        for sentence, places in sentences.items()
        if places
    ]


def _without_events(document: FirstLevelDocument, run: RunFiles, parts: _Parts) -> Fact | None:
    """What the document wants where a condition has no events in a run."""
    names = parts.without
    policy = (getattr(document, "missing", None) or Missing()).condition  # type: ignore[call-arg]
    if policy == "error":
        message = f"{run.title} has no events of {quoted(names)} that its scans could hear"
        hint = "complete the events, or write `missing: {condition: exclude-run}`, which leaves such runs out, "
        hint += "or `exclude`, which leaves the condition out of them"
        parts.problems.append(Problem("E321", message, run.at("events"), hint=hint))
        return None
    if policy == "exclude-run":
        sentence = "Runs without events of some condition are left out"
        return Fact("Missing conditions", "note", sentence, run.title, listed(names))
    sentence = "A condition without events has no column in the run"
    parts.facts.append(Fact("Missing conditions", "note", sentence, run.title, listed(names)))
    return None


def _gather_columns(design: spec.FirstLevelDesign, run: RunFiles, scans: Scans, tables: Tables, parts: _Parts) -> None:
    """Add regressors, confounds and censored scans."""
    asked = {
        "regressors": wanted(design.regressors, ("design", "regressors")),
        "confounds": wanted(design.confounds, ("design", "confounds")),
    }
    for key, entries in asked.items():
        path: str | None = getattr(run, key)
        if path is None:
            continue
        if not entries and not (key == "confounds" and design.censor):
            sentence = f"The table of {key} is not used: the design names none of its columns"
            parts.facts.append(Fact("Tables", "warning", sentence, run.title))
            continue
        with gathered(parts.problems):
            table = tables.table(path, run.at(key))
            given = given_columns(key.removesuffix("s"), entries, table, run, scans, run.at(key))
            getattr(parts, key).update(given.columns)
            parts.facts += given.facts
            parts.problems += given.problems
            if key == "confounds" and design.censor and not given.problems:
                parts.censored = _kept(censored_scans(design.censor, table, run.at(key)), scans)
                parts.facts.append(
                    Fact("Censored scans", "note", "Each has a column of its own", run.title, str(len(parts.censored)))
                )


def _kept(censored: Iterable[int], scans: Scans) -> tuple[int, ...]:
    """Censored scans among those that are analysed."""
    return tuple(scan for scan in censored if scan > scans.discard)


def _condition_names(conditions: Mapping[str, Happening], response: Basis) -> list[str]:
    """The columns of conditions and their modulators, as :func:`glmspec.core.design.condition_columns` names them."""
    stems = [stem for name, found in conditions.items() for stem in _stems(name, found)]
    return [stem + suffix for stem in stems for suffix in response.suffixes]


def _stems(name: str, found: Happening | spec.Condition) -> list[str]:
    """A condition and its modulators, as their columns begin."""
    return [name, *(f"{name}:{key}" for key in found.modulators)]


def _refuse_twice(names: list[str], run: RunFiles) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        message = f"two columns of {run.title} are called {quoted(twice)}"
        hint = "conditions, regressors, confounds, drifts and the constant need names of their own: "
        hint += "rename a condition, or leave a column out"
        raise DesignError((Problem("E402", message, ("design",), hint=hint),))


def _refuse_silent(columns: Columns, conditions: Mapping[str, Happening], response: Basis, run: RunFiles) -> None:
    """Conditions and modulators that are zero at every scan: impulses between the scans, where there is no response."""
    by_name = dict(zip(columns.names, columns.matrix.T, strict=True))
    silent = [
        (name, stem)
        for name, found in conditions.items()
        for stem in _stems(name, found)
        if not any(by_name[stem + suffix].any() for suffix in response.suffixes)
    ]
    if silent:
        message = f"the columns of {quoted(stem for _, stem in silent)} are zero at every scan of {run.title}"
        hint = "no scan hears the events: those of 0 s without a response fall between the scans"
        raise InputError((Problem("E324", message, (*CONDITIONS, silent[0][0]), hint=hint, on="key"),))
