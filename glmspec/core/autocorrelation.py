"""Generalised least squares with AR(p) noise: estimated, whitened and tested for each voxel on its own.

The inverse covariance of the noise is a polynomial in its coefficients (:mod:`glmspec.core.lag_products`), so products
with the design are gathered once and a voxel only weighs them: no whitened copy of the data, and no grouping of voxels
that are alike. Everything happens in the orthonormal basis Q of the design, whose products are as well conditioned as
the noise.

Conventions. The noise is e_t = phi_1 e_{t-1} + ... + u_t. ``residual_variance`` is the variance of the innovations u,
e'V^-1 e / (N - rank), V being scaled to innovations of variance 1: what nilearn calls dispersion, for a design of
full rank. R's `sigma` is the standard deviation of e; contrasts and their variances do not depend on that choice.
Statistics have N - rank degrees of freedom; that phi was estimated is not counted, here as elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from glmspec.core.compiled import plain
from glmspec.core.contrasts import FContrast, TContrast, orthonormal_rows
from glmspec.core.fixed_effects import Effects, f_statistic
from glmspec.core.information_kernels import covariances, lag_sums, solutions, variances
from glmspec.core.lag_products import (
    Start,
    levinson,
    pair_weights,
    paired,
    residual_moments,
    terms,
    whitened_squares,
)
from glmspec.core.least_squares import EPS, Floats, PreparedDesign, whitened_weights


class FitAr(NamedTuple):
    """A fit with AR(p) noise; see :func:`fit_ar`.

    ``coefficients`` (P, V), ``residual_variance`` (V,) of the innovations, ``ar`` (p, V) and ``start``. The covariance
    of the coefficients follows from the design and ``ar``, in :func:`contrast_covariance`: stored for every voxel it
    would be larger than the data.
    """

    coefficients: Floats
    residual_variance: Floats
    ar: Floats
    start: Start


def fit_ar(
    prepared: PreparedDesign, data: NDArray[np.floating], *, order: int = 1, quantize: float | None = None
) -> FitAr:
    """Estimate AR(p) noise from ordinary least-squares residuals, and fit with it.

    Parameters
    ----------
    prepared : PreparedDesign
        Of N scans and P columns.
    data : (N, V)
        float32 or float64; never modified. The arithmetic is float64.
    order : int
        p, 1 or more and less than N / 2.
    quantize : float, optional
        For comparison with nilearn: coefficients are truncated toward zero to this step and the first p scans are
        not scaled. nilearn's AR(1) uses 0.01; its higher orders group voxels by k-means, which is not followed.

    Returns
    -------
    FitAr
        Coefficients are 0 for aliased columns. A voxel that the design fits exactly has ``ar`` and variance exactly
        0; variance is NaN everywhere if no degree of freedom is left. A voxel with NaN or infinity in any row is NaN
        in all, and no other voxel notices.

    Raises
    ------
    ValueError
        If data do not have the design's N rows, or the order or the step is out of range.
    """
    found = _projected(prepared, data, order)
    ar = _estimated(prepared, found, quantize)
    return _fitted(prepared, found, ar, "stationary" if quantize is None else "unscaled")


def estimate_ar(
    prepared: PreparedDesign, data: NDArray[np.floating], *, order: int = 1, quantize: float | None = None
) -> Floats:
    """Yule-Walker coefficients of each voxel's ordinary least-squares residuals; arguments as in :func:`fit_ar`.

    Returns
    -------
    (p, V)
        The solution of c_|i-j| phi_j = c_i with c_k = sum(r_t r_{t+k}) / (N - k), as in nilearn; order 1 gives
        (sum(r_t r_{t+1}) / (N - 1)) / (sum(r_t^2) / N). Where that is no stationary process, or one with a partial
        correlation above cos(pi / (N + 1)), the largest lag correlation N numbers can have, the divisor is N, with
        which it always is. With ``quantize`` nilearn's estimate is kept, stationary or not.
    """
    return _estimated(prepared, _projected(prepared, data, order), quantize)


def fit_gls(
    prepared: PreparedDesign, data: NDArray[np.floating], ar: ArrayLike, *, start: Start = "stationary"
) -> FitAr:
    """Fit with AR coefficients that are given.

    Parameters
    ----------
    prepared : PreparedDesign
    data : (N, V)
    ar : (p, V)
        Of a stationary process where ``start`` is stationary.
    start : {"stationary", "unscaled"}

    Returns
    -------
    FitAr
        b = (X'V^-1 X)^- X'V^-1 y and s^2 = (y - Xb)'V^-1 (y - Xb) / (N - rank). Exactly fitted and broken voxels are as
        in :func:`fit_ar`.

    Raises
    ------
    ValueError
        If shapes do not fit.

    Notes
    -----
    With r = y - QQ'y, b is that of ordinary least squares plus that of r, and the sum of squares of r less what its own
    fit explains. Both are small beside r, so that nothing cancels, and r is the one array of the data's size.
    """
    phi = np.array(ar, dtype=np.float64)
    if phi.ndim != 2 or phi.shape[1:] != data.shape[1:] or not len(phi):
        raise ValueError(f"coefficients {phi.shape} do not fit data of shape {data.shape}")
    return _fitted(prepared, _projected(prepared, data, len(phi)), phi, start)


def contrast_covariance(prepared: PreparedDesign, fit: FitAr, weights: ArrayLike) -> Floats:
    """W (X'V^-1 X)^- W' of each voxel: the covariance of contrasts W (Q, P), in units of the residual variance.

    Returns
    -------
    (Q, Q, V)
        NaN where ``fit.ar`` is.

    Raises
    ------
    ValueError
        If a contrast is not estimable.
    """
    return _covariance(prepared, fit, whitened_weights(prepared, weights))


def effects_gls(prepared: PreparedDesign, fit: FitAr, weights: ArrayLike) -> Effects:
    """Contrasts (Q, P) and their covariance in the data's units squared, to be combined over runs."""
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    return Effects(rows @ fit.coefficients, contrast_covariance(prepared, fit, rows) * fit.residual_variance)


def t_contrast_gls(prepared: PreparedDesign, fit: FitAr, weights: ArrayLike) -> TContrast:
    """One combination (P,) of coefficients, tested against zero.

    Returns
    -------
    TContrast
        effect = w'b, variance = s^2 w'(X'V^-1 X)^- w, t = effect / sqrt(variance), NaN where the residual variance is
        zero or NaN.

    Raises
    ------
    ValueError
        If the weights are all zero or the contrast is not estimable.
    """
    return TContrast(*(each[0] for each in t_contrasts_gls(prepared, fit, np.asarray(weights, dtype=np.float64)[None])))


def t_contrasts_gls(prepared: PreparedDesign, fit: FitAr, weights: ArrayLike) -> TContrast:
    """Several combinations (C, P) of coefficients, each tested by itself: as :func:`t_contrast_gls`, of shape (C, V).

    The covariance of a voxel is worked out once for all of them, which is most of the work.
    """
    rows = np.asarray(weights, dtype=np.float64)
    if not rows.any(axis=1).all():
        raise ValueError("a contrast needs a weight that is not zero")
    half = np.hstack([whitened_weights(prepared, row[None]) for row in rows])  # one by one: what stands beside a row
    variance = _scaled(variances, prepared, fit, half) * fit.residual_variance  # must not change its last bits
    effects = np.vstack([row[None] @ fit.coefficients for row in rows])
    return TContrast(effects, variance, effects / np.sqrt(np.where(variance > 0, variance, np.nan)))


def f_contrast_gls(prepared: PreparedDesign, fit: FitAr, weights: ArrayLike) -> FContrast:
    """Several combinations (Q, P) of coefficients, tested against zero together.

    Returns
    -------
    FContrast
        F = (Wb)' (W (X'V^-1 X)^- W')^- (Wb) / (k s^2), k the rank of the rows, which may repeat each other. NaN where
        the residual variance is zero or NaN.

    Raises
    ------
    ValueError
        If all weights are zero or a row is not estimable.
    """
    rows = orthonormal_rows(prepared, weights)
    covariance = _covariance(prepared, fit, rows.half) * fit.residual_variance
    return f_statistic(Effects(rows.weights @ fit.coefficients, covariance))


class _Projected(NamedTuple):
    """What ordinary least squares leaves of some voxels.

    ``projected`` (r, V) is Q'y, ``residuals`` (N, V) are y - QQ'y, exactly zero where they are rounding, ``sums``
    (p + 1, V) their products over lags; ``broken`` (V,) says which voxels have NaN or infinity, and are zero here.
    """

    projected: Floats
    residuals: Floats
    sums: Floats
    broken: NDArray[np.bool_]


def _projected(prepared: PreparedDesign, data: NDArray[np.floating], order: int) -> _Projected:
    """Broken voxels are zero, so that no product can carry a NaN elsewhere.

    Raises
    ------
    ValueError
        If the data do not fit the design, or too few scans do the order.
    """
    if data.ndim != 2 or data.shape[0] != prepared.rows:
        raise ValueError(f"data of shape {data.shape} do not fit a design of {prepared.rows} rows")
    if not 1 <= order < prepared.rows / 2:
        raise ValueError(f"an order is 1 or more and less than half of {prepared.rows} scans, not {order}")
    values = plain(data)
    squares = lag_sums(values, 0)[0]
    broken = ~np.isfinite(squares)
    if broken.any():
        broken[broken] = ~np.isfinite(values[:, broken]).all(axis=0)  # the squares of large numbers are infinite too
        values = np.where(broken, 0.0, values)
    projected = prepared.orthonormal.T @ values
    residuals = prepared.orthonormal @ projected
    np.subtract(values, residuals, out=residuals)
    sums = lag_sums(residuals, order)
    exactly = sums[0] <= (prepared.rows * EPS) ** 2 * squares  # no more than the rounding of N terms
    residuals[:, exactly] = 0.0
    sums[:, exactly] = 0.0
    return _Projected(projected, residuals, sums, broken)


def _estimated(prepared: PreparedDesign, found: _Projected, quantize: float | None) -> Floats:
    """Yule-Walker coefficients (p, V), as :func:`estimate_ar` has them."""
    if quantize is not None and not 0 < quantize < 1:
        raise ValueError(f"a step for coefficients is between 0 and 1, not {quantize}")
    ar, partial = levinson(found.sums / (prepared.rows - np.arange(len(found.sums)))[:, None])
    if quantize is None:
        beyond = partial > np.cos(np.pi / (prepared.rows + 1))
        ar[:, beyond] = levinson(found.sums[:, beyond])[0]
    else:
        steps = 1 / quantize
        ar = np.trunc(ar * steps) / steps
    ar[:, found.broken] = np.nan
    return ar


def _fitted(prepared: PreparedDesign, found: _Projected, ar: Floats, start: Start) -> FitAr:
    """Generalised least squares of what ordinary least squares left, with coefficients (p, V)."""
    known = np.where(found.broken, 0.0, ar)
    weights, pairs = pair_weights(known), paired(prepared.orthonormal, len(ar), start)
    right = residual_moments(weights, pairs, found.residuals, len(ar))
    solution = solutions(weights, terms(prepared.orthonormal, pairs), right)
    coefficients, kept = np.zeros((prepared.columns, len(found.broken))), list(prepared.kept)
    if kept:
        whole = found.projected + solution
        coefficients[kept] = solve_triangular(prepared.triangle, whole) / prepared.scales[kept, None]
    squares = whitened_squares(found.residuals, found.sums, weights, start) - np.einsum("rv,rv->v", right, solution)
    variance = squares / prepared.dof if prepared.dof else np.full(len(squares), np.nan)
    for result in (coefficients, variance, known):
        result[..., found.broken] = np.nan
    return FitAr(coefficients, variance, known, start)


def _covariance(prepared: PreparedDesign, fit: FitAr, half: Floats) -> Floats:
    """U'(Q'V^-1 Q)^-1 U (Q, Q, V) of whitened weights U (rank, Q)."""
    return _scaled(covariances, prepared, fit, half)


def _scaled(kernel: Callable[..., Floats], prepared: PreparedDesign, fit: FitAr, half: Floats) -> Floats:
    """What a kernel makes (..., V) of (Q'V^-1 Q)^-1 and whitened weights U (rank, Q); NaN in voxels without a fit.

    It depends on coefficients alone, and those that were rounded are few: each is then worked out once.
    """
    known = np.where(np.isfinite(fit.ar), fit.ar, 0.0)
    place: slice | NDArray[np.intp] = slice(None)
    if fit.start == "unscaled" and len(known) == 1:
        distinct, place = np.unique(known[0], return_inverse=True)
        known = distinct[None]
    basis = prepared.orthonormal
    found = kernel(pair_weights(known), terms(basis, paired(basis, len(known), fit.start)), plain(half))
    return np.where(np.isfinite(fit.ar).all(axis=0), found[..., place], np.nan)
