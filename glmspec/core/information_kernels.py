"""Small systems of equations, one a voxel, and sums of products over lags: several voxels at a time.

The matrix of each voxel is a weighted sum of the same few matrices. It is factored by Cholesky's method with voxels
innermost, in lanes of :data:`LANES`, so that a processor works on as many at once as its registers hold; nothing of the
size (V, r, r) is ever stored.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled

Floats = NDArray[np.float64]

LANES = 16
"""Voxels that are solved together: the matrices of so many, of twenty columns, fill the first-level cache."""


@compiled
def solutions(weights: Floats, terms: Floats, right: Floats) -> Floats:
    """x (r, V) with (sum_t weights_t terms_t) x = right (r, V), for weights (T, V) and symmetric terms (T, r, r).

    NaN where a matrix is not positive definite.
    """
    rank, voxels = right.shape
    solved = np.empty((rank, voxels))
    factor, x = np.empty((rank, rank, LANES)), np.empty((rank, LANES))
    for start in range(0, voxels, LANES):
        size = min(LANES, voxels - start)
        _factored(weights, terms, start, size, factor)
        for i in range(rank):  # arrays assigned to slices take seconds longer to compile
            for lane in range(size):
                x[i, lane] = right[i, start + lane]
        _forward(factor, x, size)
        for i in range(rank - 1, -1, -1):
            for k in range(i + 1, rank):
                for lane in range(size):
                    x[i, lane] -= factor[k, i, lane] * x[k, lane]
            for lane in range(size):
                x[i, lane] *= factor[i, i, lane]
        for i in range(rank):
            for lane in range(size):
                solved[i, start + lane] = x[i, lane]
    return solved


@compiled
def covariances(weights: Floats, terms: Floats, half: Floats) -> Floats:
    """U' M^-1 U (Q, Q, V) with M = sum_t weights_t terms_t, of U (r, Q); the rest as in :func:`solutions`."""
    rank, count = half.shape
    voxels = weights.shape[1]
    found = np.empty((count, count, voxels))
    factor, x = np.empty((rank, rank, LANES)), np.empty((count, rank, LANES))
    for start in range(0, voxels, LANES):
        size = min(LANES, voxels - start)
        _factored(weights, terms, start, size, factor)
        for q in range(count):
            for i in range(rank):
                x[q, i] = half[i, q]
            _forward(factor, x[q], size)
            for other in range(q + 1):
                total = found[q, other, start : start + size]
                total[:] = 0.0
                for i in range(rank):
                    for lane in range(size):
                        total[lane] += x[q, i, lane] * x[other, i, lane]
                for lane in range(size):
                    found[other, q, start + lane] = total[lane]
    return found


@compiled
def variances(weights: Floats, terms: Floats, half: Floats) -> Floats:
    """The diagonal (Q, V) of :func:`covariances`: a voxel's matrix is factored once, however many columns U has."""
    rank, count = half.shape
    voxels = weights.shape[1]
    found = np.zeros((count, voxels))
    factor, x = np.empty((rank, rank, LANES)), np.empty((rank, LANES))
    for start in range(0, voxels, LANES):
        size = min(LANES, voxels - start)
        _factored(weights, terms, start, size, factor)
        for q in range(count):
            for i in range(rank):
                x[i] = half[i, q]
            _forward(factor, x, size)
            total = found[q, start : start + size]
            for i in range(rank):
                for lane in range(size):
                    total[lane] += x[i, lane] * x[i, lane]
    return found


@compiled
def _factored(weights: Floats, terms: Floats, start: int, size: int, factor: Floats) -> None:
    """Cholesky's L of each voxel's matrix, below the diagonal (r, r, LANES), and 1 / L on it."""
    rank = len(factor)
    for i in range(rank):
        for j in range(i + 1):
            entry = factor[i, j]
            entry[:] = 0.0
            for term in range(len(terms)):
                value, weight = terms[term, i, j], weights[term, start : start + size]
                for lane in range(size):
                    entry[lane] += value * weight[lane]
            for k in range(j):
                for lane in range(size):
                    entry[lane] -= factor[i, k, lane] * factor[j, k, lane]
            if i == j:
                for lane in range(size):
                    entry[lane] = 1.0 / np.sqrt(entry[lane])
            else:
                for lane in range(size):
                    entry[lane] *= factor[j, j, lane]


@compiled
def _forward(factor: Floats, x: Floats, size: int) -> None:
    """L^-1 x in place of x (r, LANES)."""
    for i in range(len(x)):
        for k in range(i):
            for lane in range(size):
                x[i, lane] -= factor[i, k, lane] * x[k, lane]
        for lane in range(size):
            x[i, lane] *= factor[i, i, lane]


@compiled
def lag_sums(series: Floats, order: int) -> Floats:
    """sum_t e_t e_{t+k} (order + 1, V) for k from 0 to the order, of series (N, V), scan after scan."""
    scans, voxels = series.shape
    sums = np.zeros((order + 1, voxels))
    for start in range(0, voxels, 4 * LANES):
        part = slice(start, start + 4 * LANES)
        for scan in range(scans):
            late = series[scan, part]
            for lag in range(min(order, scan) + 1):
                early, total = series[scan - lag, part], sums[lag, part]
                for lane in range(late.size):
                    total[lane] += early[lane] * late[lane]
    return sums
