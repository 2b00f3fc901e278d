"""Residuals of a run: counted block by block over all voxels, so that no residual is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.histograms import counts
from glmspec.core.innovations import innovation_sums, squares_about_mean
from glmspec.core.residuals import far_out

Floats = NDArray[np.float64]
CORRELATION_EDGES = np.linspace(-1.0, 1.0, 101).round(2)
RUN_TOTALS = frozenset({"scan_squares", "varying", "before", "after"})
"""What of :func:`run_residuals` is to be added up over blocks."""


def run_residuals(data: Floats, residuals: Floats, ar: Floats, variance: Floats) -> dict[str, Floats]:
    """Of a block of a run's data and residuals (N, V), its noise (p, V) and variance of innovations (V,).

    Leaves ``r2`` (V,), the share of the variance over time that the fit explains, NaN where there is none; and totals.
    """
    varying = variance > 0
    found = innovation_sums(residuals, ar, np.where(varying, 1.0 / np.where(varying, variance, 1.0), 0.0))
    total = squares_about_mean(data)
    return {
        "r2": 1 - found.squares / np.where(total > 0, total, np.nan),
        "scan_squares": found.spread,
        "varying": np.array([float(varying.sum())]),
        "before": counts(found.before[varying], CORRELATION_EDGES),
        "after": counts(found.after[varying], CORRELATION_EDGES),
    }


def run_facts(totals: Mapping[str, Floats], order: int) -> dict[str, Any]:
    """The spread of each scan's standardised innovations, those far out, and how neighbouring scans are correlated.

    The first scans, as many as the order of the noise, have no innovation and no spread.
    """
    varying = float(totals["varying"][0])
    spread = np.sqrt(totals["scan_squares"] / varying) if varying else np.zeros(0)
    extreme = np.flatnonzero(far_out(spread)) + order if spread.size else np.zeros(0, dtype=np.intp)
    return {
        "spread": [None] * order + spread.tolist(),
        "extreme": extreme.tolist(),
        "edges": CORRELATION_EDGES.tolist(),
        "before": totals["before"].astype(int).tolist(),
        "after": totals["after"].astype(int).tolist(),
    }
