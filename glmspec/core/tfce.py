"""Threshold-free cluster enhancement, as the integral it is defined by: no step, hence no error of a step.

The usual sum over a hundred heights depends on the maximum of the map, so that relabellings are summed on different
grids. A component changes only at the height of one of its voxels; between two such heights its extent is constant
and the integral has a closed form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled, plain
from glmspec.core.neighbours import Neighbours, check_length

Floats = NDArray[np.float64]
Voxels = NDArray[np.int32]

DIGIT = 11
"""Bits a pass of the radix sort looks at: 2,048 counters stay in the first-level cache."""

BUCKETS = 1 << DIGIT
PASSES = 3

LEADING = 64 - DIGIT * PASSES
"""Bits of a double that the sort leaves aside: it goes by the exponent and 21 bits, a part in two million."""


class Room(NamedTuple):
    """Arrays to work in, for whoever enhances many maps: ``ranks`` (5, V + 1), ``heights`` (2, V), ``keys`` (2, V)."""

    ranks: Voxels
    heights: Floats
    keys: NDArray[np.uint64]


def room_for(voxels: int) -> Room:
    """Room for maps of so many voxels."""
    ranks = np.empty((5, voxels + 1), dtype=np.int32)
    return Room(ranks, np.empty((2, voxels)), np.empty((2, voxels), dtype=np.uint64))


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
    x = _checked(values, neighbours, E, H)
    room = room_for(neighbours.voxels)
    enhanced = np.where(np.isnan(x), np.nan, 0.0)
    for sign in (1.0, -1.0):
        count = _enhance(x, sign, neighbours.table, float(E), float(H), room)
        enhanced[room.ranks[0, :count]] = sign * room.heights[1, :count]
    return enhanced


def largest_tfce(
    values: NDArray[np.floating],
    neighbours: Neighbours,
    exponents: tuple[float, float],
    signs: tuple[float, ...] = (1.0, -1.0),
    room: Room | None = None,
) -> float:
    """The largest size of :func:`tfce` among the voxels of some signs, which is what a permutation leaves behind.

    Minus infinity where no voxel has a value.
    """
    x = _checked(values, neighbours, *exponents)
    room = room_for(neighbours.voxels) if room is None else room
    best = 0.0
    for sign in signs:
        count = _enhance(x, sign, neighbours.table, float(exponents[0]), float(exponents[1]), room)
        best = max(best, float(room.heights[1, :count].max(initial=0.0)))
    return best if best > 0 or not np.isnan(x).all() else -np.inf


def _checked(values: NDArray[np.floating], neighbours: Neighbours, E: float, H: float) -> Floats:  # noqa: N803
    x = plain(values)
    check_length(x, neighbours)
    if not (0 <= E < np.inf and 0 <= H < np.inf):
        raise ValueError(f"the exponents of TFCE are finite and not negative: E {E} and H {H} found")
    return x


@compiled
def _enhance(values: Floats, sign: float, table: Voxels, E: float, H: float, room: Room) -> int:  # noqa: N803
    """Enhance the voxels of one sign, and say how many they are.

    From the front of the room: the voxels in ``ranks[0]``, most extreme first, their sizes in ``heights[0]``, and
    these enhanced in ``heights[1]``. Everything between is kept by rank, so that memory is walked in order.
    """
    heights, enhanced, below, extent = room.heights[0], room.heights[1], room.ranks[2], room.ranks[3]
    count = _descending(values, sign, room)
    _join(count, table, room)
    for rank in range(count - 1, -1, -1):  # from the foot of each component up
        height, foot, ground = heights[rank], 0.0, 0.0
        if below[rank] != rank:
            foot, ground = heights[below[rank]], enhanced[below[rank]]
        if height > foot:  # not for ties: infinity less infinity is no number
            ground += _power(extent[rank], E) * (_power(height, H + 1) - _power(foot, H + 1)) / (H + 1)
        enhanced[rank] = ground
    return count


@compiled
def _power(base: float, exponent: float) -> float:
    """``base ** exponent``; the exponents everyone uses have their own instructions."""
    if exponent == 0.5:
        return float(np.sqrt(base))
    if exponent == 3.0:
        return base * base * base
    return float(base**exponent)


@compiled
def _join(count: int, table: Voxels, room: Room) -> None:
    """Join voxels from the first rank to the last.

    ``ranks[2]`` gets the rank that next joined the component of each, itself if none did, and ``ranks[3]`` how many
    the component held until then.
    """
    order, place, below, extent, parent = room.ranks
    latest = room.keys[0].view(np.int32)  # of the component with this root; the sort is done with its keys
    place[:] = -1  # the last entry stays so, and is what the table's ABSENT points at
    near = np.empty(table.shape[1], dtype=np.int32)
    for rank in range(count):
        voxel = order[rank]
        place[voxel], below[rank], parent[rank] = rank, rank, rank
        reached = 0
        for column in range(table.shape[1]):  # without a branch, which could not be foreseen
            other = place[table[voxel, column]]
            near[reached] = other
            reached += other >= 0
        root, largest, total = rank, 0, 1
        for number in range(reached):
            other = near[number]
            while parent[other] != other:  # shortening the path as it is walked
                above = parent[other]
                parent[other] = parent[above]
                other = above
            if other == root:
                continue
            below[latest[other]] = rank
            size = extent[latest[other]]
            total += size
            if size > largest:
                parent[root] = other
                root, largest = other, size
            else:
                parent[other] = root
        latest[root] = rank
        extent[rank] = total


@compiled
def _descending(values: Floats, sign: float, room: Room) -> int:
    """Voxels of one sign into ``ranks[0]``, from the most extreme down, their sizes into ``heights[0]``; how many.

    A radix sort of the leading bits, which for positive doubles stand in the order of their values, each carried in
    one word with its voxel. The few that these bits do not part are put in order afterwards; ties stay in their own.
    """
    order, heights, keys, spare = room.ranks[0], room.heights[0], room.keys[0], room.keys[1]
    sizes = room.heights[1]
    bits = sizes.view(np.uint64)
    starts = np.zeros((PASSES, BUCKETS), dtype=np.int64)
    low = np.uint64(BUCKETS - 1)
    count = 0
    for voxel in range(values.size):
        size = sign * values[voxel]
        if size > 0:
            sizes[voxel] = size
            lead = bits[voxel] >> np.uint64(LEADING)
            keys[count] = (lead << np.uint64(LEADING)) | np.uint64(voxel)
            for step in range(PASSES):
                starts[step, (lead >> np.uint64(DIGIT * step)) & low] += 1
            count += 1
    for step in range(PASSES):
        end = count
        for bucket in range(BUCKETS):
            end -= starts[step, bucket]
            starts[step, bucket] = end
        shift = np.uint64(LEADING + DIGIT * step)
        for number in range(count):
            digit = (keys[number] >> shift) & low
            spare[starts[step, digit]] = keys[number]
            starts[step, digit] += 1
        keys, spare = spare, keys
    mask = np.uint64((1 << LEADING) - 1)
    for rank in range(count):
        voxel = int(keys[rank] & mask)
        height = sizes[voxel]
        slot = rank
        while slot > 0 and heights[slot - 1] < height:
            heights[slot], order[slot] = heights[slot - 1], order[slot - 1]
            slot -= 1
        heights[slot], order[slot] = height, voxel
    return count
