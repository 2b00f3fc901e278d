"""Logarithms of beta and gamma tails that are too small for a double."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

TINY = 1e-300
"""Stands in for a zero denominator in Lentz's method; far below any that occurs."""

MOST_TERMS = 2000
"""The fractions are used far out in a tail, where tens of terms do; this ends a loop that cannot."""

CONVERGED = 1e-15
"""A last factor this close to 1 changes no digit that is kept."""

Term = Callable[[int], tuple[Floats, Floats]]


def _lentz(first: Floats, term: Term) -> Floats:
    """first + a1/(b1 + a2/(b2 + ...)) by the modified method of Lentz (Thompson and Barnett 1986)."""
    value = first.copy()
    ratio, inverse = first.copy(), np.zeros_like(first)
    for index in range(1, MOST_TERMS):
        a, b = term(index)
        inverse = b + a * inverse
        ratio = b + a / ratio
        inverse[inverse == 0] = TINY
        ratio[ratio == 0] = TINY
        inverse = 1.0 / inverse
        factor = ratio * inverse
        value = value * factor
        if not (np.abs(factor - 1.0) > CONVERGED).any():
            break
    return value


def log_beta_tail(f: Floats, dfn: Floats, dfd: Floats) -> Floats:
    """log P(F > f) = log I_x(dfd/2, dfn/2), x = dfd / (dfd + dfn f), far above the mean of F (V,).

    x^a (1-x)^b / (a B(a, b)) over the continued fraction of DLMF 8.17.22; log x and log(1 - x) are taken of ratios,
    so neither end of the interval costs digits.
    """
    a, b = dfd / 2, dfn / 2
    odds = dfn * f / dfd
    x = 1.0 / (1.0 + odds)

    def term(index: int) -> tuple[Floats, Floats]:
        m = index // 2
        if index % 2:
            top = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            top = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        return top, np.ones_like(x)

    front = -a * np.log1p(odds) - b * np.log1p(1.0 / odds) - np.log(a) - special.betaln(a, b)
    return np.asarray(front - np.log(_lentz(np.ones_like(x), term)))


def log_gamma_tail(a: Floats, x: Floats) -> Floats:
    """log Q(a, x) for x far above a (V,): e^-x x^a / Gamma(a) over a continued fraction (DLMF 8.9.2, contracted)."""

    def term(index: int) -> tuple[Floats, Floats]:
        return -index * (index - a), x + 2 * index + 1 - a

    return np.asarray(a * np.log(x) - x - special.gammaln(a) - np.log(_lentz(x + 1 - a, term)))
