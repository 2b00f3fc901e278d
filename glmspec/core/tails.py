"""Tails of t, F and z, their logarithms, and the z that says the same.

Everything is the regularised incomplete beta (or gamma) function. Probabilities below the range of a double are
found in log space by a continued fraction, so a t of 10,000 still has its z. Whole maps of t or F with one ``dof`` are
interpolated from a table of the exact functions, which agrees with them to 1e-12 and takes a hundredth of the time.
Any ``dof`` may be an array that broadcasts against the statistic; ``inf`` means normal (t) or chi-squared (F). NaN in
gives NaN out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from glmspec.core.continued_fractions import log_beta_tail, log_gamma_tail
from glmspec.core.hermite import Table, interpolate, table

Floats = NDArray[np.float64]
Alternative = Literal["greater", "less", "two-sided"]

SMALLEST_DIRECT = 1e-280
"""Probabilities below this are computed in log space: doubles lose their digits at 2e-308."""

ONE = np.asarray(1.0)
"""Numerator degrees of freedom of t squared, which is an F."""

HALF = 0.5
"""The smaller of two complementary probabilities is computed and the other follows: the reverse loses digits."""

STEP, STEPS = 1 / 64, 1024
"""The table of t: sixth derivatives of z and of log p are below 100 for :data:`LEAST_DOF`, so errors below 1e-13."""

LEAST_DOF = 2.0
"""With fewer degrees of freedom z bends more sharply than the table follows."""

LEAST_LOG_F = -8.0
"""Where the tables of F begin; as many steps of log F as those of t have reach from 3e-4 to 3e3."""

MOST_NUMERATOR = 20
"""With more numerator degrees of freedom an F is spread so little that its tail bends more sharply than a table."""

MAP = 2 * STEPS
"""Values that are worth a table, which is itself so many."""


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
    log_half = _by_table(value, freedom, _log_tail_table, lambda t, dof: np.log(_half_tail(t, dof)))
    half = _half_tail(value, freedom) if log_half is None else np.exp(log_half)
    return np.asarray(np.where(value < 0, 1.0 - half, half))


def _half_tail(t: Floats, dof: Floats) -> Floats:
    """P(T > |t|)."""
    return np.asarray(_both(_squared(t), ONE, dof)[1] / 2)


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
    size = _by_table(value, freedom, _z_table, _size_of_z)
    size = _size_of_z(value, freedom) if size is None else size
    return np.where(np.isinf(freedom), value, np.copysign(size, value))


def _size_of_z(t: Floats, dof: Floats) -> Floats:
    """|z| of t."""
    centre, log_sides = _lower_and_log_upper(_squared(t), ONE, dof)
    inner = np.sqrt(2.0) * special.erfinv(centre)  # a tail near 1/2 has no digits left for a small z
    outer = -special.ndtri_exp(log_sides - np.log(2.0))
    return np.asarray(np.where(centre < HALF, inner, outer))


def _by_table(
    t: Floats, dof: Floats, made: Callable[[float], Table], exactly: Callable[[Floats, Floats], Floats]
) -> Floats | None:
    """A function of |t|, from its table where that reaches and else exactly; None for what is not worth a table."""
    if not _worth_a_table(t, dof):
        return None
    size = np.abs(t)
    inside = size < STEP * STEPS  # NaN is not
    result = np.empty(t.shape, dtype=np.float64)
    result[inside] = interpolate(made(float(dof)), size[inside])
    result[~inside] = exactly(size[~inside], dof)
    return result


@lru_cache
def _z_table(dof: float) -> Table:
    """z of t: z' = f / phi(z), z'' = z' (f' / f + z z'), with f the density of t."""
    t, log_density, decay = _nodes(dof)
    z = _size_of_z(t, np.asarray(dof))
    slope = np.exp(log_density + np.square(z) / 2 + np.log(2 * np.pi) / 2)
    return table(STEP, z, slope, slope * (decay + z * slope))


@lru_cache
def _log_tail_table(dof: float) -> Table:
    """log p of t: g' = -f / p, g'' = g' (f' / f - g')."""
    t, log_density, decay = _nodes(dof)
    log_tail = t_log_upper_tail(t, dof)
    slope = -np.exp(log_density - log_tail)
    return table(STEP, log_tail, slope, slope * (decay - slope))


def _nodes(dof: float) -> tuple[Floats, Floats, Floats]:
    """t at the table's steps, and there the logarithm of its density f, and f' / f."""
    t = np.asarray(np.arange(STEPS + 1) * STEP, dtype=np.float64)
    spread = -special.betaln(dof / 2, 0.5) - np.log(dof) / 2
    log_density = spread - (dof + 1) / 2 * np.log1p(np.square(t) / dof)
    return t, np.asarray(log_density), np.asarray(-(dof + 1) * t / (dof + np.square(t)))


def f_upper_tail(f: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Floats:
    """P(F > f) = I_{dfd / (dfd + dfn f)}(dfd / 2, dfn / 2) (DLMF 8.17); 1 for f <= 0."""
    value, numerator, denominator = _doubles(f, dfn, dfd)
    exactly = partial(_f_tail, dfn=numerator, dfd=denominator)
    if numerator.ndim or not 1 <= numerator <= MOST_NUMERATOR or not _worth_a_table(value, denominator):
        return exactly(value)
    by_table = _f_log_tail_table(float(numerator), float(denominator))
    return _f_by_table(value, lambda x: np.exp(interpolate(by_table, x)), exactly)


def _f_tail(f: Floats, dfn: Floats, dfd: Floats) -> Floats:
    return _both(np.maximum(f, 0.0), dfn, dfd)[1]


def f_log_upper_tail(f: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Floats:
    """Natural logarithm of :func:`f_upper_tail`, finite for every finite f."""
    value, numerator, denominator = _doubles(f, dfn, dfd)
    return _lower_and_log_upper(np.maximum(value, 0.0), numerator, denominator)[1]


def f_to_z(f: ArrayLike, dfn: ArrayLike, dfd: ArrayLike) -> Floats:
    """The z with the upper tail probability of F: negative below the median, -inf for an F of 0."""
    value, numerator, denominator = _doubles(f, dfn, dfd)
    exactly = partial(_z_of_f, dfn=numerator, dfd=denominator)
    if numerator.ndim or not 1 <= numerator <= MOST_NUMERATOR or not _worth_a_table(value, denominator):
        return exactly(value)
    by_table = _f_z_table(float(numerator), float(denominator))
    return _f_by_table(value, lambda x: interpolate(by_table, x), exactly)


def _z_of_f(f: Floats, dfn: Floats, dfd: Floats) -> Floats:
    lower, log_upper = _lower_and_log_upper(np.maximum(f, 0.0), dfn, dfd)
    with np.errstate(divide="ignore"):
        below = special.ndtri_exp(np.log(lower))
    above = -special.ndtri_exp(log_upper)
    return np.where(lower < HALF, below, above)


def _worth_a_table(statistic: Floats, dof: Floats) -> bool:
    """Whether a map is long enough for a table, and its degrees of freedom are a number that a table follows."""
    return statistic.size >= MAP and not dof.ndim and bool(LEAST_DOF <= dof < np.inf)


def _f_by_table(f: Floats, interpolated: Callable[[Floats], Floats], exactly: Callable[[Floats], Floats]) -> Floats:
    """A function of F, from its table over log F - :data:`LEAST_LOG_F` where that reaches, and else exactly."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.log(f) - LEAST_LOG_F
        inside = (x >= 0) & (x < STEP * STEPS)  # NaN is not
    result = np.empty(f.shape, dtype=np.float64)
    result[inside] = interpolated(x[inside])
    result[~inside] = exactly(f[~inside])
    return result


@lru_cache
def _f_z_table(dfn: float, dfd: float) -> Table:
    """z of x = log F: z' = g / phi(z), z'' = z' (g' / g + z z'), with g the density of x."""
    f, log_density, decay = _f_nodes(dfn, dfd)
    z = _z_of_f(f, np.asarray(dfn), np.asarray(dfd))
    slope = np.exp(log_density + np.square(z) / 2 + np.log(2 * np.pi) / 2)
    return table(STEP, z, slope, slope * (decay + z * slope))


@lru_cache
def _f_log_tail_table(dfn: float, dfd: float) -> Table:
    """log p of x = log F: h' = -g / p, h'' = h' (g' / g - h'), with g the density of x."""
    f, log_density, decay = _f_nodes(dfn, dfd)
    log_tail = f_log_upper_tail(f, dfn, dfd)
    slope = -np.exp(log_density - log_tail)
    return table(STEP, log_tail, slope, slope * (decay - slope))


def _f_nodes(dfn: float, dfd: float) -> tuple[Floats, Floats, Floats]:
    """F at the table's steps of log F, and there the logarithm of the density g of log F, and g' / g."""
    f = np.exp(LEAST_LOG_F + np.arange(STEPS + 1) * STEP)
    ratio = dfn * f / dfd
    log_density = dfn / 2 * np.log(ratio) - (dfn + dfd) / 2 * np.log1p(ratio) - special.betaln(dfn / 2, dfd / 2)
    return f, np.asarray(log_density), np.asarray(dfn / 2 - (dfn + dfd) / 2 * ratio / (1 + ratio))


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
