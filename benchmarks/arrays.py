"""The arrays of the benchmarks: simulated, from fixed seeds."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from glmspec.core.neighbours import Neighbours, prepare_neighbours

Floats = NDArray[np.floating]
Shape = tuple[int, int, int]

SMALL: tuple[Shape, int] = ((46, 54, 53), 45_012)
"""A brain at 3 mm."""

LARGE: tuple[Shape, int] = ((91, 109, 91), 230_000)
"""A brain at 2 mm."""

RUN, IN_RUN, SCANS = (64, 64, 30), 40_000, 191


@cache
def ellipsoid(shape: Shape, voxels: int) -> NDArray[np.bool_]:
    """The voxels nearest to the centre."""
    axes = np.meshgrid(*[np.linspace(-1, 1, size) for size in shape], indexing="ij")
    distance = sum(np.square(axis) for axis in axes)
    mask = np.zeros(distance.size, dtype=bool)
    mask[np.argsort(distance, axis=None, kind="stable")[:voxels]] = True
    return mask.reshape(shape)


@cache
def maps(count: int, space: tuple[Shape, int] = SMALL) -> Floats:
    """Smooth maps (count, V) with an effect in some voxels."""
    rng = np.random.default_rng(1)
    mask = ellipsoid(*space)
    blob = np.zeros(space[0])
    blob[20:26, 20:26, 20:26] = 1.0
    effect = gaussian_filter(blob, 1.5)[mask]
    found = np.empty((count, int(mask.sum())))
    for row in found:
        noise = gaussian_filter(rng.standard_normal(space[0]), 8 / 3 / 2.355)[mask]
        row[:] = noise / noise.std() + effect
    return found


@cache
def neighbours(space: tuple[Shape, int] = SMALL) -> Neighbours:
    """Faces."""
    return prepare_neighbours(ellipsoid(*space), "faces")


@cache
def runs() -> tuple[tuple[Floats, Floats], ...]:
    """Design (191, 13) and data (191, 40,000) of two runs; noise of AR(1), a different one in each voxel."""
    return tuple(simulated_run(seed) for seed in (1, 2))


def simulated_run(seed: int, voxels: int = IN_RUN, scans: int = SCANS) -> tuple[Floats, Floats]:
    """A run's design and data."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(scans)
    drift = [np.cos(np.pi * k * (2 * numbers + 1) / (2 * scans)) for k in range(5)]
    slow = gaussian_filter(rng.standard_normal((scans, 8)), (2, 0))
    rho = np.clip(rng.normal(0.25, 0.12, voxels), -0.1, 0.65)
    data = rng.standard_normal((scans, voxels)).astype(np.float32)
    for scan in range(1, scans):
        data[scan] += rho * data[scan - 1]
    return np.column_stack([slow / slow.std(axis=0), *drift]), 100 + data
