"""Data in comparable units: percent of each voxel's mean, or a run's grand mean brought to a target."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_MEAN = 1.0
"""Mean below which a voxel has no percent signal, in the units of the data. nilearn divides by 1 there, and says
nothing: a voxel outside the head, or data that were centred before, then look like signal."""

TARGET = 100.0
"""Grand mean after scaling."""


class PercentSignal(NamedTuple):
    """Scaled data (N, V), the means they were divided by (V,), and which voxels (V,) had a mean too low."""

    data: Floats
    means: Floats
    too_low: NDArray[np.bool_]


def percent_signal(data: NDArray[np.floating], *, smallest_mean: float = SMALLEST_MEAN) -> PercentSignal:
    """Percent change from each voxel's mean over the run.

    Parameters
    ----------
    data : (N, V)
        float32 or float64; never modified. The arithmetic is float64.
    smallest_mean : float
        The lowest mean that is divided by, in the units of the data; above 0.

    Returns
    -------
    PercentSignal
        100 (Y - mean) / mean, nilearn's mean scaling, and NaN in all scans where the mean is below ``smallest_mean`` or
        is NaN. ``too_low`` does not count voxels with NaN.

    Raises
    ------
    ValueError
        If data have no scan or ``smallest_mean`` is not above 0.
    """
    if not smallest_mean > 0:
        raise ValueError(f"the smallest mean is above 0, not {smallest_mean}")
    values = np.asarray(data, dtype=np.float64)
    means = voxel_means(values)
    too_low = np.asarray(means < smallest_mean)
    scaled = np.subtract(values, means)
    scaled *= 100.0 / np.where(too_low, np.nan, means)
    return PercentSignal(scaled, means, too_low)


def voxel_means(data: NDArray[np.floating]) -> Floats:
    """Mean over scans (V,) of data (N, V), in float64; NaN where a scan is."""
    if data.ndim != 2 or not len(data):
        raise ValueError(f"data of shape {data.shape} have no scans and voxels")
    return np.asarray(data.mean(axis=0, dtype=np.float64))


def grand_mean(means: NDArray[np.floating]) -> float:
    """Mean of the voxels' means (V,), those with NaN left out.

    Raises
    ------
    ValueError
        If it is not above 0: such data have no scale to bring to a target.
    """
    finite = np.asarray(means, dtype=np.float64)[np.isfinite(means)]
    mean = float(finite.mean()) if finite.size else float("nan")
    if not mean > 0:
        raise ValueError(f"the grand mean is {mean:g}: data that were centred cannot be scaled to a grand mean")
    return mean


def scale_to_grand_mean(data: NDArray[np.floating], mean: float, *, target: float = TARGET) -> Floats:
    """One factor for a whole run.

    Parameters
    ----------
    data : (N, V)
        Any block of the run's voxels.
    mean : float
        The run's grand mean; see :func:`grand_mean`.
    target : float
        What the grand mean becomes.

    Returns
    -------
    (N, V)
        Y target / mean, in float64.
    """
    return np.asarray(data, dtype=np.float64) * (target / mean)
