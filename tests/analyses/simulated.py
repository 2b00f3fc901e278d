"""Small simulated maps, documents run on them, and the closed forms that their results are held to.

The expected values come from numpy, scipy and formulas written out here, never from glmspec's own kernels.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import nibabel as nib
import numpy as np
from scipy import stats

import glmspec

SHAPE = (14, 16, 12)
STRAIGHT = np.array([[3.0, 0, 0, -20], [0, 3, 0, -24], [0, 0, 3, -18], [0, 0, 0, 1]])
OBLIQUE = np.array([[2.9, -0.5, 0.1, -20], [0.5, 2.9, 0.2, -24], [-0.1, -0.2, 3.4, -18], [0, 0, 0, 1]])

EXACT = {"rtol": 1e-9, "atol": 1e-12}
"""Two routes through the same least squares in float64: a few thousand roundings of 1e-16, and slack."""


def brain(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """An ellipsoid of voxels; the rest of the volume is background."""
    centre = (np.array(shape) - 1) / 2
    distance = (np.indices(shape) - centre[:, None, None, None]) / (0.38 * np.array(shape))[:, None, None, None]
    return np.linalg.norm(distance, axis=0) < 1


def noise(seed: int, count: int, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """Normal noise in the brain and zero around it, (count, X, Y, Z) float32."""
    values = np.random.default_rng(seed).normal(size=(count, *shape))
    return np.where(brain(shape), values, 0).astype(np.float32)


def blob(shape: tuple[int, int, int] = SHAPE, centre: Sequence[float] = (5, 9, 6), width: float = 1.6) -> np.ndarray:
    """A hill of height 1."""
    distance = np.indices(shape) - np.array(centre)[:, None, None, None]
    return np.exp(-(distance**2).sum(axis=0) / (2 * width**2)) * brain(shape)


def write_image(path: Path, volume: np.ndarray, affine: np.ndarray = STRAIGHT) -> None:
    """A NIfTI file of the array's own type."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(volume, affine), path)


def write_maps(folder: Path, volumes: Mapping[str, np.ndarray], affine: np.ndarray = STRAIGHT) -> None:
    """A file for each name: ``{"maps/01": volume}`` becomes ``maps/01.nii.gz``."""
    for name, volume in volumes.items():
        write_image(folder / f"{name}.nii.gz", volume, affine)


def write_table(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """A table with tabs; None is a missing value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = zip(*columns.values(), strict=True)
    lines = ["\t".join(columns), *("\t".join("n/a" if cell is None else str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


HEAD = "glmspec: 1\nname: {name}\nlevel: second\n"
UNCORRECTED = "{method: parametric, correction: none, alpha: 0.01}"


def document_text(
    *,
    maps: str = '"maps/{subject}.nii.gz"',
    inputs: str = "",
    design: str = 'formula: "1"',
    contrasts: str = "mean: intercept",
    inference: str = f"uncorrected: {UNCORRECTED}",
    more: str = "report: {precision: double}",
    name: str = "simulated",
) -> str:
    """A document of the second level; sections are given as the lines inside them."""
    sections = {
        "inputs": f"maps: {maps}\n{dedent(inputs).strip()}",
        "design": design,
        "contrasts": contrasts,
        "inference": inference,
    }
    text = HEAD.format(name=name)
    for key, content in sections.items():
        text += f"{key}:\n" + indent(dedent(content).strip(), "  ") + "\n"
    return text + dedent(more).strip() + "\n"


@dataclass
class Finished:
    """A results folder, read with nibabel and csv."""

    folder: Path
    run: glmspec.workflow.Run

    @property
    def index(self) -> dict[str, Any]:
        return json.loads((self.folder / "results.json").read_text("utf-8"))

    def image(self, path: str) -> np.ndarray:
        return np.asarray(nib.load(self.folder / path).dataobj)

    @property
    def mask(self) -> np.ndarray:
        return self.image("maps/mask.nii.gz") > 0

    def stat(self, contrast: str, stat: str) -> np.ndarray:
        """A statistical map as the voxels of the mask, in C order."""
        return self.image(f"maps/contrast-{contrast}_stat-{stat}_statmap.nii.gz")[self.mask]

    def passed(self, contrast: str, inference: str) -> np.ndarray:
        return self.image(f"maps/contrast-{contrast}_desc-{inference}_mask.nii.gz")[self.mask] > 0

    def facts(self, contrast: str, inference: str) -> dict[str, Any]:
        return self.index["analysis"]["inference"][f"{contrast}/{inference}"]

    def table(self, path: str) -> list[dict[str, str]]:
        with (self.folder / path).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t"))

    def clusters(self, contrast: str, inference: str) -> list[dict[str, str]]:
        return self.table(f"tables/contrast-{contrast}_desc-{inference}_clusters.tsv")

    def design(self) -> tuple[list[str], np.ndarray]:
        """Columns and matrix of ``design_matrix.tsv``, without the columns that name the rows."""
        rows = self.table("design/design_matrix.tsv")
        columns = self.index["analysis"]["design"]["columns"]
        return columns, np.array([[float(row[column]) for column in columns] for row in rows])

    def weights(self, contrast: str) -> np.ndarray:
        return np.array(self.index["contrasts"][contrast]["weights"])

    @property
    def checks(self) -> str:
        return "\n".join(f"{name}: {text}" for name, _, text in self.index["analysis"]["checks"])


def run(folder: Path, text: str, out: str = "out", **options: Any) -> Finished:
    """Write the document into the folder with the data, and run it."""
    document = folder / "analysis.yaml"
    document.write_text(text, "utf-8")
    results = folder / "results" / out
    return Finished(results, glmspec.run(document, out=results, **options))


def failure(folder: Path, text: str, **options: Any) -> glmspec.errors.GlmspecError:
    """The error that running a document ends with."""
    try:
        run(folder, text, **options)
    except glmspec.errors.GlmspecError as error:
        return error
    raise AssertionError("the document ran")


@dataclass
class LeastSquares:
    """numpy's least squares of maps (N, V) on a matrix (N, P)."""

    matrix: np.ndarray
    maps: np.ndarray

    def __post_init__(self) -> None:
        self.coefficients = np.linalg.lstsq(self.matrix, self.maps, rcond=None)[0]
        self.dof = len(self.matrix) - np.linalg.matrix_rank(self.matrix)
        self.squares = ((self.maps - self.matrix @ self.coefficients) ** 2).sum(axis=0)
        self.covariance = np.linalg.pinv(self.matrix.T @ self.matrix)

    def effect(self, weights: Sequence[float]) -> np.ndarray:
        return np.asarray(weights, dtype=float) @ self.coefficients

    def variance(self, weights: Sequence[float]) -> np.ndarray:
        row = np.asarray(weights, dtype=float)
        return self.squares / self.dof * (row @ self.covariance @ row)

    def t(self, weights: Sequence[float]) -> np.ndarray:
        return self.effect(weights) / np.sqrt(self.variance(weights))

    def f_against(self, smaller: np.ndarray) -> tuple[np.ndarray, int]:
        """F of this model against one nested in it, and the numerator's degrees of freedom."""
        nested = LeastSquares(smaller, self.maps)
        extra = nested.dof - self.dof
        return (nested.squares - self.squares) / extra / (self.squares / self.dof), int(extra)


def z_of_t(t: np.ndarray, dof: float) -> np.ndarray:
    """The normal quantile of the nearer tail of t."""
    return np.sign(t) * stats.norm.isf(stats.t.sf(np.abs(t), dof))
