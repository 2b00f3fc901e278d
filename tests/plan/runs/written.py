"""Small runs written into a folder, and the document over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from images.files import image, saved

from glmspec.plan.check import Check
from glmspec.plan.data import DataFolder
from glmspec.plan.runs import RunFiles, RunModel, located_runs, missing_runs, run_models
from glmspec.spec.document import FirstLevelDocument
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded

VOLUMES, TIME = 60, 2.0
SECONDS = 8  # NIfTI's number for the unit
EVENTS = {"onset": [4, 30, 60], "duration": [6, 6, 6], "trial_type": ["face", "house", "face"]}
PATTERNS = '{bold: "run-{run}/bold.nii", events: "run-{run}/events.tsv"}'
WITH_CONFOUNDS = '{bold: "run-{run}/bold.nii", events: "run-{run}/events.tsv", confounds: "run-{run}/confounds.tsv"}'


def write_bold(path: Path, volumes: int = VOLUMES, time: float = TIME, unit: int = SECONDS) -> None:
    """A 4D image of eight voxels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = image(
        np.zeros((2, 2, 2, volumes), dtype=np.uint8), pixdim=[1, 3, 3, 3, time, 0, 0, 0], xyzt_units=unit + 2
    )
    saved(path.parent, content, path.name)


def write_table(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """A table with tabs; None is a missing value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = zip(*columns.values(), strict=True)
    lines = ["\t".join(columns), *("\t".join("n/a" if cell is None else str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def write_run(folder: Path, events: Mapping[str, Sequence[Any]] | None = None, **tables: Mapping[str, Any]) -> None:
    """The images, the events and further tables of a run, in its own folder."""
    write_bold(folder / "bold.nii")
    write_table(folder / "events.tsv", EVENTS if events is None else events)
    for name, columns in tables.items():
        write_table(folder / f"{name}.tsv", columns)


def motion(volumes: int = VOLUMES, seed: int = 1) -> dict[str, list[float]]:
    """Two confounds."""
    values = np.random.default_rng(seed).normal(size=(2, volumes)).round(6)
    return {"motion_1": values[0].tolist(), "motion_2": values[1].tolist()}


def document(runs: str = PATTERNS, inputs: str = "", design: str = "{}", more: str = "") -> FirstLevelDocument:
    """A document of the first level; ``inputs`` and ``more`` are further lines, ``design`` a mapping."""
    further = "".join(f"  {line}\n" for line in inputs.splitlines())
    text = f"glmspec: 1\nname: small\nlevel: first\ninputs:\n  runs: {runs}\n{further}design: {design}\n"
    made = loaded(parse(f"{text}contrasts: {{any: {{test: F, rows: ['*']}}}}\n{more}", "small.yaml"))
    assert isinstance(made, FirstLevelDocument)
    return made


class Outcome(NamedTuple):
    """Everything that comes out."""

    runs: list[RunFiles]
    models: list[RunModel]
    problems: list[str]
    checks: list[Check]

    @property
    def notes(self) -> list[str]:
        """Checks with something to say."""
        return [f"{check.name} [{check.state}]: {check.text}" for check in self.checks if check.state != "ok"]

    @property
    def model(self) -> RunModel:
        """The only run, without problems."""
        assert self.problems == []
        (model,) = self.models
        return model


def outcome(folder: Path, made: FirstLevelDocument | None = None, **sections: str) -> Outcome:
    """What a document on a folder comes to."""
    made = document(**sections) if made is None else made
    problems: list[Any] = []
    checks: list[Check] = []
    data = DataFolder(folder)
    located = located_runs(made.inputs, data, problems, checks, fit_per=made.fit_per)
    runs = missing_runs(located, made, problems, checks)
    models = run_models(made, runs, data, problems, checks)
    told = [
        str(problem) + (f" ({problem.place.file}:{problem.place.line})" if problem.place else "")
        for problem in problems
    ]
    return Outcome(runs, models, told, checks)
