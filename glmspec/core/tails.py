"""Tails of t, F and z, their logarithms, and the z that says the same.

Everything is the regularised incomplete beta (or gamma) function. Probabilities below the range of a double are
found in log space by a continued fraction, so a t of 10,000 still has its z. Any ``dof`` may be an array that
broadcasts against the statistic; ``inf`` means normal (t) or chi-squared (F). NaN in gives NaN out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from glmspec.core.continued_fractions import log_beta_tail, log_gamma_tail

Floats = NDArray[np.float64]
Alternative = Literal["greater", "less", "two-sided"]

SMALLEST_DIRECT = 1e-280
"""Probabilities below this are computed in log space: doubles lose their digits at 2e-308."""

ONE = np.asarray(1.0)
"""Numerator degrees of freedom of t squared, which is an F."""

HALF = 0.5
"""The smaller of two complementary probabilities is computed and the other follows: the reverse loses digits."""


def _both(f: Floats, dfn: Floats, dfd: Floats) -> tuple[Floats, Floats]:
    """P(F <= f) and P(F > f), f >= 0, each with all its digits where it is the smaller."""
    f, dfn, dfd = np.broadcast_arrays(f, dfn, dfd)
    a, b = dfn / 2, dfd / 2
    chi = np.isinf(dfd)
    with np.errstate(invalid="ignore", over="ignore"):
        share = np.where(np.isinf(f), 1.0, dfn * f / (dfd + dfn * f))
        rest = np.where(np.isinf(f), 0.0, dfd / (dfd + dfn * f))
    lower = np.where(chi, special.gammainc(a, a * f), special.betainc(a, np.where(chi, 1.0, b), share))
    upper = np.asarray(1.0 - lower)
    tail = lower >= HALF  # below it, the difference is exact enough and a second call would be wasted
    near = tail & ~chi & (share < rest)  # the argument that is smaller is the one that has its digits
    upper[near] = special.betaincc(a[near], b[near], share[near])
    far = tail & ~chi & ~near
    upper[far] = special.betainc(b[far], a[far], rest[far])
    upper[tail & chi] = special.gammaincc(a[tail & chi], a[tail & chi] * f[tail & chi])
    return np.asarray(lower), upper


def _lower_and_log_upper(f: Floats, dfn: Floats, dfd: Floats) -> tuple[Floats, Floats]:
    """P(F <= f) and log P(F > f), f >= 0, the latter far beyond the range of a double."""
    f, dfn, dfd = np.broadcast_arrays(f, dfn, dfd)
    lower, upper = _both(f, dfn, dfd)
    with np.errstate(divide="ignore"):
        answer = np.asarray(np.where(lower < HALF, np.log1p(-lower), np.log(upper)))
    lost = (upper < SMALLEST_DIRECT) & np.isfinite(f)
    bounded, chi = lost & np.isfinite(dfd), lost & np.isinf(dfd)
    answer[bounded] = log_beta_tail(f[bounded], dfn[bounded], dfd[bounded])
    answer[chi] = log_gamma_tail(dfn[chi] / 2, dfn[chi] * f[chi] / 2)
    return lower, answer


def _squared(t: Floats) -> Floats:
    with np.errstate(over="ignore"):  # beyond 1e154 the square is infinite, and its tail zero, as it should be
        return np.asarray(np.square(t), dtype=np.float64)


def _doubles(*arrays: ArrayLike) -> list[Floats]:
    return [np.asarray(array, dtype=np.float64) for array in arrays]


def t_upper_tail(t: ArrayLike, dof: ArrayLike) -> Floats:
    """P(T > t) = I_{dof / (dof + t^2)}(dof / 2, 1 / 2) / 2 for t >= 0, its complement below (DLMF 8.17)."""
    value, freedom = _doubles(t, dof)
    half = np.asarray(_both(_squared(value), ONE, freedom)[1] / 2)
    return np.where(value < 0, 1.0 - half, half)


def t_log_upper_tail(t: ArrayLike, dof: ArrayLike) -> Floats:
    """Natural logarithm of :func:`t_upper_tail`, finite for every finite t."""
    value, freedom = _doubles(t, dof)
    half = np.asarray(_lower_and_log_upper(_squared(value), ONE, freedom)[1] - np.log(2.0))
    return np.where(value < 0, np.log1p(-np.exp(half)), half)


def t_to_z(t: ArrayLike, dof: ArrayLike) -> Floats:
    """The z with the tail probability of t: upper tail for t >= 0, lower below, so z has the sign of t.

    Finite and accurate for |t| to 1e4 and beyond; nothing is clipped. A ``dof`` of inf returns t.
    """
    value, freedom = _doubles(t, dof)
    centre, log_sides = _lower_and_log_upper(_squared(value), ONE, freedom)
    inner = np.sqrt(2.0) * special.erfinv(centre)  # a tail near 1/2 has no digits left for a small z
    outer = -special.ndtri_exp(log_sides - np.log(2.0))
    z = np.where(centre < HALF, inner, outer)
    return np.where(np.isinf(freedom), value, np.copysign(z, value))


def f_upper_tail(f: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Floats:
    """P(F > f) = I_{dfd / (dfd + dfn f)}(dfd / 2, dfn / 2) (DLMF 8.17); 1 for f <= 0."""
    value, numerator, denominator = _doubles(f, dfn, dfd)
    return _both(np.maximum(value, 0.0), numerator, denominator)[1]


def f_log_upper_tail(f: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Floats:
    """Natural logarithm of :func:`f_upper_tail`, finite for every finite f."""
    value, numerator, denominator = _doubles(f, dfn, dfd)
    return _lower_and_log_upper(np.maximum(value, 0.0), numerator, denominator)[1]


def f_to_z(f: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Floats:
    """The z with the upper tail probability of F: negative below the median, -inf for an F of 0."""
    value, numerator, denominator = _doubles(f, dfn, dfd)
    lower, log_upper = _lower_and_log_upper(np.maximum(value, 0.0), numerator, denominator)
    with np.errstate(divide="ignore"):
        below = special.ndtri_exp(np.log(lower))
    above = -special.ndtri_exp(log_upper)
    return np.where(lower < HALF, below, above)


def z_upper_tail(z: ArrayLike) -> Floats:
    """P(Z > z)."""
    return np.asarray(special.ndtr(-np.asarray(z, dtype=np.float64)))


UPPER_TAILS: Mapping[str, Callable[..., Floats]] = {"t": t_upper_tail, "F": f_upper_tail, "z": z_upper_tail}


def p_for(kind: str, statistic: ArrayLike, dof: tuple[ArrayLike, ...], alternative: Alternative) -> Floats:
    """Uncorrected p of a statistic.

    Parameters
    ----------
    kind : {"t", "F", "z"}
    statistic : (V,)
    dof : tuple
        ``(dof,)`` of a t, ``(dfn, dfd)`` of an F, ``()`` of a z; each may be (V,).
    alternative : {"greater", "less", "two-sided"}
        Two-sided p is twice the smaller tail. An F has no sides: its p is always the upper tail.

    Returns
    -------
    (V,)
        NaN where the statistic is NaN.
    """
    value = np.asarray(statistic, dtype=np.float64)
    tail = UPPER_TAILS[kind]
    if kind == "F" or alternative == "greater":
        return tail(value, *dof)
    if alternative == "less":
        return tail(-value, *dof)
    return 2.0 * tail(np.abs(value), *dof)
