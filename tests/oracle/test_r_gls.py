"""Generalised least squares with AR noise against R 4.2.2's nlme::gls, coefficients of the noise given.

R's figures carry 15 digits, and its own arithmetic agrees with a direct dense computation to 8.5e-12; coefficients
near zero beside a mean of 100 keep absolute digits only. 1e-8 is what both leave room for, and no mistake of formula
is so small.
"""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.autocorrelation import contrast_covariance, estimate_ar, f_contrast_gls, fit_gls, t_contrast_gls
from glmspec.core.least_squares import prepare
from glmspec.core.tails import p_for

from .figures import figures

R = figures("r_gls")
AGREES = 1e-8
MODELS = ["gls_ar1_fixed03", "gls_ar1_fixedYW", "gls_ar2_fixed"]


def phi_of(model):
    """(p, V): the coefficients R was given."""
    return np.array([np.atleast_1d(voxel[model]["phi"]) for voxel in R["voxels"]], dtype=float).T


def run():
    return prepare(R["X"]), np.array([voxel["y"] for voxel in R["voxels"]], dtype=float).T


def fitted(model):
    prepared, data = run()
    return prepared, fit_gls(prepared, data, phi_of(model))


def of(model, name):
    return np.array([voxel[model][name] for voxel in R["voxels"]], dtype=float)


def marginal(phi):
    """Variance of the noise for innovations of variance 1; order 1 and 2 (Box and Jenkins, 3.2)."""
    if len(phi) == 1:
        return 1 / (1 - phi[0] ** 2)
    return (1 - phi[1]) / ((1 + phi[1]) * ((1 - phi[1]) ** 2 - phi[0] ** 2))


def longley():
    """Prepared design, data (16, 1) and R's figures."""
    data = R["longley"]
    return prepare(data["X"]), np.array(data["y"], dtype=float)[:, None], data


def test_every_case_is_here():
    """Twelve voxels, three models each, and Longley."""
    assert len(R["voxels"]) == 12
    assert all(set(voxel) == {"y", "acf", *MODELS} for voxel in R["voxels"])
    assert len(R["longley"]["y"]) == 16


@pytest.mark.parametrize("model", MODELS)
def test_coefficients(model):
    _, fit = fitted(model)
    np.testing.assert_allclose(fit.coefficients.T, of(model, "beta"), rtol=AGREES, atol=AGREES)


@pytest.mark.parametrize("model", MODELS)
def test_residual_variance(model):
    """R's sigma is the noise's standard deviation, ours the innovations' variance."""
    _, fit = fitted(model)
    np.testing.assert_allclose(fit.residual_variance * marginal(fit.ar), of(model, "sigma") ** 2, rtol=AGREES)


@pytest.mark.parametrize("model", MODELS)
def test_covariance_of_the_coefficients(model):
    prepared, fit = fitted(model)
    got = np.moveaxis(contrast_covariance(prepared, fit, np.eye(6)) * fit.residual_variance, -1, 0)
    want = of(model, "vcov")
    np.testing.assert_allclose(got, want, rtol=0, atol=AGREES * np.abs(want).max())


@pytest.mark.parametrize("model", MODELS)
def test_t(model):
    prepared, fit = fitted(model)
    got = np.array([t_contrast_gls(prepared, fit, row).t for row in np.eye(6)])
    np.testing.assert_allclose(got.T, of(model, "t"), rtol=AGREES, atol=AGREES)


@pytest.mark.parametrize("model", MODELS)
def test_f(model):
    """F of a and b together is the Wald statistic of R's coefficients and covariance."""
    prepared, fit = fitted(model)
    f, numerator = f_contrast_gls(prepared, fit, np.eye(6)[1:3])
    effects, covariances = of(model, "beta")[:, 1:3], of(model, "vcov")[:, 1:3, 1:3]
    want = [e @ np.linalg.solve(c, e) / 2 for e, c in zip(effects, covariances, strict=True)]
    assert numerator == 2
    np.testing.assert_allclose(f, want, rtol=AGREES)


def test_longley():
    """GNP 3e5 times the constant, correlated to .99: gls(Employed ~ GNP + Population, corAR1(0.31))."""
    prepared, data, want = longley()
    fit = fit_gls(prepared, data, [[want["rho"]]])
    t = np.array([t_contrast_gls(prepared, fit, row).t[0] for row in np.eye(3)])
    np.testing.assert_allclose(fit.coefficients[:, 0], want["beta"], rtol=AGREES)
    np.testing.assert_allclose(np.sqrt(fit.residual_variance[0] * marginal(fit.ar)), want["sigma"], rtol=AGREES)
    np.testing.assert_allclose(t, want["t"], rtol=AGREES)
    assert prepared.dof == want["df"]
    # p near 1e-5 multiplies the error of t by some ten
    np.testing.assert_allclose(p_for("t", t, (prepared.dof,), "two-sided"), want["p"], rtol=10 * AGREES)
    got = contrast_covariance(prepared, fit, np.eye(3))[..., 0] * fit.residual_variance
    np.testing.assert_allclose(got, want["vcov_reml"], rtol=AGREES)


def test_lag_correlations():
    """R's acf of the residuals divides by N at every lag, Yule-Walker as nilearn does by N - k."""
    prepared, data = run()
    scans = len(data)
    want = np.array([voxel["acf"][1] for voxel in R["voxels"]]) * scans / (scans - 1)
    np.testing.assert_allclose(estimate_ar(prepared, data)[0], want, rtol=AGREES)


@pytest.mark.parametrize("broken", ["sign", "first scan", "columns"])
def test_a_mistake_would_be_noticed(broken):
    """Deliberate break: the sign of phi, an unscaled first scan, and a divisor fail by far."""
    prepared, data = run()
    model = "gls_ar1_fixed03"
    want = of(model, "t").T[1]
    phi = phi_of(model)
    if broken == "sign":
        got = t_contrast_gls(prepared, fit_gls(prepared, data, -phi), np.eye(6)[1]).t
    elif broken == "first scan":
        got = t_contrast_gls(prepared, fit_gls(prepared, data, phi, start="unscaled"), np.eye(6)[1]).t
    else:
        fit = fit_gls(prepared, data, phi)
        scaled = fit._replace(residual_variance=fit.residual_variance * prepared.dof / len(data))
        got = t_contrast_gls(prepared, scaled, np.eye(6)[1]).t
    assert np.abs(got / want - 1).max() > 1e4 * AGREES
