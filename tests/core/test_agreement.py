"""How two maps agree, against numpy and counting."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glmspec.core.agreement import agreement, overlap


def test_correlation_and_the_largest_difference():
    rng = np.random.default_rng(3)
    a = rng.normal(size=(4, 5, 6))
    b = a + 0.3 * rng.normal(size=a.shape)
    found = agreement(a, b)
    assert found.correlation == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1], rel=1e-12)
    assert found.largest == np.abs(a - b).max()
    assert found.where == np.abs(a - b).argmax()
    assert found.voxels == a.size


def test_what_is_not_finite_in_either_is_left_out():
    found = agreement(np.array([1.0, 2, np.nan, 4]), np.array([1.0, 3, 5, np.inf]))
    assert (found.voxels, found.largest, found.where) == (2, 1.0, 1)
    assert agreement(np.full(3, np.nan), np.ones(3)).voxels == 0
    assert math.isnan(agreement(np.ones(3), np.arange(3.0)).correlation)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="cannot be compared"):
        agreement(np.ones(3), np.ones(4))


def test_voxels_that_changed_sides():
    one, other = np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 1, 0, 1], bool)
    assert overlap(one, other) == (1, 1, pytest.approx(2 * 2 / 6))
    assert math.isnan(overlap(one & False, other & False).dice)
