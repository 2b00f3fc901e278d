"""Adjusted p by hand; R's figures are checked in tests/oracle."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.multiplicity import ADJUSTMENTS

P = np.array([0.01, 0.04, 0.03, np.nan, 0.5])


@pytest.mark.parametrize(
    ("method", "want"),
    [
        ("none", [0.01, 0.04, 0.03, np.nan, 0.5]),
        ("bonferroni", [0.04, 0.16, 0.12, np.nan, 1.0]),
        ("holm", [0.04, 0.09, 0.09, np.nan, 0.5]),
        ("fdr", [0.04, 0.16 / 3, 0.16 / 3, np.nan, 0.5]),
        ("fdr-by", [0.04 * 25 / 12, 0.16 / 3 * 25 / 12, 0.16 / 3 * 25 / 12, np.nan, 1.0]),
    ],
)
def test_four_voxels_and_one_untested(method, want):
    """A NaN is no member of the family: m is 4."""
    np.testing.assert_allclose(ADJUSTMENTS[method](P), want, rtol=1e-14)


@pytest.mark.parametrize("method", ADJUSTMENTS)
def test_nothing_tested(method):
    """A family of nobody, of voxels without p or of none at all."""
    assert np.isnan(ADJUSTMENTS[method](np.full(3, np.nan))).all()
    assert ADJUSTMENTS[method](np.empty(0)).shape == (0,)


@pytest.mark.parametrize("method", ADJUSTMENTS)
def test_p_is_not_modified(method):
    """Inputs never are."""
    p = P.copy()
    ADJUSTMENTS[method](p)[:] = 7
    np.testing.assert_array_equal(p, P)


@pytest.mark.parametrize("method", ADJUSTMENTS)
def test_order_of_voxels_does_not_matter(method):
    """Ties included."""
    p = np.random.default_rng(0).integers(0, 20, 100) / 20
    order = np.random.default_rng(1).permutation(100)
    np.testing.assert_array_equal(ADJUSTMENTS[method](p[order]), ADJUSTMENTS[method](p)[order])
