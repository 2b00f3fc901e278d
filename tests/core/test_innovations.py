"""Innovations of AR noise, and the sums that a run's residuals leave."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.innovations import LANES, innovation_sums, squares_about_mean

NUMBERS = np.random.default_rng(21)


def made_noise(voxels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Innovations, AR(2) noise made of them from silence, and its coefficients."""
    made = NUMBERS.normal(size=(200, voxels))
    noise, ar = np.zeros((200, voxels)), np.tile([[0.5, 0.2, 0.0], [-0.2, 0.3, 0.0]], (1, voxels))[:, :voxels]
    for scan in range(200):
        noise[scan] = made[scan]
        for lag in (1, 2):
            noise[scan] += ar[lag - 1] * noise[scan - lag] * (scan >= lag)
    return made, noise, ar


def next_to_each_other(series: np.ndarray) -> list[float]:
    return [np.dot(voxel[1:], voxel[:-1]) / np.dot(voxel, voxel) for voxel in series.T]


@pytest.mark.parametrize("voxels", [3, LANES, 2 * LANES + 5])
def test_innovations_are_what_made_the_noise(voxels):
    made, noise, ar = made_noise(voxels)
    weights = NUMBERS.uniform(size=voxels)
    found = innovation_sums(noise, ar, weights)
    np.testing.assert_allclose(found.spread, np.square(made[2:]) @ weights, rtol=1e-12)
    np.testing.assert_allclose(found.after, next_to_each_other(made[2:]), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.before, next_to_each_other(noise), rtol=1e-12)
    np.testing.assert_allclose(found.squares, np.square(noise).sum(axis=0), rtol=1e-12)


def test_without_autocorrelation_residuals_are_innovations():
    _, noise, ar = made_noise(4)
    found = innovation_sums(noise, ar[:0], np.ones(4))
    np.testing.assert_array_equal(found.before, found.after)
    np.testing.assert_allclose(found.spread, np.square(noise).sum(axis=1), rtol=1e-12)


def test_a_voxel_without_weight_has_no_part_in_the_spread():
    """Not even where it is NaN; and where there is nothing to correlate, there is no correlation."""
    _, noise, ar = made_noise(6)
    noise[:, 3], noise[:, 5] = np.nan, 0
    weights = np.array([1.0, 1, 1, 0, 1, 1])
    found = innovation_sums(noise, ar, weights)
    kept = [0, 1, 2, 4]
    np.testing.assert_allclose(found.spread, innovation_sums(noise[:, kept], ar[:, kept], np.ones(4)).spread)
    assert np.flatnonzero(np.isnan(found.before)).tolist() == [3, 5]
    assert np.flatnonzero(np.isnan(found.after)).tolist() == [3, 5]


def test_squares_about_the_mean():
    """Of data far from zero, without losing digits to the mean."""
    series = 1e6 + NUMBERS.normal(size=(50, LANES + 3))
    np.testing.assert_allclose(squares_about_mean(series), 50 * series.var(axis=0), rtol=1e-9)
