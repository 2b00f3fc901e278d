"""Which voxels of a mask touch which: looked up once, used by every permutation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.clusters import NEIGHBOURS, Connectivity

ABSENT = -1
"""Stands in the table where a neighbour lies outside the mask or the volume."""


TILE = 256
"""Cells of a lattice that are looked at together: several vectors, without a remainder."""


class Lattice(NamedTuple):
    """The mask laid out in cells, with a margin, so that a step is the same number of cells everywhere.

    For whoever looks at whole maps; where few voxels matter, the table is quicker.

    Attributes
    ----------
    size : int
        Cells, margin included: beyond the first and last tile lies more than a step.
    cells : (V,) int32
        The cell of each voxel.
    steps : (6, 18 or 26) int64
        From a cell to those it touches, in the order of the table's columns.
    tiles : (T,) int64
        First cells of the tiles that hold voxels.
    """

    size: int
    cells: NDArray[np.int32]
    steps: NDArray[np.int64]
    tiles: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The graph of a mask; see :func:`prepare_neighbours`.

    Attributes
    ----------
    connectivity : {"faces", "edges", "corners"}
    table : (V, 6, 18 or 26) int32
        For each voxel of the mask, in C order, the numbers of those it touches, or :data:`ABSENT`. Columns stand in
        C order too, so the first half are earlier voxels and the second half later ones.
    lattice : Lattice
        The same, by position.
    """

    connectivity: Connectivity
    table: NDArray[np.int32]
    lattice: Lattice

    @property
    def voxels(self) -> int:
        """V."""
        return len(self.table)


def prepare_neighbours(mask: NDArray[np.bool_], connectivity: Connectivity) -> Neighbours:
    """Number the voxels of a mask and look up who touches whom.

    Parameters
    ----------
    mask : (X, Y, Z) bool
        A whole volume is a mask of nothing but True.
    connectivity : {"faces", "edges", "corners"}
        Neighbours differ by one in at most one, two or three of their indices: 6, 18 or 26 of them.

    Raises
    ------
    ValueError
        If the mask is not a volume of booleans.
    """
    if mask.ndim != 3 or mask.dtype != np.bool_:
        raise ValueError(f"a mask is a volume of booleans, not an array of shape {mask.shape} and type {mask.dtype}")
    steps = [step for step in product((-1, 0, 1), repeat=3) if 0 < np.abs(step).sum() <= NEIGHBOURS[connectivity]]
    numbers = np.full(tuple(extent + 2 for extent in mask.shape), ABSENT, dtype=np.int32)  # a margin: no wrapping
    numbers[1:-1, 1:-1, 1:-1][mask] = np.arange(np.count_nonzero(mask), dtype=np.int32)
    places = np.argwhere(mask) + 1
    table = np.empty((len(places), len(steps)), dtype=np.int32)
    for column, step in enumerate(steps):
        table[:, column] = numbers[tuple((places + step).T)]
    return Neighbours(connectivity, table, _lattice(numbers, np.array(steps)))


def _lattice(numbers: NDArray[np.int32], steps: NDArray[np.int_]) -> Lattice:
    """From voxel numbers in a volume with a margin, and steps (K, 3)."""
    lengths = steps.astype(np.int64) @ [numbers.shape[1] * numbers.shape[2], numbers.shape[2], 1]
    margin = int(lengths.max())
    inside = np.flatnonzero(numbers != ABSENT)
    tiles = np.unique(inside // TILE) * TILE
    size = -(-numbers.size // TILE) * TILE + 2 * margin
    return Lattice(size, (inside + margin).astype(np.int32), lengths, tiles + margin)


def check_length(values: NDArray[np.float64], neighbours: Neighbours) -> None:
    """Refuse values that are not one for each voxel of the mask: a kernel would read past their end."""
    if values.shape != (neighbours.voxels,):
        raise ValueError(f"values of shape {values.shape} do not fit a mask of {neighbours.voxels} voxels")
