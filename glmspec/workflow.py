"""From a document to a plan and its results: the functions behind the commands and the Python API."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from glmspec.errors import DocumentError, Problem
from glmspec.execution.execute import Ran, execute, needed
from glmspec.execution.folder import ResultsFolder
from glmspec.execution.progress import Progress, Silent
from glmspec.execution.publish import RESOLVED, known_names, planned, publish, within
from glmspec.execution.results import INDEX, PROVENANCE, REPORT, Results
from glmspec.execution.store import Store
from glmspec.plan.build import build_plan
from glmspec.plan.compile import compile_study
from glmspec.plan.data import DataFolder
from glmspec.plan.explain import Ledger
from glmspec.plan.steps import Plan
from glmspec.reporting.page import Report
from glmspec.review.deviations import deviations, refuse_silent, unfounded
from glmspec.review.lock import lock_of
from glmspec.review.versions import versions
from glmspec.spec.fields import SLUG
from glmspec.spec.resolve import resolved_text
from glmspec.spec.scalars import as_written
from glmspec.spec.source import Source, read

DEFAULT_MEMORY = 4 * 10**9


@dataclass(frozen=True)
class Places:
    """Where things are: data, results, store."""

    document: Path
    data: Path
    out: Path
    store: Path
    inputs: DataFolder

    @classmethod
    def choose(cls, document: Path, name: str, data: Path | None, out: Path | None, store: Path | None) -> Places:
        """Data start at the document's folder; results go to `results/NAME`; the store is inside the results."""
        out = out or Path("results") / name
        store = store or out / ".store"
        chosen = data is not None
        data = data or document.parent
        return cls(document, data, out, store, DataFolder(data, store / "digests.json", chosen))


@dataclass(frozen=True)
class Run:
    """A finished run."""

    results: Results
    report: Report
    computed: tuple[str, ...]
    """Labels of the steps that were computed."""
    reused: tuple[str, ...]
    """Labels of the steps that were there already."""

    def _repr_html_(self) -> str:
        """In a notebook a run shows its report."""
        return self.report._repr_html_()


def compile(
    document: Path | str, data: Path | str | None = None, out: Path | str | None = None, store: Path | str | None = None
) -> tuple[Plan, Places]:
    """The plan of a document, and where its things are.

    Raises
    ------
    GlmspecError
        With everything that is wrong with document, inputs and design.
    """
    return compile_source(read(Path(document)), Path(document), data, out, store)


def compile_source(
    source: Source,
    document: Path,
    data: Path | str | None = None,
    out: Path | str | None = None,
    store: Path | str | None = None,
) -> tuple[Plan, Places]:
    """The plan of a source that was read already."""
    places = Places.choose(document, _folder_name(source), _path(data), _path(out), _path(store))
    return compile_at(source, places), places


def compile_at(source: Source, places: Places) -> Plan:
    """The plan of a source whose places were chosen already."""
    return build_plan(compile_study(source, places.inputs, places.document.parent), places.inputs)


def _folder_name(source: Source) -> str:
    """The document's name, if it can name a folder; whether it is right is judged with the rest of the document."""
    name = as_written(source.data.get("name"))
    return name if isinstance(name, str) and re.fullmatch(SLUG, name) else "unnamed"


def _path(value: Path | str | None) -> Path | None:
    return None if value is None else Path(value)


def run(
    document: Path | str,
    data: Path | str | None = None,
    out: Path | str | None = None,
    *,
    store: Path | str | None = None,
    jobs: int = 1,
    memory: int = DEFAULT_MEMORY,
    executor: str = "local",
    progress: Progress | None = None,
    locked: bool = False,
) -> Run:
    """Run a document: compute what is not in the store, write the results folder, render the report.

    Parameters
    ----------
    document : path
    data : path, optional
        Where data paths start; the document's folder if left out.
    out : path, optional
        The results folder; ``results/NAME`` if left out.
    store : path, optional
        Where finished steps are kept; inside the results folder if left out.
    jobs : int
        Workers. Results do not depend on it.
    memory : int
        Bytes that may be in use at a time. Results do not depend on it.
    executor : str
        ``local``, or ``dask`` for dask.distributed: processes of this machine, or with ``dask:ADDRESS`` the workers of
        a scheduler that see the same disk. ``memory`` is then what each of those may use. Results do not depend on it.
    progress : Progress, optional
    locked : bool
        Whether deviations from the lock that can change a number are refused where they carry no rationale.

    Raises
    ------
    GlmspecError
    """
    plan, places = compile(document, data, out, store)
    return run_plan(
        plan, places, jobs=jobs, memory=memory, executor=executor, progress=progress or Silent(), locked=locked
    )


def run_plan(
    plan: Plan,
    places: Places,
    *,
    jobs: int,
    memory: int,
    progress: Progress,
    executor: str = "local",
    locked: bool = False,
    registered: bool = True,
) -> Run:
    """Execute a plan and fill the results folder; :func:`run` says what its options are.

    Where not ``registered``, a lock beside the document is not looked for.
    """
    departures, doubts = _departures(plan, places, locked) if registered else (None, [])
    started = datetime.now(UTC)
    clock = time.perf_counter()
    folder = ResultsFolder(places.out)
    store = Store(places.store)
    with folder.locked():
        folder.claim(_claimed(plan), [places.data / name for fit in plan.fits for name in fit.analysis.digests])
        Thread(target=import_module, args=("glmspec.rendering",)).start()  # beside the first steps: half a second
        ran = execute(plan, store, executor, jobs, memory, progress)
        Ledger(places.store, plan.name).write(plan)
        places.inputs.remember()
        provenance = _provenance(plan, places, ran, started, time.perf_counter() - clock, jobs, memory)
        told = json.dumps(provenance, indent=1, ensure_ascii=False) + "\n"
        folder.write_text(PROVENANCE, told)
        indices = []
        for fit in plan.fits:
            index = publish(fit, store, folder, jobs)
            index["analysis"] |= {"deviations": departures, "checks": index["analysis"]["checks"] + doubts}
            folder.write_text(within(fit.analysis, PROVENANCE), told)
            indices.append((fit.analysis.folder, {**index, "names": known_names(fit.analysis)}))
        checks = [[check.name, check.state, check.text] for check in plan.study.checks]
        kept = import_module("glmspec.rendering").finish(places.out, folder, indices, checks)
        if len(plan.fits) > 1:
            folder.write_text(RESOLVED, resolved_text(plan.study.document))
        folder.finish({*kept, PROVENANCE, RESOLVED})
    labels = {step.key: step.label for step in plan.steps}
    return Run(
        Results.open(places.out),
        Report(places.out / REPORT),
        tuple(labels[key] for key in ran.computed),
        tuple(labels[key] for key in ran.reused),
    )


def _departures(plan: Plan, places: Places, locked: bool) -> tuple[list[dict[str, Any]] | None, list[list[str]]]:
    """What differs from the lock beside the document, None where there is none; and declared deviations that are none.

    Raises
    ------
    DocumentError
        E222 for a lock that cannot be read; where ``locked``, E225 without a lock, and E223 for what carries no
        rationale.
    """
    document = plan.study.document
    lock = lock_of(document, places.document.parent)
    if lock is None:
        if locked:
            hint = "`glmspec lock` writes one; without --locked the analysis runs as it is"
            raise DocumentError((Problem("E225", "there is no lock to be held to", hint=hint),))
        return None, []
    found = deviations(plan, lock)
    if locked:
        refuse_silent(found)
    return found, [[check.name, check.state, check.text] for check in unfounded(document, found)]


def _claimed(plan: Plan) -> list[str]:
    """Every file that a run will write."""
    of_fits = [within(fit.analysis, path) for fit in plan.fits for path in (*planned(fit), REPORT, INDEX, PROVENANCE)]
    return [*of_fits, RESOLVED, REPORT, INDEX, PROVENANCE]


def _provenance(
    plan: Plan, places: Places, ran: Ran, started: datetime, seconds: float, jobs: int, memory: int
) -> dict[str, Any]:
    """All that may differ between two runs of the same analysis."""
    labels = {step.key: step.label for step in plan.steps}
    source = plan.study.source
    return {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "document": {"name": Path(source.name).name, "text": source.text, "parts": dict(plan.study.parts)},
        "data_named": places.inputs.chosen,
        "versions": versions(),
        "platform": {
            "python": platform.python_version(),
            "implementation": sys.implementation.name,
            "system": platform.system(),
            "machine": platform.machine(),
            "cores": os.cpu_count(),
        },
        "jobs": jobs,
        "memory": memory,
        "computed": {labels[key]: round(taken, 4) for key, taken in ran.computed.items()},
        "reused": [labels[key] for key in ran.reused],
    }


def plan_states(plan: Plan, places: Places) -> Mapping[str, str]:
    """Step key -> why it will be computed, or that it is reused."""
    missing = {step.key for step in needed(plan, Store(places.store))}
    return Ledger(places.store, plan.name).reasons(plan, missing)
