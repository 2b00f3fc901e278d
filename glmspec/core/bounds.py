"""How high the statistic of relabelled maps can be: a bound for each group of voxels, quick and never too low.

All that matters is a cosine: the root of the share of a voxel's variance that relabelled columns explain, which t and F
grow with. Bounds are cosines in whole numbers, rounding included. Where a relabelling lets each row of one column take
one of two values (sign flips, exchanges within pairs, two groups), the cosine is a sum of few entries of tables over
subsets of rows, made once for many relabellings (Arlazarov et al. 1970, the method of the four Russians). All others
are products in single precision.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Halves = NDArray[np.int16]
Bytes = NDArray[np.uint8]

SCALE = 30_000
"""A cosine of 1 as a bound: what is left up to 32,767 is room for rounding."""

TILE = 256
"""Voxels in one product: with the relabellings of a chunk it stays in the second-level cache."""

TABLE_TILE = 512
"""Voxels of the tables: a multiple of every group, and loops long enough to be worth starting."""

UNITS = 8
"""Of a table: 256 sums are still few beside the relabellings of a chunk."""

TABLES = (2, 4)
"""How many there may be. Beyond them one product in single precision is as quick."""

PIECE = 8192
"""Voxels whose steps are computed at once."""

ROUNDING = 4 * float(np.finfo(np.float32).eps) / 2
"""A sum of n products of unit vectors is off by at most n + 2 half units in the last place, both vectors rounded
before; four times that also covers the arithmetic that follows."""

LEAST_SHARE = np.float32(1e-30)
"""Stands for a share of variance that may be zero."""

SAME = 1e-9
"""Two values of a column of length 1 are one: far below what bounds can tell apart."""


def upper_bounds(units: Singles, columns: Floats, effects: int, sign: float, group: int) -> Halves:
    """How high the statistic of each group of voxels can be.

    Parameters
    ----------
    units : (V, N)
        Residuals of length 1, voxels first; 0 where there is no length.
    columns : (n, C, N)
        Relabelled columns of length 1, orthogonal in each relabelling, the effects first.
    effects : int
        How many they are.
    sign : {1, -1, 0}
        The tail of t; 0 for both, and for F.
    group : int
        Voxels of a group, a divisor of :data:`TABLE_TILE`.

    Returns
    -------
    (ceil(V / group), n)
        In units of 1 / :data:`SCALE`, not less than the largest cosine in each group: the root of r / (1 + r), where r
        is the share explained over the share left, t^2 / dof or F effects / dof. With one column the cosine of a t in
        the other tail counts as 0.
    """
    if columns.shape[1] == 1:
        table = _table(columns[:, 0])
        if table is not None:
            return _from_table(units, table, sign, group)
    return _from_products(units, columns, effects, sign, group)


class Table(NamedTuple):
    """Columns as sums over units of rows that take one of two values together.

    ``weights`` (1 + U, N): the values in the first relabelling, then what each unit adds when it takes the others;
    ``codes`` (n, G): which units do, of each of G groups of :data:`UNITS`.
    """

    weights: Floats
    codes: Bytes


def _table(columns: Floats) -> Table | None:
    """Of columns (n, N), each row of which takes one of two values; None if there are more, or too many units."""
    first, count = columns[0], len(columns)
    differs = np.abs(columns - first) > SAME
    other = columns[differs.argmax(axis=0), np.arange(len(first))]
    if (np.abs(columns - np.where(differs, other, first)) > SAME).any():
        return None
    _, of_unit, unit = np.unique(np.packbits(differs, axis=0), axis=1, return_index=True, return_inverse=True)
    tables = next((tables for tables in TABLES if len(of_unit) <= tables * UNITS), None)
    if tables is None:
        return None
    weights = np.zeros((1 + len(of_unit), len(first)))
    weights[0] = first
    weights[1 + unit.reshape(-1), np.arange(len(first))] = other - first
    taken = np.zeros((count, tables * UNITS), dtype=bool)
    taken[:, : len(of_unit)] = differs[:, of_unit]
    return Table(weights, np.packbits(taken, axis=1, bitorder="little"))


def _from_table(units: Singles, table: Table, sign: float, group: int) -> Halves:
    """Bounds from tables."""
    turned = SCALE * (table.weights if sign >= 0 else -table.weights)
    weights = turned.astype(np.float32)
    lengths = np.linalg.norm(table.weights[0]) + np.linalg.norm(table.weights[1:].sum(axis=0))
    rounding = SCALE * ROUNDING * (weights.shape[1] + len(weights) + 2) * max(1.0, lengths)
    slack = int(np.ceil(len(weights) / 2 + rounding)) + 1
    bounds = np.empty((-(-len(units) // group), len(table.codes)), dtype=np.int16)
    for start in range(0, len(units), PIECE):
        piece = units[start : start + PIECE]
        steps = np.zeros((len(weights), -(-len(piece) // TABLE_TILE) * TABLE_TILE), dtype=np.int16)
        steps[:, : len(piece)] = np.rint(weights @ piece.T)
        least = np.int16(-32767 if sign == 0 else 0)
        _raise_sums(steps, table.codes, least, np.int16(slack), group, bounds[start // group :])
    return bounds


@compiled
def _raise_sums(steps: Halves, codes: Bytes, least: np.int16, slack: np.int16, group: int, bounds: Halves) -> None:
    """Bounds (groups, n) of voxels whose steps are (1 + U, voxels), a tile after the other."""
    tables, parts = codes.shape[1], TABLE_TILE // group
    sums = np.zeros((tables, 1 << UNITS, TABLE_TILE), dtype=np.int16)
    grouped = sums.reshape(tables, 1 << UNITS, parts, group)
    for start in range(0, steps.shape[1], TABLE_TILE):
        sums[0, 0] = steps[0, start : start + TABLE_TILE]
        for unit in range(len(steps) - 1):
            table, half = sums[unit // UNITS], 1 << unit % UNITS
            step = steps[1 + unit, start : start + TABLE_TILE]
            for entry in range(half):
                _add(table[entry], step, table[half + entry])
        bound = bounds[start // group :]
        present = min(parts, len(bound))
        for number in range(len(codes)):
            code = codes[number]
            a, b = grouped[0, code[0]], grouped[1, code[1]]
            if tables == 2:
                for part in range(present):
                    bound[part, number] = slack + _highest(a[part], b[part], least)
            else:
                c, d = grouped[2, code[2]], grouped[3, code[3]]
                for part in range(present):
                    bound[part, number] = slack + _highest_of_four(a[part], b[part], c[part], d[part], least)


@compiled
def _add(one: Halves, two: Halves, total: Halves) -> None:
    """Sums below 2^15; what is beyond it on the way comes back."""
    for place in range(total.size):
        total[place] = np.int16(one[place] + two[place])


@compiled
def _highest(a: Halves, b: Halves, least: np.int16) -> np.int16:
    """The largest sum, never below 0; where a sum may be as low as ``least``, the largest by its size."""
    highest, lowest = np.int16(0), np.int16(0)
    for place in range(a.size):
        total = np.int16(a[place] + b[place])
        highest = total if total > highest else highest
        lowest = total if total < lowest else lowest
    return max(highest, np.int16(-max(lowest, least)))


@compiled
def _highest_of_four(a: Halves, b: Halves, c: Halves, d: Halves, least: np.int16) -> np.int16:
    """The same of sums of four."""
    highest, lowest = np.int16(0), np.int16(0)
    for place in range(a.size):
        total = np.int16(np.int16(a[place] + b[place]) + np.int16(c[place] + d[place]))
        highest = total if total > highest else highest
        lowest = total if total < lowest else lowest
    return max(highest, np.int16(-max(lowest, least)))


def _from_products(units: Singles, columns: Floats, effects: int, sign: float, group: int) -> Halves:
    """Bounds from one product."""
    count, width, rows = columns.shape
    weights = np.ascontiguousarray(columns.transpose(2, 1, 0).reshape(rows, width * count), dtype=np.float32)
    slack = np.float32(ROUNDING * (rows + width + 2))
    bounds = np.zeros((-(-len(units) // group), count), dtype=np.float32)
    room = np.empty((min(TILE, len(units)), weights.shape[1]), dtype=np.float32)
    for start in range(0, len(units), TILE):
        tile = units[start : start + TILE]
        products = np.matmul(tile, weights, out=room[: len(tile)])
        if width == 1:
            _raise_sizes(products, np.float32(sign), group, bounds[start // group :])
        else:
            _raise_ratios(products, effects, np.float32(sign), slack, group, bounds[start // group :])
    return np.asarray(_whole(bounds, width > 1, slack))


@compiled
def _raise_sizes(products: Singles, sign: np.float32, group: int, sizes: Singles) -> None:
    """Largest products (groups, n), in the tail of ``sign``, of (v, n); four voxels at a time."""
    count = products.shape[1]
    for voxel in range(0, len(products), 4):
        last = len(products) - 1  # a voxel looked at twice does no harm
        a, b = products[voxel], products[min(voxel + 1, last)]
        c, d = products[min(voxel + 2, last)], products[min(voxel + 3, last)]
        largest = sizes[voxel // group]
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
def _raise_ratios(
    products: Singles, effects: int, sign: np.float32, slack: np.float32, group: int, bounds: Singles
) -> None:
    """Bounds (groups, n) of the share explained over the share left, from products (v, C n)."""
    count = bounds.shape[1]
    width = products.shape[1] // count
    uncertain = np.float32(2 * width) * slack
    top, left = np.empty(count, np.float32), np.empty(count, np.float32)
    for voxel in range(len(products)):
        bound = bounds[voxel // group]
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
def _whole(bounds: Singles, ratios: bool, slack: np.float32) -> Halves:
    """Bounds (groups, n) in whole numbers, of cosines or of ratios that hold their slack already."""
    found = np.empty(bounds.shape, dtype=np.int16)
    for group in range(len(bounds)):
        for number in range(bounds.shape[1]):
            size = np.float64(bounds[group, number])
            cosine = np.sqrt(size / (1.0 + size)) if ratios else size + slack
            found[group, number] = np.int16(min(cosine, 1.0) * SCALE) + 2
    return found
