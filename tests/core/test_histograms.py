"""Counts in equal bins: those of numpy, with what lies beyond in the outermost."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.histograms import counts


@pytest.mark.parametrize("edges", [np.linspace(-6, 6, 49), np.linspace(-1, 1, 101).round(2), np.array([0.0, 1.0])])
def test_counts_are_numpys(edges):
    values = np.concatenate([np.random.default_rng(1).normal(size=20_000) * 3, edges, np.nextafter(edges, -9)])
    want = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    assert counts(values.reshape(2, -1) if values.size % 2 == 0 else values, edges).tolist() == want.tolist()


def test_what_is_not_finite_is_in_no_bin():
    assert counts(np.array([np.nan, np.inf, -np.inf, 0.5, 9.0]), np.array([0.0, 1.0, 2.0])).tolist() == [1, 1]
    assert counts(np.zeros(0), np.array([0.0, 1.0])).tolist() == [0]
