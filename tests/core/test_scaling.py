"""Percent signal and grand mean."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.scaling import grand_mean, percent_signal, scale_to_grand_mean, voxel_means

DATA = np.array([[90.0, 0.5, -3.0, np.nan], [110.0, 0.7, 3.0, 100.0]])


def test_percent_of_each_mean():
    np.testing.assert_array_equal(percent_signal(DATA).data[:, 0], [-10.0, 10.0])


def test_a_mean_too_low_is_nan_and_said():
    """nilearn divides by 1 there."""
    scaled = percent_signal(DATA)
    assert np.isnan(scaled.data[:, 1:]).all()
    np.testing.assert_array_equal(scaled.too_low, [False, True, True, False])


def test_the_bound_is_the_callers():
    """0.5 and 0.7 have a mean of 0.6; rounding of one division."""
    scaled = percent_signal(DATA, smallest_mean=0.1)
    np.testing.assert_allclose(scaled.data[:, 1], [-100 / 6, 100 / 6], rtol=1e-14)


def test_means_of_float32_are_taken_in_float64():
    """10,000 scans of 16,000 and a bit: float32 keeps four digits behind the first."""
    data = np.full((10_001, 1), 16_000.3, dtype=np.float32)
    assert voxel_means(data)[0] == pytest.approx(float(data[0, 0]), rel=1e-13)


def test_the_grand_mean_becomes_the_target():
    """In any blocks: the factor is the run's."""
    data = np.array([[1.0, 3.0], [3.0, 5.0]])
    mean = grand_mean(voxel_means(data))
    assert mean == 3.0
    np.testing.assert_array_equal(scale_to_grand_mean(data, mean, target=30.0), data * 10)


def test_voxels_with_nan_do_not_count_for_the_grand_mean():
    assert grand_mean(np.array([2.0, np.nan, 4.0])) == 3.0


@pytest.mark.parametrize("means", [[0.0], [-1.0], [np.nan]])
def test_centred_data_have_no_grand_mean(means):
    with pytest.raises(ValueError, match="grand mean"):
        grand_mean(np.array(means))


def test_a_bound_is_positive():
    with pytest.raises(ValueError, match="above 0"):
        percent_signal(DATA, smallest_mean=0.0)
