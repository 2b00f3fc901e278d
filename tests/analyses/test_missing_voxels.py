"""Voxels that are NaN in some map, and voxels that are the same in all of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import gaussian_filter

from .simulated import EXACT, brain, document_text, failure, noise, run, write_image, write_maps


@pytest.fixture
def broken(tmp_path):
    """Six maps; the third is NaN in two voxels of the brain and infinite in one, the fifth NaN in another."""
    volumes = noise(71, 6)
    volumes[2][5, 7, 6] = volumes[2][5, 8, 6] = np.nan
    volumes[2][6, 8, 6] = np.inf
    volumes[4][8, 8, 6] = np.nan
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(volumes)})
    write_image(tmp_path / "mask.nii.gz", brain().astype(np.uint8))
    return tmp_path, volumes


def test_nan_inside_a_given_mask_is_an_error_that_names_every_file_and_count(broken):
    folder, _ = broken
    error = failure(folder, document_text(inputs="mask: mask.nii.gz"))
    assert error.exit_code == 3
    assert [(problem.code, problem.message) for problem in error.problems] == [
        ("E314", "`maps/s2.nii.gz` is NaN or infinite in 3 voxels of the mask"),
        ("E314", "`maps/s4.nii.gz` is NaN or infinite in 1 voxel of the mask"),
    ]


def test_excluded_voxels_leave_the_mask_and_are_counted(broken):
    folder, volumes = broken
    done = run(folder, document_text(inputs="mask: mask.nii.gz", more="missing: {voxel: exclude}"))
    finite = np.isfinite(volumes).all(axis=0)
    np.testing.assert_array_equal(done.mask, brain() & finite)
    voxels = int((brain() & finite).sum())
    assert done.index["analysis"]["mask"] == {"voxels": voxels, "mm3": 27.0 * voxels, "excluded": 4}
    assert np.isfinite(done.stat("mean", "t")).all()


@pytest.mark.parametrize("mask", ["background", "intersection"])
def test_a_computed_mask_leaves_such_voxels_out_by_itself(broken, mask):
    folder, volumes = broken
    done = run(folder, document_text(inputs=f"mask: {{compute: {mask}}}"), out=mask)
    np.testing.assert_array_equal(done.mask, np.isfinite(volumes).all(axis=0) & (volumes != 0).all(axis=0))
    want = stats.ttest_1samp(volumes[:, done.mask].astype(np.float64), 0).statistic
    np.testing.assert_allclose(done.stat("mean", "t"), want, **EXACT)


def test_they_count_as_zero_for_smoothing(broken):
    folder, volumes = broken
    text = document_text(inputs="mask: mask.nii.gz\nsmoothing_fwhm: 6", more="missing: {voxel: exclude}")
    done = run(folder, text)
    zeroed = np.where(np.isfinite(volumes), volumes, 0).astype(np.float32)
    sigma = 6 / np.sqrt(8 * np.log(2)) / 3
    smoothed = np.array([gaussian_filter(volume, sigma, mode="reflect", truncate=4) for volume in zeroed])
    effect = smoothed[:, done.mask].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(done.stat("mean", "effect"), effect, rtol=1e-5, atol=1e-6)  # smoothed in float32


@pytest.mark.parametrize("level", [0.1, 7.3, -1e-3, 12345.678])
def test_a_voxel_that_is_the_same_in_every_map_has_no_t(tmp_path, level):
    """Its residual variance is zero: a sign of broken data, not of an infinite effect."""
    volumes = noise(72, 7)
    volumes[:, 6, 8, 6] = volumes[:, 6, 9, 6] = level
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(volumes)})
    inference = "all: {method: parametric, correction: fdr, alpha: 0.99}"
    done = run(tmp_path, document_text(inference=inference))
    t = np.full(done.mask.shape, 0.0)
    t[done.mask] = done.stat("mean", "t")
    assert np.isnan(t[6, 8, 6])
    assert np.isnan(t[6, 9, 6])
    assert np.isnan(t).sum() == 2
    facts = done.index["analysis"]
    assert (facts["constant"], facts["undefined"]) == (2, {"mean": 2})
    assert done.facts("mean", "all")["tested"] == done.mask.sum() - 2
    assert not done.passed("mean", "all")[np.isnan(done.stat("mean", "t"))].any()


def test_a_mask_of_which_nothing_is_left_is_an_error(tmp_path):
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(noise(73, 3))})
    write_image(tmp_path / "mask.nii.gz", np.zeros(brain().shape, np.uint8))
    error = failure(tmp_path, document_text(inputs="mask: mask.nii.gz"))
    assert (error.exit_code, [problem.code for problem in error.problems]) == (3, ["E316"])
