"""The highest voxels of relabelled maps, without the maps: single precision looks, double precision answers.

A relabelling leaves one number behind, decided by a few voxels. One product in single precision gives every voxel an
upper bound of its statistic, rounding included, kept as the largest of each group of voxels. Only groups whose bound
reaches what is looked for are computed, in double precision and in a fixed order of addition. What comes out is a
function of the data alone: single precision, its batches and the library that multiplies decide how long it takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Voxels = NDArray[np.int32]

GROUP = 32
"""Voxels that share a bound and are computed together: a block of them stays in the first-level cache."""

WIDE = 512
"""Voxels of a group where all are computed: loops long enough to be worth starting, arrays that stay in the cache."""

TILE = 512
"""Voxels in one product: with the relabellings of a chunk it stays in the second-level cache."""

ROUNDING = 4 * float(np.finfo(np.float32).eps) / 2
"""A sum of n products of unit vectors is off by at most n + 2 half units in the last place, both vectors rounded
before; four times that also covers the arithmetic that follows."""

LEAST_SHARE = np.float32(1e-30)
"""Stands for a share of variance that may be zero: the bound is beyond every statistic then."""


class Fixed(NamedTuple):
    """What all relabellings of a data set have in common, in groups of voxels; see :func:`fixed_of`.

    ``residuals`` (groups, N, width), ``squares``, ``doubtful`` and ``exact`` (groups, width), NaN beyond the last
    voxel; the numbers of ``effects`` and ``dof``; ``signed`` for a t, else the statistic is an F.
    """

    residuals: Floats
    squares: Floats
    doubtful: Floats
    exact: Floats
    effects: int
    dof: int
    signed: bool


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
    return Fixed(blocks, squares, doubtful, exact, effects, dof, signed)


def unit_length(residuals: Floats, squares: Floats) -> Singles:
    """Residuals (N, V) of length 1, voxels first: (V, N) in single precision, 0 where there is no length."""
    length = np.sqrt(np.where(squares > 0, squares, np.inf))
    units = np.empty(residuals.shape[::-1], dtype=np.float32)
    return np.divide(residuals.T, length[:, None], out=units, casting="same_kind")


def upper_bounds(units: Singles, columns: Floats, effects: int, sign: float) -> Singles:
    """How high the statistic of each group of voxels can be.

    Parameters
    ----------
    units : (V, N)
        Of :func:`unit_length`.
    columns : (n, C, N)
        Relabelled columns of length 1, orthogonal in each relabelling, the effects first.
    effects : int
        How many they are.
    sign : {1, -1, 0}
        The tail of t; 0 for both, and for F.

    Returns
    -------
    (n, groups)
        Not less than the largest share of variance explained over share left, t^2 / dof or F effects / dof, in each
        :data:`GROUP` of voxels; 0 where t is certain to lie in the other tail.
    """
    count, width, rows = columns.shape
    weights = np.ascontiguousarray(columns.transpose(2, 1, 0).reshape(rows, width * count), dtype=np.float32)
    slack = np.float32(ROUNDING * (rows + width + 2))
    bounds = np.zeros((-(-len(units) // GROUP), count), dtype=np.float32)
    room = np.empty((min(TILE, len(units)), weights.shape[1]), dtype=np.float32)
    for start in range(0, len(units), TILE):
        tile = units[start : start + TILE]
        products = np.matmul(tile, weights, out=room[: len(tile)])
        if width == 1:
            _raise_sizes(products, np.float32(sign), bounds[start // GROUP :])
        else:
            _raise_ratios(products, effects, np.float32(sign), slack, bounds[start // GROUP :])
    if width == 1:  # one product decides, and the ratio grows with it
        squares = np.square(bounds + slack)
        bounds = squares / np.maximum(np.float32(1) - slack - squares, LEAST_SHARE)
    return np.ascontiguousarray(bounds.T)


@compiled
def _raise_sizes(products: Singles, sign: np.float32, sizes: Singles) -> None:
    """Largest products (groups, n), in the tail of ``sign``, of (v, n); four voxels at a time."""
    count = products.shape[1]
    for voxel in range(0, len(products), 4):
        last = len(products) - 1  # a voxel looked at twice does no harm
        a, b = products[voxel], products[min(voxel + 1, last)]
        c, d = products[min(voxel + 2, last)], products[min(voxel + 3, last)]
        largest = sizes[voxel // GROUP]
        if sign == 0:
            for number in range(count):
                one, two = max(abs(a[number]), abs(b[number])), max(abs(c[number]), abs(d[number]))
                largest[number] = max(largest[number], max(one, two))
        elif sign > 0:
            for number in range(count):
                largest[number] = max(largest[number], max(max(a[number], b[number]), max(c[number], d[number])))
        else:
            for number in range(count):
                largest[number] = max(largest[number], -min(min(a[number], b[number]), min(c[number], d[number])))


@compiled
def _raise_ratios(products: Singles, effects: int, sign: np.float32, slack: np.float32, bounds: Singles) -> None:
    """Bounds (groups, n) from products (v, C n)."""
    count = bounds.shape[1]
    width = products.shape[1] // count
    uncertain = np.float32(2 * width) * slack
    top, left = np.empty(count, np.float32), np.empty(count, np.float32)
    for voxel in range(len(products)):
        bound = bounds[voxel // GROUP]
        left[:] = np.float32(1) - uncertain
        top[:] = 0
        for column in range(width):
            product = products[voxel, column * count : (column + 1) * count]
            for number in range(count):
                left[number] -= product[number] * product[number]
            if column < effects:
                for number in range(count):
                    size = abs(product[number]) if sign == 0 else max(sign * product[number], -slack)
                    top[number] += (size + slack) * (size + slack)
        for number in range(count):
            bound[number] = max(bound[number], top[number] / max(left[number], LEAST_SHARE))


@compiled
def largest(fixed: Fixed, columns: Floats, bounds: Singles, sign: float) -> float:
    """The largest statistic of a relabelling: of t in the tail of ``sign``, 0 for either; minus infinity without any.

    ``columns`` (C, N) and ``bounds`` (groups,) are those of one relabelling. The group with the highest bound comes
    first, and after it those that could still hold more.
    """
    values, room = np.empty(GROUP), np.empty((3, GROUP))
    best, level = -np.inf, 0.0
    first = int(np.argmax(bounds))
    for place in range(-1, len(bounds)):
        group = first if place < 0 else place
        if bounds[group] < level or place == first:
            continue
        _statistics(fixed, columns, group, values, room)
        for value in values:
            height = abs(value) if sign == 0 else sign * value
            if height > best:
                best = height
        if best > 0:
            level = best * best / fixed.dof if fixed.signed else best * fixed.effects / fixed.dof
    return best


@compiled
def beyond(fixed: Fixed, columns: Floats, bounds: Singles, threshold: float, voxels: Voxels, heights: Floats) -> int:
    """Voxels, ascending, whose statistic is no less than a threshold by its size, and the statistic; how many.

    ``voxels`` and ``heights`` (V,) are filled from the front.
    """
    values, room = np.empty(GROUP), np.empty((3, GROUP))
    level = threshold * threshold / fixed.dof if fixed.signed else threshold * fixed.effects / fixed.dof
    count = 0
    for group in range(len(bounds)):
        if bounds[group] < level:
            continue
        _statistics(fixed, columns, group, values, room)
        for place in range(GROUP):
            if abs(values[place]) >= threshold:
                voxels[count], heights[count] = group * GROUP + place, values[place]
                count += 1
    return count


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
