"""nilearn 0.14.1 as a yardstick, on simulated maps and on real ones."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nibabel.nifti1 import Nifti1Image
from nilearn.glm import threshold_stats_img
from nilearn.glm.second_level import SecondLevelModel
from nilearn.image import smooth_img
from nilearn.reporting import get_clusters_table

from glmspec.core.clusters import keep_clusters, signed_clusters
from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.least_squares import fit, prepare
from glmspec.core.multiplicity import ADJUSTMENTS
from glmspec.core.peaks import local_peaks
from glmspec.core.smoothing import smooth
from glmspec.core.tails import f_to_z, t_to_z, z_upper_tail
from glmspec.images.geometry import to_mm, voxel_volume
from glmspec.images.masks import background_mask, mean_volume
from glmspec.images.volumes import read_volume

AFFINE = np.array([[3.0, 0, 0, -30], [0, 3, 0, -40], [0, 0, 3.5, -20], [0, 0, 0, 1]])
OBLIQUE = np.array([[2.9, -0.5, 0.1, -30], [0.5, 2.9, 0.2, -40], [-0.1, -0.2, 3.4, -20], [0, 0, 0, 1]])
SHAPE = (18, 20, 16)


def quiet(call, *args, **options):
    """nilearn warns of defaults that will change and of clusters it did not find; neither is what is tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*args, **options)


def blobs(seed, dtype=np.float64, fwhm=8.0):
    """Smooth noise of about unit variance."""
    noise = np.random.default_rng(seed).normal(size=SHAPE)
    smoothed = smooth(noise, fwhm, AFFINE)
    return (smoothed / smoothed.std()).astype(dtype)


def maps(count, background=0.0, dtype=np.float32):
    """Maps whose brain is a ball; around it the background."""
    brain = np.linalg.norm(np.indices(SHAPE) - np.array([[[[9]]], [[[10]]], [[[8]]]]), axis=0) < 6
    return [np.where(brain, blobs(seed) + 0.4, background).astype(dtype) for seed in range(count)]


def images(volumes, affine=AFFINE):
    return [Nifti1Image(volume, affine) for volume in volumes]


def assert_same_mask(volumes, affine=AFFINE):
    model = quiet(SecondLevelModel(smoothing_fwhm=5.0).fit, images(volumes, affine), design_matrix=ones(len(volumes)))
    want = np.asarray(model.masker_.mask_img_.dataobj) != 0
    np.testing.assert_array_equal(background_mask(mean_volume(volumes)), want)


def ones(count):
    return pd.DataFrame({"intercept": np.ones(count)})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("affine", [AFFINE, OBLIQUE], ids=["straight", "oblique"])
def test_smoothing(affine, dtype):
    """The same arithmetic in the same order: equal to the bit."""
    volume = blobs(1, dtype)
    want = smooth_img(Nifti1Image(volume, affine), 6.0)
    np.testing.assert_array_equal(smooth(volume, 6.0, affine), np.asarray(want.dataobj))


@pytest.mark.parametrize("background", [0.0, 7.1, np.nan], ids=["zero", "constant", "nan"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_background_mask(background, dtype):
    """Voxel for voxel, with the model's smoothing on: the mask is of the unsmoothed maps."""
    volumes = maps(7, background, dtype)
    assert_same_mask(volumes)
    assert 0 < background_mask(mean_volume(volumes)).sum() < np.prod(SHAPE)


def test_background_mask_with_holes():
    """NaN inside the brain of one map, and brains that differ: the mean decides in both programs."""
    volumes = maps(5)
    volumes[2][9, 10, 8] = np.nan
    volumes[3][4:8] = 0
    assert_same_mask(volumes)


def test_background_mask_of_noise_to_the_edge():
    """Without any background hardly a voxel equals the median of the border."""
    assert_same_mask([blobs(seed, np.float32) for seed in range(4)])


def our_table(statistic, affine, threshold, two_sided, minimum=0):
    """x, y, z, value and volume of every row, as nilearn's table has them."""
    passed = (np.abs(statistic) if two_sided else statistic) > threshold
    passed = keep_clusters(passed, statistic, minimum, "faces")
    rows = []
    for cluster in signed_clusters(statistic, passed, "faces"):
        for rank, index in enumerate(local_peaks(statistic, cluster, affine)):
            place = to_mm(affine, np.unravel_index(index, statistic.shape))
            size = int(cluster.size * voxel_volume(affine)) if rank == 0 else ""
            rows.append((*place, statistic.ravel()[index], size))
    return rows


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("two_sided", [False, True])
@pytest.mark.parametrize("minimum", [0, 12])
def test_cluster_table(seed, two_sided, minimum):
    """Every row: order of clusters, peaks, sub-peaks, sizes. (nilearn numbers negative clusters on from the number
    of rows, sub-peaks included; numbers are therefore not compared.)"""
    statistic = blobs(seed, fwhm=4.0 + 2 * (seed % 3))
    statistic[4:6, 4:6, 4:6] = 2.75  # a plateau
    table = quiet(
        get_clusters_table, Nifti1Image(statistic, AFFINE), 1.2, cluster_threshold=minimum, two_sided=two_sided
    )
    want = [tuple(row)[1:] for row in table.itertuples(index=False)]
    got = our_table(statistic, AFFINE, 1.2, two_sided, minimum)
    assert len(got) == len(want) > 3
    for ours, theirs in zip(got, want, strict=True):
        np.testing.assert_allclose(ours[:4], [float(value) for value in theirs[:4]], rtol=1e-12)
        assert ours[4] == theirs[4]


def second_level(volumes, design, contrast, stat_type="t"):
    """nilearn's maps of one contrast in a mask of everything, flattened."""
    mask = Nifti1Image(np.ones(volumes[0].shape, dtype=np.uint8), AFFINE)
    model = quiet(SecondLevelModel(mask_img=mask).fit, images(volumes), design_matrix=design)
    found = quiet(model.compute_contrast, contrast, second_level_stat_type=stat_type, output_type="all")
    return {name: np.asarray(image.dataobj).ravel() for name, image in found.items()}


def stacked(volumes):
    return np.stack([volume.ravel() for volume in volumes])


def test_one_sample_t():
    """t, effect, variance and z to 1e-5: nilearn computes float32 maps in float32."""
    volumes = [blobs(seed, np.float32) for seed in range(9)]
    want = second_level(volumes, ones(9), np.array([1.0]))
    prepared = prepare(np.ones((9, 1)))
    effect, variance, t = t_contrast(prepared, fit(prepared, stacked(volumes)), [1.0])
    np.testing.assert_allclose(t, want["stat"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(effect, want["effect_size"], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(variance, want["effect_variance"], rtol=1e-5)
    np.testing.assert_allclose(t_to_z(t, prepared.dof), want["z_score"], rtol=1e-5, atol=1e-5)


def test_two_sample_t():
    """Two groups and a covariate."""
    volumes = [blobs(seed, np.float64) for seed in range(11)]
    design = np.column_stack([np.repeat(np.eye(2), [5, 6], axis=0), np.linspace(-1, 1, 11) ** 3])
    want = second_level(volumes, pd.DataFrame(design, columns=["a", "b", "age"]), np.array([1.0, -1, 0]))
    prepared = prepare(design)
    t = t_contrast(prepared, fit(prepared, stacked(volumes)), [1.0, -1, 0]).t
    np.testing.assert_allclose(t, want["stat"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(t_to_z(t, prepared.dof), want["z_score"], rtol=1e-5, atol=1e-5)


def test_f_of_three_groups():
    """F and its signed z."""
    volumes = [blobs(seed, np.float64) for seed in range(12)]
    design = np.repeat(np.eye(3), 4, axis=0)
    rows = np.array([[1.0, -1, 0], [0, 1, -1]])
    want = second_level(volumes, pd.DataFrame(design, columns=["a", "b", "c"]), rows, "F")
    prepared = prepare(design)
    f, numerator = f_contrast(prepared, fit(prepared, stacked(volumes)), rows)
    np.testing.assert_allclose(f, want["stat"], rtol=1e-5)
    np.testing.assert_allclose(f_to_z(f, numerator, prepared.dof), want["z_score"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("ours", "theirs"), [("fdr", "fdr"), ("bonferroni", "bonferroni")])
def test_corrected_thresholds(ours, theirs):
    """The voxels above nilearn's threshold are the voxels with adjusted p <= alpha, one-sided."""
    z = blobs(3)
    z[5:10, 5:10, 5:10] += 5
    mask = Nifti1Image(np.ones(SHAPE, dtype=np.uint8), AFFINE)
    image, _ = quiet(
        threshold_stats_img, Nifti1Image(z, AFFINE), mask, alpha=0.05, height_control=theirs, two_sided=False
    )
    want = np.asarray(image.dataobj) != 0
    got = ADJUSTMENTS[ours](z_upper_tail(z.ravel())).reshape(SHAPE) <= 0.05
    np.testing.assert_array_equal(got, want)
    assert 50 < got.sum() < np.prod(SHAPE)


@pytest.fixture(scope="module")
def localizer():
    """The fifteen left-minus-right maps of the Localizer data."""
    root = os.environ.get("GLMSPEC_DATA")
    if not root:
        pytest.skip("GLMSPEC_DATA is not set: it names the folder that holds localizer/")
    folder = Path(root) / "localizer" / "left-minus-right"
    if not folder.is_dir():
        if os.environ.get("GLMSPEC_FORBID_SKIPS"):
            pytest.fail("GLMSPEC_DATA is set but holds no localizer/left-minus-right")
        pytest.skip("GLMSPEC_DATA holds no localizer/left-minus-right")
    return sorted(folder.glob("*.nii.gz"))


@pytest.fixture(scope="module")
def real_model(localizer):
    return quiet(SecondLevelModel().fit, [str(path) for path in localizer], design_matrix=ones(len(localizer)))


@pytest.fixture(scope="module")
def real_mask(localizer):
    return background_mask(mean_volume(read_volume(path) for path in localizer))


@pytest.mark.real_data
def test_real_mask(real_model, real_mask):
    """48,900 voxels, the same ones."""
    assert real_mask.sum() == 48_900
    np.testing.assert_array_equal(real_mask, np.asarray(real_model.masker_.mask_img_.dataobj) != 0)


@pytest.mark.real_data
def test_real_t_z_and_table(localizer, real_model, real_mask):
    """t and z of the paired test in every voxel, its published range, and the two-sided cluster table at z 3.1."""
    found = quiet(real_model.compute_contrast, output_type="all")
    data = np.stack([read_volume(path)[real_mask] for path in localizer])
    prepared = prepare(np.ones((15, 1)))
    t = t_contrast(prepared, fit(prepared, data), [1.0]).t
    np.testing.assert_allclose(t, np.asarray(found["stat"].dataobj)[real_mask], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose([t.min(), t.max()], [-7.3935, 11.0953], atol=1e-4)
    z = np.asarray(found["z_score"].dataobj)
    np.testing.assert_allclose(t_to_z(t, 14), z[real_mask], rtol=1e-5, atol=1e-5)
    table = quiet(get_clusters_table, found["z_score"], 3.1, cluster_threshold=10, two_sided=True)
    got = our_table(z, found["z_score"].affine, 3.1, True, 10)
    assert len(got) == len(table) > 5
    for ours, theirs in zip(got, table.itertuples(index=False), strict=True):
        np.testing.assert_allclose(ours[:4], [float(value) for value in theirs[1:5]], rtol=1e-9)
        assert ours[4] == theirs[5]


@pytest.mark.real_data
def test_real_smoothing(localizer):
    """One real map, 8 mm, to the bit."""
    want = smooth_img(str(localizer[0]), 8.0)
    affine = want.affine
    np.testing.assert_array_equal(smooth(read_volume(localizer[0]), 8.0, affine), np.asarray(want.dataobj))
