"""Residual diagnostics, held to formulas and simulations written out here."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import gammaln

from glmspec.core.least_squares import fit, prepare
from glmspec.core.residuals import (
    far_out,
    leverages,
    studentised,
    studentised_cdf,
    studentised_limit,
)
from glmspec.core.welch import fit_groups, variance_groups

NUMBERS = np.random.default_rng(21)
COUNT = 15
MATRIX = np.column_stack([np.ones(COUNT), NUMBERS.normal(size=COUNT), np.arange(COUNT) % 2])
VALUES = NUMBERS.normal(size=(COUNT, 40))
HAT = MATRIX @ np.linalg.inv(MATRIX.T @ MATRIX) @ MATRIX.T
ALL = np.zeros(COUNT, dtype=np.intp)


def test_leverages_are_the_diagonal_of_the_hat_matrix():
    found = leverages(prepare(MATRIX))
    np.testing.assert_allclose(found, np.diag(HAT))
    assert found.sum() == pytest.approx(3)


def test_with_one_variance_residuals_are_divided_by_s_and_what_leverage_leaves():
    prepared = prepare(MATRIX)
    residuals = VALUES - HAT @ VALUES
    variance = (residuals**2).sum(axis=0) / (COUNT - 3)
    found = studentised(prepared, residuals, fit(prepared, VALUES).residual_variance[None], ALL)
    np.testing.assert_allclose(found, residuals / np.sqrt(variance * (1 - np.diag(HAT)[:, None])))


def test_with_a_variance_a_group_residuals_have_the_variance_of_their_combination():
    """var(Mv) = M diag(s^2) M', element by element."""
    prepared, groups = prepare(MATRIX), np.arange(COUNT) % 2
    named = variance_groups(prepared, groups)
    variances = fit_groups(prepared, VALUES, named).residual_variances
    maker = np.eye(COUNT) - HAT
    found = studentised(prepared, maker @ VALUES, variances, named.number)
    for voxel in range(VALUES.shape[1]):
        covariance = maker @ np.diag(variances[named.number, voxel]) @ maker.T
        np.testing.assert_allclose(found[:, voxel], maker @ VALUES[:, voxel] / np.sqrt(np.diag(covariance)))


def test_a_row_that_is_fitted_exactly_has_no_studentised_residual():
    alone = np.column_stack([np.ones(COUNT), np.arange(COUNT) == 4])
    prepared = prepare(alone)
    found = studentised(prepared, VALUES - VALUES.mean(0), fit(prepared, VALUES).residual_variance[None], ALL)
    assert np.isnan(found[4]).all()
    assert np.isfinite(np.delete(found, 4, axis=0)).all()
    constant = studentised(prepared, np.zeros((COUNT, 1)), np.zeros((1, 1)), ALL)
    assert np.isnan(constant).all()


@pytest.mark.parametrize("dof", [2, 3, 12, 60])
def test_studentised_residuals_have_thompsons_distribution(dof):
    """Density c (1 - x^2/n)^((n-3)/2) on +-sqrt(n), integrated here."""
    scale = np.exp(gammaln(dof / 2) - gammaln((dof - 1) / 2)) / np.sqrt(np.pi * dof)
    for value in (0.3, 0.9, 1.3):
        whole, _ = integrate.quad(lambda x: scale * (1 - x * x / dof) ** ((dof - 3) / 2), 0, value)
        assert studentised_cdf(value, dof) == pytest.approx(0.5 + whole, rel=1e-6)
        assert studentised_cdf(-value, dof) == pytest.approx(0.5 - whole, rel=1e-6)
    assert studentised_cdf([-1e3, 0.0, 1e3], dof).tolist() == [0, 0.5, 1]
    assert np.isnan(studentised_cdf(0.5, 1))
    limit = studentised_limit(0.01, dof)
    assert 2 * studentised_cdf(-limit, dof) == pytest.approx(0.01)
    assert np.isnan(studentised_limit(0.01, 1))


def test_simulated_residuals_follow_it():
    data = np.random.default_rng(5).normal(size=(COUNT, 20_000))
    prepared = prepare(MATRIX)
    found = studentised(prepared, data - HAT @ data, fit(prepared, data).residual_variance[None], ALL)[3]
    assert stats.kstest(found, lambda x: studentised_cdf(x, COUNT - 3)).pvalue > 0.01


def test_far_out_is_tukeys_outer_fence():
    values = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 21.0, 21.1])
    first, third = np.percentile(values, [25, 75])
    np.testing.assert_array_equal(far_out(values), values > third + 3 * (third - first))
    assert far_out(np.array([*np.linspace(1, 1.1, 30), 4.0])).tolist() == [False] * 30 + [True]
    assert not far_out(np.ones(9)).any()
