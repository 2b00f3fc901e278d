"""What a reviewer asks for: the functions behind the commands that lock, compare and verify."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glmspec.errors import DocumentError, InputError, Problem, StepError
from glmspec.execution.outline import outline
from glmspec.execution.progress import Progress, Silent
from glmspec.execution.results import Results
from glmspec.images.geometry import describe
from glmspec.plan.build import build_plan
from glmspec.plan.compile import compile_study
from glmspec.plan.data import DataFolder
from glmspec.plan.explain import Ledger
from glmspec.plan.planned import ANY_GRID, PlannedFolder
from glmspec.plan.steps import Plan
from glmspec.reporting.preview import render_preview
from glmspec.review.blame import Blame, blame
from glmspec.review.comparison import FileDifference, of_results
from glmspec.review.coverage.answers import Subject
from glmspec.review.coverage.check import Coverage, coverage
from glmspec.review.coverage.items import PROFILES
from glmspec.review.differences import Difference, of_digests, of_documents, of_versions
from glmspec.review.lock import Lock, frozen, place_of, write_lock
from glmspec.review.sides import side
from glmspec.review.verify import Verdict, check_inputs, check_recomputed, check_results, versions_note
from glmspec.review.versions import versions
from glmspec.spec.document import Document
from glmspec.spec.problems import suggestion
from glmspec.spec.resolve import without_defaults
from glmspec.spec.source import Source, parse
from glmspec.spec.validate import loaded
from glmspec.workflow import DEFAULT_MEMORY, compile_source, plan_states, run_plan


@dataclass(frozen=True)
class Locked:
    """What a lock holds, and where it stands."""

    path: Path
    lock: Lock
    written: bool
    """Whether it was not there before, or was another."""

    @property
    def data(self) -> dict[str, Any]:
        """For programs."""
        lock = self.lock
        counts = {"inputs": None if lock.inputs is None else len(lock.inputs), "subjects": lock.subjects}
        return {
            "lock": str(self.path),
            "written": self.written,
            "sha256": lock.digest,
            **counts,
            "relabellings": {name: dict(found) for name, found in lock.relabellings.items()},
        }

    @property
    def text(self) -> str:
        """For people."""
        lock = self.lock
        files = "no inputs yet" if lock.inputs is None else f"{len(lock.inputs)} input files"
        lines = [
            f"{self.path}: {'written' if self.written else 'is as it was'}",
            f"document sha256 {lock.digest[:12]}, {files}",
        ]
        lines += [
            f"{name}: {found['made']:,} relabellings, the smallest p is {found['smallest_p']:.3g}"
            for name, found in lock.relabellings.items()
        ]
        return "\n".join(lines)


def lock(
    source: Source,
    document: Path,
    data: Path | str | None = None,
    *,
    without_data: bool = False,
    force: bool = False,
) -> Locked:
    """Write the lock of a document beside it; with checksums and relabellings where its data are there.

    Raises
    ------
    GlmspecError
        With everything that is wrong with document, inputs and design; E224 where another lock is there.
    """
    found = loaded(source)
    path = place_of(found, document.parent)
    plan, there = None, True
    if without_data:
        plan, there = _planned(source, found, document, _path(data)), False
    else:
        try:
            plan, _ = compile_source(source, document, data)
        except InputError as error:
            if not (_not_collected(found) and _only_absent(error)):
                raise
            plan, there = _planned(source, found, document, _path(data)), False
    frozen_now = frozen(found, plan, there)
    return Locked(path, frozen_now, write_lock(frozen_now, path, force))


NOT_THERE = ("E306", "E307")
"""Problems of files that are not there."""


def _path(value: Path | str | None) -> Path | None:
    return None if value is None else Path(value)


def _planned(source: Source, found: Document, document: Path, data: Path | None) -> Plan | None:
    """The plan on images that are not there yet; None where document and tables do not tell enough."""
    try:
        return planned(source, found, document, data)
    except InputError as error:
        if _only_absent(error):
            return None
        raise


def planned(source: Source, found: Document, document: Path, data: Path | None) -> Plan:
    """The plan on images that are imagined where they are not there.

    Raises
    ------
    GlmspecError
        With everything that is wrong; E306 for what only images could tell.
    """
    folder = PlannedFolder(DataFolder(data or document.parent, None, data is not None), found)
    return build_plan(compile_study(source, folder, document.parent), folder)


def _only_absent(error: InputError) -> bool:
    """Whether files that are not there are all that is wrong."""
    return all(problem.code in NOT_THERE for problem in error.problems)


def _not_collected(document: Document) -> bool:
    """Whether the registration says that there are no data."""
    return document.registration is not None and document.registration.data_status == "not-collected"


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
            text = found.text("resolved.yaml")
            plan, places = compile_source(
                without_defaults(parse(text, "resolved.yaml")), data / "resolved.yaml", data, Path(place) / "out"
            )
            done = run_plan(plan, places, jobs=jobs, memory=memory, progress=progress or Silent(), registered=False)
            recomputed, wrong = check_recomputed(found, done.results)
        faults += wrong
    notes = tuple(versions_note(found, versions())) if recompute or faults else ()
    return Verdict(number, inputs, recomputed, tuple(faults), notes)


def check(thing: Path, profile: str = "all") -> tuple[Coverage, ...]:
    """Which questions of reporting guidelines a document or a results folder answers.

    Of several fits the first one is asked, as in their report.

    Raises
    ------
    GlmspecError
        Where it cannot be read.
    """
    found = side(thing, as_written=True)
    facts = None if found.results is None else next(iter(found.results.fits.values())).analysis
    return coverage(Subject(found.document, facts), [name for name in PROFILES if profile in ("all", name)])


@dataclass(frozen=True)
class Preview:
    """A page about an analysis that was not run, and what it says for programs."""

    path: Path
    data: dict[str, Any]


def preview(source: Source, document: Path, data: Path | None, out: Path) -> Preview:
    """Write the report of an analysis that has not been run; images need not be there.

    Raises
    ------
    GlmspecError
        With everything that is wrong with document, tables and design; E306 for what only images could tell.
    """
    without_images = False
    with tempfile.TemporaryDirectory() as place:
        try:
            plan, _ = compile_source(source, document, data, Path(place) / "out")
        except InputError as error:
            if not _only_absent(error):
                raise
            without_images = True
            plan = planned(source, loaded(source), document, data)
        told = {"document": {"name": document.name, "text": source.text}, "versions": versions()}
        fits = []
        for number, fit in enumerate(plan.fits):
            root = Path(place) / str(number)
            root.mkdir()
            fits.append(outline(fit, root, told))
            if without_images:
                _forget_the_grid(fits[-1])
        page = render_preview(fits, without_images)
        known = [_known(found) for found in fits]
    try:
        out.write_text(page, "utf-8")
    except OSError as error:
        message = f"the preview cannot be written: {error.strerror or error}"
        raise StepError((Problem("E504", message, hint="choose another file with -o"),)) from error
    return Preview(out, {"preview": str(out), "without_images": without_images, "fits": known})


def _forget_the_grid(found: Results) -> None:
    """What checks say of a grid that was imagined."""
    grid = describe(ANY_GRID)
    checks = found.index["analysis"]["checks"]
    told = [[name, state, text.replace(f" on one grid of {grid}", "")] for name, state, text in checks]
    found.index["analysis"]["checks"] = [check for check in told if grid not in check[2]]


def _known(found: Results) -> dict[str, Any]:
    """What a program may want of a preview."""
    analysis = found.analysis
    return {
        "fit": analysis["fit"],
        "contrasts": found.contrasts,
        "designs": analysis["outlook"],
        "relabellings": {key: told["relabellings"] for key, told in analysis["inference"].items() if told
                         and "relabellings" in told},
        "checks": analysis["checks"],
    }  # fmt: skip
