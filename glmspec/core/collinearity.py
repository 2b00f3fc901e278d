"""How far the columns of a design tell the same story, and what that costs: variance inflation, efficiency."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular

from glmspec.core.least_squares import COMBINATION_TOLERANCE, EPS, Floats, PreparedDesign, prepare, whitened_weights
from glmspec.core.partition import spans


def varying(design: ArrayLike) -> NDArray[np.bool_]:
    """Which columns (P,) of a design (N, P) take more than one value, up to rounding."""
    matrix = np.asarray(design, dtype=np.float64)
    return np.asarray(np.ptp(matrix, axis=0) > len(matrix) * EPS * np.abs(matrix).max(axis=0))


def variance_inflation(design: ArrayLike) -> Floats:
    """Variance inflation factor of each column: 1 / (1 - R^2) of its regression on all the others.

    Parameters
    ----------
    design : (N, P)

    Returns
    -------
    (P,)
        1 where a column is orthogonal to the others; infinite where it is a combination of them; NaN where it is
        constant and there is no variance to explain.

    Raises
    ------
    ValueError
        If the design is not a matrix of finite numbers.

    Notes
    -----
    R^2 is about the mean of the column where the other columns hold the constant, and about zero where they do not:
    without a constant among them, a regression on them has no mean to start from (Belsley, Kuh and Welsch,
    Regression Diagnostics, 1980, 3.2). With X = Q R, the part of column j that is new is 1 / |row j of R^-1|, so that
    one factorisation serves all columns.
    """
    matrix = np.array(design, dtype=np.float64)
    prepared = prepare(matrix)
    scaled = matrix / prepared.scales
    centred = np.square(scaled - scaled.mean(axis=0)).sum(axis=0)
    explained = np.where(_others_hold_the_constant(prepared), centred, 1.0)
    found = np.full(prepared.columns, np.inf)
    kept = np.array(prepared.kept, dtype=np.intp)
    inverse = solve_triangular(prepared.triangle, np.eye(prepared.rank))
    found[kept] = explained[kept] * np.square(inverse).sum(axis=1)
    found[prepared.relations.any(axis=1)] = np.inf
    found[~varying(matrix)] = np.nan
    return found


def _others_hold_the_constant(prepared: PreparedDesign) -> NDArray[np.bool_]:
    """For each column, whether the constant is a combination of the columns without it."""
    ones = np.ones(prepared.rows)
    if not spans(prepared.orthonormal, ones):
        return np.zeros(prepared.columns, dtype=bool)
    parts = np.zeros(prepared.columns)
    parts[list(prepared.kept)] = solve_triangular(prepared.triangle, prepared.orthonormal.T @ ones)
    return np.asarray(np.abs(parts) <= COMBINATION_TOLERANCE * np.abs(parts).max())


def correlations(design: ArrayLike) -> Floats:
    """Pearson's correlation (P, P) of the columns of a design (N, P); NaN where one of the two is constant."""
    matrix = np.array(design, dtype=np.float64)
    centred = matrix - matrix.mean(axis=0)
    lengths = np.where(varying(matrix), np.linalg.norm(centred, axis=0), np.nan)
    unit = centred / lengths
    return np.asarray(np.clip(unit.T @ unit, -1.0, 1.0))


def condition_number(design: ArrayLike) -> float:
    """Largest over smallest singular value of a design (N, P), its columns brought to unit length.

    Units of covariates do not enter. Infinite where the design is rank-deficient.

    Raises
    ------
    ValueError
        If the design is not a matrix of finite numbers.
    """
    prepared = prepare(design)
    if prepared.rank < prepared.columns:
        return float("inf")
    values = np.linalg.svd(prepared.triangle, compute_uv=False)
    return float(values[0] / values[-1])


def efficiency(prepared: PreparedDesign, weights: ArrayLike) -> float:
    """How precisely a design measures a contrast: 1 / tr(W (X'X)^- W').

    Parameters
    ----------
    prepared : PreparedDesign
        X, of P columns.
    weights : (Q, P)
        W; one row for a t contrast.

    Returns
    -------
    float
        Under white noise of variance s^2, the variances of the Q effects add up to s^2 / efficiency. It grows with the
        square of the columns' units and falls with that of the weights, so that it compares designs for one contrast.

    Raises
    ------
    ValueError
        If a row is not estimable, or all weights are zero.

    Notes
    -----
    Dale (1999), Optimal experimental design for event-related fMRI, Human Brain Mapping 8, 109-114.
    """
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    if not rows.any():
        raise ValueError("a contrast needs a weight that is not zero")
    return float(1.0 / np.square(whitened_weights(prepared, rows)).sum())
