"""Many members of a random series of relabellings at once: the numbers of their streams in one kernel.

Making a generator for each takes longer than all that is done with its relabelling. The series is that of
:func:`glmspec.core.exchangeability.relabelling`, and :mod:`glmspec.core.streams` says what its streams are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled
from glmspec.core.exchangeability import Group, Relabelling, of_all_rows

Words = NDArray[np.uint64]

ROUNDS = 10
MULTIPLIERS = (np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157))
KEY_STEPS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B))
"""Of Philox-4x64-10: Salmon et al., table 2 and section 4."""


def relabellings(group: Group, seed: int, start: int, stop: int) -> list[Relabelling]:
    """Relabellings ``start`` to ``stop - 1`` of a series; errors are those of :func:`words`."""
    units = len(group.sets)
    drawn = words(seed, start, stop - start, 2 * units)
    source, signs = np.tile(np.arange(units), (len(drawn), 1)), np.ones((len(drawn), units))
    moved = slice(1 if start == 0 else 0, None)
    if group.permutes:
        sets = np.broadcast_to(group.sets, source.shape)
        source[moved, np.argsort(group.sets, kind="stable")] = np.lexsort((drawn[:, :units], sets), axis=1)[moved]
    if group.flips:
        signs[moved] = np.where(drawn[moved, units:] >> np.uint64(63) == 1, -1.0, 1.0)
    return of_all_rows(group, source, signs)


def words(seed: int, first: int, count: int, each: int) -> Words:
    """The first random words (count, each) of consecutive streams of :func:`glmspec.core.streams.generator`.

    Raises
    ------
    ValueError
        If the seed or a number is out of range.
    """
    for number in (seed, first, first + max(count, 1) - 1):
        if not 0 <= number < 2**64:
            raise ValueError(f"a seed and an index are whole numbers from 0 to 2**64 - 1, not {number}")
    return np.asarray(_words(np.uint64(seed), np.uint64(first), count, each))


@compiled
def _words(seed: np.uint64, first: np.uint64, count: int, each: int) -> Words:
    """Philox with the counter from 1 up, four words a block."""
    found = np.empty((count, each), dtype=np.uint64)
    for stream in range(count):
        for start in range(0, each, 4):
            a, b, c, d = np.uint64(start // 4 + 1), np.uint64(0), np.uint64(0), np.uint64(0)
            key, other = seed, first + np.uint64(stream)
            for _ in range(ROUNDS):
                high_a, high_c = _high(a, MULTIPLIERS[0]), _high(c, MULTIPLIERS[1])
                a, b, c, d = high_c ^ b ^ key, c * MULTIPLIERS[1], high_a ^ d ^ other, a * MULTIPLIERS[0]
                key, other = key + KEY_STEPS[0], other + KEY_STEPS[1]
            block = (a, b, c, d)
            for place in range(min(4, each - start)):
                found[stream, start + place] = block[place]
    return found


@compiled
def _high(a: np.uint64, b: np.uint64) -> np.uint64:
    """The upper word of a product, from products of half words."""
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    a0, a1, b0, b1 = a & low, a >> half, b & low, b >> half
    middle = a1 * b0 + ((a0 * b0) >> half)
    rest = a0 * b1 + (middle & low)
    return np.uint64(a1 * b1 + (middle >> half) + (rest >> half))
