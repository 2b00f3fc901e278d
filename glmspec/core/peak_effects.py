"""What a contrast is made of at a few voxels: its effects with their uncertainty, and what is left of every map.

With x the regressor of interest (N,), X b = x (w'b) + nuisance: the design cut in two by the contrast
(:mod:`glmspec.core.partition`), scaled so that the coefficient of x is the effect. The partial values x (w'b) + r, r
being the residuals, are the maps less everything else in the model: an added-variable plot, whose slope is the effect
(Belsley, Kuh and Welsch, Regression Diagnostics, 1980, 2.1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from glmspec.core.fixed_effects import effects_ols
from glmspec.core.fixed_effects_design import EFFECTS
from glmspec.core.least_squares import Fit, Floats, PreparedDesign, fit, prepare, whitened_weights
from glmspec.core.partition import residualise
from glmspec.core.welch import VarianceGroups, fit_groups, t_contrast_welch

CONFIDENCE = 0.95
"""Of every interval that is reported."""


class Estimates(NamedTuple):
    """Effects, their variances and degrees of freedom, each (Q, K) of Q contrasts in K voxels; residuals (N, K).

    There are no residuals (0, K) where the values are not there.
    """

    effects: Floats
    variances: Floats
    dof: Floats
    residuals: Floats


def regressor_of_interest(prepared: PreparedDesign, weights: ArrayLike) -> Floats:
    """x (N,) of an estimable contrast (P,): orthogonal to the nuisance, and with the effect as its coefficient.

    Raises
    ------
    ValueError
        If the contrast is not estimable.
    """
    half = whitened_weights(prepared, weights)[:, 0]
    return np.asarray(prepared.orthonormal @ half / (half @ half))


def estimates_ols(prepared: PreparedDesign, values: NDArray[np.floating], weights: ArrayLike) -> Estimates:
    """Contrasts W (Q, P) of values (N, K) by ordinary least squares."""
    residuals = residualise(np.asarray(values, dtype=np.float64), prepared.orthonormal)
    return estimates_fitted(prepared, fit(prepared, values), weights)._replace(residuals=residuals)


def estimates_fitted(prepared: PreparedDesign, fitted: Fit, weights: ArrayLike) -> Estimates:
    """Contrasts W (Q, P) of what was fitted to values (N, K) that are not there: there are no residuals, (0, K)."""
    found = effects_ols(prepared, fitted, weights)
    variances = np.einsum("qqk->qk", found.covariance)
    dof, none = np.full(variances.shape, float(prepared.dof)), np.empty((0, variances.shape[1]))
    return Estimates(found.effects, variances, dof, none)


def estimates_welch(
    prepared: PreparedDesign, values: NDArray[np.floating], weights: ArrayLike, groups: VarianceGroups
) -> Estimates:
    """Contrasts W (Q, P) of values (N, K), with a variance for each group of rows and Satterthwaite's dof."""
    found = fit_groups(prepared, values, groups)
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    tested = [t_contrast_welch(prepared, groups, found, row) for row in rows]
    residuals = residualise(np.asarray(values, dtype=np.float64), prepared.orthonormal)
    effects, variances, dof = (np.array([getattr(t, name) for t in tested]) for name in ("effect", "variance", "dof"))
    return Estimates(effects, variances, dof, residuals)


def estimates_fixed(
    design: ArrayLike,
    values: NDArray[np.floating],
    weights: ArrayLike,
    variances: NDArray[np.floating],
    weighting: str,
    dof: float,
) -> Estimates:
    """Contrasts W (Q, P) of values (N, K) whose variances (N, K) are known, under a design (N, P).

    ``weighting`` is a key of :data:`glmspec.core.fixed_effects_design.EFFECTS`, and ``dof`` may be infinite.
    """
    matrix, rows = np.asarray(design, dtype=np.float64), np.atleast_2d(np.asarray(weights, dtype=np.float64))
    # What is fitted to a map is an estimable contrast too: the map's row of the design.
    found = EFFECTS[weighting](prepare(matrix), values, variances, np.vstack([rows, matrix]))
    own = np.einsum("qqk->qk", found.covariance)[: len(rows)]
    residuals = np.asarray(values, dtype=np.float64) - found.effects[len(rows) :]
    return Estimates(found.effects[: len(rows)], own, np.full(own.shape, dof), residuals)


def partial_values(regressor: Floats, effects: Floats, residuals: Floats) -> Floats:
    """The maps less the nuisance (N, K): regressor (N,) times effects (K,), and residuals (N, K)."""
    return np.asarray(regressor[:, None] * effects + residuals)


def confidence_limits(
    effects: Floats, variances: Floats, dof: ArrayLike, level: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Lower and upper limits of effects; Student's t, or the normal distribution where dof are infinite."""
    freedom = np.asarray(dof, dtype=np.float64)
    tail = 0.5 + level / 2
    quantile = np.where(np.isinf(freedom), ndtri(tail), stdtrit(np.where(np.isinf(freedom), 1.0, freedom), tail))
    reach = quantile * np.sqrt(variances)
    return np.asarray(effects - reach), np.asarray(effects + reach)
