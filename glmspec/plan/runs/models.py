"""Runs -> design matrices: everything that is wrong with events, confounds and ready-made matrices is said at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from glmspec.core.least_squares import prepare
from glmspec.errors import DesignError, DocPath, GlmspecError, Problem
from glmspec.plan.check import Check
from glmspec.plan.data import DataFolder
from glmspec.plan.designs import Design, Floats
from glmspec.plan.runs.asked import asked_conditions, misnamed, unaccounted
from glmspec.plan.runs.building import Built, Excluded, built_matrix
from glmspec.plan.runs.events import EventTable, read_events
from glmspec.plan.runs.facts import Fact, told
from glmspec.plan.runs.files import BESIDE, RunFiles
from glmspec.plan.runs.reading import Tables
from glmspec.plan.runs.ready_made import ready_made
from glmspec.plan.runs.run_model import RunModel
from glmspec.plan.runs.scans import Scans, known_time, read_scans
from glmspec.plan.runs.settings import contradictions
from glmspec.plan.runs.sidecar import sidecar_of
from glmspec.plan.runs.words import counted, listed
from glmspec.spec.design import Condition, FirstLevelDesign
from glmspec.spec.document import FirstLevelDocument
from glmspec.spec.noise import AutoregressiveNoise

MOST_TOLD = 4
"""Runs whose problems are told one by one: the same mistake in three hundred buries whatever else is wrong."""


def run_models(
    document: FirstLevelDocument,
    runs: Sequence[RunFiles],
    data: DataFolder,
    problems: list[Problem],
    checks: list[Check],
) -> list[RunModel]:
    """The runs with their matrices, in order; without those that are wrong or left out by `missing: {condition: ...}`.

    Conditions are those of all runs together: where they are not written out, every trial type of any run is expected
    in each.
    """
    if getattr(document, "inputs", None) is None or getattr(document, "design", None) is None:
        return []
    promised = [key for key in (*BESIDE, "design") if getattr(document.inputs.runs, key, None) is not None]
    runs = [run for run in runs if all(getattr(run, key) is not None for key in promised)]  # else it is told already
    if not runs:
        return []
    problems += contradictions(document.design, runs)
    return _models(document, runs, _study(document, runs, data, problems, together=True), problems, checks)


def run_model(
    document: FirstLevelDocument, run: RunFiles, data: DataFolder, problems: list[Problem], checks: list[Check]
) -> RunModel | None:
    """A run by itself; None where it is wrong or left out.

    What other runs have is not known: a trial type that this run lacks may be misspelt, or missing here.
    """
    study = _study(document, [run], data, problems, together=False)
    models = _models(document, [run], study, problems, checks)
    return models[0] if models else None


def _models(
    document: FirstLevelDocument,
    runs: Sequence[RunFiles],
    study: _Study,
    problems: list[Problem],
    checks: list[Check],
) -> list[RunModel]:
    """The models of runs, the problems of those that have none, and what is to be told of all."""
    models: list[RunModel] = []
    facts: list[Fact] = []
    wrong: list[tuple[RunFiles, tuple[Problem, ...]]] = []
    for run in runs:
        try:
            model = _model(document, run, study)
            facts += model.facts
            models.append(model)
        except Excluded as excluded:
            facts.append(excluded.fact)
        except GlmspecError as error:
            wrong.append((run, error.problems))
    problems += _told(wrong)
    checks += told(facts, len(runs))
    return models


@dataclass(frozen=True, eq=False)
class _Study:
    """What is the same for all runs: tables that were read, and the conditions."""

    tables: Tables
    events: Mapping[str, EventTable | GlmspecError]
    conditions: Mapping[str, Condition]


def _study(
    document: FirstLevelDocument, runs: Sequence[RunFiles], data: DataFolder, problems: list[Problem], *, together: bool
) -> _Study:
    """Read the events of the runs, and judge them by each other; ``together`` says whether these are all runs."""
    tables, design = Tables(data), document.design
    events: dict[str, EventTable | GlmspecError] = {}
    for run in runs:
        if run.events is not None and run.design is None and run.events not in events:
            try:
                events[run.events] = read_events(tables.table(run.events, run.at("events")), run.at("events"))
            except GlmspecError as error:
                events[run.events] = error
    read = [table for table in events.values() if isinstance(table, EventTable)]
    conditions = asked_conditions(design, read)
    if len(read) == len(events) and read:
        absent = misnamed(conditions, design, read) if together else []
        problems += [*absent, *unaccounted(conditions, design, read)]
        nowhere = {str(problem.path[2]) for problem in absent if problem.path[:2] == ("design", "conditions")}
        conditions = {name: entry for name, entry in conditions.items() if name not in nowhere}
    return _Study(tables, events, conditions)


def _told(wrong: Sequence[tuple[RunFiles, tuple[Problem, ...]]]) -> list[Problem]:
    """The problems of the first runs, and how many others there are."""
    shown = [problem for _, problems in wrong[:MOST_TOLD] for problem in problems]
    others = [run.title for run, _ in wrong[MOST_TOLD:]]
    if others:
        more = f"{counted(len(others), 'more run')} cannot be used, for this reason or another: {listed(others)}"
        shown[-1] = replace(shown[-1], hint=f"{shown[-1].hint}\n{more}".strip())
    return shown


def _model(document: FirstLevelDocument, run: RunFiles, study: _Study) -> RunModel:
    """A run's model.

    Raises
    ------
    GlmspecError
        With everything that is wrong with the run.
    Excluded
        Where the document leaves it out.
    """
    run = replace(run, sidecar=sidecar_of(run, study.tables.data))
    scans, facts = read_scans(document, run, study.tables.data)
    make = _ready if run.design is not None else _built
    model = make(document, run, scans, study)
    _check_order(document.design, model)
    return replace(model, facts=(*facts, *model.facts, _judged(model)))


def _ready(document: FirstLevelDocument, run: RunFiles, scans: Scans, study: _Study) -> RunModel:
    """A run whose matrix is given."""
    given = ready_made(document.design, run, study.tables.data, scans)
    design = _design(given.columns, given.matrix, run)
    return RunModel(
        run, scans.grid, scans.volumes, scans.discard, scans.repetition_time, design, given.named, {}, (), given.facts
    )


def _built(document: FirstLevelDocument, run: RunFiles, scans: Scans, study: _Study) -> RunModel:
    """A run whose matrix is built from its tables."""
    known_time(scans, run)
    events = study.events.get(run.events) if run.events is not None else None
    built = built_matrix(document, run, scans, study.tables, events, study.conditions)
    try:
        design = _design(built.columns.names, built.columns.matrix, run)
    except DesignError:
        _blame_censoring(document.design, built, run)
        raise
    return RunModel(
        run,
        scans.grid,
        scans.volumes,
        scans.discard,
        scans.repetition_time,
        design,
        built.task,
        built.conditions,
        built.censored,
        built.facts,
        built.left_out,
        scans.reference,
    )


def _design(columns: tuple[str, ...], matrix: Floats, run: RunFiles) -> Design:
    """The matrix with its rank.

    Raises
    ------
    InputError
        E403 if no degrees of freedom are left.
    """
    prepared = prepare(matrix)
    if prepared.dof < 1:
        message = f"{run.title}: {len(matrix)} scans and a design of rank {prepared.rank} leave no degrees of freedom"
        raise DesignError((Problem("E403", message, ("design",), hint="more scans, or fewer columns", on="key"),))
    aliased = tuple(columns[index] for index in prepared.aliased)
    return Design(matrix, columns, prepared.rank, prepared.dof, aliased)


def _blame_censoring(design: FirstLevelDesign, built: Built, run: RunFiles) -> None:
    """Say so where it is the censored scans that leave no degrees of freedom.

    Raises
    ------
    DesignError
        E403.
    """
    taken, matrix = len(built.censored), built.columns.matrix
    indicators = {f"censored_{scan}" for scan in built.censored}
    others = matrix[:, [name not in indicators for name in built.columns.names]]
    if not taken or prepare(others).dof < 1:
        return
    here: DocPath = ("design", "censor", 0) if len(design.censor) == 1 else ("design", "censor")
    left = len(matrix) - taken
    message = f"`censor` takes out {taken} of the {len(matrix)} scans of {run.title}"
    few = f"the {left} that are left do not suffice for" if left else "none is left for"
    hint = f"{few} the other {counted(others.shape[1], 'column')}: give the rule another bound, or leave the run out"
    raise DesignError((Problem("E403", message, here, hint=hint),))


def _check_order(design: FirstLevelDesign, model: RunModel) -> None:
    """Refuse more AR coefficients than a run's scans can be asked for.

    Raises
    ------
    DesignError
        E403.
    """
    order = design.noise.order if isinstance(design.noise, AutoregressiveNoise) else 0
    if order and not order < model.scans / 2:
        message = f"{model.run.title} has {model.scans} scans, too few for noise of order {order}"
        hint = "an order is less than half of the scans: its coefficients come from scans that are so far apart"
        raise DesignError((Problem("E403", message, ("design", "noise", "order"), hint=hint),))


def _judged(model: RunModel) -> Fact:
    """The size of a run's design, and whether columns depend on each other."""
    design = model.design
    rows, columns = design.matrix.shape
    shape = f"{rows} scans, {counted(columns, 'column')}, rank {design.rank}, {design.dof} degrees of freedom"
    tail = f"; not independent of the others: {listed(design.aliased)}" if design.aliased else ""
    return Fact("Designs", "note" if design.aliased else "ok", shape + tail, model.run.title)
