"""Products of scans that lie some lags apart: what an AR(p) noise model is estimated from and whitened with.

The inverse covariance of N numbers of an AR(p) process with innovations of variance 1 is

    V^-1 = sum over i <= j of a_i a_j E_ij,    a = (1, -phi_1, ..., -phi_p),

where E_ij pairs scan t with scan t + j - i for t from i to N - 1 - j, counted from 0 (Box, Jenkins, Reinsel and Ljung,
Time Series Analysis, A7.4). With t from 0 instead, the first p scans enter as if the scans before had been zero.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Start = Literal["stationary", "unscaled"]
"""How the first p scans enter: with the covariance of a stationary series, or as if the scans before had been zero."""


def levinson(covariances: Floats) -> tuple[Floats, Floats]:
    """Yule-Walker coefficients of autocovariances.

    Parameters
    ----------
    covariances : (p + 1, V)
        At lags 0 to p.

    Returns
    -------
    coefficients : (p, V)
        Zero where there is no variance.
    largest_partial : (V,)
        The largest partial correlation by size: below 1 for a stationary process, infinite where a step has no
        variance left to explain.

    Notes
    -----
    Levinson and Durbin's recursion (Brockwell and Davis, Time Series: Theory and Methods, 5.2).
    """
    coefficients, left = np.zeros_like(covariances[1:]), covariances[0].copy()
    largest = np.zeros_like(left)
    for step in range(len(coefficients)):
        unexplained = covariances[step + 1] - np.einsum("kv,kv->v", coefficients[:step], covariances[step:0:-1])
        partial = np.divide(unexplained, left, out=np.zeros_like(left), where=left != 0)
        coefficients[:step], coefficients[step] = coefficients[:step] - partial * coefficients[:step][::-1], partial
        lost = (left < 0) | ((left == 0) & (unexplained != 0))
        largest = np.maximum(largest, np.where(lost, np.inf, np.abs(partial)))
        left = left * (1 - partial**2)
    return coefficients, largest


def windows(order: int, scans: int, start: Start) -> list[tuple[slice, slice]]:
    """The scans that each E_ij pairs, i <= j from 0 to ``order``, row by row; T = (p + 1)(p + 2) / 2 of them."""
    pairs = zip(*np.triu_indices(order + 1), strict=True)
    begin = [(int(i), int(j), int(i) if start == "stationary" else 0) for i, j in pairs]
    return [(slice(first, scans - j), slice(first + j - i, scans - i)) for i, j, first in begin]


def pair_weights(ar: Floats) -> Floats:
    """a_i a_j (T, V) for coefficients (p, V), in the order of :func:`windows`."""
    a = np.vstack([np.ones((1, ar.shape[1])), -ar])
    i, j = np.triu_indices(len(a))
    return np.asarray(a[i] * a[j])


def paired(columns: Floats, order: int, start: Start) -> Floats:
    """E_ij columns (T, N, K): each scan gets its partner's value; a scan that is its own partner gets it once."""
    places = windows(order, len(columns), start)
    result = np.zeros((len(places), *columns.shape))
    for each, (early, late) in zip(result, places, strict=True):
        each[early] += columns[late]
        if early != late:
            each[late] += columns[early]
    return result


def terms(basis: Floats, pairs: Floats) -> Floats:
    """Q'E_ij Q (T, r, r) of a basis Q (N, r) and E_ij Q (T, N, r): Q'V^-1 Q is their sum under :func:`pair_weights`."""
    return np.ascontiguousarray(pairs.transpose(0, 2, 1) @ basis)


def residual_moments(weights: Floats, pairs: Floats, residuals: Floats, order: int) -> Floats:
    """Q'V^-1 r (r, V) of residuals (N, V) with Q'r = 0, pair weights (T, V) and E_ij Q (T, N, r).

    Pairs that are as far apart differ in a few scans at the ends, so the residuals are gone through once a lag; at
    lag 0, where each scan is its own partner, only those ends are left.
    """
    places = list(zip(*np.triu_indices(order + 1), strict=True))
    total = np.zeros((pairs.shape[2], residuals.shape[1]))
    for lag in range(order + 1):
        alike = [place for place, (i, j) in enumerate(places) if j - i == lag]
        if lag:
            total += weights[alike].sum(axis=0) * (pairs[alike[0]].T @ residuals)
        for place in alike[1:]:
            lacking = pairs[alike[0]] - pairs[place]
            ends = np.flatnonzero(lacking.any(axis=1))
            total -= weights[place] * (lacking[ends].T @ residuals[ends])
    return total


def whitened_squares(series: Floats, sums: Floats, weights: Floats, start: Start) -> Floats:
    """e'V^-1 e (V,) of series (N, V), their products over lags (p + 1, V) and pair weights (T, V)."""
    squares, scans, order = np.zeros(series.shape[1]), len(series), len(sums) - 1
    for weight, (early, late) in zip(weights, windows(order, scans, start), strict=True):
        lag = late.start - early.start
        total = sums[lag].copy()
        for scan in (*range(early.start), *range(early.stop, scans - lag)):  # the ends that this pair lacks
            total -= series[scan] * series[scan + lag]
        squares += (2.0 if lag else 1.0) * weight * total
    return squares
