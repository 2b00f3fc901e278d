"""Threshold-free cluster enhancement, as the integral it is defined by: no step, hence no error of a step.

The usual sum over a hundred heights depends on the maximum of the map, so that relabellings are summed on different
grids. A component changes only at the height of one of its voxels; between two such heights its extent is constant
and the integral has a closed form.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled, plain
from glmspec.core.neighbours import Neighbours, check_length

Floats = NDArray[np.float64]
Voxels = NDArray[np.int32]

DIGIT = 11
"""Bits a pass of the radix sort looks at: 2,048 counters stay in the first-level cache."""

BUCKETS = 1 << DIGIT
PASSES = -(-64 // DIGIT)


def tfce(values: NDArray[np.floating], neighbours: Neighbours, E: float, H: float) -> Floats:  # noqa: N803
    """Enhance a map by the extent of the components that each voxel belongs to, at every height below its own.

    Parameters
    ----------
    values : (V,)
        A statistic with a sign, in the order of the mask's voxels. For one side alone, pass
        ``np.maximum(values, 0)``: what is zero costs nothing.
    neighbours : Neighbours
        Of the V voxels; see :func:`~glmspec.core.neighbours.prepare_neighbours`.
    E, H : float
        Exponents of extent (voxels) and height, not negative; 0.5 and 2 in the paper.

    Returns
    -------
    (V,)
        With the signs of the values, 0 where they are 0. Positive and negative voxels are enhanced apart: no
        component holds both. NaN where the value is NaN; such a voxel joins nothing. Infinite where it is infinite.

    Raises
    ------
    ValueError
        If the values are not one for each voxel, or an exponent is negative or not finite.

    Notes
    -----
    TFCE(v) = integral from 0 to x_v of e_v(h)^E h^H dh, with e_v(h) the voxels in the component of {x >= h} that
    holds v (Smith and Nichols 2009). Voxels are sorted once and joined from the top by union-find. Where voxel p at
    height x_p is later joined by q, at x_q <= x_p, the component had the same extent e all the way between, so

        TFCE(p) = TFCE(q) + e^E (x_p^(H+1) - x_q^(H+1)) / (H + 1).

    Voxels of equal height add integrals over nothing, so ties need no care. O(V), but for the union-find.
    """
    x = plain(values)
    check_length(x, neighbours)
    if not (0 <= E < np.inf and 0 <= H < np.inf):
        raise ValueError(f"the exponents of TFCE are finite and not negative: E {E} and H {H} found")
    enhanced = np.where(np.isnan(x), np.nan, 0.0)
    for sign in (1.0, -1.0):
        _enhance(x, sign, neighbours.table, float(E), float(H), enhanced)
    return enhanced


@compiled
def _enhance(values: Floats, sign: float, table: Voxels, E: float, H: float, enhanced: Floats) -> None:  # noqa: N803
    """Fill in the voxels of one sign."""
    count = 0
    for voxel in range(values.size):
        count += sign * values[voxel] > 0
    if count == 0:
        return
    order = _descending(values, sign, count)
    below, extent = _joined(order, table)
    for place in range(count - 1, -1, -1):  # from the foot of each component up
        voxel = order[place]
        height = sign * values[voxel]
        foot, ground = 0.0, 0.0
        if below[voxel] != voxel:
            foot, ground = sign * values[below[voxel]], sign * enhanced[below[voxel]]
        if height > foot:  # not for ties: infinity less infinity is no number
            ground += _power(extent[voxel], E) * (_power(height, H + 1) - _power(foot, H + 1)) / (H + 1)
        enhanced[voxel] = sign * ground


@compiled
def _power(base: float, exponent: float) -> float:
    """``base ** exponent``; the exponents everyone uses have their own instructions."""
    if exponent == 0.5:
        return float(np.sqrt(base))
    if exponent == 3.0:
        return base * base * base
    return float(base**exponent)


@compiled
def _joined(order: Voxels, table: Voxels) -> tuple[Voxels, Voxels]:
    """Join voxels from the first of the order to the last.

    Returns for each voxel the one that next joined its component, itself if none did, and how many the component
    held until then. Undefined for voxels that are not in the order.
    """
    below = np.empty(len(table), dtype=np.int32)
    extent = np.empty(len(table), dtype=np.int32)
    parent = np.full(len(table), -1, dtype=np.int32)  # union-find by size; -1 where the order has not come to yet
    latest = np.empty(len(table), dtype=np.int32)  # of the component with this root
    for voxel in order:
        below[voxel] = voxel
        parent[voxel] = voxel
        root, largest, total = voxel, 0, 1
        for column in range(table.shape[1]):
            other = table[voxel, column]
            if other < 0 or parent[other] < 0:
                continue
            while parent[other] != other:  # shortening the path as it is walked
                above = parent[other]
                parent[other] = parent[above]
                other = above
            if other == root:
                continue
            below[latest[other]] = voxel
            size = extent[latest[other]]
            total += size
            if size > largest:
                parent[root] = other
                root, largest = other, size
            else:
                parent[other] = root
        latest[root] = voxel
        extent[voxel] = total
    return below, extent


@compiled
def _descending(values: Floats, sign: float, count: int) -> Voxels:
    """Voxels of one sign, ``count`` of them, from the most extreme down; ties in their own order.

    A radix sort of the bits, which for positive doubles stand in the order of their values. A digit that all share,
    such as the last ones of a float32, costs no pass.
    """
    order = np.empty(count, dtype=np.int32)
    spare = np.empty(count, dtype=np.int32)
    heights = np.empty(values.size, dtype=np.float64)
    bits = heights.view(np.uint64)
    starts = np.zeros((PASSES, BUCKETS), dtype=np.int64)
    found = 0
    for voxel in range(values.size):
        if sign * values[voxel] > 0:
            order[found] = voxel
            found += 1
            heights[voxel] = abs(values[voxel])
            for step in range(PASSES):
                starts[step, (bits[voxel] >> np.uint64(DIGIT * step)) & np.uint64(BUCKETS - 1)] += 1
    for step in range(PASSES):
        shift = np.uint64(DIGIT * step)
        if starts[step, (bits[order[0]] >> shift) & np.uint64(BUCKETS - 1)] == count:
            continue
        end = count
        for bucket in range(BUCKETS):
            end -= starts[step, bucket]
            starts[step, bucket] = end
        for member in order:
            digit = (bits[member] >> shift) & np.uint64(BUCKETS - 1)
            spare[starts[step, digit]] = member
            starts[step, digit] += 1
        order, spare = spare, order
    return order
