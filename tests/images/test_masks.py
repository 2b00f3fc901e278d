"""Masks by hand; nilearn's are compared in tests/core/test_against_nilearn.py."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.images.masks import background_mask, intersection_mask, mean_volume


def brain(background=0.0, dtype=np.float64):
    """A cube of 2, 2, 2 in the middle of 6, 6, 6."""
    volume = np.full((6, 6, 6), background, dtype=dtype)
    volume[2:4, 2:4, 2:4] = 5
    return volume


@pytest.mark.parametrize("background", [0.0, 3.0, np.nan])
def test_the_background_is_what_the_border_holds(background):
    """Zero, a constant, or NaN."""
    np.testing.assert_array_equal(background_mask(brain(background)), brain() == 5)


def test_nan_inside_differs_from_the_background():
    """As in nilearn: only NaN at the border makes NaN the background."""
    volume = brain()
    volume[2, 2, 2] = np.nan
    assert background_mask(volume)[2, 2, 2]


def test_the_mean_has_the_type_and_order_of_the_maps():
    """float32 is summed in float32, from first to last."""
    volumes = [np.full((1, 1, 1), value, dtype=np.float32) for value in (1e8, 1, -1e8)]
    assert mean_volume(iter(volumes)).dtype == np.float32
    assert mean_volume(iter(volumes))[0, 0, 0] == 0  # the 1 is lost behind 1e8


def test_the_mean_leaves_its_maps_alone():
    """Also the first, on which it builds."""
    volumes = [brain(), brain()]
    mean_volume(volumes)
    np.testing.assert_array_equal(volumes[0], brain())


def test_one_nan_makes_the_mean_nan():
    """It is not quietly left out."""
    broken = brain()
    broken[2, 2, 2] = np.nan
    assert np.isnan(mean_volume([brain(), broken])[2, 2, 2])


def test_the_intersection_is_finite_and_not_zero_everywhere():
    """A zero, a NaN and an infinity each take a voxel out."""
    volumes = [np.ones((2, 2, 1)) for _ in range(3)]
    volumes[0][0, 0] = 0
    volumes[1][0, 1] = np.nan
    volumes[2][1, 0] = np.inf
    assert intersection_mask(iter(volumes)).ravel().tolist() == [False, False, False, True]


@pytest.mark.parametrize("function", [mean_volume, intersection_mask])
def test_without_maps_there_is_nothing(function):
    """An error, not an empty mask."""
    with pytest.raises(ValueError, match="at least one map"):
        function([])
