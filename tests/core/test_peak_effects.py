"""Effects at a few voxels, held to regressions and intervals that are written out here."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from glmspec.core.least_squares import prepare, row_weights
from glmspec.core.peak_effects import (
    confidence_limits,
    estimates_fixed,
    estimates_ols,
    estimates_welch,
    partial_values,
    regressor_of_interest,
)
from glmspec.core.welch import variance_groups

NUMBERS = np.random.default_rng(12)
COUNT = 14
AGE = NUMBERS.normal(40, 9, COUNT)
GROUP = np.repeat([0.0, 1], COUNT // 2)
DESIGNS = {
    "mean": (np.ones((COUNT, 1)), [1.0]),
    "covariate": (np.column_stack([np.ones(COUNT), AGE, GROUP]), [0.0, 1, 0]),
    "groups": (np.column_stack([1 - GROUP, GROUP, AGE]), [-1.0, 1, 0]),
    "two of one sign": (np.column_stack([1 - GROUP, GROUP, AGE]), [0.5, 0.5, 0]),
    "rank-deficient": (np.column_stack([np.ones(COUNT), 1 - GROUP, GROUP]), [0.0, -1, 1]),
}
VALUES = NUMBERS.normal(size=(COUNT, 5)) + AGE[:, None] / 10
VARIANCES = NUMBERS.uniform(0.2, 3, size=VALUES.shape)


def solved(matrix, values, weight=None):
    """Coefficients (P,), residuals (N,) and (X'WX)^+ by least squares with weights."""
    root = np.sqrt(np.ones(len(matrix)) if weight is None else weight)
    coefficients = np.linalg.lstsq(matrix * root[:, None], values * root, rcond=None)[0]
    return (
        coefficients,
        values - matrix @ coefficients,
        np.linalg.pinv((matrix * root[:, None]).T @ (matrix * root[:, None])),
    )


@pytest.mark.parametrize("name", DESIGNS)
def test_the_slope_of_the_partial_values_is_the_effect_and_what_is_left_the_residual(name):
    matrix, weights = DESIGNS[name]
    prepared = prepare(matrix)
    regressor = regressor_of_interest(prepared, weights)
    found = estimates_ols(prepared, VALUES, weights)
    partial = partial_values(regressor, found.effects[0], found.residuals)
    slope = regressor @ partial / (regressor @ regressor)
    np.testing.assert_allclose(slope, found.effects[0])
    for voxel, values in enumerate(VALUES.T):
        coefficients, residuals, _ = solved(matrix, values)
        assert found.effects[0, voxel] == pytest.approx(np.dot(weights, coefficients))
        np.testing.assert_allclose(partial[:, voxel] - regressor * slope[voxel], residuals, atol=1e-10)


@pytest.mark.parametrize("name", ["covariate", "groups"])
def test_the_regressor_of_interest_is_orthogonal_to_the_model_without_the_effect(name):
    matrix, weights = DESIGNS[name]
    regressor = regressor_of_interest(prepare(matrix), weights)
    null = np.linalg.svd(np.atleast_2d(weights))[2][1:].T  # weights w with w'b = 0
    np.testing.assert_allclose(regressor @ matrix @ null, 0, atol=1e-9)


def test_without_nuisance_partial_values_are_the_maps_and_the_interval_is_the_textbooks():
    prepared = prepare(np.ones((COUNT, 1)))
    found = estimates_ols(prepared, VALUES, [1.0])
    np.testing.assert_allclose(regressor_of_interest(prepared, [1.0]), 1)
    np.testing.assert_allclose(partial_values(np.ones(COUNT), found.effects[0], found.residuals), VALUES)
    low, high = confidence_limits(found.effects, found.variances, found.dof)
    expected = stats.t.interval(0.95, COUNT - 1, VALUES.mean(0), stats.sem(VALUES))
    np.testing.assert_allclose([low[0], high[0]], expected)


def test_the_interval_of_two_groups_is_welchs():
    matrix, weights = DESIGNS["groups"][0][:, :2], [-1.0, 1]
    prepared = prepare(matrix)
    found = estimates_welch(prepared, VALUES, weights, variance_groups(prepared, GROUP))
    low, high = confidence_limits(found.effects, found.variances, found.dof)
    for voxel, values in enumerate(VALUES.T):
        expected = stats.ttest_ind(values[GROUP == 1], values[GROUP == 0], equal_var=False).confidence_interval(0.95)
        assert (low[0, voxel], high[0, voxel]) == pytest.approx(expected)


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("weighting", ["equal", "precision"])
def test_effects_with_known_variances_are_weighted_least_squares(name, weighting):
    matrix, weights = DESIGNS[name]
    found = estimates_fixed(matrix, VALUES, weights, VARIANCES, weighting, np.inf)
    for voxel, (values, variances) in enumerate(zip(VALUES.T, VARIANCES.T, strict=True)):
        coefficients, residuals, inverse = solved(matrix, values, 1 / variances if weighting == "precision" else None)
        row = np.array(weights)
        combination = row_weights(prepare(matrix), weights)[0]
        variance = row @ inverse @ row if weighting == "precision" else combination**2 @ variances
        assert found.effects[0, voxel] == pytest.approx(row @ coefficients)
        assert found.variances[0, voxel] == pytest.approx(variance)
        np.testing.assert_allclose(found.residuals[:, voxel], residuals, atol=1e-9)


def test_several_rows_have_an_effect_each():
    matrix = DESIGNS["groups"][0]
    rows = np.eye(3)[:2]
    found = estimates_ols(prepare(matrix), VALUES, rows)
    assert found.effects.shape == found.variances.shape == found.dof.shape == (2, 5)
    for row, effects in zip(rows, found.effects, strict=True):
        np.testing.assert_allclose(effects, estimates_ols(prepare(matrix), VALUES, row).effects[0])


def test_with_infinitely_many_degrees_of_freedom_limits_are_the_normal_distributions():
    low, high = confidence_limits(np.array([1.0, 1]), np.array([4.0, 4]), [np.inf, 10], level=0.9)
    np.testing.assert_allclose([low[0], high[0]], stats.norm.interval(0.9, 1, 2))
    np.testing.assert_allclose([low[1], high[1]], stats.t.interval(0.9, 10, 1, 2))
