"""Runs small enough for a test: 40 scans of 8 x 9 x 7 voxels, two runs a subject, one place that answers to `go`."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np

import glmspec
from glmspec.execution.results import Results

SHAPE = (8, 9, 7)
AFFINE = np.array([[3.0, 0, 0, -10.5], [0, 3, 0, -12.0], [0, 0, 3, -9.0], [0, 0, 0, 1]])
SCANS, TIME = 40, 2.0
ACTIVE = (5, 4, 3)
"""The voxel that answers: 4.5, 0, 0 mm."""
FLAT, DARK = (2, 2, 2), (2, 2, 3)
"""A voxel of run 2 in which all scans are the same, and one with a mean below 1, without a percentage of it."""
RUNS = ("1", "2")

DOCUMENT = """\
# Small runs.
glmspec: 1
name: small-runs
title: {title}
level: first
inputs:
  runs:
    bold: "{where}run-{{run}}_bold.nii.gz"
    events: "{where}run-{{run}}_events.tsv"
    confounds: "{where}run-{{run}}_confounds.tsv"
  mask: mask.nii.gz
{inputs}
design:
  {design}
contrasts:
  {contrasts}
inference:
  height: {{method: parametric, correction: none, alpha: 0.001}}
{more}"""

DESIGN = """\
hrf: {model: glover, derivatives: [time]}
  drift: {model: cosine, high_pass: 0.02}
  confounds: [trans_*]
  noise: {model: ar, order: 1}"""
CONTRASTS = """\
go: {expression: go - stop, title: Go over stop}
  any: {test: F, rows: [go, stop]}
  second: {runs: {run-1: none, run-2: go}}"""


def document(
    *,
    title: str = "Small runs",
    where: str = "",
    inputs: str = "",
    design: str = DESIGN,
    contrasts: str = CONTRASTS,
    more: str = "",
) -> str:
    """The document; ``inputs`` and ``more`` are further lines, ``where`` is the folder of the runs."""
    words = json.dumps(title, ensure_ascii=False)
    return DOCUMENT.format(title=words, where=where, inputs=inputs, design=design, contrasts=contrasts, more=more)


def several(**changes: str) -> str:
    """The same for several subjects."""
    return document(where="sub-{subject}/", **changes)


def write_runs(folder: Path, subjects: tuple[str, ...] = ("",), name: str = "go") -> None:
    """Scans, events and confounds of every run, below ``sub-01/`` and so on, or in the folder itself; and a mask."""
    folder.mkdir(parents=True, exist_ok=True)
    mask = np.zeros(SHAPE, np.uint8)
    mask[1:-1, 1:-1, 1:-1] = 1
    _save(folder / "mask.nii.gz", mask)
    for number, subject in enumerate(subjects):
        place = folder / f"sub-{subject}" if subject else folder
        place.mkdir(exist_ok=True)
        for run in RUNS:
            _write_run(place, run, np.random.default_rng([number, int(run)]), name)


def _write_run(place: Path, run: str, random: np.random.Generator, name: str) -> None:
    onsets = np.arange(6.0, SCANS * TIME - 10, 12.0) + 2 * int(run)
    types = [(name, "stop")[index % 2] for index in range(len(onsets))]
    lines = [f"{onset:g}\t4\t{kind}" for onset, kind in zip(onsets, types, strict=True)]
    (place / f"run-{run}_events.tsv").write_text("onset\tduration\ttrial_type\n" + "\n".join(lines) + "\n", "utf-8")
    movement = random.normal(size=(SCANS, 2)).round(4)
    movement[17] = 4.0  # a scan for a rule to censor
    rows = "\n".join("\t".join(f"{value:g}" for value in row) for row in movement)
    (place / f"run-{run}_confounds.tsv").write_text(f"trans_x\ttrans_y\n{rows}\n", "utf-8")
    scans = 100 + random.normal(size=(*SHAPE, SCANS))
    for onset, kind in zip(onsets, types, strict=True):
        first = int(onset / TIME) + 2
        scans[(*ACTIVE, slice(first, first + 4))] += 8 if kind == name else 0
    if run == "2":
        scans[FLAT] = 50
        scans[DARK] = 0.5
    image = nib.Nifti1Image(scans.astype(np.float32), AFFINE)
    image.header.set_zooms((3, 3, 3, TIME))
    image.header.set_xyzt_units("mm", "sec")
    nib.save(image, place / f"run-{run}_bold.nii.gz")


def analysed(folder: Path, text: str, subjects: tuple[str, ...] = ("",), out: str = "out") -> Results:
    """The results of a document on such data, both below ``folder``."""
    if not (folder / "data").exists():
        write_runs(folder / "data", subjects)
    path = folder / "runs.yaml"
    path.write_text(text, "utf-8")
    return glmspec.run(path, folder / "data", folder / out).results


def fits(results: Results) -> list[tuple[str, Results]]:
    """The fits below a results folder, each with its own folder."""
    places = [str(fit["folder"]) for fit in results.analysis["fits"]]
    return [(place, Results.open(results.folder / place)) for place in places]


def _save(path: Path, values: np.ndarray) -> None:
    nib.save(nib.Nifti1Image(values, AFFINE), path)
