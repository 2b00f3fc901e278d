"""The voxels of a map in descending order, quick enough for ten thousand maps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled

Floats = NDArray[np.float64]
Voxels = NDArray[np.int32]
Keys = NDArray[np.uint64]

DIGIT = 11
"""Bits a pass of the radix sort looks at: 2,048 counters stay in the first-level cache."""

BUCKETS = 1 << DIGIT

OCTAVE = 16
"""Bits of a key within a factor of two: the sort parts heights that differ by a part in 65,536, at first."""

TRAILING = np.uint64(52 - OCTAVE)
TOP = np.uint64(((1023 + 34) << OCTAVE) - 1)
"""The leading bits of a double just below 2**34. Keys count down from it over 64 octaves; what is beyond either end
shares the outermost key, and is put in order by comparisons."""

LAST = np.uint64(BUCKETS * BUCKETS - 1)
INFINITE = np.uint64(2047 << 52)
NEGATIVE = np.uint64(1 << 63)


@compiled
def descending(values: Floats, sign: float, keys: Keys, voxels: Voxels, heights: Floats) -> int:
    """The voxels of one sign, from the most extreme down, and their sizes.

    Parameters
    ----------
    values : (V,)
    sign : {1, -1}
    keys : (2, V)
        Room to work in.
    voxels, heights : (V,) or longer
        Filled from the front: which voxel, and the size of its value. Zeros and NaN are of no sign.

    Returns
    -------
    int
        How many.

    Notes
    -----
    A radix sort of leading bits, which for positive doubles stand in the order of their values, each carried in one
    word with its voxel. The few that these bits do not part are put in order afterwards; ties stay in their own.
    """
    one, low, half = np.uint64(1), np.uint64(BUCKETS - 1), np.uint64(32)
    full, spare, bits = keys[0], keys[1], values.view(np.uint64)
    flip = NEGATIVE if sign < 0 else np.uint64(0)
    count = 0
    for voxel in range(values.size):
        size = bits[voxel] ^ flip
        key = min(TOP - min(size >> TRAILING, TOP), LAST)
        full[count] = (key << half) | np.uint64(voxel)
        count += (size - one) < INFINITE  # neither zero, nor of the other sign, nor NaN
    starts = np.zeros((2, BUCKETS), dtype=np.int32)
    for number in range(count):
        key = full[number] >> half
        starts[0, key & low] += 1
        starts[1, key >> np.uint64(DIGIT)] += 1
    for step in range(2):
        end = 0
        for bucket in range(BUCKETS):
            start, end = end, end + starts[step, bucket]
            starts[step, bucket] = start
        shift = half + np.uint64(DIGIT * step)
        for number in range(count):
            digit = (full[number] >> shift) & low
            spare[starts[step, digit]] = full[number]
            starts[step, digit] += 1
        full, spare = spare, full
    for rank in range(count):
        voxels[rank] = np.int32(full[rank] & np.uint64(0xFFFFFFFF))
        heights[rank] = abs(values[voxels[rank]])
    for rank in range(1, count):
        voxel, height, slot = voxels[rank], heights[rank], rank
        while slot > 0 and heights[slot - 1] < height:
            heights[slot], voxels[slot] = heights[slot - 1], voxels[slot - 1]
            slot -= 1
        heights[slot], voxels[slot] = height, voxel
    return count
