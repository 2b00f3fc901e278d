"""What the documents of the fields need, and what their changes need."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .study import write_image

SHAPE = (8, 8, 6)
SCANS = 40
FIRST = """\
glmspec: 1
name: first
level: first
inputs:
  runs: {bold: "scans/{subject}_{run}.nii.gz", events: "scans/{subject}_{run}.tsv"}
  repetition_time: 2.0
  mask: mask.nii.gz
contrasts: {face: face, house: house}
"""
"""The analysis whose contrasts another one takes up."""


def write_fields_data(root: Path) -> Path:
    """Everything, in a folder of its own."""
    rng = np.random.default_rng(5)
    _write_places(root)
    _write_groups(root, rng)
    for shift, name in enumerate(("one", "two", "other")):
        _write_run(root / name, shift, rng)
    for folder in ("scans", "again"):
        (root / folder).mkdir()
        for shift, name in enumerate(("S1_one", "S1_two", "S2_one", "S2_two")):
            _write_run(root / folder / name, shift + (folder == "again"), rng, "_")
    (root / "first.yaml").write_text(FIRST, "utf-8")
    (root / "first-2.yaml").write_text(FIRST.replace("scans/{subject}_{run}.tsv", "again/{subject}_{run}.tsv"), "utf-8")
    return root


def _write_places(root: Path) -> None:
    """Masks, regions and labels."""
    halves = np.arange(384.0).reshape(SHAPE) % 2
    write_image(root / "mask.nii.gz", np.ones(SHAPE))
    write_image(root / "part.nii.gz", halves)
    write_image(root / "atlas.nii.gz", 1 + halves)
    for name, words in (("atlas", "A B"), ("names", "C D")):
        one, two = words.split()
        (root / f"{name}.tsv").write_text(f"index\tname\n1\t{one}\n2\t{two}\n", "utf-8")


def _write_groups(root: Path, rng: np.random.Generator) -> None:
    """Maps of twelve subjects with their variances, and tables about them."""
    subjects = [f"S{number:02d}" for number in range(1, 13)]
    for folder in ("maps", "other", "variances"):
        (root / folder).mkdir()
        for subject in subjects:
            for task in ("go", "stop"):
                values = rng.normal(size=SHAPE)
                write_image(root / folder / f"{subject}_{task}.nii.gz", 1 + values**2 if folder != "maps" else values)
    for name, years in (("people", 20), ("older", 22)):
        rows = [[s, "fm"[n % 2], years + n * n % 17, n * 7 % 10, "abcd"[n % 4]] for n, s in enumerate(subjects, 1)]
        write_table(root / f"{name}.tsv", ["subject", "sex", "age", "score", "family"], rows)
    for name, folder in (("maps", "maps"), ("others", "other")):
        rows = [[s, f"{folder}/{s}_go.nii.gz", "fm"[n % 2]] for n, s in enumerate(subjects, 1)]
        write_table(root / f"{name}.tsv", ["subject", "map", "sex"], rows)
    for name, high in (("matrix", 1), ("matrix-2", 2)):
        write_table(
            root / f"{name}.tsv", ["subject", "one", "male"], [[s, 1, high * (n % 2)] for n, s in enumerate(subjects)]
        )
    write_table(root / "volumes.tsv", ["rest"], [[n % 3] for n in range(SCANS)])


def _write_run(stem: Path, shift: int, rng: np.random.Generator, joint: str = "-") -> None:
    """One run: scans, events, confounds, regressors, a mask and ready-made matrices."""

    def path(end: str) -> Path:
        return stem.with_name(stem.name + end)

    write_image(path(".nii.gz"), 100 + rng.normal(size=(*SHAPE, SCANS)))
    write_image(path(f"{joint}m.nii.gz"), rng.uniform(size=SHAPE) > 0.1)
    kinds = ["face", "house", "cue", "rest"] * 4
    events = [[4.5 * n + shift, 1, kind, 1 + n * n % 5, 1 + 3 * n % 7, n, int(n != 8)] for n, kind in enumerate(kinds)]
    write_table(path(".tsv"), ["onset", "duration", "trial_type", "load", "weight", "other", "ok"], events)
    write_table(path(f"{joint}c.tsv"), ["x", "y1", "fd"], rng.uniform(size=(SCANS, 3)).tolist())
    write_table(path(f"{joint}r.tsv"), ["pulse", "breath"], rng.normal(size=(SCANS, 2)).tolist())
    matrix = np.column_stack([rng.normal(size=(SCANS, 2)), np.ones(SCANS)])
    write_table(path(f"{joint}d.tsv"), ["left", "right", "rest"], matrix.tolist())
    np.savez(path(".npz"), X=matrix, Y=matrix[::-1])


def write_table(path: Path, names: list[str], rows: Iterable[Iterable[object]]) -> None:
    """A table with tabs."""
    path.write_text("\n".join("\t".join(map(str, row)) for row in (names, *rows)) + "\n", "utf-8")
