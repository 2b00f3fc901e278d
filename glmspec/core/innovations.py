"""What AR(p) noise has new in each scan, e_t - phi_1 e_{t-1} - ...: counted in one pass over voxels, never stored."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled, plain

Floats = NDArray[np.float64]

LANES = 64
"""Voxels that are gone through together: two hundred scans of them, and as many sums, fit a core's cache."""


class InnovationSums(NamedTuple):
    """Sums over scans and over voxels; see :func:`innovation_sums`.

    ``squares`` (V,) is the residual sum of squares. ``before`` and ``after`` (V,) are correlations of each scan with
    the next, sum r_t r_{t+1} / sum r_t^2, of the residuals and of the innovations; NaN where there is nothing to
    correlate. ``spread`` (N - p,) adds up the squares of a scan's innovations over the voxels, each times its weight.
    """

    squares: Floats
    before: Floats
    after: Floats
    spread: Floats


def innovation_sums(residuals: Floats, ar: Floats, weights: Floats) -> InnovationSums:
    """Of residuals (N, V) of noise with coefficients (p, V), p being 0 or more, and a weight (V,) of each voxel.

    The first p scans have no innovation. A voxel of weight zero has no part in a scan's spread, NaN or not.
    """
    own, new, spread = _sums(plain(residuals), plain(ar), plain(weights))
    before, after = (products / np.where(squares > 0, squares, np.nan) for squares, products in (own, new))
    return InnovationSums(own[0], before, after, spread)


@compiled
def _sums(residuals: Floats, ar: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Squares and products with the next scan (2, V), of residuals and of innovations, and the spread (N - p,)."""
    scans, voxels = residuals.shape
    order = len(ar)
    own, new = np.zeros((2, voxels)), np.zeros((2, voxels))
    spread = np.zeros((scans - order, LANES))
    last, fresh = np.zeros(LANES), np.zeros(LANES)
    for start in range(0, voxels, LANES):
        size = min(LANES, voxels - start)
        part = slice(start, start + size)
        weight = weights[part]
        for scan in range(scans):
            values, squares, products = residuals[scan, part], own[0, part], own[1, part]
            for lane in range(size):
                squares[lane] += values[lane] * values[lane]
            if scan:
                before = residuals[scan - 1, part]
                for lane in range(size):
                    products[lane] += values[lane] * before[lane]
            if scan < order:
                continue
            for lane in range(size):
                fresh[lane] = values[lane]
            for lag in range(1, order + 1):
                early, phi = residuals[scan - lag, part], ar[lag - 1, part]
                for lane in range(size):
                    fresh[lane] -= phi[lane] * early[lane]
            squares, products, total = new[0, part], new[1, part], spread[scan - order]
            if scan > order:
                for lane in range(size):
                    products[lane] += fresh[lane] * last[lane]
            for lane in range(size):
                square = fresh[lane] * fresh[lane]
                squares[lane] += square
                total[lane] += square * weight[lane] if weight[lane] > 0 else 0.0
                last[lane] = fresh[lane]
    added = np.zeros(scans - order)
    for scan in range(scans - order):
        for lane in range(LANES):
            added[scan] += spread[scan, lane]
    return own, new, added


@compiled
def squares_about_mean(series: Floats) -> Floats:
    """sum_t (y_t - mean)^2 (V,) of series (N, V)."""
    scans, voxels = series.shape
    found = np.zeros(voxels)
    for start in range(0, voxels, LANES):
        size = min(LANES, voxels - start)
        part, mean = slice(start, start + size), np.zeros(LANES)
        total = found[part]
        for scan in range(scans):
            values = series[scan, part]
            for lane in range(size):
                mean[lane] += values[lane]
        for lane in range(size):
            mean[lane] /= scans
        for scan in range(scans):
            values = series[scan, part]
            for lane in range(size):
                total[lane] += (values[lane] - mean[lane]) ** 2
    return found
