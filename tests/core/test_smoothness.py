"""Smoothness against fields of known width, and against the same estimate written out with numpy alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from glmspec.core.smoothness import (
    correlations,
    pairs_of,
    pooled_correlation,
    sampled_scans,
    smoothness,
    standardised,
)

SHAPE = (44, 46, 42)
ROWS = 16
CASES = [(width, seed) for width in (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0) for seed in (1, 2)]
ELLIPTIC = [((3.0, 5.0, 7.0), 3), ((8.0, 4.0, 3.0), 4)]


def fields(widths, seed, rows=ROWS) -> np.ndarray:
    """White noise smoothed by Gaussians of known widths (voxels), away from where the noise ends; (N, X, Y, Z)."""
    margin = 16
    noise = np.random.default_rng(seed).normal(size=(rows, *(extent + 2 * margin for extent in SHAPE)))
    for axis, width in enumerate(widths, 1):
        noise = gaussian_filter1d(noise, width / np.sqrt(8 * np.log(2)), axis=axis, mode="wrap", truncate=6)
    return noise[:, margin:-margin, margin:-margin, margin:-margin]


def ellipsoid() -> np.ndarray:
    centre = (np.array(SHAPE) - 1) / 2
    distance = (np.indices(SHAPE) - centre[:, None, None, None]) / (0.48 * np.array(SHAPE))[:, None, None, None]
    return np.linalg.norm(distance, axis=0) < 1


def estimated(data: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, float]:
    values = data[:, mask]
    residuals = values - values.mean(axis=0)
    dof = len(data) - 1
    means = [np.nanmean(correlations(residuals[:, a], residuals[:, b], dof)) for a, b in (p.T for p in pairs_of(mask))]
    found = smoothness(np.array(means), int(mask.sum()))
    return found.fwhm, found.resels


@pytest.mark.whole
@pytest.mark.parametrize(("width", "seed"), CASES)
def test_fields_of_known_width_are_within_5_per_cent(width, seed):
    mask = ellipsoid()
    fwhm, resels = estimated(fields((width,) * 3, seed), mask)
    assert np.abs(fwhm.prod() ** (1 / 3) / width - 1) < 0.05
    # resels go with the cube of the width
    assert resels == pytest.approx(mask.sum() / width**3, rel=0.15)


@pytest.mark.parametrize(("widths", "seed"), ELLIPTIC)
def test_each_axis_has_its_own_width(widths, seed):
    fwhm, _ = estimated(fields(widths, seed), ellipsoid())
    np.testing.assert_allclose(fwhm, widths, rtol=0.08)


def test_few_rows_do_not_make_errors_look_rough():
    """Plain correlations of five rows are off by 13 per cent at this width."""
    found = [estimated(fields((3.0,) * 3, seed, rows=5), ellipsoid())[0].prod() ** (1 / 3) for seed in range(5)]
    assert np.mean(found) == pytest.approx(3.0, rel=0.05)


def test_an_independent_estimate_agrees():
    """Kiebel et al. 1999 in another form: the variance of differences of standardised residuals, by hand."""
    data = fields((5.0,) * 3, 9, rows=40)  # so many that it is nearly without bias itself
    residuals = data - data.mean(axis=0)
    unit = residuals / np.sqrt((residuals**2).sum(axis=0))
    whole = np.ones(SHAPE, bool)
    fwhm, _ = estimated(data, whole)
    for axis in range(3):
        step = np.diff(unit, axis=axis + 1)
        rho = 1 - 0.5 * (step**2).sum(axis=0).mean()
        assert fwhm[axis] == pytest.approx(np.sqrt(-2 * np.log(2) / np.log(rho)), rel=0.02)


SCANS, COLUMNS = 60, 7


def of_a_run(data: np.ndarray, mask: np.ndarray, ar: float = 0.0) -> tuple[np.ndarray, float]:
    """The estimate of a run from some scans of its residuals, which a design of seven columns leaves."""
    scans, voxels = len(data), int(mask.sum())
    values = data[:, mask]
    for scan in range(1, scans if ar else 0):
        values[scan] += ar * values[scan - 1]
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(scans, COLUMNS)))[0]
    residuals = values - basis @ (basis.T @ values)
    phi = np.full((1 if ar else 0, voxels), ar)
    new = residuals[1:] - ar * residuals[:-1] if ar else residuals
    variance = (new**2).sum(axis=0) / (scans - COLUMNS)
    sample = standardised(residuals, phi, variance, sampled_scans(scans - len(phi), voxels))
    assert len(sample) == 16  # of 60
    means = [pooled_correlation(sample, pairs, scans - COLUMNS) for pairs in pairs_of(mask)]
    found = smoothness(np.array(means), voxels)
    return found.fwhm, found.resels


@pytest.mark.parametrize(("width", "ar"), [(3.0, 0.0), (3.0, 0.4), (5.0, 0.0), (5.0, 0.4), (8.0, 0.0), (8.0, 0.4)])
def test_some_scans_of_a_run_tell_its_width_within_5_per_cent(width, ar):
    mask = ellipsoid()
    fwhm, resels = of_a_run(fields((width,) * 3, 11, SCANS), mask, ar)
    assert np.abs(fwhm.prod() ** (1 / 3) / width - 1) < 0.05
    assert resels == pytest.approx(mask.sum() / width**3, rel=0.15)


def test_some_scans_of_a_run_tell_each_axis_apart():
    fwhm, _ = of_a_run(fields((3.0, 5.0, 7.0), 12, SCANS), ellipsoid())
    np.testing.assert_allclose(fwhm, (3, 5, 7), rtol=0.08)


def test_a_run_with_few_degrees_of_freedom_does_not_look_rough():
    """Standardised by their own spread, residuals with six degrees of freedom are off by 8 per cent at this width."""
    mask, found = ellipsoid(), []
    for seed in range(4):
        residuals = fields((3.0,) * 3, seed, rows=7)[:, mask]
        residuals -= residuals.mean(axis=0)
        variance = (residuals**2).sum(axis=0) / 6
        sample = standardised(residuals, np.zeros((0, mask.sum())), variance, np.arange(7))
        means = [pooled_correlation(sample, pairs, 6) for pairs in pairs_of(mask)]
        found.append(smoothness(np.array(means), int(mask.sum())).fwhm.prod() ** (1 / 3))
    assert np.mean(found) == pytest.approx(3.0, rel=0.05)


def test_pooled_by_hand_with_a_voxel_that_does_not_vary():
    """Three voxels in a row, the last of them constant: only the first pair counts."""
    one, other = np.array([1.0, -1.0, 2.0, 0.5]), np.array([0.5, -2.0, 1.0, 1.0])
    residuals = np.stack([one, other, np.zeros(4)], axis=1)
    chosen = np.arange(4)
    sample = standardised(residuals, np.zeros((0, 3)), np.array([4.0, 1.0, 0.0]), chosen)
    np.testing.assert_allclose(sample[:, :2], np.stack([one / 2, other], axis=1))
    assert np.isnan(sample[:, 2]).all()
    pairs = np.array([[0, 1], [1, 2]])
    plain = 1 - ((one / 2 - other) ** 2).sum() / ((one / 2) ** 2 + other**2).sum()
    assert pooled_correlation(sample, pairs, 10**6) == pytest.approx(plain, rel=1e-5)
    assert np.isnan(pooled_correlation(sample, pairs[1:], 100))


def test_scans_are_spread_over_the_run_and_all_of_them_where_voxels_are_few():
    assert sampled_scans(100, 600).tolist() == list(range(100))
    few = sampled_scans(161, 10**6)
    assert few.tolist() == [round(160 * n / 15) for n in range(16)]
    assert sampled_scans(8, 10**6).tolist() == list(range(8))


def test_neighbours_are_those_of_the_mask():
    mask = np.zeros((3, 3, 3), bool)
    mask[0, 0, 0] = mask[1, 0, 0] = mask[1, 0, 1] = True
    x, y, z = pairs_of(mask)
    assert x.tolist() == [[0, 1]]
    assert y.tolist() == []
    assert z.tolist() == [[1, 2]]


def test_what_does_not_correlate_has_no_width():
    found = smoothness(np.array([0.9, -0.1, 1.0]), 100)
    assert np.isfinite(found.fwhm[0])
    assert np.isnan(found.fwhm[1:]).all()
    assert np.isnan(found.resels)
    zero = correlations(np.zeros((4, 2)), np.ones((4, 2)), 3)
    assert np.isnan(zero).all()
