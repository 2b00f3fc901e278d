"""A map with one strong voxel in each octant, on grids of either handedness and aslant."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import nibabel as nib
import numpy as np

import glmspec

SHAPE = (22, 26, 20)
MIDDLE = (np.array(SHAPE) - 1) / 2
DOCUMENT = """\
glmspec: 1
name: octants
level: map
inputs: {statistic: z.nii.gz, scale: z, mask: mask.nii.gz}
inference:
  height: {method: parametric, threshold: {z: 3.1}, correction: none}
"""


def rotation(about_x: float, about_z: float) -> np.ndarray:
    """Two turns, in radians."""
    (a, b), (c, d) = (np.cos(about_x), np.sin(about_x)), (np.cos(about_z), np.sin(about_z))
    return np.array([[1, 0, 0], [0, a, -b], [0, b, a]]) @ np.array([[c, -d, 0], [d, c, 0], [0, 0, 1]])


def affine(columns: np.ndarray) -> np.ndarray:
    """With the origin in the middle of the image."""
    whole = np.eye(4)
    whole[:3, :3] = columns
    whole[:3, 3] = -columns @ MIDDLE
    return whole


AFFINES = {
    "RAS": affine(np.diag([3.0, 3, 3])),
    "LAS": affine(np.diag([-3.0, 3, 3])),
    "oblique": affine(rotation(0.2, 0.35) @ np.diag([-3.0, 3, 3.5])),
}


def octants() -> dict[tuple[int, int, int], float]:
    """Voxel -> z: positive where the first index is high, each with a size of its own."""
    found = {}
    for number, signs in enumerate(product((-1, 1), repeat=3)):
        # No two of them share a slice.
        away = (4 + number % 4, 4 + number % 2 + 2 * (number // 4), 3 + number // 2)
        place = np.floor(MIDDLE + np.array(signs) * away).astype(int)
        found[int(place[0]), int(place[1]), int(place[2])] = (4 + 0.35 * number) * (1 if signs[0] > 0 else -1)
    return found


def octant_map() -> np.ndarray:
    """The map: faint noise everywhere, and the octants."""
    values = np.random.default_rng(3).normal(0, 0.3, SHAPE).astype(np.float32)
    for place, z in octants().items():
        values[place] = z
    return values


def octant_report(folder: Path, name: str) -> Path:
    """The report of the phantom on one of ``AFFINES``."""
    data = folder / "data"
    data.mkdir(parents=True)
    mask = np.zeros(SHAPE, np.uint8)
    mask[1:-1, 1:-1, 1:-1] = 1
    nib.save(nib.Nifti1Image(octant_map(), AFFINES[name]), data / "z.nii.gz")
    nib.save(nib.Nifti1Image(mask, AFFINES[name]), data / "mask.nii.gz")
    (folder / "octants.yaml").write_text(DOCUMENT, "utf-8")
    return glmspec.run(folder / "octants.yaml", data, folder / "out").results.folder / "report.html"
