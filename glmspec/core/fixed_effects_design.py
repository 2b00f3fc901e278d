"""Fixed effects under a design: effects whose variances are known, explained by what differs between maps.

A column of ones gives the mean over runs of :mod:`glmspec.core.fixed_effects`; group means, sessions and covariates are
fitted alike. What maps differ by beyond their own variances is not estimated, so inference is about these maps and not
about others like them. Degrees of freedom of the maps that take part add; where they are not known the statistic is a
z, which has infinitely many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glmspec.core.contrasts import TContrast
from glmspec.core.fixed_effects import Effects, usable_runs
from glmspec.core.least_squares import EPS, Floats, PreparedDesign, row_weights, whitened_weights


def effects_equal(prepared: PreparedDesign, effects: ArrayLike, variances: ArrayLike, weights: ArrayLike) -> Effects:
    """Contrasts of b = X^+ y, in which every map counts alike.

    Parameters
    ----------
    prepared : PreparedDesign
        Of N maps and P columns.
    effects, variances : (N, V)
        y and v: one row a map, in the units of the effects and their square.
    weights : (Q, P)
        W; the rows of several contrasts may be asked for together.

    Returns
    -------
    Effects
        W b = L y and L diag(v) L', with L = W X^+. NaN in both where an effect or variance of any map is NaN or
        infinite; the covariance is NaN where a variance is not above zero.

    Raises
    ------
    ValueError
        If shapes differ, the rows are not those of the design, or a contrast is not estimable.
    """
    effect, variance = _maps(prepared, effects, variances)
    rows = row_weights(prepared, weights)
    broken = np.isnan(effect).any(axis=0)
    unknown = broken | np.isnan(variance).any(axis=0)
    combined = rows @ np.where(broken, 0.0, effect)
    pairs = (rows[:, None] * rows).reshape(-1, prepared.rows)
    covariance = (pairs @ np.where(unknown, 0.0, variance)).reshape(len(rows), len(rows), -1)
    return Effects(np.where(broken, np.nan, combined), np.where(unknown, np.nan, covariance))


def effects_precision(
    prepared: PreparedDesign, effects: ArrayLike, variances: ArrayLike, weights: ArrayLike
) -> Effects:
    """Contrasts of b = (X'V^-1 X)^- X'V^-1 y, in which every map counts by the reciprocal of its variance.

    Parameters and errors are those of :func:`effects_equal`. The work is done once for all rows of the weights. N times
    the rank doubles are held for a voxel: blocks of voxels are the caller's.

    Returns
    -------
    Effects
        W b and W (X'V^-1 X)^- W'. NaN in both where an effect or variance of any map is NaN or infinite; where a
        variance is not above zero, as its weight would be infinite; and where variances differ so much that the maps of
        weight no longer tell the columns apart: a column, less what others explain of it, is rounding.

    Notes
    -----
    V^-1/2 Q = S T is factored in each voxel, S orthonormal and T triangular: with Z = T^-T U of the whitened weights U,
    W b is Z'S'V^-1/2 y and its covariance Z'Z. No matrix is multiplied by itself, which would cost twice the digits.
    """
    effect, variance = _maps(prepared, effects, variances)
    half = whitened_weights(prepared, weights)
    usable = ~np.isnan(effect + variance).any(axis=0)
    scale = np.where(usable, variance, 1.0).T ** -0.5
    weighted = prepared.orthonormal * scale[:, :, None]
    turned, triangle = np.linalg.qr(weighted)
    lengths = np.linalg.norm(weighted, axis=1)
    usable &= (np.abs(np.einsum("vrr->vr", triangle)) > prepared.rows * EPS * lengths).all(axis=1)
    solvable = np.where(usable[:, None, None], triangle, np.eye(prepared.rank))
    parts = np.linalg.solve(np.swapaxes(solvable, 1, 2), half)
    moments = np.einsum("vnr,vn->vr", turned, scale * np.where(usable, effect, 0.0).T)
    combined = np.einsum("vrq,vr->qv", parts, moments)
    covariance = np.einsum("vrq,vrt->qtv", parts, parts)
    return Effects(np.where(usable, combined, np.nan), np.where(usable, covariance, np.nan))


EFFECTS: Mapping[str, Callable[[PreparedDesign, ArrayLike, ArrayLike, ArrayLike], Effects]] = {
    "equal": effects_equal,
    "precision": effects_precision,
}
"""Weights of maps -> function of the design, effects and variances (N, V), and contrasts (Q, P)."""


def t_statistic(effects: Effects, row: int = 0) -> TContrast:
    """One of several effects, tested against zero: t = effect / sqrt(variance), NaN where the variance is NaN or zero.

    F of several is :func:`glmspec.core.fixed_effects.f_statistic`, of independent rows.
    """
    effect, variance = effects.effects[row], effects.covariance[row, row]
    return TContrast(effect, variance, effect / np.sqrt(np.where(variance > 0, variance, np.nan)))


def participating(prepared: PreparedDesign, weights: ArrayLike) -> NDArray[np.bool_]:
    """The maps (N,) whose effects enter some row of contrasts W (Q, P), and whose degrees of freedom add.

    A map enters where W X^+ is not zero. With weights of precision the same maps are meant, though a map at the very
    mean of a covariate, which says nothing of the slope when all weigh alike, then says a little.

    Raises
    ------
    ValueError
        If a contrast is not estimable.
    """
    return np.asarray((row_weights(prepared, weights) != 0).any(axis=0))


def _maps(prepared: PreparedDesign, effects: ArrayLike, variances: ArrayLike) -> tuple[Floats, Floats]:
    """Both (N, V) as doubles, NaN where they cannot be used."""
    effect, variance = usable_runs(effects, variances)
    if len(effect) != prepared.rows:
        raise ValueError(f"effects of {len(effect)} maps do not fit a design of {prepared.rows} rows")
    return effect, variance
