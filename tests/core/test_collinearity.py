"""Collinearity, held to regressions written out here."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.collinearity import condition_number, correlations, efficiency, variance_inflation, varying
from glmspec.core.least_squares import prepare

NUMBERS = np.random.default_rng(4)
AGE, SCORE = NUMBERS.normal(40, 9, 24), NUMBERS.normal(0, 1, 24)
NEAR = AGE + NUMBERS.normal(0, 2, 24)
GROUPS = np.repeat(np.eye(3), 8, axis=0)
ONE = np.ones((24, 1))

DESIGNS = {
    "intercept and covariates": np.column_stack([ONE, AGE, SCORE, NEAR]),
    "cell means and a covariate": np.column_stack([GROUPS, AGE]),
    "coded groups and covariates": np.column_stack([ONE, GROUPS[:, 1:], AGE, NEAR]),
    "no constant": np.column_stack([AGE, SCORE, NEAR]),
    "one column": SCORE[:, None],
    "units far apart": np.column_stack([ONE, 1e-9 * AGE, 1e12 * NEAR]),
}


def by_regression(matrix: np.ndarray, column: int) -> float:
    """1 / (1 - R^2), about the mean where the constant is among the other columns."""
    others, given = np.delete(matrix, column, axis=1), matrix[:, column]
    if not others.shape[1]:
        return 1.0
    residuals = given - others @ np.linalg.lstsq(others, given, rcond=None)[0]
    ones = np.ones(len(matrix))
    holds = np.allclose(others @ np.linalg.lstsq(others, ones, rcond=None)[0], ones, atol=1e-6)
    total = np.sum((given - given.mean() * holds) ** 2)
    return total / (residuals @ residuals)


@pytest.mark.parametrize("name", DESIGNS)
def test_variance_inflation_is_that_of_a_regression_on_the_other_columns(name: str) -> None:
    matrix = DESIGNS[name]
    found = variance_inflation(matrix)
    for column in np.flatnonzero(np.ptp(matrix, axis=0) > 0):
        np.testing.assert_allclose(found[column], by_regression(matrix, column), rtol=1e-9)
    assert np.isnan(found[np.ptp(matrix, axis=0) == 0]).all()


def test_orthogonal_columns_have_none() -> None:
    matrix = np.column_stack([np.ones(8), np.tile([1.0, -1], 4), np.repeat([1.0, -1], 4)])
    np.testing.assert_allclose(variance_inflation(matrix)[1:], [1, 1], rtol=1e-12)
    np.testing.assert_allclose(variance_inflation(GROUPS), [1, 1, 1], rtol=1e-12)


def test_columns_that_are_sums_of_others_have_no_end_of_it_and_the_rest_their_own() -> None:
    matrix = np.column_stack([ONE, GROUPS, AGE, NEAR])
    found = variance_inflation(matrix)
    assert np.isnan(found[0])
    assert np.isinf(found[1:4]).all()
    np.testing.assert_allclose(found[4:], variance_inflation(matrix[:, [0, 1, 2, 4, 5]])[3:], rtol=1e-9)


def test_the_units_and_the_order_of_columns_change_nothing() -> None:
    matrix = DESIGNS["coded groups and covariates"]
    order = [3, 0, 4, 2, 1]
    found = variance_inflation(matrix)
    np.testing.assert_allclose(variance_inflation((matrix * 1e3)[:, order]), found[order], rtol=1e-9)


def test_correlations_are_numpys() -> None:
    matrix = np.column_stack([AGE, SCORE, NEAR])
    np.testing.assert_allclose(correlations(matrix), np.corrcoef(matrix.T), rtol=1e-12, atol=1e-15)
    assert np.isnan(correlations(np.column_stack([ONE, AGE]))[0]).all()


def test_the_condition_number_is_that_of_columns_of_unit_length() -> None:
    matrix = DESIGNS["units far apart"]
    np.testing.assert_allclose(condition_number(matrix), np.linalg.cond(matrix / np.linalg.norm(matrix, axis=0)))
    assert condition_number(np.column_stack([ONE, GROUPS])) == np.inf


def test_a_column_varies_if_it_takes_two_values() -> None:
    third = np.full(24, 1 / 3)
    assert varying(np.column_stack([third * 3, third + 1e-17, AGE, np.zeros(24)])).tolist() == [
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "units far apart"])
@pytest.mark.parametrize("rows", [1, 2])
def test_efficiency_is_one_over_the_variances_of_the_effects(name: str, rows: int) -> None:
    matrix = DESIGNS[name]
    weights = np.random.default_rng(rows).normal(size=(rows, matrix.shape[1]))
    expected = 1 / np.trace(weights @ np.linalg.inv(matrix.T @ matrix) @ weights.T)
    assert efficiency(prepare(matrix), weights) == pytest.approx(expected, rel=1e-9)


def test_sixteen_maps_measure_their_mean_with_an_efficiency_of_sixteen() -> None:
    assert efficiency(prepare(np.ones((16, 1))), [[1.0]]) == pytest.approx(16)


def test_a_contrast_without_a_weight_has_no_efficiency() -> None:
    with pytest.raises(ValueError, match="not zero"):
        efficiency(prepare(np.ones((4, 1))), [[0.0]])
