"""What a user asks for, from a document to a report: the functions behind the commands and the Python API."""

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
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from glmspec import __version__
from glmspec.execution.execute import Ran, execute, needed
from glmspec.execution.executors import executor
from glmspec.execution.folder import ResultsFolder
from glmspec.execution.progress import Progress, Silent
from glmspec.execution.publish import TEXTS, finish_index, publish
from glmspec.execution.results import INDEX, PROVENANCE, Results
from glmspec.execution.store import Store
from glmspec.plan.build import build_plan
from glmspec.plan.compile import compile_analysis
from glmspec.plan.data import DataFolder
from glmspec.plan.explain import Ledger
from glmspec.plan.keys import digest_of
from glmspec.plan.steps import Plan
from glmspec.reporting.render import render, renderer_digest
from glmspec.spec.fields import SLUG
from glmspec.spec.scalars import as_written
from glmspec.spec.source import Source, read

REPORT = "report.html"
PACKAGES = ("glmspec", "numpy", "scipy", "nibabel", "pandas", "formulaic", "pydantic", "matplotlib", "jinja2")
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
        data = data or document.parent
        return cls(document, data, out, store, DataFolder(data, store / "digests.json"))


@dataclass(frozen=True)
class Run:
    """A finished run."""

    results: Results
    report: Path
    computed: tuple[str, ...]
    """Labels of the steps that were computed."""
    reused: tuple[str, ...]
    """Labels of the steps that were there already."""


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
    analysis = compile_analysis(source, places.inputs)
    return build_plan(analysis, places.inputs), places


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
    progress: Progress | None = None,
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
    progress : Progress, optional

    Raises
    ------
    GlmspecError
    """
    plan, places = compile(document, data, out, store)
    return run_plan(plan, places, jobs=jobs, memory=memory, progress=progress or Silent())


def run_plan(plan: Plan, places: Places, *, jobs: int, memory: int, progress: Progress) -> Run:
    """Execute a plan and fill the results folder."""
    started = datetime.now(UTC)
    clock = time.perf_counter()
    folder = ResultsFolder(places.out)
    store = Store(places.store)
    with folder.locked():
        folder.claim(
            [*(output.path for output in plan.outputs), *TEXTS, REPORT, INDEX, PROVENANCE],
            [places.data / name for name in plan.analysis.digests],
        )
        ran = execute(plan, store, executor(jobs), memory, progress)
        Ledger(places.store, plan.analysis.document.name).write(plan)
        places.inputs.remember()
        index = publish(plan, store, folder)
        provenance = _provenance(plan, ran, started, time.perf_counter() - clock, jobs, memory)
        folder.write_text(PROVENANCE, json.dumps(provenance, indent=1, ensure_ascii=False) + "\n")
        report_digest = _render(Results(places.out, index), folder)
        folder.write_text(INDEX, finish_index(index, report_digest))
        folder.finish({*(output["path"] for output in index["outputs"]), REPORT, INDEX, PROVENANCE})
    labels = {step.key: step.label for step in plan.steps}
    return Run(
        Results.open(places.out),
        places.out / REPORT,
        tuple(labels[key] for key in ran.computed),
        tuple(labels[key] for key in ran.reused),
    )


def report(results: Path | str) -> Path:
    """Render the report of a results folder again, from what is stored.

    Raises
    ------
    InputError
        If the folder holds no results.
    """
    root = Path(results)
    Results.open(root)
    folder = ResultsFolder(root)
    with folder.locked():
        found = Results.open(root)
        digest = _render(found, folder)
        index = _without_report(found.index)
        folder.write_text(INDEX, finish_index(index, digest))
        folder.finish({*(entry["path"] for entry in index["outputs"]), REPORT, INDEX, PROVENANCE})
    return root / REPORT


def _without_report(index: dict[str, Any]) -> dict[str, Any]:
    """An index of what the report is made from."""
    outputs = [entry for entry in index["outputs"] if entry["kind"] not in ("report", "provenance")]
    return {**index, "outputs": outputs}


def _render(results: Results, folder: ResultsFolder) -> str:
    """The report, unless it is there already from the same results, text and templates."""
    index = _without_report(results.index)

    def fill(path: Path) -> None:
        path.write_text(render(Results(results.folder, index)), "utf-8")

    source = digest_of([index, results.provenance["document"], results.provenance["versions"], renderer_digest()])
    return folder.write(REPORT, source, fill)


def _provenance(plan: Plan, ran: Ran, started: datetime, seconds: float, jobs: int, memory: int) -> dict[str, Any]:
    """All that may differ between two runs of the same analysis."""
    labels = {step.key: step.label for step in plan.steps}
    source = plan.analysis.source
    return {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "document": {"name": Path(source.name).name, "text": source.text},
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


def versions() -> dict[str, str]:
    """Versions of what computes the numbers."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a bare checkout
            found[name] = __version__ if name == "glmspec" else "unknown"
    return found


def plan_states(plan: Plan, places: Places) -> Mapping[str, str]:
    """Step key -> why it will be computed, or that it is reused."""
    missing = {step.key for step in needed(plan, Store(places.store))}
    return Ledger(places.store, plan.analysis.document.name).reasons(plan, missing)


__all__ = [
    "Places",
    "Run",
    "compile",
    "compile_source",
    "plan_states",
    "report",
    "run",
    "run_plan",
    "versions",
]
