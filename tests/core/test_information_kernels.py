"""Voxels solved in lanes are what each is by itself."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.information_kernels import LANES, covariances, lag_sums, solutions

RNG = np.random.default_rng(0)


def systems(voxels, rank=7):
    """Weights, terms, and the matrix of each voxel."""
    halves = RNG.normal(size=(3, rank, 2 * rank))
    terms = halves @ halves.swapaxes(1, 2)
    weights = RNG.uniform(0.1, 2, size=(3, voxels))
    return weights, terms, np.einsum("tv,tij->vij", weights, terms)


@pytest.mark.parametrize("voxels", [1, LANES - 1, LANES, 3 * LANES + 5])
def test_solutions(voxels):
    weights, terms, matrices = systems(voxels)
    right = RNG.normal(size=(7, voxels))
    want = np.linalg.solve(matrices, right.T[..., None])[..., 0].T
    np.testing.assert_allclose(solutions(weights, terms, right), want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("voxels", [1, LANES, 2 * LANES + 3])
def test_covariances(voxels):
    """Symmetric, every entry filled."""
    weights, terms, matrices = systems(voxels)
    half = RNG.normal(size=(7, 3))
    want = np.moveaxis(half.T @ np.linalg.inv(matrices) @ half, 0, -1)
    got = covariances(weights, terms, half)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(got, got.swapaxes(0, 1))


def test_a_voxel_does_not_depend_on_its_lane():
    """The same bits wherever it stands, and beside a matrix that is not positive definite."""
    weights, terms, _ = systems(LANES + 1)
    right, half = RNG.normal(size=(7, LANES + 1)), RNG.normal(size=(7, 2))
    broken = weights.copy()
    broken[:, 2] = -1
    for voxel in (0, 5, LANES):
        one = slice(voxel, voxel + 1)
        alone = solutions(weights[:, one].copy(), terms, right[:, one].copy())
        np.testing.assert_array_equal(alone, solutions(broken, terms, right)[:, one])
        alone = covariances(weights[:, one].copy(), terms, half)
        np.testing.assert_array_equal(alone, covariances(broken, terms, half)[..., one])
    assert np.isnan(solutions(broken, terms, right)[:, 2]).all()


def test_lag_sums():
    series = RNG.normal(size=(9, 5 * LANES + 1))
    want = [(series[: 9 - k] * series[k:]).sum(axis=0) for k in range(4)]
    np.testing.assert_allclose(lag_sums(series, 3), want, rtol=1e-12, atol=1e-13)
