"""How smooth the errors of a model are over space, from its residuals: FWHM along each axis, and resels.

Errors that a Gaussian of standard deviation s (voxels) has smoothed correlate by exp(-d^2 / (4 s^2)) over a distance d
(Forman et al. 1995; Kiebel et al. 1999), so that neighbours tell s. The correlation of each pair of neighbours is
taken over the rows of the design, which needs no assumption about variances, and its bias toward zero at few degrees
of freedom is taken away (Olkin & Pratt 1958).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import hyp2f1

from glmspec.core.neighbours import ABSENT, prepare_neighbours
from glmspec.core.smoothing import FWHM_PER_SIGMA

Floats = NDArray[np.float64]
AHEAD = (5, 4, 3)
"""The columns of :class:`~glmspec.core.neighbours.Neighbours` of the next voxel along x, y and z."""
FEWEST_DOF = 4
"""With fewer, a correlation over rows says next to nothing."""


class Smoothness(NamedTuple):
    """Of the errors of one model."""

    fwhm: Floats
    """(3,) along each axis of the volume, voxels; NaN where neighbours do not correlate at all, or entirely."""
    resels: float
    """Resolution elements in the mask: its voxels over the product of the three widths."""


def pairs_of(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], ...]:
    """Neighbours along x, y and z: for each an array (K, 2) of numbers of voxels of the mask, in C order.

    Parameters
    ----------
    mask : (X, Y, Z) bool
    """
    table = prepare_neighbours(mask, "faces").table
    found = []
    for column in AHEAD:
        first = np.flatnonzero(table[:, column] != ABSENT)
        found.append(np.stack([first, table[first, column]], axis=1).astype(np.intp))
    return tuple(found)


def correlations(one: Floats, other: Floats, dof: int) -> Floats:
    """The correlation of residuals of neighbours, without its bias at few degrees of freedom.

    Parameters
    ----------
    one, other : (N, K)
        Residuals of K voxels and of their neighbours.
    dof : int
        N less the rank of the design.

    Returns
    -------
    (K,)
        As :func:`unbiased_correlations`.
    """
    squares, others = (one**2).sum(axis=0), (other**2).sum(axis=0)
    return unbiased_correlations((one * other).sum(axis=0), squares, others, dof)


def unbiased_correlations(products: Floats, squares: Floats, others: Floats, dof: int) -> Floats:
    """The same from sums over rows: of the products of residuals (K,), and of the squares of each (K,).

    Returns
    -------
    (K,)
        r 2F1(1/2, 1/2; (dof - 1) / 2; 1 - r^2), the unbiased estimate; NaN where residuals are zero or not finite.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(squares) * np.sqrt(others)
        r = np.clip(products / scale, -1, 1)
        unbiased = r * hyp2f1(0.5, 0.5, (dof - 1) / 2, 1 - r**2)
    return np.asarray(np.where(scale > 0, unbiased, np.nan))


def smoothness(mean_correlation: Floats, voxels: int) -> Smoothness:
    """Widths and resels from the mean correlation of neighbours along each axis.

    Parameters
    ----------
    mean_correlation : (3,)
    voxels : int
        Of the mask.
    """
    rho = np.asarray(mean_correlation, dtype=np.float64)
    usable = (rho > 0) & (rho < 1)
    sigma = np.sqrt(-1 / (4 * np.log(np.where(usable, rho, 0.5))))
    fwhm = np.where(usable, FWHM_PER_SIGMA * sigma, np.nan)
    return Smoothness(fwhm, float(voxels / fwhm.prod()))
