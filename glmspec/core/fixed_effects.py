"""Effects of several runs of one subject combined: fixed effects, for t and for F.

Effects are combined before they are tested. (nilearn adds whitened effects for F, which depends on the order and sign
of the rows, and calls it approximate.) Degrees of freedom of the runs add; where they are not known the statistic is
a z, which has infinitely many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import qr

from glmspec.core.contrasts import ROW_TOLERANCE, FContrast, TContrast
from glmspec.core.least_squares import EPS, Fit, Floats, PreparedDesign, whitened_weights

Truths = NDArray[np.bool_]


class Effects(NamedTuple):
    """Several contrasts of one fit: effects (Q, V) and their covariance (Q, Q, V), in the data's units squared."""

    effects: Floats
    covariance: Floats


def equal(effects: ArrayLike, variances: ArrayLike) -> TContrast:
    """The mean effect over runs.

    Parameters
    ----------
    effects, variances : (R, V)
        One row a run, R of them, in the units of the data and their square.

    Returns
    -------
    TContrast
        effect = sum(e) / R, variance = sum(v) / R^2, t = effect / sqrt(variance). NaN, in all three, where a run's
        effect or variance is NaN or infinite; t and variance are NaN where a run's variance is not above zero.

    Raises
    ------
    ValueError
        If shapes differ or there is no run.
    """
    effect, variance = usable_runs(effects, variances)
    return _tested(effect.mean(axis=0), variance.sum(axis=0) / len(variance) ** 2)


def precision(effects: ArrayLike, variances: ArrayLike) -> TContrast:
    """Effects weighted by the reciprocals of their variances.

    Parameters, NaN rule and errors are those of :func:`equal`; the effect too is NaN where a variance is not above
    zero, as its weight would be infinite.

    Returns
    -------
    TContrast
        effect = sum(e / v) / sum(1 / v), variance = 1 / sum(1 / v).
    """
    effect, variance = usable_runs(effects, variances)
    weights = 1.0 / variance
    total = weights.sum(axis=0)
    return _tested((effect * weights).sum(axis=0) / total, 1.0 / total)


WEIGHTS: Mapping[str, Callable[[ArrayLike, ArrayLike], TContrast]] = {"equal": equal, "precision": precision}
"""Weights over runs -> function of effects and variances (R, V)."""


def equal_f(runs: list[Effects]) -> Effects:
    """Mean effects over runs and their covariance sum(C) / R^2; test them with :func:`f_statistic`.

    NaN where a run has NaN or a variance that is not above zero.

    Raises
    ------
    ValueError
        If shapes differ or there is no run.
    """
    effects, covariances, usable = _many(runs)
    effect, covariance = effects.mean(axis=0), covariances.sum(axis=0) / len(runs) ** 2
    return Effects(np.where(usable, effect, np.nan), np.where(usable, covariance, np.nan))


def precision_f(runs: list[Effects]) -> Effects:
    """Effects weighted by the inverses of their covariances: (sum C^-1)^-1 sum C^-1 e, covariance (sum C^-1)^-1.

    NaN rule and errors are those of :func:`equal_f`.
    """
    effects, covariances, usable = _many(runs)
    inverses = np.asarray(np.linalg.inv(_voxels_first(covariances, usable)), dtype=np.float64)
    covariance = np.linalg.inv(inverses.sum(axis=0))
    weighted = (inverses @ np.moveaxis(effects, -1, 1)[..., None]).sum(axis=0)
    effect = (covariance @ weighted)[..., 0].T
    return Effects(np.where(usable, effect, np.nan), np.where(usable, np.moveaxis(covariance, 0, -1), np.nan))


WEIGHTS_F: Mapping[str, Callable[[list[Effects]], Effects]] = {"equal": equal_f, "precision": precision_f}
"""Weights over runs -> function of the runs' effects of an F contrast."""


def f_statistic(effects: Effects) -> FContrast:
    """F of effects whose covariance is known up to the noise it was estimated with.

    Parameters
    ----------
    effects : Effects
        Of independent rows; see :func:`independent_rows`.

    Returns
    -------
    FContrast
        F = e' C^-1 e / Q, with Q the number of rows. NaN where the covariance has NaN or a variance not above zero, or
        has lost its rank to rounding. Neither the order, sign nor scale of the rows matters.
    """
    usable = _usable(effects)
    rows = len(effects.effects)
    scale = 1.0 / np.sqrt(np.where(usable, np.einsum("qqv->qv", effects.covariance), 1.0))
    left = np.where(usable, effects.covariance, np.eye(rows)[:, :, None]) * scale[:, None] * scale[None]
    scaled = np.where(usable, effects.effects, 0.0) * scale
    explained = np.zeros(scaled.shape[1])
    for row in range(rows):  # elimination: the pivot is what the rows before leave of the variance of this one, 1
        usable &= left[row, row] > rows * EPS
        pivot = np.where(usable, left[row, row], 1.0)
        explained += np.square(scaled[row]) / pivot
        share = left[row + 1 :, row] / pivot
        left[row + 1 :, row + 1 :] -= share[:, None] * left[None, row, row + 1 :]
        scaled[row + 1 :] -= share * scaled[row]
    return FContrast(np.where(usable, explained / rows, np.nan), rows)


def independent_rows(weights: ArrayLike) -> tuple[int, ...]:
    """Rows of an F contrast (Q, P) that the others are combinations of, ascending; empty if all weights are zero."""
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    lengths = np.linalg.norm(rows, axis=1)
    triangle, pivots = qr((rows / np.where(lengths > 0, lengths, 1.0)[:, None]).T, mode="r", pivoting=True)
    rank = int(np.count_nonzero(np.abs(np.diag(triangle)) > ROW_TOLERANCE))
    return tuple(sorted(int(row) for row in pivots[:rank]))


def effects_ols(prepared: PreparedDesign, fit: Fit, weights: ArrayLike) -> Effects:
    """Contrasts (Q, P) of an ordinary least-squares fit: Wb and s^2 W (X'X)^- W'.

    Raises
    ------
    ValueError
        If a contrast is not estimable.
    """
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    half = whitened_weights(prepared, rows)
    return Effects(rows @ fit.coefficients, (half.T @ half)[:, :, None] * fit.residual_variance)


def usable_runs(effects: ArrayLike, variances: ArrayLike) -> tuple[Floats, Floats]:
    """Effects and variances (R, V) as doubles, NaN where they cannot be used: one row a run, or a map."""
    effect, variance = (np.asarray(values, dtype=np.float64) for values in (effects, variances))
    if effect.ndim != 2 or effect.shape != variance.shape or not len(effect):
        raise ValueError(f"effects {effect.shape} and variances {variance.shape} are one row a run, of one shape")
    finite = np.isfinite(effect) & np.isfinite(variance)
    return np.where(finite, effect, np.nan), np.where(finite & (variance > 0), variance, np.nan)


def _tested(effect: Floats, variance: Floats) -> TContrast:
    return TContrast(effect, variance, effect / np.sqrt(variance))


def _many(runs: list[Effects]) -> tuple[Floats, Floats, Truths]:
    """Effects (R, Q, V), covariances (R, Q, Q, V), and which voxels (V,) all runs have."""
    if not runs or len({(run.effects.shape, run.covariance.shape) for run in runs}) > 1:
        raise ValueError("there is one run at least, and all have the same rows and voxels")
    usable: Truths = np.all([_usable(run) for run in runs], axis=0)
    return np.array([run.effects for run in runs]), np.array([run.covariance for run in runs]), usable


def _usable(effects: Effects) -> Truths:
    """(V,): finite effects and covariance, and every variance above zero."""
    variances = np.einsum("qqv->qv", effects.covariance)
    finite = np.isfinite(effects.effects).all(axis=0) & np.isfinite(effects.covariance).all(axis=(0, 1))
    return np.asarray(finite & (variances > 0).all(axis=0))


def _voxels_first(covariance: Floats, usable: Truths) -> Floats:
    """(..., V, Q, Q), the identity where it cannot be used."""
    moved = np.moveaxis(covariance, -1, -3)
    return np.where(usable[:, None, None], moved, np.eye(covariance.shape[-2]))
