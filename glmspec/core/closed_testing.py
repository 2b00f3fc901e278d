"""Closed testing with Simes' local tests: how many true discoveries any set of voxels holds at least.

Valid for all sets at once, however they were chosen, where Simes' inequality holds: with independent p and with
those of positively dependent (PRDS) statistics. Hommel's h, the size of the largest set of voxels that is not
rejected, is all that has to be known of the 2^m tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIE = 4 * float(np.finfo(np.float64).eps)
"""Relative difference below which i p and j alpha are equal. Both are one product of rounded numbers; without it,
three p of 0.1 would miss alpha = 0.3 by one bit. Simes' test rejects on equality."""


@dataclass(frozen=True, eq=False)
class ClosedTesting:
    """A family of p, ready for any set; see :func:`prepare`.

    Attributes
    ----------
    alpha : float
    h : int
        Hommel's value: among any more voxels than these, at least one is active. 0 to ``members``.
    members : int
        m, the voxels with a p.
    rungs : (V,) int64
        Smallest u >= 1 with h p <= u alpha, at most m + 1; 0 for a voxel without a p.
    """

    alpha: float
    h: int
    members: int
    rungs: Ints


def prepare(p: ArrayLike, alpha: float) -> ClosedTesting:
    """Find Hommel's h for a family of voxels.

    Parameters
    ----------
    p : (V,)
        One-sided or two-sided, in [0, 1], ties and zeros included. A voxel that is NaN is no member of the family:
        it counts for nothing and adds nothing to any set.
    alpha : float
        Between 0 and 1. With probability 1 - alpha every bound holds.

    Raises
    ------
    ValueError
        If p is not a vector within [0, 1], or alpha is not between 0 and 1.

    References
    ----------
    Meijer, Krebs and Goeman (2019), Hommel's procedure in linear time, Biometrical Journal 61, 73-82; Goeman,
    Meijer, Krebs and Solari (2019), Simultaneous control of all false discovery proportions, Biometrika 106, 841-856.
    """
    values, tested = _family(p)
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, not at {alpha}")
    members = int(np.count_nonzero(tested))
    h = _hommel(np.sort(values[tested]), alpha)
    rungs = np.zeros(values.shape, dtype=np.int64)
    rungs[tested] = np.clip(np.ceil(h * values[tested] / alpha * (1 - TIE)), 1, members + 1)
    return ClosedTesting(float(alpha), h, members, rungs)


def _family(p: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """p, and which of them are members of the family."""
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"a family of p is a vector, not an array of shape {values.shape}")
    if ((values < 0) | (values > 1)).any():
        raise ValueError("p lies within [0, 1]: smaller or larger values found")
    return values, ~np.isnan(values)


def _hommel(p: Floats, alpha: float) -> int:
    """Largest i such that Simes' test does not reject the i largest of m ascending p; 0 if it rejects every set.

    It rejects them if i p_(k) <= (k - m + i) alpha for some k > m - i. For one k and p_(k) < alpha that is every

        i >= (m - k) alpha / (alpha - p_(k)) and i > m - k,

    so the smallest such i over k is h + 1 and no search is needed. The quotient cancels where p is near alpha and may
    land beside an integer, so what it says is put to the test itself.
    """
    rejecting = np.flatnonzero(p <= alpha * (1 + TIE))
    above = (len(p) - 1 - rejecting).astype(np.float64)  # m - k
    low = p[rejecting]
    margin = alpha - low
    ratio = np.divide(above * alpha, margin, out=np.full(len(low), np.inf), where=margin > 0)
    smallest = np.maximum(np.floor(np.minimum(ratio, len(p))), above + 1)
    for _ in range(2):
        smallest += smallest * low > (smallest - above) * alpha * (1 + TIE)
    return int(min(smallest.min(initial=np.inf) - 1, len(p)))


def true_discoveries(prepared: ClosedTesting, selected: ArrayLike) -> int:
    """Lower bound for the number of active voxels in a set: with probability 1 - alpha right for all sets at once.

    Parameters
    ----------
    prepared : ClosedTesting
    selected : (V,) bool, or indices of voxels
        Repeated indices count once.

    Returns
    -------
    int
        0 to the number of selected voxels that have a p.

    Raises
    ------
    ValueError
        If the set is neither (V,) booleans nor whole numbers.
    IndexError
        If there is no voxel of that index.

    Notes
    -----
    d(S) = max over 1 <= u <= \\|S\\| of 1 - u + #{i in S: h p_i <= u alpha}, and at least 0.
    """
    chosen = _chosen(prepared, selected)
    return int(true_discoveries_by_label(prepared, chosen)[0]) if chosen.any() else 0


def true_discovery_proportion(prepared: ClosedTesting, selected: ArrayLike) -> float:
    """The same as a share of those selected voxels that have a p, 0 to 1; 0 if there are none."""
    size = np.count_nonzero(prepared.rungs[_chosen(prepared, selected)])
    return true_discoveries(prepared, selected) / size if size else 0.0


def _chosen(prepared: ClosedTesting, selected: ArrayLike) -> NDArray[np.bool_]:
    given = np.asarray(selected)
    if given.dtype == np.bool_ and given.shape == prepared.rungs.shape:
        return given
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"a set is {prepared.rungs.size} booleans or indices, not {given.shape} {given.dtype}")
    chosen = np.zeros(prepared.rungs.shape, dtype=np.bool_)
    chosen[given.astype(np.intp)] = True
    return chosen


def true_discoveries_by_label(prepared: ClosedTesting, labels: ArrayLike) -> Ints:
    """The bounds of many disjoint sets, such as all clusters of a map, after one sort.

    Parameters
    ----------
    prepared : ClosedTesting
    labels : (V,) of whole numbers
        0 belongs to no set; 1 to K name the sets.

    Returns
    -------
    (K,) int64
        As :func:`true_discoveries` of each.

    Raises
    ------
    ValueError
        If labels do not name a set, or none, for each voxel.
    """
    sets = np.asarray(labels).astype(np.int64, casting="safe")
    if sets.shape != prepared.rungs.shape or sets.min(initial=0) < 0:
        raise ValueError(f"labels are {prepared.rungs.size} whole numbers from 0 up")
    count = int(sets.max(initial=0))
    width = prepared.members + 2
    useful = (sets > 0) & (prepared.rungs > 0) & (prepared.rungs <= prepared.members)
    keys = np.sort(sets[useful] * width + prepared.rungs[useful])  # by set, then by rung
    owners, rungs = keys // width, keys % width
    starts = np.searchsorted(owners, np.arange(1, count + 1))
    ranks = np.arange(1, len(keys) + 1) - starts[owners - 1]
    bounds = np.zeros(count, dtype=np.int64)
    np.maximum.at(bounds, owners - 1, 1 - rungs + ranks)
    return bounds


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
    values, tested = _family(p)
    adjusted = np.full(values.shape, np.nan)
    family = values[tested]
    if family.size == 0:
        return adjusted
    simes = np.append(_simes_of_largest(np.sort(family)), 0.0)  # a_1 to a_m, and of the m + 1 that never stand
    steps = np.arange(1, len(simes))
    place = np.searchsorted(-simes[1:] / steps, -family)  # first i with a_(i+1) <= i p
    adjusted[tested] = np.minimum(simes[place], steps[place] * family)
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
