"""The design of a first level: for each run its matrix above the contrasts' weights, and its events over time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from glmspec.plan.names import design_path
from glmspec.plan.rows import same
from glmspec.reporting.collinearity import collinearity
from glmspec.reporting.design_parts import MATRIX_CAPTION, read_matrix, shape_words, weights_table
from glmspec.reporting.figures.charts import design_matrix
from glmspec.reporting.figures.timeline import timeline
from glmspec.reporting.material import Material
from glmspec.reporting.model import Block, Cell, Column, Figure, Fold, Paragraph, Table, plain
from glmspec.reporting.run_words import Run, asked_in, called
from glmspec.reporting.words import count, listed, setting, shortlist

NO_PART = "no part"


def first_level_design(material: Material) -> tuple[Block, ...]:
    """The blocks of the section."""
    runs = material.analysis["runs"]
    shared = len({_weighed(run) for run in runs}) == 1
    blocks: list[Block] = [_lead(material), _runs(runs)]
    if not all(asked_in(runs, name) == runs for name in material.contrasts):
        blocks.append(_parts(material))
    blocks += [_fold(material, number, shared) for number in range(len(runs))]
    if shared:
        whose = "" if len(runs) == 1 else " in every run"
        blocks.append(_weights(material, runs[0], f"Columns of the design and their weights{whose}"))
    return tuple(blocks)


def _weighed(run: Run) -> str:
    """Columns and weights of a run, to be compared with those of another."""
    return json.dumps([run["design"]["columns"], run["weights"]])


def _lead(material: Material) -> Paragraph:
    """How many runs there are, and whether they are modelled alike."""
    runs = material.analysis["runs"]
    scans = count(sum(run["scans"] for run in runs), "scan")
    freedom = f"{sum(run['design']['dof'] for run in runs):,} residual degrees of freedom"
    if len(runs) == 1:
        return plain(f"One run of {scans}, with {freedom}.")
    text = f"{count(len(runs), 'run')} with a design each; {scans} and {freedom} together."
    return plain(" ".join([text, *_alike(runs)]))


def _alike(runs: Sequence[Run]) -> Iterator[str]:
    """What runs share, and in what they differ."""
    if len({_weighed(run) for run in runs}) == 1:
        yield "All have the same columns, and contrasts the same weights."
        return
    columns = [set(run["design"]["columns"]) for run in runs]
    if len({tuple(run["design"]["columns"]) for run in runs}) == 1:
        yield "All have the same columns; the weights of contrasts differ."
        return
    everywhere = set.intersection(*columns)
    yield f"{count(len(everywhere), 'column')} are in every run."
    for run, own in zip(runs, columns, strict=True):
        further = [name for name in run["design"]["columns"] if name in own - everywhere]
        if further:
            yield f"{called(run)} has also {shortlist(further, 8)}."


def _runs(runs: Sequence[Run]) -> Table:
    """A row a run."""
    columns = [Column("Run"), Column("Scans", "number")]
    wanted: list[tuple[Column, Any]] = [
        (Column("Discarded", "number"), lambda run: str(run["discarded"])),
        (Column("TR (s)", "number"), lambda run: _seconds(run["repetition_time"])),
        (Column("Columns", "number"), lambda run: str(len(run["design"]["columns"]))),
        (Column("Rank", "number"), lambda run: str(run["design"]["rank"])),
        (Column("Degrees of freedom", "number"), lambda run: str(run["design"]["dof"])),
        (Column("Censored", "number"), lambda run: str(len(run["censored"]))),
        (Column("Image", "code"), lambda run: str(run["bold"])),
    ]
    told = [entry for entry in wanted if any(entry[1](run) not in ("", "0") for run in runs)]
    rows = tuple(
        (
            Cell(called(run), href=f"#{_anchor(number)}"),
            Cell(str(run["scans"])),
            *(Cell(cell(run)) for _, cell in told),
        )
        for number, run in enumerate(runs)
    )
    return Table("Runs", (*columns, *(column for column, _ in told)), rows)


def _seconds(time: float | None) -> str:
    return "" if time is None else setting(time)


def _anchor(number: int) -> str:
    return f"design.{number + 1}"


def _parts(material: Material) -> Table:
    """Which runs have a part in which contrast."""
    runs = material.analysis["runs"]
    written = getattr(material.document, "contrasts", {})
    rows = []
    for name, contrast in material.contrasts.items():
        by_run = written[name].runs or {}
        said = {same("run", key): text for key, text in by_run.items()}
        cells = [Cell(str(contrast["title"]), href=f"#contrast.{name}")]
        for run in runs:
            text = said.get(same("run", str(run["name"])), str(contrast["expression"]))
            cells.append(Cell(text if name in run["weights"] else NO_PART))
        rows.append(tuple(cells))
    columns = (Column("Contrast"), *(Column(called(run), "code") for run in runs))
    return Table("What each run has a part in", columns, tuple(rows))


def _fold(material: Material, number: int, shared: bool) -> Fold:
    """One run: its shape, its matrix, its events; its own weights where runs differ."""
    run = material.analysis["runs"][number]
    design = run["design"]
    name = str(run["name"])
    matrix = read_matrix(material, design_path(name), len(design["columns"]))
    weights = {contrast: np.array(rows) for contrast, rows in run["weights"].items()}
    first = run["discarded"] + 1
    title = f"{called(run)}: design matrix and contrast weights"
    drawing = design_matrix(matrix, design["columns"], weights, title=title, first=first)
    blocks: list[Block] = [plain(" ".join([shape_words(design, run["scans"], "scan"), *_of_scans(run)]))]
    caption = f"{called(run)}. Scans are counted as in the file. {MATRIX_CAPTION}"
    blocks.append(Figure((Markup(drawing),), caption, wide=True))
    blocks += _events(run, number)
    blocks += _told_apart(material, number)
    if not shared:
        blocks.append(_weights(material, run, f"{called(run)}: columns of the design and their weights"))
    note = f"{count(run['scans'], 'scan')}, {count(len(design['columns']), 'column')}"
    return Fold(f"Design of {called(run)}", tuple(blocks), _anchor(number), open=number == 0, note=note)


def _told_apart(material: Material, number: int) -> Iterator[Block]:
    """Correlations and efficiency of a run, unless its matrix is that of an earlier one."""
    runs = material.analysis["runs"]
    files = [material.results.text(design_path(str(run["name"]))).partition("\n")[2] for run in runs[: number + 1]]
    same_as = files.index(files[number])
    if same_as < number and _weighed(runs[same_as]) == _weighed(runs[number]):
        yield plain(f"The matrix is that of {called(runs[same_as])}, and so are correlations and efficiency.", "quiet")
    else:
        yield from collinearity(material, runs[number]["design"], str(runs[number]["name"]), called(runs[number]))


def _of_scans(run: Run) -> Iterator[str]:
    """What became of scans that are not simply modelled."""
    if run["matrix"]:
        yield f"The matrix was ready-made: {run['matrix']}."
    if run["discarded"]:
        yield f"{count(run['discarded'], 'scan')} at the start {'is' if run['discarded'] == 1 else 'are'} discarded."
    if run["censored"]:
        scans = shortlist(map(str, run["censored"]), 24)
        yield f"{count(len(run['censored']), 'censored scan')}, with a column each: {scans}."


def _events(run: Run, number: int) -> tuple[Figure, ...]:
    """When the events of each condition are."""
    conditions, time = run["conditions"], run["repetition_time"]
    if not conditions or time is None:
        return ()
    spans = {name: list(zip(events["onsets"], events["durations"], strict=True)) for name, events in conditions.items()}
    span = (run["discarded"] * time, (run["discarded"] + run["scans"]) * time)
    drawing = timeline(spans, span, f"{called(run)}: events over time")
    counts = listed(f"{name} {len(events)}" for name, events in spans.items())
    shaded = " Shaded: scans that were discarded." if run["discarded"] else ""
    caption = f"{called(run)}: events of each condition on the clock of the file ({counts}).{shaded}"
    return (Figure((Markup(drawing),), caption, True),)


def _weights(material: Material, run: Run, caption: str) -> Table:
    """The columns of a run by contrast."""
    return weights_table(material, run["design"]["columns"], run["weights"], caption)
