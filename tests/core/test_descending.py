"""The sort against numpy's, on maps whose leading bits part nothing, or are beyond the keys."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.descending import descending


def in_order(values, sign):
    """The voxels and heights that the kernel leaves."""
    keys, voxels = np.empty((2, values.size), np.uint64), np.empty(values.size, np.int32)
    heights = np.empty(values.size)
    count = descending(values, sign, keys, voxels, heights)
    return voxels[:count], heights[:count]


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("scale", [1e-320, 2.0**-31, 1.0, 2.0**34, 1e300])
@pytest.mark.parametrize("spread", [1e-16, 1e-7, 1.0])
def test_as_numpy_sorts(sign, scale, spread):
    """A stable sort of the voxels of a sign: among ties, earlier voxels come first."""
    rng = np.random.default_rng(0)
    values = np.round(rng.normal(size=600), 2) * scale + rng.integers(-3, 4, 600) * spread * scale
    values[:4] = np.nan, -np.nan, np.inf, -np.inf
    own = np.flatnonzero(sign * values > 0)
    want = own[np.argsort(-sign * values[own], kind="stable")]
    voxels, heights = in_order(values, sign)
    np.testing.assert_array_equal(voxels, want)
    np.testing.assert_array_equal(heights, sign * values[want])


def test_nothing_of_the_sign():
    """Zeros of either sign and NaN are of none."""
    voxels, _ = in_order(np.array([0.0, -0.0, np.nan, -1.0]), 1.0)
    assert voxels.size == 0
