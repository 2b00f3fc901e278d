"""Principle 7 of the language: numbers as in JSON, and everything else is text."""

from __future__ import annotations

import pytest

from glmspec.spec.scalars import as_written, plain_value

WHOLE = {"0": 0, "1": 1, "-3": -3, "+1": 1, "10000": 10000}
REAL = {"0.5": 0.5, ".5": 0.5, "5.": 5.0, "-.5": -0.5, "1e-3": 1e-3, "1E4": 1e4, "+1.5e+2": 150.0}
REAL["1e999"] = float("inf")
TEXT = [
    *("01", "007", "-01", "1_000", "0x1F", "0o17", "0b1", "1:30", "1,5", "1 000", "8 mm"),
    *("yes", "no", "on", "off", "Yes", "NO", "True", "TRUE", "False", "Null", "NULL", "~"),
    *(".inf", "-.inf", ".nan", "inf", "nan", "Infinity", ".", "-", "+", "e3", "1e", "2024-01-01", "S01", "١٢"),
]


@pytest.mark.parametrize(("text", "value"), WHOLE.items())
def test_whole_numbers(text: str, value: int) -> None:
    found = plain_value(text)
    assert isinstance(found, int)
    assert found == value


@pytest.mark.parametrize(("text", "value"), REAL.items())
def test_numbers(text: str, value: float) -> None:
    found = plain_value(text)
    assert isinstance(found, float)
    assert found == value


@pytest.mark.parametrize("text", TEXT)
def test_everything_else_is_text(text: str) -> None:
    assert plain_value(text) == text


def test_truth_values_and_nothing() -> None:
    assert plain_value("true") is True
    assert plain_value("false") is False
    assert plain_value("null") is None
    assert plain_value("") is None


@pytest.mark.parametrize("text", [*WHOLE, *REAL])
def test_a_number_remembers_how_it_was_written(text: str) -> None:
    assert as_written(plain_value(text)) == text


def test_a_truth_value_as_a_label_is_its_word() -> None:
    assert as_written(True) == "true"


def test_an_integer_of_ten_thousand_digits_is_read_without_being_computed() -> None:
    assert plain_value("9" * 10_000) == float("inf")
