"""What a reviewer asks for: what differs, why a step runs, whether results hold, and which questions are answered."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from glmspec.errors import DocumentError, Problem
from glmspec.execution.progress import Progress, Silent
from glmspec.execution.results import Results
from glmspec.plan.data import DataFolder
from glmspec.plan.explain import Ledger
from glmspec.plan.steps import Plan
from glmspec.review.blame import Blame, blame
from glmspec.review.comparison import FileDifference, of_results
from glmspec.review.coverage.check import Coverage, coverage, known
from glmspec.review.coverage.items import PROFILES
from glmspec.review.differences import Difference, of_digests, of_documents, of_versions
from glmspec.review.sides import side
from glmspec.review.verify import Verdict, check_inputs, check_recomputed, check_results, parts_of, versions_note
from glmspec.review.versions import versions
from glmspec.spec.problems import suggestion
from glmspec.spec.resolve import without_defaults
from glmspec.spec.source import Source, parse
from glmspec.spec.validate import loaded
from glmspec.workflow import DEFAULT_MEMORY, Places, compile_at, compile_source, plan_states, run_plan


@dataclass(frozen=True)
class Comparison:
    """What differs between two things."""

    titles: tuple[str, str]
    differences: tuple[Difference, ...]
    files: tuple[FileDifference, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.differences or self.files)

    def titled(self, one: str, other: str) -> Comparison:
        """The same under other titles."""
        return Comparison((one, other), self.differences, self.files)


def diff(one: Path, other: Path) -> Comparison:
    """What differs between two documents, locks or results folders.

    Raises
    ------
    GlmspecError
        Where one of them cannot be read.
    """
    before, after = side(one), side(other)
    found = (
        *of_documents(before.document, after.document),
        *of_digests(before.inputs, after.inputs),
        *of_versions(before.versions, after.versions),
    )
    both = before.results is not None and after.results is not None
    files = of_results(before.results, after.results) if both else ()  # type: ignore[arg-type]
    return Comparison((before.title, after.title), found, files)


def why(
    source: Source,
    document: Path,
    step: str,
    data: Path | str | None = None,
    out: Path | str | None = None,
    store: Path | str | None = None,
) -> list[Blame]:
    """Why steps whose labels contain ``step`` would run, or that they are reused.

    Raises
    ------
    GlmspecError
        With everything that is wrong; E208 where no step is called so.
    """
    plan, places = compile_source(source, document, data, out, store)
    wanted = [found for found in plan.steps if found.label == step]
    wanted = wanted or [found for found in plan.steps if step.casefold() in found.label.casefold()]
    if not wanted:
        hint = suggestion(step, [found.label for found in plan.steps], "steps")
        raise DocumentError((Problem("E208", f"no step is called `{step}`", hint=hint),))
    ledger = Ledger(places.store, plan.name)
    text = ledger.document()
    last = None if text is None else loaded(parse(text, "the last run"))

    def planned(other: Source) -> Plan:
        return compile_source(other, document, data, out, store)[0]

    return blame(plan, wanted, plan_states(plan, places), ledger.read(), last, planned)


def verify(
    results: Path,
    data: Path | None = None,
    *,
    recompute: bool = False,
    jobs: int = 1,
    memory: int = DEFAULT_MEMORY,
    progress: Progress | None = None,
) -> Verdict:
    """Hold results against their checksums; their inputs too where ``data`` is named; or compute all of them again.

    Raises
    ------
    GlmspecError
        Where the folder holds no results, or they cannot be computed again.
    """
    found = Results.open(results)
    number, faults = check_results(found)
    inputs = None
    if data is not None:
        inputs, wrong = check_inputs(found, DataFolder(data))
        faults += wrong
    recomputed = None
    if recompute:
        if data is None:
            hint = "results do not say where on a machine their data were: name the folder with --data"
            raise DocumentError((Problem("E226", "nothing can be computed again without data", hint=hint),))
        with tempfile.TemporaryDirectory() as place:
            plan, places = _planned_again(found, data, Path(place))
            done = run_plan(plan, places, jobs=jobs, memory=memory, progress=progress or Silent(), registered=False)
            recomputed, wrong = check_recomputed(found, done.results)
        faults += wrong
    notes = tuple(versions_note(found, versions())) if recompute or faults else ()
    return Verdict(number, inputs, recomputed, tuple(faults), notes)


def _planned_again(found: Results, data: Path, place: Path) -> tuple[Plan, Places]:
    """The plan that results were made by, from what they hold; documents whose contrasts are its maps as they were."""
    source = without_defaults(parse(found.text("resolved.yaml"), "resolved.yaml"))
    for name, text in parts_of(found).items():
        path = place / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    places = Places.choose(place / "documents/resolved.yaml", "again", data, place / "out", None)
    if not found.provenance.get("data_named", True):  # the data of each document start at its own folder
        places = replace(places, inputs=replace(places.inputs, chosen=False))
    return compile_at(source, places), places


def check(thing: Path, profiles: Sequence[str] = ("all",)) -> tuple[Coverage, ...]:
    """Which questions of reporting guidelines a document or a results folder answers, all of its fits.

    Raises
    ------
    GlmspecError
        Where it cannot be read.
    """
    found = side(thing, as_written=True)
    fits = [] if found.results is None else [known(fit) for fit in found.results.fits.values()]
    return coverage(found.document, fits, [name for name in PROFILES if {"all", name} & set(profiles)])
