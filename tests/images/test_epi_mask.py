"""The mask of a mean functional image: nilearn's, voxel by voxel, and an empty one where nothing stands out."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Image
from nilearn.masking import compute_epi_mask
from scipy.ndimage import gaussian_filter

from glmspec.images.masks import BRIDGE, epi_mask, mean_volume
from glmspec.images.volumes import read_volumes

SHAPE = (34, 38, 30)


def nilearn_mask(image):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nilearn tells of empty masks and of NaN; neither is what is tested
        return np.asarray(compute_epi_mask(image).dataobj) != 0


def assert_same(mean):
    """Returns our mask, for what else is to be said of it."""
    ours = epi_mask(mean)
    np.testing.assert_array_equal(ours, nilearn_mask(Nifti1Image(mean, np.diag([3.0, 3, 3.5, 1]))))
    return ours


def head(seed, shape=SHAPE):
    """A bright brain of uneven brightness with a dark hole, a darker scalp around it, and bridges; air is noise."""
    random = np.random.default_rng(seed)
    centred = [(place - (extent - 1) / 2) / extent for place, extent in zip(np.indices(shape), shape, strict=True)]
    radius = np.sqrt(sum(place**2 for place in centred))
    volume = np.abs(random.normal(0, 12, shape)) + 10
    volume[(radius > 0.42) & (radius < 0.47)] += 350
    brain = radius < 0.36
    volume[brain] += 900 + 3000 * gaussian_filter(random.normal(size=shape), 3)[brain]
    volume[(radius < 0.08) & brain] = 120
    volume[:, shape[1] // 2, shape[2] // 2] = 800
    return volume


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "uint8", "int32"])
@pytest.mark.parametrize("seed", range(4))
def test_a_head_has_nilearns_mask(seed, dtype):
    """In whatever type the image stands: nilearn's arithmetic depends on it."""
    volume = head(seed)
    ours = assert_same((volume / volume.max() * 250 if dtype == "uint8" else volume).astype(dtype))
    assert 0.05 < ours.mean() < 0.5


@pytest.mark.parametrize("outside", [0.0, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_a_program_has_cut_away(outside, dtype):
    """A third of the volume holds nothing: zero, NaN or infinity, also inside the brain."""
    volume = head(5).astype(dtype)
    volume[:, :6] = volume[:, -6:] = outside
    volume[15:18, 16:19, 12:16] = outside
    assert assert_same(volume).any()


@pytest.mark.parametrize("seed", range(6))
def test_ragged_nan(seed):
    """It is 0 before the smoothing, which reaches into it, and 0 again after: seen where brightness is uneven."""
    random = np.random.default_rng(seed)
    volume = 1 + 6 * gaussian_filter(random.normal(size=SHAPE), 2.0)
    volume[gaussian_filter(random.normal(size=SHAPE), 1.0) > 0.05] = np.nan
    assert_same(volume)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16"])
@pytest.mark.parametrize("levels", [(0, 100, 200), (0, 300, 600), (200, 100, 0), (7, 40, 73)])
def test_where_two_steps_are_equally_wide_rounding_decides(levels, dtype):
    """Three slabs, so that single precision and the first of equals are seen in the mask."""
    volume = np.repeat(np.array(levels, dtype), 10)[:, None, None] * np.ones((1, 12, 14), dtype)
    assert_same(volume)


@pytest.mark.parametrize("shape", [(7, 8, 9), (5, 5, 5), (4, 9, 3), (2, 1, 1), (1, 1, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_tiny_volumes(shape, seed):
    """Too thin to be brains: mostly nothing is left, in both programs."""
    assert_same(np.random.default_rng(seed).gamma(0.3, size=shape))


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_some_mask(seed):
    """There is no brain in it, yet the two programs agree on every voxel."""
    assert_same(gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 1.5).astype("float32"))


def test_of_two_equal_parts_the_first_is_kept():
    """And of unequal ones the larger, wherever it stands."""
    volume = np.random.default_rng(0).uniform(0, 1, (24, 14, 14))
    volume[3:10, 3:11, 3:11] = volume[14:21, 3:11, 3:11] = 100
    ours = assert_same(volume)
    assert ours[4:9].any()
    assert not ours[14:].any()
    volume[14:22, 3:11, 3:11] = 100
    assert assert_same(volume)[15:21].any()


def test_the_edge_is_never_inside():
    """An object that fills the volume loses its outermost layers, as in nilearn."""
    ours = assert_same(np.random.default_rng(1).normal(100, 1, (12, 12, 12)))
    inner = np.zeros_like(ours)
    inner[BRIDGE:-BRIDGE, BRIDGE:-BRIDGE, BRIDGE:-BRIDGE] = True
    assert not ours[~inner].any()


@pytest.mark.parametrize("value", [0.0, 7.1, -3.0, np.nan, np.inf])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_in_a_constant_image_nothing_stands_out(value, dtype):
    """An empty mask, like that of the background; nilearn gives the volume less its edge, as if it were a brain."""
    assert not epi_mask(np.full((9, 9, 9), value, dtype)).any()


def test_a_small_brain_in_much_padding_does_not_stand_out():
    """All values between the shares are zero: no threshold parts them, and the padding is not taken for brain."""
    volume = np.zeros((30, 30, 30))
    volume[12:18, 12:18, 12:18] = 100
    assert not epi_mask(volume).any()


def test_a_single_voxel_has_no_gap():
    assert not epi_mask(np.ones((1, 1, 1))).any()


def test_only_volumes_have_masks():
    with pytest.raises(ValueError, match="one float32 or float64 volume"):
        epi_mask(np.ones((3, 3)))


def test_the_image_is_left_alone():
    volume = head(0)
    volume[0] = np.nan
    before = volume.copy()
    epi_mask(volume)
    np.testing.assert_array_equal(volume, before)


@pytest.mark.real_data
@pytest.mark.parametrize("run", ["run-1", "run-2"])
def test_real_runs(run):
    """From the file of a run to its mask: the mean over its scans too is nilearn's, to the bit."""
    root = os.environ.get("GLMSPEC_DATA")
    if not root:
        pytest.skip("GLMSPEC_DATA does not name a folder that holds haxby/")
    bold = Path(root) / "haxby" / run / "bold.nii.gz"
    if not bold.is_file():
        message = f"GLMSPEC_DATA names {root}, and there is no haxby/{run}/bold.nii.gz in it"
        pytest.fail(message) if os.environ.get("GLMSPEC_FORBID_SKIPS") else pytest.skip(message)
    ours = epi_mask(mean_volume(read_volumes(bold)))
    np.testing.assert_array_equal(ours, nilearn_mask(str(bold)))
    assert ours.any()
