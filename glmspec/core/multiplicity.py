"""Adjusted p over a family of voxels, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Adjustment = Callable[[Floats], Floats]


def unadjusted(p: Floats) -> Floats:
    """p as it is."""
    return p.copy()


def bonferroni(p: Floats) -> Floats:
    """min(1, m p)."""
    return np.minimum(1.0, p * len(p))


def holm(p: Floats) -> Floats:
    """Step down: running maximum of (m - i + 1) p_(i) over ascending p (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _back(np.minimum(1.0, steps), order)


def benjamini_hochberg(p: Floats) -> Floats:
    """Step up: running minimum of m p_(i) / i from the largest p down (Benjamini and Hochberg 1995)."""
    return _step_up(p, 1.0)


def benjamini_yekutieli(p: Floats) -> Floats:
    """As Benjamini-Hochberg times the m-th harmonic number: valid under any dependence (2001)."""
    return _step_up(p, float(np.sum(1.0 / np.arange(1, len(p) + 1))))


def _step_up(p: Floats, factor: float) -> Floats:
    order = np.argsort(p, kind="stable")[::-1]
    steps = np.minimum.accumulate(factor * len(p) / np.arange(len(p), 0, -1) * p[order])
    return _back(np.minimum(1.0, steps), order)


def _back(values: Floats, order: NDArray[np.intp]) -> Floats:
    """Sorted values at the places they came from."""
    answer = np.empty_like(values)
    answer[order] = values
    return answer


def _over_finite(adjustment: Adjustment) -> Adjustment:
    """The adjustment over voxels that were tested; a voxel without a p is not a member of the family."""

    def adjust(p: Floats) -> Floats:
        answer = np.full(p.shape, np.nan)
        tested = np.isfinite(p)
        answer[tested] = adjustment(np.asarray(p[tested], dtype=np.float64))
        return answer

    adjust.__doc__ = adjustment.__doc__
    return adjust


ADJUSTMENTS: Mapping[str, Adjustment] = {
    "none": _over_finite(unadjusted),
    "bonferroni": _over_finite(bonferroni),
    "holm": _over_finite(holm),
    "fdr": _over_finite(benjamini_hochberg),
    "fdr-by": _over_finite(benjamini_yekutieli),
}
"""Name -> function of p (V,) to adjusted p (V,). NaN stays NaN and m counts the other voxels. A voxel is significant
at alpha where its adjusted p <= alpha: all five are inclusive, as their authors wrote them."""
