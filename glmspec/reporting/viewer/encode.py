"""Maps as bytes, small and exact where it counts: whether a voxel lies above a threshold never depends on rounding."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = 127
"""Steps of a signed byte on either side of zero."""
MISSING = -128
"""The code of a voxel without a value."""
SHARES = 250
"""Steps of a proportion."""
GREY = 4
"""Levels of grey that become one, which nobody sees: a third of the bytes."""
_LEVEL = 6
_SYSTEM = 9
"""Where a gzip header says on what kind of system it was written."""


@dataclass(frozen=True)
class Steps:
    """Steps of size up to ``knots[-1]``; ``counts`` of them, all of one width, between a knot and the next.

    Thresholds are knots: step ``k``, counted from 1, is ``edges[k - 1] <= size < edges[k]``, so that no step lies on
    both sides of one. What lies beyond the last edge is in the last step.
    """

    knots: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def through(cls, heights: Iterable[float], top: float) -> Steps:
        """At most ``LEVELS`` steps from 0 to ``top``; heights beyond are no knots."""
        knots = [0.0, *sorted({float(height) for height in heights if 0 < height < top}), float(top)]
        width = top / (LEVELS - len(knots) + 1)
        counts = tuple(ceil((high - low) / width) for low, high in pairwise(knots))
        return cls(tuple(knots), counts)

    @cached_property
    def edges(self) -> NDArray[np.float64]:
        """One more than there are steps, ascending; the script computes the same numbers in the same way."""
        found = [0.0]
        for (low, high), count in zip(pairwise(self.knots), self.counts, strict=True):
            found += [low + (high - low) * step / count for step in range(1, count)] + [high]
        return np.array(found)

    def codes(self, values: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
        """The step of each value with its sign, 0 for nothing at all, and ``MISSING`` for NaN."""
        size = np.abs(np.asarray(values, dtype=float))
        step = np.searchsorted(self.edges[:-1], size, side="right")
        signed = np.where(size == 0, 0, np.sign(values) * step)
        return np.where(np.isnan(size), MISSING, signed).astype(np.int8)


def bits(flags: NDArray[np.bool_]) -> bytes:
    """Eight flags a byte, the first in the highest bit, in C order."""
    return np.packbits(flags, axis=None).tobytes()


def shares(values: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Lower bounds of proportions in steps of 1/250, rounded down: a bound that is shown must hold."""
    # A bound of 0.3 was stored as the nearest single, which lies a little below.
    return np.floor(np.asarray(values, dtype=float) * SHARES + 1e-4).astype(np.uint8)


def greys(grey: NDArray[np.uint8], visible: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Greys in steps of four, from 1 on; 0 where there is nothing to see."""
    return np.where(visible, np.maximum(grey // GREY, 1), 0).astype(np.uint8)


def packed(data: bytes) -> bytes:
    """``data`` compressed, the same bytes at any time and on any system."""
    compressed = gzip.compress(data, _LEVEL, mtime=0)
    return compressed[:_SYSTEM] + b"\xff" + compressed[_SYSTEM + 1 :]
