"""Hommel's procedure: closed testing of single voxels with Simes' local tests, without the 2^m tests.

Simes' test rejects a set of i voxels at alpha where its k-th smallest p is at most k alpha / i for some k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIE = 4 * float(np.finfo(np.float64).eps)
"""Relative difference below which i p and j alpha are equal. Both are one product of rounded numbers; without it,
three p of 0.1 would miss alpha = 0.3 by one bit. Simes' test rejects on equality."""


def family(p: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """p (V,) as numbers, and which of them are members of the family: all but NaN.

    Raises
    ------
    ValueError
        If p is not a vector within [0, 1].
    """
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"a family of p is a vector, not an array of shape {values.shape}")
    if ((values < 0) | (values > 1)).any():
        raise ValueError("p lies within [0, 1]: smaller or larger values found")
    return values, ~np.isnan(values)


def hommel_value(p: ArrayLike, alpha: float) -> int:
    """Size of the largest set of voxels that Simes' test does not reject, 0 if it rejects them all.

    Parameters
    ----------
    p : (V,)
        In [0, 1]. NaN is no member of the family.
    alpha : float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If p is not a vector within [0, 1], or alpha is not between 0 and 1.

    Notes
    -----
    With m ascending p, the hardest set of i to reject are the i largest. Simes rejects them if for some k > m - i
    i p_(k) <= (k - m + i) alpha. For one k that is, where p_(k) < alpha, every

        i >= (m - k) alpha / (alpha - p_(k)) with i > m - k,

    so the smallest such i over all k is h + 1 and no search is needed: O(m) after the sort. Numbers as in Meijer,
    Krebs and Goeman (2019), Hommel's procedure in linear time, Biometrical Journal 61, 73-82.
    """
    values, tested = family(p)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, not at {alpha}")
    ascending = np.sort(values[tested])
    members = len(ascending)
    rejecting = np.flatnonzero(ascending <= alpha * (1 + TIE))
    low = ascending[rejecting]
    above = (members - 1 - rejecting).astype(np.float64)  # m - k
    ratio = np.where(above > 0, np.inf, 0.0)  # the largest p needs no more than to be at most alpha
    np.divide(above * alpha, alpha - low, out=ratio, where=(above > 0) & (low < alpha))
    smallest = np.maximum(np.floor(np.minimum(ratio, members)), above + 1)
    for _ in range(2):  # the quotient cancels and may land beside an integer: put what it says to the test
        smallest += smallest * low > (smallest - above) * alpha * (1 + TIE)
    return int(min(smallest.min(initial=np.inf) - 1, members))


def hommel_adjusted(p: ArrayLike) -> Floats:
    """Smallest alpha at which closed testing rejects each voxel by itself (Hommel 1988).

    Parameters
    ----------
    p : (V,)
        In [0, 1]. NaN stays NaN and is no member of the family.

    Returns
    -------
    (V,)
        Never below p. The step-up of Meijer, Krebs and Goeman (2019): O(m) after a sort.

    Raises
    ------
    ValueError
        If p is not a vector within [0, 1].

    Notes
    -----
    h(alpha) >= i as long as alpha < a_i, the Simes p of the i largest, so p is rejected at max(a_(i+1), i p) for
    some i, and at the smallest of these.
    """
    values, tested = family(p)
    adjusted = np.full(values.shape, np.nan)
    members = values[tested]
    if members.size == 0:
        return adjusted
    simes = np.append(_simes_of_largest(np.sort(members)), 0.0)  # a_1 to a_m, and of the m + 1 that never stand
    steps = np.arange(1, len(simes))
    place = np.searchsorted(-simes[1:] / steps, -members)  # first i with a_(i+1) <= i p
    adjusted[tested] = np.minimum(simes[place], steps[place] * members)
    return adjusted


def _simes_of_largest(p: Floats) -> Floats:
    """a_i = min over k > m - i of i p_(k) / (k - m + i), for i = 1 to m, of ascending p.

    That is i times the least slope from (m - i, 0) to a point (k, p_(k)) to its right. Only corners of the lower
    convex hull of those points can give it, and the corner moves one way with i.
    """
    members = len(p)
    corner, height = _hull(p)
    rise = np.diff(height)
    tangent = corner[:-1] - height[:-1] * np.diff(corner) / rise  # where the edge's line meets zero
    origin = np.arange(members - 1, -1, -1)
    guess = np.searchsorted(tangent, origin)
    best = np.full(members, np.inf)
    for shift in (-1, 0, 1):  # the tangent rounds; its neighbours decide
        place = np.clip(guess + shift, 0, len(corner) - 1)
        run = corner[place] - origin
        slope = np.divide(height[place], run, out=np.full(members, np.inf), where=run > 0)
        np.minimum(best, slope, out=best)
    return np.minimum.accumulate(best * np.arange(1, members + 1))


def _hull(p: Floats) -> tuple[Ints, Floats]:
    """Corners (k, p_(k)), k from 1, of the lower convex hull; of equal p only the last can be one."""
    last = np.flatnonzero(np.append(p[1:] > p[:-1], True))
    corners: list[tuple[int, float]] = []
    for k, height in zip((last + 1).tolist(), p[last].tolist(), strict=True):
        while len(corners) > 1 and _above(corners[-2], corners[-1], (k, height)):
            corners.pop()
        corners.append((k, height))
    places, heights = zip(*corners, strict=True)
    return np.array(places, dtype=np.int64), np.array(heights, dtype=np.float64)


def _above(left: tuple[int, float], middle: tuple[int, float], right: tuple[int, float]) -> bool:
    """Whether the middle point lies on or above the line between the others."""
    return (middle[1] - left[1]) * (right[0] - middle[0]) >= (right[1] - middle[1]) * (middle[0] - left[0])
