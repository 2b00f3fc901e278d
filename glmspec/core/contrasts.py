"""t and F contrasts of a fitted design."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import qr, solve_triangular

from glmspec.core.least_squares import Fit, Floats, PreparedDesign, whitened_weights

ROW_TOLERANCE = 1e-8
"""Rows of an F contrast are written by people or by a formula: a row that repeats others is theirs to rounding
(1e-16 of its length), an independent one is far above this."""


class TContrast(NamedTuple):
    """Effect and its variance, (V,), in the units of the data and their square; t (V,) has the design's dof."""

    effect: Floats
    variance: Floats
    t: Floats


class FContrast(NamedTuple):
    """F (V,) with ``numerator_dof`` and the design's dof."""

    f: Floats
    numerator_dof: int


def t_contrast(prepared: PreparedDesign, fit: Fit, weights: ArrayLike) -> TContrast:
    """One combination of coefficients, tested against zero.

    Parameters
    ----------
    prepared : PreparedDesign
    fit : Fit
        Of V voxels.
    weights : (P,)

    Returns
    -------
    TContrast
        effect = w'b, variance = s^2 w'(X'X)^- w, t = effect / sqrt(variance). t is NaN where the residual variance
        is zero or NaN: a perfect fit is a sign of broken data, not of an infinite effect.

    Raises
    ------
    ValueError
        If the weights are all zero or the contrast is not estimable.
    """
    row = np.asarray(weights, dtype=np.float64)
    if not row.any():
        raise ValueError("a contrast needs a weight that is not zero")
    half = whitened_weights(prepared, row)[:, 0]
    effect = row @ fit.coefficients
    variance = fit.residual_variance * float(half @ half)
    return TContrast(effect, variance, effect / np.sqrt(_positive(variance)))


def f_contrast(prepared: PreparedDesign, fit: Fit, weights: ArrayLike) -> FContrast:
    """Several combinations of coefficients, tested against zero together.

    Parameters
    ----------
    prepared : PreparedDesign
    fit : Fit
        Of V voxels.
    weights : (Q, P)
        One combination a row; rows may repeat each other, and neither their order, sign nor scale matters.

    Returns
    -------
    FContrast
        F = (Wb)' (W (X'X)^- W')^- (Wb) / (k s^2), k the rank of the rows. NaN where the residual variance is zero
        or NaN.

    Raises
    ------
    ValueError
        If all weights are zero or a row is not estimable.
    """
    rows = orthonormal_rows(prepared, weights)
    effects = rows.weights @ fit.coefficients
    explained = np.einsum("kv,kv->v", effects, effects)
    rank = len(rows.weights)
    return FContrast(np.asarray(explained / (rank * _positive(fit.residual_variance))), rank)


class OrthonormalRows(NamedTuple):
    """Combinations whose effects have the covariance s^2 times the identity under white noise.

    ``weights`` (K, P), and ``half`` (R, K) with orthonormal columns: the whitened weights of these rows.
    """

    weights: Floats
    half: Floats


def orthonormal_rows(prepared: PreparedDesign, weights: ArrayLike) -> OrthonormalRows:
    """The question of several combinations (Q, P), asked with as many independent ones as their rank K.

    Raises
    ------
    ValueError
        If all weights are zero or a row is not estimable.
    """
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    rows = rows[rows.any(axis=1)]
    if not len(rows):
        raise ValueError("a contrast needs a weight that is not zero")
    half = whitened_weights(prepared, rows)
    lengths = np.linalg.norm(half, axis=0)
    triangle, pivots = qr(half / lengths, mode="r", pivoting=True)
    rank = int(np.count_nonzero(np.abs(np.diag(triangle)) > ROW_TOLERANCE))
    chosen = pivots[:rank]
    turn = solve_triangular(triangle[:rank, :rank], np.eye(rank), trans="T") / lengths[chosen]
    return OrthonormalRows(turn @ rows[chosen], half[:, chosen] @ turn.T)


def _positive(variance: Floats) -> Floats:
    """The variance, NaN where it is not above zero."""
    return np.where(variance > 0, variance, np.nan)
