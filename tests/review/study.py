"""A one-sample study of small maps that exists in seconds: documents, data, commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np

SHAPE = (8, 8, 6)
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])
DOCUMENT = """\
glmspec: 1
name: press
level: second
inputs:
  maps: "maps/{subject}.nii.gz"
  mask: mask.nii.gz
  smoothing_fwhm: 4
design: {formula: "1"}
contrasts: {mean: intercept}
inference:
  fdr: {method: parametric, correction: fdr, alpha: 0.05}
  flips: {method: permutation, control: voxel, permutations: 100, seed: 1}
"""


def write_maps(folder: Path, subjects: int = 8, seed: int = 1) -> Path:
    """Noise with an effect in one corner."""
    (folder / "maps").mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    effect = np.zeros(SHAPE)
    effect[:4, :4, :3] = 4
    for number in range(1, subjects + 1):
        write_image(folder / f"maps/S{number:02d}.nii.gz", rng.normal(size=SHAPE) + effect)
    write_image(folder / "mask.nii.gz", np.ones(SHAPE))
    return folder


def write_image(path: Path, values: np.ndarray) -> None:
    nib.save(nib.Nifti1Image(values.astype(np.float32), AFFINE), path)


def write(folder: Path, text: str = DOCUMENT, name: str = "press.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def glmspec(folder: Path, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """A command as a process, which ends as expected and leaves no traceback."""
    line = [sys.executable, "-m", "glmspec", *map(str, arguments)]
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (done.stdout, done.stderr)
    return done
