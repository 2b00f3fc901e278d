"""Small data in the layout of the reviewed documents: smooth noise with the names, rows and scans that they have."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
from analyses.simulated import SHAPE, STRAIGHT, brain
from scipy.ndimage import gaussian_filter

import glmspec
from glmspec.execution.results import Results

DOCUMENTS = Path(__file__).parent / "reviewed"
LETTERS = {
    "B": "button-press",
    "P": "button-press-permutation",
    "D": "button-press-discoveries",
    "C": "checkerboard",
    "L": "clicks",
    "F": "fiac-two-runs",
    "H": "haxby",
}
"""What the page calls each document."""
PEOPLE = {"left-minus-right": 15, "clicks/left": 15, "clicks/right": 15, "checkerboard/vertical": 16,
          "checkerboard/horizontal": 16}  # fmt: skip
CATEGORIES = ("bottle", "cat", "chair", "face", "house", "scissors", "scrambledpix", "shoe")


def write_reviewed(folder: Path) -> None:
    """Everything that the seven documents read, below one folder."""
    random = np.random.default_rng(5)
    for place, people in PEOPLE.items():
        for number in range(1, people + 1):
            _save(folder / place / f"S{number:02d}.nii.gz", _smooth(random) * brain())
    for mask in ("mask.nii.gz", "fiac/mask.nii.gz"):
        _save(folder / mask, brain().astype(np.uint8))
    halves = np.where(np.indices(SHAPE)[0] < SHAPE[0] // 2, 1, 2) * brain()
    _save(folder / "harvard-oxford_cortical_dseg.nii.gz", halves.astype(np.int16))
    (folder / "harvard-oxford_cortical_dseg.tsv").write_text("index\tname\n1\tleft\n2\tright\n")
    for run in ("run-1", "run-2"):
        _save(folder / f"fiac/{run}_bold.nii.gz", _scans(random, 191))
        np.savez(folder / f"fiac/{run}_design.npz", X=np.column_stack([random.normal(size=(191, 12)), np.ones(191)]))
        _save(folder / run / "bold.nii.gz", _scans(random, 121))
        motion = "\n".join("\t".join(f"{value:.4f}" for value in row) for row in random.normal(size=(121, 6)))
        (folder / run / "confounds.tsv").write_text("\t".join(f"motion_{n}" for n in range(1, 7)) + f"\n{motion}\n")
        order = random.permutation(CATEGORIES)
        lines = "\n".join(f"{12 + 36 * place}\t22.5\t{name}" for place, name in enumerate(order))
        (folder / run / "events.tsv").write_text(f"onset\tduration\ttrial_type\n{lines}\n")


def _smooth(random: np.random.Generator) -> np.ndarray:
    found = gaussian_filter(random.normal(size=SHAPE), 1.2)
    return np.asarray(found / found.std())


def _scans(random: np.random.Generator, count: int) -> np.ndarray:
    """Brain on a background of next to nothing."""
    level = np.where(brain(), 1000.0, 1.0)
    return np.stack([level * (1 + 0.01 * _smooth(random)) for _ in range(count)], axis=3)


def _save(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = values if values.dtype.kind in "iu" else values.astype(np.float32)
    nib.save(nib.Nifti1Image(kept, STRAIGHT), path)


def analysed(folder: Path) -> dict[str, Results]:
    """Letter -> the results of its document on such data."""
    write_reviewed(folder / "data")
    return {
        letter: glmspec.run(DOCUMENTS / f"{name}.yaml", folder / "data", folder / name).results
        for letter, name in LETTERS.items()
    }
