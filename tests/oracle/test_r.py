"""t, F, lm and their p against R 4.2.2.

R's figures carry 15 digits and its own arithmetic is double precision: 1e-11 leaves both sides a few thousand
roundings, and is a million times finer than any mistake of formula. p in a tail multiplies the error of t by about
t squared, hence 1e-10 there.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest

from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.least_squares import fit, prepare
from glmspec.core.tails import p_for
from glmspec.core.welch import fit_groups, t_contrast_welch, variance_groups

from .figures import figures

R = figures("r_least_squares")
STATISTIC, TAIL = 1e-11, 1e-10


def answer(design, data, weights):
    """(t or F, two-sided or upper p, dof) of one contrast of one voxel."""
    prepared = prepare(design)
    fitted = fit(prepared, np.asarray(data, dtype=float)[:, None])
    if np.ndim(weights) == 1:
        t = t_contrast(prepared, fitted, weights).t
        return t[0], p_for("t", t, (prepared.dof,), "two-sided")[0], prepared.dof
    f, numerator = f_contrast(prepared, fitted, weights)
    return f[0], p_for("F", f, (numerator, prepared.dof), "greater")[0], [numerator, prepared.dof]


def assert_t(got, want):
    statistic, p, dof = got
    assert dof == want["df"]
    np.testing.assert_allclose(statistic, want["t"], rtol=STATISTIC)
    np.testing.assert_allclose(p, want["p_two"], rtol=TAIL)


def assert_f(got, want):
    statistic, p, dof = got
    assert dof == want["df"]
    np.testing.assert_allclose(statistic, want["F"], rtol=STATISTIC)
    np.testing.assert_allclose(p, want["p"], rtol=TAIL)


def groups():
    """Indicator columns (15, 3) of R's one-way data, and its age."""
    labels = np.array(R["anova"]["group"])
    return (labels[:, None] == [1, 2, 3]).astype(float), np.array(R["anova"]["age"], dtype=float)


def test_one_sample():
    """t.test(A)."""
    assert_t(answer(np.ones((8, 1)), R["group"]["A"], [1.0]), R["group"]["one_sample"])


def test_two_samples_pooled():
    """t.test(A, B, var.equal = TRUE)."""
    design = np.repeat(np.eye(2), [8, 9], axis=0)
    assert_t(answer(design, R["group"]["A"] + R["group"]["B"], [1.0, -1.0]), R["group"]["two_sample_pooled"])


def welch(design, labels):
    """Effect, t, two-sided p and dof of A against B."""
    data = np.array(R["group"]["A"] + R["group"]["B"])[:, None]
    prepared = prepare(design)
    groups = variance_groups(prepared, labels)
    found = t_contrast_welch(prepared, groups, fit_groups(prepared, data, groups), [1.0, -1.0])
    return found.effect[0], found.t[0], p_for("t", found.t, (found.dof,), "two-sided")[0], found.dof[0]


def assert_welch(got, want):
    effect, t, p, dof = got
    np.testing.assert_allclose(effect, np.subtract(*want["est"]), rtol=STATISTIC)
    np.testing.assert_allclose(t, want["t"], rtol=STATISTIC)
    np.testing.assert_allclose(dof, want["df"], rtol=STATISTIC)
    np.testing.assert_allclose(p, want["p_two"], rtol=TAIL)


def test_two_samples_of_unequal_variance():
    """t.test(A, B): Welch, with degrees of freedom that are no whole number."""
    labels = ["A"] * 8 + ["B"] * 9
    assert_welch(welch(np.repeat(np.eye(2), [8, 9], axis=0), labels), R["group"]["two_sample_welch"])


@pytest.mark.parametrize("labels", [["A"] * 17, ["A"] * 7 + ["B"] * 10])
def test_variances_of_the_wrong_rows_would_be_noticed(labels):
    """Deliberate break: one variance for all, or a row that is counted with the other group."""
    with pytest.raises(AssertionError):
        assert_welch(welch(np.repeat(np.eye(2), [8, 9], axis=0), labels), R["group"]["two_sample_welch"])


def test_two_samples_with_an_intercept_as_well():
    """The same from an over-parametrised design: R's figures do not depend on coding, nor do ours."""
    design = np.column_stack([np.ones(17), np.repeat(np.eye(2), [8, 9], axis=0)])
    assert_t(answer(design, R["group"]["A"] + R["group"]["B"], [0, 1.0, -1.0]), R["group"]["two_sample_pooled"])


def test_paired():
    """t.test(A, P2, paired = TRUE) as a one-sample test of differences."""
    difference = np.subtract(R["group"]["A"], R["group"]["P2"])
    assert_t(answer(np.ones((8, 1)), difference, [1.0]), R["group"]["paired"])


def test_paired_as_a_design_with_subjects():
    """The same as condition plus a column for each subject."""
    design = np.column_stack([np.repeat([0.5, -0.5], 8), np.tile(np.eye(8), (2, 1))])
    assert_t(answer(design, R["group"]["A"] + R["group"]["P2"], np.eye(9)[0]), R["group"]["paired"])


def test_one_way_anova():
    """anova(lm(y ~ group))."""
    indicators, _ = groups()
    assert_f(answer(indicators, R["anova"]["y"], [[1.0, -1, 0], [0, 1, -1]]), R["anova"]["oneway"])


def test_ancova():
    """The group effect of lm(y ~ group + age), age adjusted for."""
    indicators, age = groups()
    rows = [[1.0, -1, 0, 0], [0, 1, -1, 0]]
    assert_f(answer(np.column_stack([indicators, age]), R["anova"]["y"], rows), R["anova"]["ancova_group"])


def test_regression():
    """Coefficients, errors, t and p of lm(y ~ age)."""
    _, age = groups()
    want = R["anova"]["regression_age"]
    design = np.column_stack([np.ones(15), age])
    prepared = prepare(design)
    fitted = fit(prepared, np.array(R["anova"]["y"])[:, None])
    np.testing.assert_allclose(fitted.coefficients[:, 0], want["beta"], rtol=STATISTIC)
    for column, row in enumerate(np.eye(2)):
        t, p, _ = answer(design, R["anova"]["y"], row)
        np.testing.assert_allclose(t, want["t"][column], rtol=STATISTIC)
        np.testing.assert_allclose(p, want["p"][column], rtol=TAIL)
        variance = t_contrast(prepared, fitted, row).variance[0]
        np.testing.assert_allclose(np.sqrt(variance), want["se"][column], rtol=STATISTIC)


def test_all_twelve_voxels_are_here():
    """The grid of cases is complete."""
    assert len(R["lm"]["voxels"]) == 12
    tests = {"one_sample", "two_sample_pooled", "two_sample_welch", "paired"}
    assert set(R["group"]) == {"A", "B", "P2", *tests}
    assert set(R["anova"]) == {"y", "group", "age", "oneway", "ancova_group", "regression_age"}


def run():
    design = np.array(R["lm"]["X"])
    data = np.array([voxel["y"] for voxel in R["lm"]["voxels"]]).T
    prepared = prepare(design)
    return prepared, fit(prepared, data), [voxel["ols"] for voxel in R["lm"]["voxels"]]


def test_lm_of_a_run():
    """Coefficients and residual variance of lm for a run of 120 scans, all voxels at once."""
    _, fitted, want = run()
    # the data have a mean of 100 and effects near 1: coefficients near zero keep absolute digits only
    np.testing.assert_allclose(fitted.coefficients.T, [o["beta"] for o in want], rtol=STATISTIC, atol=1e-11)
    np.testing.assert_allclose(fitted.residual_variance, [o["s2"] for o in want], rtol=STATISTIC)


def test_lm_covariances():
    """vcov(lm): the variances of all coefficients, and covariances through those of sums."""
    prepared, fitted, want = run()
    columns = np.eye(prepared.columns)
    reference = np.array([o["vcov"] for o in want])
    for i, j in combinations_with_replacement(range(6), 2):
        together = t_contrast(prepared, fitted, columns[i] + columns[j]).variance
        expected = reference[:, i, i] + reference[:, j, j] + 2 * reference[:, i, j]
        np.testing.assert_allclose(together, expected, rtol=1e-10)  # a difference of large terms loses a digit


def test_lm_statistics():
    """t of every coefficient with its p, t of a - b, and F of a and b together."""
    prepared, fitted, want = run()
    for column, row in enumerate(np.eye(6)):
        t = t_contrast(prepared, fitted, row).t
        np.testing.assert_allclose(t, [o["t"][column] for o in want], rtol=1e-10)
        p = p_for("t", t, (prepared.dof,), "two-sided")
        # p near 1e-181 multiplies the error of t by 1e2, its degrees of freedom
        np.testing.assert_allclose(p, [o["p"][column] for o in want], rtol=1e-9)
    difference = t_contrast(prepared, fitted, [0, 1, -1, 0, 0, 0]).t
    np.testing.assert_allclose(difference, [o["t_a_minus_b"] for o in want], rtol=1e-10)
    f, numerator = f_contrast(prepared, fitted, np.eye(6)[1:3])
    assert [numerator, prepared.dof] == want[0]["F_ab"]["df"]
    np.testing.assert_allclose(f, [o["F_ab"]["F"] for o in want], rtol=1e-10)
    p = p_for("F", f, (numerator, prepared.dof), "greater")
    np.testing.assert_allclose(p, [o["F_ab"]["p"] for o in want], rtol=1e-9)


@pytest.mark.parametrize("broken", ["sign", "dof", "columns"])
def test_a_mistake_would_be_noticed(broken):
    """Deliberate break: a wrong sign, one degree of freedom, or a forgotten covariate fails by far."""
    indicators, age = groups()
    if broken == "sign":
        with pytest.raises(AssertionError):
            assert_t(answer(-np.ones((8, 1)), R["group"]["A"], [1.0]), R["group"]["one_sample"])
    elif broken == "dof":
        want = R["group"]["one_sample"]
        assert abs(p_for("t", want["t"], (want["df"] + 1,), "two-sided") / want["p_two"] - 1) > 0.1
    else:
        with pytest.raises(AssertionError):
            assert_f(answer(indicators, R["anova"]["y"], [[1.0, -1, 0], [0, 1, -1]]), R["anova"]["ancova_group"])
        assert len(age) == 15
