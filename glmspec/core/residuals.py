"""What residuals say of a model: maps and scans that fit badly.

Residuals are standardised by what the model says of their spread, so that those of all voxels can be counted together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv

from glmspec.core.least_squares import Floats, PreparedDesign

LEAST_FREE = 1e-9
"""A row that leaves less of itself than this is fitted exactly: its residual is rounding."""
FAR_OUT = 3.0
"""Interquartile ranges beyond the quartile from which Tukey calls a value far out (Exploratory Data Analysis, 1977)."""


def leverages(prepared: PreparedDesign) -> Floats:
    """Diagonal (N,) of the hat matrix: the weight that a row has in its own fitted value. They add up to the rank."""
    return np.asarray(np.einsum("nr,nr->n", prepared.orthonormal, prepared.orthonormal))


def studentised(prepared: PreparedDesign, residuals: Floats, variances: Floats, number: NDArray[np.intp]) -> Floats:
    """Ordinary least-squares residuals over their own standard deviations.

    Parameters
    ----------
    prepared : PreparedDesign
        Of N rows.
    residuals : (N, V)
    variances : (G, V)
        Of the noise in each group of rows; one group where all rows share a variance.
    number : (N,) int
        The group of each row.

    Returns
    -------
    (N, V)
        r_i / sqrt(sum_j M_ij^2 s_j^2) with M = I - QQ', which is r_i / (s sqrt(1 - h_i)) where there is one variance
        (Belsley, Kuh and Welsch, Regression Diagnostics, 1980, 2.1). NaN for rows that the design fits exactly, and
        where a variance is zero or NaN.
    """
    free = 1 - leverages(prepared)
    free[free < LEAST_FREE] = np.nan
    usable = np.where(variances > 0, variances, np.nan)
    if len(variances) == 1:
        return np.asarray(residuals / (np.sqrt(free)[:, None] * np.sqrt(usable)))
    own = _shares(prepared, number, len(variances)) @ usable
    return np.asarray(residuals / np.sqrt(np.where(np.isnan(free)[:, None], np.nan, own)))


def _shares(prepared: PreparedDesign, number: NDArray[np.intp], groups: int) -> Floats:
    """What the variance of each group counts for in that of each residual (N, G)."""
    maker = np.eye(prepared.rows) - prepared.orthonormal @ prepared.orthonormal.T
    return np.asarray(np.square(maker) @ (number[:, None] == np.arange(groups)))


def studentised_cdf(values: ArrayLike, dof: int) -> Floats:
    """Share of studentised residuals below ``values`` under normal noise of one variance.

    They are bounded: r^2 / dof has a beta distribution with parameters 1/2 and (dof - 1) / 2 (Thompson 1935). NaN for
    one degree of freedom or less, with which they take no other values than -1 and 1.
    """
    found = np.asarray(values, dtype=np.float64)
    if dof < 2:
        return np.full(found.shape, np.nan)
    inside = betainc(0.5, (dof - 1) / 2, np.minimum(np.square(found) / dof, 1.0))
    return np.asarray(0.5 + np.sign(found) * inside / 2)


def studentised_limit(share: float, dof: int) -> float:
    """What that share of studentised residuals exceeds in magnitude under normal noise; NaN where dof are below 2."""
    return float(np.sqrt(dof * betaincinv(0.5, (dof - 1) / 2, 1 - share))) if dof > 1 else float("nan")


def far_out(values: Floats) -> NDArray[np.bool_]:
    """Which values (N,) lie above the third quartile by more than :data:`FAR_OUT` interquartile ranges."""
    first, third = np.quantile(values, [0.25, 0.75])
    return np.asarray(values > third + FAR_OUT * (third - first))
