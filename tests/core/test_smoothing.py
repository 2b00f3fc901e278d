"""Smoothing by its definition."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.smoothing import reach, smooth, smooth_at
from glmspec.core.smoothing_kernels import smooth_compiled

MM2 = np.diag([2.0, 2, 2, 1])


def impulse(dtype=np.float64):
    volume = np.zeros((21, 21, 21), dtype=dtype)
    volume[10, 10, 10] = 1
    return volume


def test_the_width_is_the_full_width_at_half_maximum():
    """4 mm in voxels of 2 mm: half the height one voxel from the centre."""
    smoothed = smooth(impulse(), 4.0, MM2)
    np.testing.assert_allclose(smoothed[11, 10, 10] / smoothed[10, 10, 10], 0.5, rtol=1e-12)


def test_the_sum_is_kept():
    """Also at the edge, where the volume is mirrored."""
    corner = np.zeros((9, 9, 9))
    corner[0, 0, 0] = 1
    for volume in (impulse(), corner):
        np.testing.assert_allclose(smooth(volume, 6.0, MM2).sum(), 1, rtol=1e-12)


def test_each_axis_has_its_own_voxel_size():
    """Half the height after 2 mm, be that two voxels or one."""
    smoothed = smooth(impulse(), 4.0, np.diag([1.0, 2, 2, 1]))
    np.testing.assert_allclose(smoothed[12, 10, 10], smoothed[10, 11, 10], rtol=1e-12)


def test_an_oblique_volume_is_smoothed_along_its_own_axes():
    """A rotation of the scanner changes nothing."""
    c, s = np.cos(0.3), np.sin(0.3)
    turned = np.eye(4)
    turned[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) * 2
    np.testing.assert_allclose(smooth(impulse(), 5.0, turned), smooth(impulse(), 5.0, MM2), rtol=1e-10, atol=1e-18)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_is_kept(dtype):
    """float32 in, float32 out."""
    assert smooth(impulse(dtype), 4.0, MM2).dtype == dtype


def test_the_input_is_not_modified():
    """Neither by smoothing nor through the copy that width 0 returns."""
    volume = impulse()
    smooth(volume, 4.0, MM2)
    smooth(volume, 0.0, MM2)[:] = 5
    np.testing.assert_array_equal(volume, impulse())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_is_refused(bad):
    """It would spread over the kernel."""
    volume = impulse()
    volume[0, 0, 0] = bad
    with pytest.raises(ValueError, match="spread"):
        smooth(volume, 4.0, MM2)


@pytest.mark.parametrize("width", [-1.0, np.nan, np.inf])
def test_a_width_that_is_none_is_refused(width):
    """Negative or not a number."""
    with pytest.raises(ValueError, match="width"):
        smooth(impulse(), width, MM2)


def test_other_arrays_are_refused():
    """Integers and 4D images are somebody else's to prepare."""
    with pytest.raises(ValueError, match="int"):
        smooth(np.ones((3, 3, 3), dtype=int), 4.0, MM2)  # type: ignore[type-var]
    with pytest.raises(ValueError, match="shape"):
        smooth(np.ones((3, 3, 3, 2)), 4.0, MM2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fwhm", [0.0, 2.5, 6.0, 20.0])
def test_one_voxel_is_smoothed_as_in_the_whole_volume(dtype, fwhm):
    volumes = np.random.default_rng(3).normal(100, 5, size=(2, 14, 9, 11)).astype(dtype)
    affine = np.diag([2.0, 3, 2.5, 1])
    whole = [smooth(volume, fwhm, affine) for volume in volumes]
    for voxel in ((0, 0, 0), (13, 8, 10), (7, 4, 5), (2, 7, 10)):
        seen = reach(voxel, fwhm, affine)
        found = smooth_at(volumes[:, *seen.box], fwhm, affine, seen.inside)
        assert found.tolist() == [volume[voxel] for volume in whole]


BOXES = [None, (slice(3, 9), slice(0, 11), slice(4, 5)), (slice(0, 12), slice(2, 11), slice(6, 7))]


@pytest.mark.parametrize("within", BOXES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("fwhm", [0.0, 2.0, 5.0, 40.0])
def test_compiled_and_in_part_it_has_the_same_bits(fwhm, order, dtype, within):
    """Kernels wider than the volume too, which is then mirrored more than once."""
    volume = np.array(np.random.default_rng(6).normal(size=(12, 11, 7)), dtype=dtype, order=order)
    affine = np.diag([2.0, 3, 1.5, 1])
    whole = smooth(volume, fwhm, affine)
    want = whole[within or ...]
    for way in (smooth, smooth_compiled):
        found = way(volume, fwhm, affine, within)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, want)
    assert np.shares_memory(smooth_compiled(volume, fwhm, affine), volume) is False


def test_compiled_it_refuses_the_same():
    for bad, fwhm in ((impulse(np.int16), 4.0), (impulse(), -1.0), (impulse() * np.nan, 4.0)):
        for way in (smooth, smooth_compiled):
            with pytest.raises(ValueError, match=r"smoothed|negative|spread"):
                way(bad, fwhm, MM2)


def test_what_lies_out_of_reach_is_not_looked_at():
    volume = impulse()
    volume[0, 0, 0] = np.nan
    box = (slice(9, 12),) * 3
    for way in (smooth, smooth_compiled):
        np.testing.assert_array_equal(way(volume, 4.0, MM2, box), smooth(impulse(), 4.0, MM2)[box])
