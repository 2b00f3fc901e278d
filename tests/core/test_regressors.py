"""Columns from events, orthogonalisation and modulators."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.hrf import fir, glover, none
from glmspec.core.regressors import (
    Events,
    events,
    fine_grid,
    modulator,
    orthogonal_modulators,
    orthogonalize,
    regressors,
    sample_events,
)

SCANS = np.arange(40) * 2.0
GRID = np.arange(0.0, 10.0)


def column(happening, basis=None, **options):
    return regressors(happening, SCANS, basis or glover(2.0), **options)[:, 0]


def test_an_event_is_on_from_its_onset_to_its_end():
    np.testing.assert_array_equal(sample_events(events([2], 3.0, 5.0), GRID), [0, 0, 5, 5, 5, 0, 0, 0, 0, 0])


def test_an_impulse_lasts_one_step():
    np.testing.assert_array_equal(sample_events(events([2]), GRID), [0, 0, 1, 0, 0, 0, 0, 0, 0, 0])


def test_events_that_overlap_add():
    np.testing.assert_array_equal(sample_events(events([2, 3], 2.0), GRID), [0, 0, 1, 2, 1, 0, 0, 0, 0, 0])


def test_an_event_that_reaches_into_the_grid_counts_inside():
    np.testing.assert_array_equal(sample_events(events([-5], 7.0), GRID), [1, 1, 0, 0, 0, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("onset", [-50.0, 500.0])
def test_an_event_outside_adds_nothing(onset):
    """nilearn puts an impulse at the beginning for an event that was over by then; here it is exactly nothing."""
    assert not column(events([onset], 1.0)).any()


def test_no_event_is_a_column_of_zeros():
    assert not column(Events(np.zeros(0), np.zeros(0), np.zeros(0))).any()


def test_columns_are_linear_in_amplitude():
    """1e-12: sums of the same numbers in another order."""
    many = column(events([4, 30], 2.0, [2.0, -3.0]))
    parts = 2 * column(events([4], 2.0)) - 3 * column(events([30], 2.0))
    np.testing.assert_allclose(many, parts, atol=1e-12)


def test_a_long_block_reaches_its_amplitude():
    """The response sums to one; of 60 s of block only rounding is missing."""
    assert column(events([0.0], 70.0, 3.0))[34] == pytest.approx(3.0, rel=1e-12)


def test_without_a_response_the_block_is_read_at_the_scans():
    want = ((SCANS >= 10) & (SCANS < 20)).astype(float)
    np.testing.assert_array_equal(column(events([10.0], 10.0), none(2.0)), want)


def test_a_delay_shifts_by_scans():
    """Exactly, as onsets are on scans here; 1e-12 for sums of 50 terms of 1/50."""
    columns = regressors(events([10.0, 40.0], 2.0), SCANS, fir(2.0, delays=[0, 3]))
    np.testing.assert_allclose(columns[:, 0], np.isin(SCANS, [10.0, 40.0]), atol=1e-12)
    np.testing.assert_allclose(columns[3:, 1], columns[:-3, 0], atol=1e-12)


def test_derivatives_are_orthogonal_to_the_response():
    """Cosines of rounding: 1e-12."""
    columns = regressors(events([3.0, 21.0, 50.0], 1.0), SCANS, glover(2.0, derivatives=["time", "dispersion"]))
    unit = columns / np.linalg.norm(columns, axis=0)
    np.testing.assert_allclose(unit.T @ unit, np.eye(3), atol=1e-12)


def test_the_grid_has_as_many_steps_a_scan_as_asked_for():
    grid = fine_grid(SCANS, 50, -24.0)
    assert grid[0] == -24.0
    np.testing.assert_allclose(np.diff(grid), 2.0 / 50, rtol=1e-9)  # differences of numbers up to 80 lose two digits


def test_orthogonalize_keeps_the_first_column_and_the_span():
    """1e-12 relative to columns of length 3: rounding."""
    matrix = np.random.default_rng(1).normal(size=(10, 3))
    before, result = matrix.copy(), orthogonalize(matrix)
    np.testing.assert_array_equal(matrix, before)
    np.testing.assert_array_equal(result[:, 0], matrix[:, 0])
    np.testing.assert_allclose(np.tril(result.T @ result, -1), 0.0, atol=1e-12)
    np.testing.assert_allclose(result @ np.linalg.lstsq(result, matrix, rcond=None)[0], matrix, atol=1e-12)


def test_a_dependent_column_becomes_exactly_zero():
    """By rule: its rounding would count as rank once columns are brought to unit length."""
    matrix = np.random.default_rng(2).normal(size=(10, 3))
    matrix[:, 2] = matrix[:, :2] @ [0.3, -7.0]
    assert not orthogonalize(matrix)[:, 2].any()


def test_a_column_of_zeros_stays():
    matrix = np.array([[0.0, 1.0], [0.0, 2.0]])
    np.testing.assert_array_equal(orthogonalize(matrix), matrix)


def test_a_modulator_is_centred():
    np.testing.assert_array_equal(modulator([1.0, 2.0, 6.0]), [-2.0, -1.0, 3.0])


def test_a_power_is_of_centred_values_and_centred_again():
    """(-2, -1, 3) squared is (4, 1, 9), whose mean is 14/3."""
    np.testing.assert_allclose(modulator([1.0, 2.0, 6.0], power=2), np.array([4, 1, 9]) - 14 / 3, rtol=1e-15)


def test_without_centring_a_power_is_a_power():
    np.testing.assert_array_equal(modulator([1.0, 2.0, 6.0], power=2, center=False), [1.0, 4.0, 36.0])


@pytest.mark.parametrize(("values", "power"), [([0.1, 0.1, 0.1], 1), ([0.7, 1.3, 0.7, 1.3], 2)])
def test_a_modulator_that_does_not_vary_is_exactly_zero(values, power):
    """0.1 less the mean of three 0.1 is not zero in doubles."""
    assert not modulator(values, power=power).any()


def test_serial_modulators_leave_the_first_as_it_is():
    first, second = modulator([1.0, 2.0, 6.0, 7.0]), modulator([1.0, 2.0, 6.0, 7.0], power=3)
    result = orthogonal_modulators([first, second])
    np.testing.assert_array_equal(result[0], first)
    assert result[0] @ result[1] == pytest.approx(0.0, abs=1e-12)  # of terms near 50


@pytest.mark.parametrize(
    ("onsets", "durations", "amplitudes", "message"),
    [
        ([1.0, np.nan], 1.0, 1.0, "NaN"),
        ([1.0, 2.0], [1.0], 1.0, "do not fit"),
        ([1.0], -1.0, 1.0, "0 s or longer"),
        ([1.0], 1.0, np.inf, "NaN or infinity"),
    ],
)
def test_broken_events_are_errors(onsets, durations, amplitudes, message):
    with pytest.raises(ValueError, match=message):
        events(onsets, durations, amplitudes)


@pytest.mark.parametrize("times", [[0.0], [0.0, 0.0], [2.0, 0.0]])
def test_scan_times_ascend(times):
    with pytest.raises(ValueError, match="ascending"):
        regressors(events([1.0]), times, glover(2.0))


def test_the_grid_cannot_begin_after_the_first_scan():
    with pytest.raises(ValueError, match="before the first scan"):
        column(events([1.0]), min_onset=2.0)


def test_a_modulator_needs_every_number():
    with pytest.raises(ValueError, match="NaN"):
        modulator([1.0, np.nan])
    with pytest.raises(ValueError, match="1 or more"):
        modulator([1.0], power=0)
