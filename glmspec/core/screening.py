"""The highest voxels of relabelled maps, without the maps: single precision looks, double precision answers.

A relabelling leaves one number behind, decided by a few voxels. Every group of voxels has a bound of its statistic
(:mod:`glmspec.core.bounds`), and only groups whose bound reaches what is looked for are computed, in double precision
and in a fixed order of addition. What comes out is a function of the data alone: bounds, their batches and the library
that multiplies decide how long it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.bounds import SCALE
from glmspec.core.compiled import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Voxels = NDArray[np.int32]
Halves = NDArray[np.int16]
Numbers = NDArray[np.int64]

GROUP = 32
"""Voxels that share a bound and are computed together: a block of them stays in the first-level cache."""

WIDE = 512
"""Voxels of a group where all are computed: loops long enough to be worth starting, arrays that stay in the cache."""

ROOM = 2**21
"""Voxels beyond a threshold that are held at once: a low threshold passes a good part of every map."""


class Fixed(NamedTuple):
    """What all relabellings of a data set have in common, in groups of voxels; see :func:`fixed_of`.

    ``residuals`` (groups, N, width), ``squares``, ``doubtful`` and ``exact`` (groups, width), NaN beyond the last
    voxel; the numbers of ``effects`` and ``dof``; ``signed`` for a t, else the statistic is an F; ``scale`` of bounds.
    """

    residuals: Floats
    squares: Floats
    doubtful: Floats
    exact: Floats
    effects: int
    dof: int
    signed: bool
    scale: int


def fixed_of(
    residuals: Floats,
    limits: tuple[Floats, Floats, Floats],
    effects: int,
    dof: int,
    signed: bool,
    width: int = GROUP,
) -> Fixed:
    """Residuals (N, V) and their squares, doubtful and exact (V,), as :class:`glmspec.core.permutation.Prepared` has
    them, laid out so that a group of voxels lies in one piece; what is screened has groups of :data:`GROUP`."""
    rows, voxels = residuals.shape
    groups, full = -(-voxels // width), voxels // width
    blocks = np.zeros((groups, rows, width))
    blocks[:full] = residuals[:, : full * width].reshape(rows, full, width).swapaxes(0, 1)
    blocks[full:, :, : voxels - full * width] = residuals[:, full * width :]
    wide = np.full((3, groups * width), np.nan)
    wide[:, :voxels] = limits
    squares, doubtful, exact = wide.reshape(3, groups, width)
    return Fixed(blocks, squares, doubtful, exact, effects, dof, signed, SCALE)


def unit_length(residuals: Floats, squares: Floats) -> Singles:
    """Residuals (N, V) of length 1, voxels first: (V, N) in single precision, 0 where there is no length."""
    length = np.sqrt(np.where(squares > 0, squares, np.inf))
    units = np.empty(residuals.shape[::-1], dtype=np.float32)
    return np.divide(residuals.T, length[:, None], out=units, casting="same_kind")


@compiled
def largest(fixed: Fixed, columns: Floats, bounds: Halves, sign: float) -> Floats:
    """The largest statistic (n,) of each relabelling: of t in the tail of ``sign``, 0 for either; minus infinity
    without any.

    ``columns`` (n, C, N) and ``bounds`` (groups, n) are those of the relabellings. The group with the highest bound
    comes first, and after it those that could still hold more.
    """
    values, room = np.empty(GROUP), np.empty((3, GROUP))
    first, highest = np.zeros(len(columns), dtype=np.int64), bounds[0].copy()
    for group in range(1, len(bounds)):
        for number in range(highest.size):
            if bounds[group, number] > highest[number]:
                highest[number], first[number] = bounds[group, number], group
    found, level = np.empty(len(columns)), np.zeros(len(columns), dtype=np.int16)
    for number in range(len(columns)):
        found[number] = -np.inf
        _raise(fixed, columns[number], first[number], sign, values, room, found[number : number + 1])
        level[number] = _level(fixed, found[number])
    for group in range(len(bounds)):
        for number in range(len(columns)):
            if bounds[group, number] >= level[number] and first[number] != group:
                _raise(fixed, columns[number], group, sign, values, room, found[number : number + 1])
                level[number] = _level(fixed, found[number])
    return found


@compiled
def _raise(fixed: Fixed, columns: Floats, group: int, sign: float, values: Floats, room: Floats, found: Floats) -> None:
    """Raise ``found`` (1,) to the largest statistic of a group."""
    _statistics(fixed, columns, group, values, room)
    for value in values:
        height = abs(value) if sign == 0 else sign * value
        if height > found[0]:
            found[0] = height


def beyond(
    fixed: Fixed, columns: Floats, bounds: Halves, threshold: float
) -> Iterator[tuple[slice, tuple[Numbers, Voxels, Floats]]]:
    """The voxels whose statistic is no less than a threshold by its size, of some relabellings after the other.

    Yields
    ------
    some : slice
        Of the relabellings.
    (starts, voxels, heights) : (n + 1,), (m,), (m,)
        Where the voxels of each begin; the voxels, ascending in each relabelling; their statistics.
    """
    level = _level(fixed, threshold)
    most = GROUP * _reaching(bounds, level)
    edges = np.flatnonzero(np.diff(np.cumsum(most) // ROOM, prepend=0))
    for start, stop in pairwise(np.unique([0, *edges, len(columns)])):
        yield slice(start, stop), _beyond(fixed, columns, bounds, threshold, level, start, most[start:stop])


@compiled
def _reaching(bounds: Halves, level: int) -> Numbers:
    """How many groups (n,) of each relabelling have a bound that reaches a level."""
    count = np.zeros(bounds.shape[1], dtype=np.int64)
    for group in range(len(bounds)):
        for number in range(count.size):
            count[number] += bounds[group, number] >= level
    return count


@compiled
def _beyond(
    fixed: Fixed, columns: Floats, bounds: Halves, threshold: float, level: int, first: int, most: Numbers
) -> tuple[Numbers, Voxels, Floats]:
    """Of as many relabellings from ``first`` on as ``most`` has; group by group, so that its data stay in the cache."""
    values, room = np.empty(GROUP), np.empty((3, GROUP))
    total = most.sum()
    number_of, voxel_of, height_of = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total)
    starts = np.zeros(most.size + 1, dtype=np.int64)
    count = 0
    for group in range(len(bounds)):
        for number in range(most.size):
            if bounds[group, first + number] < level:
                continue
            _statistics(fixed, columns[first + number], group, values, room)
            for place in range(GROUP):
                if abs(values[place]) >= threshold:
                    number_of[count], voxel_of[count], height_of[count] = number, group * GROUP + place, values[place]
                    starts[number + 1] += 1
                    count += 1
    starts = np.cumsum(starts)
    voxels, heights, ends = np.empty(count, np.int32), np.empty(count), starts.copy()
    for index in range(count):
        place = ends[number_of[index]]
        voxels[place], heights[place] = voxel_of[index], height_of[index]
        ends[number_of[index]] += 1
    return starts, voxels, heights


@compiled
def _level(fixed: Fixed, statistic: float) -> int:
    """The least bound of a group that can hold a statistic: its cosine, rounded down, and 0 below zero."""
    if not statistic > 0:
        return 0
    ratio = statistic * statistic / fixed.dof if fixed.signed else statistic * fixed.effects / fixed.dof
    ratio = min(ratio, 1e30)
    return int(np.sqrt(ratio / (1.0 + ratio)) * fixed.scale)


@compiled
def every(fixed: Fixed, columns: Floats) -> Floats:
    """The statistics of all voxels, (n, groups, width), of relabelled columns (n, C, N)."""
    groups, _, width = fixed.residuals.shape
    values, room = np.empty((len(columns), groups, width)), np.empty((3, width))
    for group in range(len(fixed.residuals)):
        for number in range(len(columns)):
            _statistics(fixed, columns[number], group, values[number, group], room)
    return values


@compiled
def _statistics(fixed: Fixed, columns: Floats, group: int, values: Floats, room: Floats) -> None:
    """t or F of a group's voxels; ``room`` (3, width) to work in."""
    squares, doubtful = fixed.squares[group], fixed.doubtful[group]
    product, explained, left = room[0], room[1], room[2]
    size = product.size  # a constant would be unrolled, and no vector made
    for place in range(size):
        left[place] = squares[place]
        explained[place] = 0.0
    for column in range(columns.shape[0]):
        target = values if fixed.signed and column == 0 else product
        _project(columns[column], fixed.residuals[group], target)
        for place in range(size):
            left[place] -= target[place] * target[place]
        if column < fixed.effects and not fixed.signed:
            for place in range(size):
                explained[place] += target[place] * target[place]
    doubts = 0
    for place in range(size):
        doubts += left[place] <= doubtful[place]
    if doubts:
        for place in range(size):
            if left[place] <= doubtful[place]:
                data = fixed.residuals[group, :, place].copy()
                left[place] = _left_over(columns, data, fixed.exact[group, place])
    if fixed.signed:
        for place in range(size):
            values[place] *= np.sqrt(fixed.dof / left[place])
    else:
        for place in range(size):
            values[place] = explained[place] / (left[place] / fixed.dof) / fixed.effects


@compiled
def _project(column: Floats, residuals: Floats, product: Floats) -> None:
    """A column (N,) times residuals (N, width), added up in the order of the rows, four of them at a time."""
    size, rows, row = product.size, column.size, 4
    product[:] = 0.0
    while row <= rows:
        a, b, c, d = column[row - 4], column[row - 3], column[row - 2], column[row - 1]
        one, two, three, four = residuals[row - 4], residuals[row - 3], residuals[row - 2], residuals[row - 1]
        for place in range(size):
            product[place] = (((product[place] + a * one[place]) + b * two[place]) + c * three[place]) + d * four[place]
        row += 4
    for last in range(row - 4, rows):
        for place in range(size):
            product[place] += column[last] * residuals[last, place]


@compiled
def _left_over(columns: Floats, data: Floats, exact: float) -> float:
    """The sum of squares that columns (C, N) leave of data (N,), from what they leave; NaN where it is rounding."""
    residuals = data.copy()
    for column in columns:
        residuals -= (column * data).sum() * column
    total = (residuals * residuals).sum()
    return total if total > exact else np.nan
