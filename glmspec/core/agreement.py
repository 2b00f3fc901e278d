"""How two maps agree: correlation, largest difference, and the voxels that only one of them selects."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Agreement(NamedTuple):
    """Of two maps of the same voxels."""

    correlation: float
    """Pearson's; NaN where a map does not vary, or fewer than two voxels are defined in both."""
    largest: float
    """The largest absolute difference; 0 where no voxel is defined in both."""
    where: int
    """The voxel of the largest difference, in C order; -1 where there is none."""
    voxels: int
    """Voxels that are finite in both."""


class Overlap(NamedTuple):
    """Of two sets of voxels."""

    gained: int
    """In the second alone."""
    lost: int
    """In the first alone."""
    dice: float
    """Twice what they share over what they have; NaN where both are empty."""


def agreement(one: NDArray[Any], other: NDArray[Any]) -> Agreement:
    """Correlation and largest difference of two maps.

    Parameters
    ----------
    one, other : array
        Of one shape. Voxels that are NaN or infinite in either are left out.

    Raises
    ------
    ValueError
        Where the shapes differ.
    """
    if one.shape != other.shape:
        raise ValueError(f"maps of {one.shape} and {other.shape} voxels cannot be compared")
    a, b = (np.asarray(values, np.float64).ravel() for values in (one, other))
    both = np.flatnonzero(np.isfinite(a) & np.isfinite(b))
    if not both.size:
        return Agreement(math.nan, 0.0, -1, 0)
    a, b = a[both], b[both]
    difference = np.abs(a - b)
    worst = int(difference.argmax())
    return Agreement(_correlation(a, b), float(difference[worst]), int(both[worst]), both.size)


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(a @ a)) * math.sqrt(float(b @ b))
    return min(1.0, max(-1.0, float(a @ b) / scale)) if scale > 0 else math.nan


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> Overlap:
    """Voxels that changed sides, and Dice's coefficient (Dice 1945).

    Parameters
    ----------
    one, other : bool array
        Of one shape.
    """
    shared, sizes = int((one & other).sum()), int(one.sum()) + int(other.sum())
    return Overlap(int((other & ~one).sum()), int((one & ~other).sum()), 2 * shared / sizes if sizes else math.nan)
