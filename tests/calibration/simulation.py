"""Data sets in which nothing is true, or what is true is known: designs, smooth noise, an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import ceil
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from glmspec.core.smoothing import FWHM_PER_SIGMA, TRUNCATE, smooth

Floats = NDArray[np.floating[Any]]
Shape = tuple[int, int, int]

SHAPE: Shape = (20, 20, 20)
BALL = 5.0
"""Radius in voxels of the planted effect: 552 of 8,000 voxels."""


class Study(NamedTuple):
    """A design of N rows, and what else the null hypothesis lets the data be.

    Attributes
    ----------
    matrix : (N, P)
    weights : (P,)
        The t contrast that is tested.
    subjects : (N,) or None
        Whose row it is, where subjects have several.
    means : (N,)
        Added to every voxel: the nuisance, which is not zero.
    spread : (N,)
        Standard deviation of the errors of a row.
    """

    matrix: Floats
    weights: list[float]
    subjects: NDArray[np.intp] | None
    means: Floats
    spread: Floats


def one_sample(random: np.random.Generator, count: int) -> Study:
    """A mean, which is zero."""
    del random
    return Study(np.ones((count, 1)), [1.0], None, np.zeros(count), np.ones(count))


def two_samples(random: np.random.Generator, count: int) -> Study:
    """Two halves with one mean."""
    del random
    groups = np.repeat(np.eye(2), count // 2, axis=0)
    return Study(groups, [1.0, -1.0], None, np.full(count, 3.0), np.ones(count))


def paired(random: np.random.Generator, count: int) -> Study:
    """Two maps of each subject; subjects differ in their mean and, up to eightfold, in their spread."""
    subjects = np.repeat(np.arange(count), 2)
    condition = np.tile([0.5, -0.5], count)
    matrix = np.column_stack([condition, np.eye(count)[subjects]])
    means, spread = random.normal(0, 3, count), 2 ** random.uniform(-1.5, 1.5, count)
    return Study(matrix, [1.0, *[0.0] * count], subjects, means[subjects], spread[subjects])


def regression(random: np.random.Generator, count: int) -> Study:
    """A covariate without effect, and one with an effect that is correlated with it (.7): Freedman-Lane."""
    nuisance = random.normal(size=count)
    tested = (nuisance + random.normal(size=count)) / np.sqrt(2)
    matrix = np.column_stack([np.ones(count), tested, nuisance])
    return Study(matrix, [0.0, 1.0, 0.0], None, 2 * nuisance, np.ones(count))


DESIGNS: Mapping[str, Callable[[np.random.Generator, int], Study]] = {
    "one sample": one_sample,
    "two samples": two_samples,
    "paired": paired,
    "regression": regression,
}


def fields(random: np.random.Generator, count: int, fwhm: float, shape: Shape = SHAPE) -> Floats:
    """(count, V) Gaussian noise of unit variance and this smoothness in voxels, the same everywhere.

    It is cut out of a larger volume: at the edge of what is smoothed the variance is another.
    """
    margin = ceil(TRUNCATE * fwhm / FWHM_PER_SIGMA)
    inside = tuple(slice(margin, margin + extent) for extent in shape)
    larger = tuple(extent + 2 * margin for extent in shape)
    noise = np.empty((count, int(np.prod(shape))), dtype=np.float32)
    for row in noise:
        row[:] = smooth(random.standard_normal(larger, dtype=np.float32), fwhm, np.eye(4))[inside].reshape(-1)
    return noise / _deviation(fwhm)


@cache
def _deviation(fwhm: float) -> np.float32:
    """What smoothing leaves of a unit standard deviation: the norm of its weights."""
    margin = ceil(TRUNCATE * fwhm / FWHM_PER_SIGMA)
    impulse = np.zeros((2 * margin + 1,) * 3)
    impulse[margin, margin, margin] = 1
    return np.float32(np.linalg.norm(smooth(impulse, fwhm, np.eye(4))))


def skewed(noise: Floats, skewness: float) -> Floats:
    """Standard normal noise as log-normal noise of mean 0, variance 1 and this skewness; 0 leaves it normal."""
    if not skewness:
        return noise
    # with w = exp(s^2), the skewness of exp(s g) is (w + 2) sqrt(w - 1)
    growth = brentq(lambda w: (w + 2) * np.sqrt(w - 1) - skewness, 1, 10)
    return (np.exp(np.sqrt(np.log(growth)) * noise) / np.sqrt(growth) - 1) / np.sqrt(growth - 1)


def ball(shape: Shape = SHAPE) -> NDArray[np.bool_]:
    """(V,) where the planted effect is."""
    place = np.indices(shape).reshape(3, -1) - (np.array(shape)[:, None] - 1) / 2
    return np.asarray((place**2).sum(axis=0) <= BALL**2)
