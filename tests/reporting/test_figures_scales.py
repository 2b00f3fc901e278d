"""Axes: round numbers where they belong, and words that take no more room than is kept for them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmspec.reporting.figures.chart import Chart
from glmspec.reporting.figures.letters import wide
from glmspec.reporting.figures.scales import Scale, around, written
from glmspec.reporting.figures.svg import MINUS

from .drawn import shapes


def test_values_lie_where_their_share_of_the_range_is():
    assert Scale(0, 10, 100, 200)(2.5) == 125
    assert Scale(1, 100, 0, 50, log=True)(10) == pytest.approx(25)
    assert list(Scale(0, 1, 80, 0)(np.array([0.0, 0.5]))) == [80, 40]


@given(st.floats(-1e4, 1e4), st.floats(1e-6, 1e6), st.integers(2, 9))
def test_ticks_are_inside_few_and_evenly_spaced(start, length, most):
    low = start * length
    ticks = Scale(low, low + length, 0, 1).ticks(most)
    assert len(ticks) <= most
    assert all(low - 1e-6 * length <= tick <= low + length * (1 + 1e-6) for tick in ticks)
    gaps = np.diff(ticks)
    assert len(gaps) == 0 or np.allclose(gaps, gaps[0])


def test_what_is_counted_has_whole_ticks():
    assert Scale(-0.5, 2.5, 0, 1, whole=True).ticks(6) == (0, 1, 2)


def test_powers_are_thinned_out_as_the_range_grows():
    assert Scale(0.9, 14, 0, 1, log=True).ticks(7) == (1, 2, 5, 10)
    assert Scale(0.85, 1e5, 0, 1, log=True).ticks(7) == (1, 10, 100, 1000, 10_000, 100_000)


@pytest.mark.parametrize(
    ("value", "ticks", "text"),
    [
        (0.5, (0, 0.5, 1), "0.5"),
        (-2, (-2, 0, 2), f"{MINUS}2"),
        (1500, (0, 1500), "1,500"),
        (0.01, (0.01, 1, 100), "0.01"),
        (1e-17, (-1, 1e-17, 1), "0"),
        (1e-7, (0, 1e-7), f"1e{MINUS}07"),
    ],
)
def test_ticks_have_the_decimals_that_they_need(value, ticks, text):
    assert written(value, ticks) == text


def test_a_range_is_never_empty():
    assert around([np.nan]) == (0.0, 1.0)
    for values in ([3.0], [0.0], [-5.0, -5.0]):
        low, high = around(values)
        assert low < values[0] < high


def test_words_are_never_wider_than_the_room_that_is_kept():
    """Advance widths of a broad font, DejaVu Sans, in thousandths of its size."""
    for text, thousandths in {"face_derivative": 7651, "MMMM": 3452, "iiii": 1112, "VIF (log)": 4177}.items():
        assert thousandths / 1000 < wide(text, 1.0) < thousandths / 1000 * 1.5


def test_a_line_is_interrupted_where_there_is_no_number():
    chart = Chart(10, 10)
    chart.line([0, 1, 2, 3, 4], [0, 1, math.nan, 3, 1])
    (shape,) = shapes(chart.finished("t"))
    assert shape.data == "M0 0L1 1M3 3L4 1"


def test_a_long_line_ends_where_it_should():
    chart = Chart(100, 10)
    x = np.linspace(0, 99.97, 700)
    chart.line(x, 5 + 4 * np.sin(x))
    (shape,) = shapes(chart.finished("t"))
    assert shape.points[-1] == pytest.approx((x[-1], 5 + 4 * np.sin(x[-1])), abs=0.051)
