"""What is done before there are data: an analysis is planned on imagined images, frozen and previewed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glmspec.errors import InputError, Problem, StepError
from glmspec.execution.outline import outline
from glmspec.execution.results import Results
from glmspec.images.geometry import describe
from glmspec.plan.build import build_plan
from glmspec.plan.compile import compile_study
from glmspec.plan.data import DataFolder
from glmspec.plan.planned import ANY_GRID, PlannedFolder
from glmspec.plan.steps import Plan
from glmspec.reporting.preview import render_preview
from glmspec.review.lock import Lock, frozen, place_of, write_lock
from glmspec.review.versions import versions
from glmspec.spec.document import Document
from glmspec.spec.source import Source
from glmspec.spec.validate import loaded
from glmspec.workflow import compile_source


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
        plan, there = _planned(source, found, document, data), False
    else:
        try:
            plan, _ = compile_source(source, document, data)
        except InputError as error:
            if not (_not_collected(found) and _only_absent(error)):
                raise
            plan, there = _planned(source, found, document, data), False
    frozen_now = frozen(found, plan, there)
    return Locked(path, frozen_now, write_lock(frozen_now, path, force))


NOT_THERE = ("E306", "E307")
"""Problems of files that are not there."""


def _planned(source: Source, found: Document, document: Path, data: Path | str | None) -> Plan | None:
    """The plan on images that are not there yet; None where document and tables do not tell enough."""
    try:
        return planned(source, found, document, data)
    except InputError as error:
        if _only_absent(error):
            return None
        raise


def planned(source: Source, found: Document, document: Path, data: Path | str | None) -> Plan:
    """The plan on images that are imagined where they are not there.

    Raises
    ------
    GlmspecError
        With everything that is wrong; E306 for what only images could tell.
    """
    folder = PlannedFolder(DataFolder(Path(data or document.parent), None, data is not None), found)
    return build_plan(compile_study(source, folder, document.parent), folder)


def _only_absent(error: InputError) -> bool:
    """Whether files that are not there are all that is wrong."""
    return all(problem.code in NOT_THERE for problem in error.problems)


def _not_collected(document: Document) -> bool:
    """Whether the registration says that there are no data."""
    return document.registration is not None and document.registration.data_status == "not-collected"


@dataclass(frozen=True)
class Preview:
    """A page about an analysis that was not run, and what it says for programs."""

    path: Path
    data: dict[str, Any]


def preview(source: Source, document: Path, data: Path | None, out: Path | None = None) -> Preview:
    """Write the report of an analysis that has not been run; images need not be there.

    ``out`` is the page where it ends in `.html`, else the folder of NAME-preview.html; which is made.

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
    path = page_of(plan.name, out)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")
    except OSError as error:
        message = f"the preview cannot be written: {error.strerror or error}"
        raise StepError((Problem("E504", message, hint="choose another place with -o"),)) from error
    return Preview(path, {"preview": str(path), "without_images": without_images, "fits": known})


def page_of(name: str, out: Path | None) -> Path:
    """Where a preview goes: `-o` is a folder as it is for a run, unless it says that it is a page."""
    if out is not None and out.suffix.lower() == ".html" and not out.is_dir():
        return out
    return (out or Path()) / f"{name}-preview.html"


def _forget_the_grid(found: Results) -> None:
    """What checks say of a grid that was imagined."""
    grid = describe(ANY_GRID)
    checks = found.index["analysis"]["checks"]
    told = [[name, state, text.replace(f" on one grid of {grid}", "")] for name, state, text in checks]
    found.index["analysis"]["checks"] = [check for check in told if grid not in check[2]]


def _known(found: Results) -> dict[str, Any]:
    """What a program may want of a preview."""
    analysis = found.analysis
    told = {key: entry for key, entry in analysis["inference"].items() if entry and "relabellings" in entry}
    return {
        "fit": analysis["fit"],
        "contrasts": found.contrasts,
        "designs": analysis["outlook"],
        "relabellings": {key: entry["relabellings"] for key, entry in told.items()},
        "checks": analysis["checks"],
    }
