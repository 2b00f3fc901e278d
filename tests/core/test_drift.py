"""Drifts: cosines, polynomials, the constant."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.drift import DRIFTS, constant, cosine, polynomial

TIMES = np.arange(50) * 2.0 + 1.0
FIELDS = {"cosine": {"high_pass": 0.03}, "polynomial": {"order": 4}, "none": {}}


def test_every_drift_has_a_row_here():
    assert set(FIELDS) == set(DRIFTS)


@pytest.mark.parametrize("name", DRIFTS)
def test_columns_are_orthogonal_to_each_other_and_to_the_constant(name):
    """Cosines between columns of 50 scans: 1e-12 is their rounding."""
    columns = np.hstack([constant(TIMES), DRIFTS[name](TIMES, **FIELDS[name])])
    unit = columns / np.linalg.norm(columns, axis=0)
    np.testing.assert_allclose(unit.T @ unit, np.eye(unit.shape[1]), atol=1e-12)


def test_cosines_have_unit_length():
    np.testing.assert_allclose(np.linalg.norm(cosine(TIMES, high_pass=0.03), axis=0), 1.0, rtol=1e-14)


@pytest.mark.parametrize(("scans", "spacing", "high_pass", "count"), [(100, 2.0, 1 / 128, 3), (375, 0.8, 0.01, 6)])
def test_a_whole_count_of_cosines_is_kept(scans, spacing, high_pass, count):
    """floor(2 N f TR): 3.125 gives 3; 6 gives 6 though 2 x 375 x 0.01 x 0.8 falls short of it in doubles."""
    assert cosine(np.arange(scans) * spacing, high_pass=high_pass).shape == (scans, count)


def test_there_are_never_more_cosines_than_scans():
    assert cosine(TIMES, high_pass=10.0).shape == (50, 49)


def test_slow_scans_have_no_cosine():
    assert cosine(TIMES, high_pass=0.001).shape == (50, 0)


def test_a_polynomial_spans_the_powers_of_time():
    """What a fit leaves of t^4, in units of its length."""
    columns = np.hstack([constant(TIMES), polynomial(TIMES, order=4)])
    power = (TIMES / 100) ** 4
    left = power - columns @ np.linalg.lstsq(columns, power, rcond=None)[0]
    assert np.linalg.norm(left) < 1e-12 * np.linalg.norm(power)


def test_order_zero_has_no_column():
    assert polynomial(TIMES, order=0).shape == (50, 0)


@pytest.mark.parametrize("high_pass", [0.0, -0.1, np.nan, np.inf])
def test_a_cut_off_is_positive(high_pass):
    with pytest.raises(ValueError, match="positive number of Hz"):
        cosine(TIMES, high_pass=high_pass)


@pytest.mark.parametrize("order", [-1, 50])
def test_an_order_fits_the_scans(order):
    with pytest.raises(ValueError, match="order of a polynomial"):
        polynomial(TIMES, order=order)
