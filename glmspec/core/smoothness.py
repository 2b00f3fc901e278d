"""How smooth the errors of a model are over space, from its residuals: FWHM along each axis, and resels.

Errors that a Gaussian of standard deviation s (voxels) has smoothed correlate by exp(-d^2 / (4 s^2)) over a distance d
(Forman et al. 1995; Kiebel et al. 1999), so that neighbours tell s. The correlation of each pair of neighbours is
taken over the rows of the design, which needs no assumption about variances, and its bias toward zero at few degrees
of freedom is taken away (Olkin & Pratt 1958).

A run has many rows and residuals that nobody keeps. There the residuals of some scans, evenly spread over the run, are
standardised by what the fit says of their spread, and correlations are taken over voxels instead: from the variance of
spatial differences, scan by scan, as Forman et al. have it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import hyp2f1

from glmspec.core.smoothing import FWHM_PER_SIGMA

Floats = NDArray[np.float64]
OUTSIDE = -1
"""The number of a voxel that is not in the mask."""
FEWEST_DOF = 4
"""With fewer, a correlation over rows says next to nothing."""
SAMPLED = 600_000
"""Residuals of a run that are looked at, or more: widths of 3 to 8 voxels are then known to about 1 per cent."""
FEWEST_SCANS = 16
"""Of which they are at least, however large the mask."""


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
    numbers = np.where(mask, np.cumsum(mask).reshape(mask.shape) - 1, OUTSIDE)
    found = []
    for axis, extent in enumerate(mask.shape):
        first, second = (np.take(numbers, np.arange(start, start + extent - 1), axis) for start in (0, 1))
        both = (first != OUTSIDE) & (second != OUTSIDE)
        found.append(np.stack([first[both], second[both]], axis=1).astype(np.intp))
    return tuple(found)


def sampled_scans(scans: int, voxels: int) -> NDArray[np.intp]:
    """Which of the innovations of a run stand for all of them: evenly spread, :data:`SAMPLED` values or more."""
    number = min(scans, max(FEWEST_SCANS, -(-SAMPLED // max(voxels, 1))))
    return np.asarray(np.linspace(0, scans - 1, number).round(), dtype=np.intp)


def standardised(residuals: Floats, ar: Floats, variance: Floats, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
    """Some innovations of a run, e_t - phi_1 e_{t-1} - ..., over their standard deviations.

    Parameters
    ----------
    residuals : (N, V)
    ar : (p, V)
        Of the noise; with p of 0 innovations are residuals.
    variance : (V,)
        Of the innovations.
    chosen : (S,) int
        Of the N - p innovations.

    Returns
    -------
    (S, V) float32
        NaN where there is no variance.
    """
    spread = np.sqrt(np.where(variance > 0, variance, np.nan))
    order = len(ar)
    new = np.array(residuals[order:][chosen], dtype=np.float64)
    for lag in range(1, order + 1):
        new -= ar[lag - 1] * residuals[order - lag : len(residuals) - lag][chosen]
    return np.asarray(new / spread, dtype=np.float32)


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
    return np.asarray(np.where(scale > 0, _unbiased(r, dof), np.nan))


def pooled_correlation(sample: NDArray[np.float32], pairs: NDArray[np.intp], dof: int) -> float:
    """The mean correlation of neighbours from standardised residuals of some scans.

    Parameters
    ----------
    sample : (S, V)
        From :func:`standardised`.
    pairs : (K, 2) int
        Neighbours, of :func:`pairs_of`.
    dof : int
        Degrees of freedom that voxels were standardised with.

    Returns
    -------
    float
        1 - sum (z_i - z_j)^2 / sum (z_i^2 + z_j^2) over pairs and scans, without its bias at few degrees of freedom;
        NaN where no pair has a spread.
    """
    known: NDArray[np.bool_] = np.isfinite(sample[0])
    one, other = pairs[known[pairs].all(axis=1)].T
    members = np.bincount(np.concatenate([one, other]), minlength=len(known))
    apart, together = 0.0, 0.0
    for row in sample:
        z = np.where(known, row, 0.0).astype(np.float64)
        step = z[one] - z[other]
        apart += float(np.einsum("k,k->", step, step))
        together += float(np.einsum("v,v,v->", members, z, z))
    return float(_unbiased(np.float64(1 - apart / together), dof)) if together else float("nan")


def _unbiased(r: Floats | np.float64, dof: int) -> Floats | np.float64:
    """Olkin and Pratt's estimate from a correlation (...) in normal data."""
    return np.asarray(r * hyp2f1(0.5, 0.5, (dof - 1) / 2, 1 - np.square(r)))


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
