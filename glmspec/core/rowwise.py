"""Ordinary least squares of many voxels whose rows come one after the other and are not kept.

Each row is rotated into the triangle of the design by Givens rotations (Gentleman 1973; Golub and Van Loan, Matrix
Computations, 5.1.8 and 6.5): the rotations are those of the design, the same for all voxels. What a row leaves after
them is new to the model; these remainders are orthogonal, so that their squares add up to the sum of squares of the
residuals, and their products in two voxels to the product of residuals. All terms are squares: nothing cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from glmspec.core.compiled import compiled
from glmspec.core.least_squares import Fit, Floats, PreparedDesign, exactly_fitted, prepare
from glmspec.core.neighbours import ABSENT
from glmspec.core.smoothness import pairs_of

CHUNK = 8192
"""Voxels that are rotated at a time: they stay in a core's cache. No result depends on it."""


@dataclass(frozen=True, eq=False)
class Rotations:
    """What a design does to the rows of data, one after the other; see :func:`rotations`.

    Attributes
    ----------
    prepared : PreparedDesign
    cosines, sines : (N, rank)
        Of each row with each row of the triangle.
    triangle : (rank, rank)
        R of the scaled and kept columns, all rows folded in.
    """

    prepared: PreparedDesign
    cosines: Floats
    sines: Floats
    triangle: Floats


def rotations(design: ArrayLike) -> Rotations:
    """The rotations of a design (N, P); rank and columns that carry a coefficient are those of :func:`prepare`.

    Raises
    ------
    ValueError
        As :func:`prepare`.
    """
    prepared = prepare(design)
    rows = (np.asarray(design, dtype=np.float64) / prepared.scales)[:, list(prepared.kept)]
    triangle = np.zeros((prepared.rank, prepared.rank))
    cosines, sines = np.ones(rows.shape), np.zeros(rows.shape)
    for number, row in enumerate(rows):
        for pivot in range(prepared.rank):
            if row[pivot] == 0:
                continue
            length = np.hypot(triangle[pivot, pivot], row[pivot])
            cosine, sine = triangle[pivot, pivot] / length, row[pivot] / length
            cosines[number, pivot], sines[number, pivot] = cosine, sine
            above = triangle[pivot].copy()
            triangle[pivot] = cosine * above + sine * row
            row = cosine * row - sine * above
            row[pivot] = 0.0
    return Rotations(prepared, cosines, sines, triangle)


class RowwiseFit:
    """A fit that takes the rows of its data in the order of the design, and forgets them."""

    def __init__(self, design: Rotations, voxels: int) -> None:
        self.design = design
        self.rows = 0
        self.projected = np.zeros((design.prepared.rank, voxels))
        self.squares = np.zeros(voxels)

    def add(self, values: NDArray[np.floating]) -> Floats:
        """Take the next row (V,), and return what is new in it (V,): 0 for rows that only determine coefficients.

        Raises
        ------
        ValueError
            If the design has no further row, or the row is not one of these voxels.
        """
        if self.rows == self.design.prepared.rows or values.shape != self.squares.shape:
            raise ValueError(f"row {self.rows + 1} of shape {values.shape} does not fit the design and its voxels")
        new = np.array(values, dtype=np.float64)
        _rotate(new, self.projected, self.squares, self.design.cosines[self.rows], self.design.sines[self.rows])
        self.rows += 1
        return new

    def finish(self) -> Fit:
        """Coefficients and residual variance, as :func:`glmspec.core.least_squares.fit` has them of all rows at once.

        Raises
        ------
        ValueError
            If rows are missing.
        """
        prepared = self.design.prepared
        if self.rows != prepared.rows:
            raise ValueError(f"{self.rows} rows of {prepared.rows} have come")
        coefficients = np.zeros((prepared.columns, len(self.squares)))
        kept = list(prepared.kept)
        broken = ~(np.isfinite(self.squares) & np.isfinite(self.projected).all(axis=0))
        if kept:
            projected = np.where(broken, 0.0, self.projected)
            coefficients[kept] = solve_triangular(self.design.triangle, projected) / prepared.scales[kept, None]
        total = self.squares + np.einsum("rv,rv->v", self.projected, self.projected)
        squares = np.where(exactly_fitted(prepared, self.squares, total), 0.0, self.squares)
        variance = squares / prepared.dof if prepared.dof else np.full(len(squares), np.nan)
        coefficients[:, broken] = np.nan
        variance[broken] = np.nan
        return Fit(coefficients, variance)


@compiled
def _rotate(new: Any, projected: Any, squares: Any, cosines: Any, sines: Any) -> None:
    """Rotate a row (V,) through what is projected (rank, V), in place; squares (V,) of what is left are added up."""
    for start in range(0, len(new), CHUNK):
        rest, total = new[start : start + CHUNK], squares[start : start + CHUNK]
        for pivot in range(len(sines)):
            cosine, sine = cosines[pivot], sines[pivot]
            if sine == 0:
                continue
            above = projected[pivot, start : start + CHUNK]
            for voxel in range(len(rest)):
                value = rest[voxel]
                rest[voxel] = cosine * value - sine * above[voxel]
                above[voxel] = cosine * above[voxel] + sine * value
        for voxel in range(len(rest)):
            total[voxel] += rest[voxel] * rest[voxel]


class NeighbourProducts:
    """Sums over rows of the products of what is new in a voxel and in the next along each axis, (3, V).

    Zero where a voxel of the mask has no next one.
    """

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self.after = np.full((3, int(mask.sum())), ABSENT, dtype=np.int32)
        for axis, pairs in enumerate(pairs_of(mask)):
            self.after[axis, pairs[:, 0]] = pairs[:, 1]
        self.sums = np.zeros(self.after.shape)

    def add(self, new: Floats) -> None:
        """Take what is new in the next row (V,)."""
        _add_products(new, self.after, self.sums)


@compiled
def _add_products(new: Any, after: Any, sums: Any) -> None:
    for axis in range(len(after)):
        following, total = after[axis], sums[axis]
        for voxel in range(len(new)):
            if following[voxel] >= 0:
                total[voxel] += new[voxel] * new[following[voxel]]
