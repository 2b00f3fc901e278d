"""One-sample tests, held to nilearn 0.14.1 and to scipy."""

from __future__ import annotations

import warnings

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from nilearn.glm.second_level import SecondLevelModel
from scipy import stats

from .simulated import EXACT, OBLIQUE, SHAPE, STRAIGHT, blob, document_text, noise, run, write_maps

NILEARN = {"rtol": 1e-5, "atol": 1e-5}
"""Both smooth in float32 and nilearn returns float32: seven digits, of which an effect near zero loses one or two."""


def against_nilearn(folder, paths, fwhm):
    """t, z and mask of nilearn's second level on the same files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nilearn tells of defaults that will change; they are not what is tested
        model = SecondLevelModel(smoothing_fwhm=fwhm)
        images = [nib.load(folder / path) for path in paths]
        model.fit(images, design_matrix=pd.DataFrame({"intercept": [1] * len(paths)}))
        found = model.compute_contrast("intercept", output_type="all")
    mask = np.asarray(model.masker_.mask_img_.dataobj) > 0
    return mask, np.asarray(found["stat"].dataobj)[mask], np.asarray(found["z_score"].dataobj)[mask]


@pytest.fixture(scope="module", params=[STRAIGHT, OBLIQUE], ids=["straight", "oblique"])
def smoothed(request, tmp_path_factory):
    """Twelve maps with a hill, smoothed by 7 mm, in a computed mask."""
    folder = tmp_path_factory.mktemp("one-sample")
    volumes = noise(1, 12) + blob().astype(np.float32) * 4
    write_maps(folder, {f"maps/s{index:02d}": volume for index, volume in enumerate(volumes)}, request.param)
    return folder, run(folder, document_text(inputs="smoothing_fwhm: 7")), request.param


def test_mask_t_and_z_are_those_of_nilearn(smoothed):
    folder, done, _ = smoothed
    mask, t, z = against_nilearn(folder, [f"maps/s{index:02d}.nii.gz" for index in range(12)], 7.0)
    np.testing.assert_array_equal(done.mask, mask)
    np.testing.assert_allclose(done.stat("mean", "t"), t, **NILEARN)
    np.testing.assert_allclose(done.stat("mean", "z"), z, **NILEARN)


def test_files_carry_the_affine_of_the_maps(smoothed):
    _, done, affine = smoothed
    for path in ("maps/mask.nii.gz", "maps/contrast-mean_stat-t_statmap.nii.gz"):
        image = nib.load(done.folder / path)
        np.testing.assert_allclose(image.affine, affine, atol=1e-6)  # headers store float32
        assert image.shape == SHAPE


def test_the_peak_stands_at_its_millimetres(smoothed):
    _, done, _ = smoothed
    t = done.image("maps/contrast-mean_stat-t_statmap.nii.gz")
    voxel = np.unravel_index(np.argmax(t), SHAPE)
    first = done.clusters("mean", "uncorrected")[0]
    want = (nib.load(done.folder / "maps/mask.nii.gz").affine @ [*voxel, 1])[:3]
    np.testing.assert_allclose([float(first[axis]) for axis in "xyz"], want, atol=1e-5)
    assert float(first["peak"]) == pytest.approx(done.image("maps/contrast-mean_stat-z_statmap.nii.gz")[voxel])


def test_every_map_follows_from_its_definition(tmp_path):
    volumes = noise(2, 9) + np.float32(0.3)
    write_maps(tmp_path, {f"maps/{index}": volume for index, volume in enumerate(volumes)})
    done = run(tmp_path, document_text())
    values = volumes[:, done.mask].astype(np.float64)
    effect, variance = values.mean(axis=0), values.var(axis=0, ddof=1) / 9
    want = stats.ttest_1samp(values, 0)
    np.testing.assert_allclose(done.stat("mean", "effect"), effect, **EXACT)
    np.testing.assert_allclose(done.stat("mean", "variance"), variance, **EXACT)
    np.testing.assert_allclose(done.stat("mean", "t"), want.statistic, **EXACT)
    np.testing.assert_allclose(done.stat("mean", "p"), stats.t.sf(want.statistic, 8), **EXACT)
    np.testing.assert_allclose(done.stat("mean", "z"), stats.norm.isf(stats.t.sf(want.statistic, 8)), rtol=1e-7)
    assert done.index["contrasts"]["mean"]["dof"] == 8
    np.testing.assert_array_equal(done.passed("mean", "uncorrected"), want.pvalue <= 0.01)


def test_the_mask_is_everything_that_differs_from_the_background(tmp_path):
    volumes = noise(3, 5)
    write_maps(tmp_path, {f"maps/{index}": volume for index, volume in enumerate(volumes)})
    done = run(tmp_path, document_text())
    np.testing.assert_array_equal(done.mask, volumes.mean(axis=0) != 0)
    assert not done.image("maps/contrast-mean_stat-t_statmap.nii.gz")[~done.mask].any()


def test_single_precision_is_the_default_of_written_maps(tmp_path):
    write_maps(tmp_path, {f"maps/{index}": volume for index, volume in enumerate(noise(4, 5))})
    single, double = run(tmp_path, document_text(more="")), run(tmp_path, document_text(), out="double")
    path = "maps/contrast-mean_stat-t_statmap.nii.gz"
    assert single.image(path).dtype == np.float32
    assert double.image(path).dtype == np.float64
    np.testing.assert_array_equal(single.image(path), double.image(path).astype(np.float32))
