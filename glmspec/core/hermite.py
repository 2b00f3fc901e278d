"""A smooth function by its values and two derivatives at equal steps: polynomials of degree five between them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Table(NamedTuple):
    """Polynomials (6, cells) in the position within a cell, 0 to 1, of ascending powers; cells begin at 0."""

    step: float
    coefficients: Floats


def table(step: float, values: Floats, slopes: Floats, curvatures: Floats) -> Table:
    """From a function at 0, step, 2 step, ... (n,) and its first two derivatives there.

    The error is at most step^6 / 46,080 times the sixth derivative (Davis, Interpolation and Approximation, 3.3).
    """
    a, b = slopes * step, curvatures * step**2 / 2
    rise = np.diff(values) - a[:-1] - b[:-1]
    slope = np.diff(a) - 2 * b[:-1]
    bend = np.diff(b)
    third = 10 * rise - 4 * slope + bend
    fourth = -15 * rise + 7 * slope - 2 * bend
    fifth = 6 * rise - 3 * slope + bend
    return Table(step, np.array([values[:-1], a[:-1], b[:-1], third, fourth, fifth]))


def interpolate(known: Table, x: Floats) -> Floats:
    """The function at x (n,), each from 0 to less than the end of the last cell."""
    scaled = x / known.step
    cell = scaled.astype(np.intp)
    place = scaled - cell
    total = known.coefficients[5][cell]
    for coefficients in known.coefficients[4::-1]:
        total = total * place + coefficients[cell]
    return np.asarray(total)
