"""Closed testing with Simes' local tests: how many true discoveries any set of voxels holds at least.

Valid for all sets at once, however they were chosen, where Simes' inequality holds: with independent p and with
those of positively dependent (PRDS) statistics. Hommel's h, the size of the largest set of voxels that is not
rejected, is all that has to be known of the 2^m tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glmspec.core.hommel import TIE, family, hommel_value

Ints = NDArray[np.int64]


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
    values, tested = family(p)
    members = int(np.count_nonzero(tested))
    h = hommel_value(values, alpha)
    rungs = np.zeros(values.shape, dtype=np.int64)
    rungs[tested] = np.clip(np.ceil(h * values[tested] / alpha * (1 - TIE)), 1, members + 1)
    return ClosedTesting(float(alpha), h, members, rungs)


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
    d(S) = max over 1 <= u <= |S| of 1 - u + #{i in S: h p_i <= u alpha}, and at least 0.
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
    if given.size and given.min() < 0:
        raise IndexError(f"voxels are counted from 0: {given.min()} found")
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
    sets = np.asarray(labels)
    if sets.shape != prepared.rungs.shape or sets.dtype.kind not in "biu" or sets.min(initial=0) < 0:
        raise ValueError(f"labels are {prepared.rungs.size} whole numbers from 0 up, not {sets.shape} {sets.dtype}")
    sets = sets.astype(np.int64)
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
