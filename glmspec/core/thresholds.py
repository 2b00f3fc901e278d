"""Critical values: the statistic whose upper tail is a given p."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]


def z_threshold(p_upper: ArrayLike) -> Floats:
    """z with P(Z > z) = p; NaN for a p outside [0, 1]."""
    return np.asarray(-special.ndtri(np.asarray(p_upper, dtype=np.float64)))


def t_threshold(p_upper: ArrayLike, dof: ArrayLike) -> Floats:
    """t with P(T > t) = p, ``dof`` degrees of freedom (inf: normal); negative for p above 1/2, NaN for NaN."""
    p, freedom = np.broadcast_arrays(np.asarray(p_upper, dtype=np.float64), np.asarray(dof, dtype=np.float64))
    smaller = np.minimum(p, 1.0 - p)
    size = np.sqrt(f_threshold(2.0 * smaller, 1.0, freedom))
    return np.where(np.isinf(freedom), z_threshold(p), np.where(p > 0.5, -size, size))


def f_threshold(p_upper: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Floats:
    """F with P(F > f) = p (inf for ``dfd``: chi-squared over its dof); NaN for NaN.

    The incomplete beta function is inverted from both ends, and the end at which the answer has its digits is used.
    """
    p, numerator, denominator = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (p_upper, dfn, dfd))
    )
    infinite = np.isinf(denominator)
    finite = np.where(infinite, 1.0, denominator)
    rest = special.betaincinv(finite / 2, numerator / 2, p)
    share = special.betainccinv(numerator / 2, finite / 2, p)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.where(share < 0.5, share / (1.0 - share), (1.0 - rest) / rest)
    chi = 2.0 * special.gammainccinv(numerator / 2, p) / numerator
    return np.asarray(np.where(infinite, chi, finite / numerator * odds), dtype=np.float64)
