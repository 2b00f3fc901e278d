"""The partition of a design gives the parametric statistic, for every design and contrast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.exchangeability import rows
from glmspec.core.least_squares import fit, prepare
from glmspec.core.partition import partition, residualise, spans
from glmspec.core.permutation import prepare as prepare_data
from glmspec.core.permutation import statistic_maps
from glmspec.core.welch import fit_groups, t_contrast_welch, variance_groups

ROUNDING = 1e-8
"""Designs of small whole numbers have condition numbers up to some thousands, and t and F square what is lost."""
THREE_GROUPS = np.repeat(np.eye(3), 4, axis=0)


def at_identity(design, weights, data, scheme="permute", labels=None):
    """The statistic map of the identity; with labels, that of unequal variances."""
    group, prepared = rows(len(design), scheme), prepare(design)
    groups = None if labels is None else variance_groups(prepared, labels)
    identity = (np.arange(len(design)), np.ones(len(design)))
    return next(statistic_maps(prepare_data(data, partition(prepared, weights), group, groups), [identity]))


def parametric(design, weights, data):
    prepared = prepare(design)
    fitted = fit(prepared, data)
    if np.ndim(weights) == 1:
        return t_contrast(prepared, fitted, weights).t
    return f_contrast(prepared, fitted, weights).f


@st.composite
def problems(draw):
    """A design with columns that may repeat or add up, estimable weights for t or F, and data."""
    rows_, columns = draw(st.integers(5, 12)), draw(st.integers(1, 4))
    base = draw(arrays(np.int8, (rows_, columns), elements=st.integers(-3, 3))).astype(float)
    mixture = draw(arrays(np.int8, (columns, columns + draw(st.integers(0, 2))), elements=st.integers(-2, 2)))
    design = np.hstack([base, base @ mixture]) if draw(st.booleans()) else base
    picks = draw(arrays(np.int8, (draw(st.integers(1, 3)), rows_), elements=st.integers(-1, 1)))
    weights = picks.astype(float) @ design  # rows of the row space, hence estimable
    seed = draw(st.integers(0, 1000))
    return design, weights[0] if draw(st.booleans()) else weights, np.random.default_rng(seed).normal(size=(rows_, 3))


@settings(max_examples=300, deadline=None)
@given(problems(), st.sampled_from(["permute", "sign-flip"]))
def test_the_identity_gives_the_parametric_statistic(problem, scheme):
    """t and F, full rank and not."""
    design, weights, data = problem
    prepared = prepare(design)
    assume(np.any(weights) and prepared.dof > 0 and not prepared.rank_in_doubt)
    got, want = at_identity(design, weights, data, scheme), parametric(design, weights, data)
    np.testing.assert_allclose(got, want, rtol=ROUNDING, atol=ROUNDING)


def welch(design, weights, data, labels):
    prepared = prepare(design)
    groups = variance_groups(prepared, labels)
    return t_contrast_welch(prepared, groups, fit_groups(prepared, data, groups), weights).t


@settings(max_examples=300, deadline=None)
@given(problems(), st.sampled_from(["permute", "sign-flip", "both"]), st.data())
def test_the_identity_gives_the_parametric_statistic_of_unequal_variances(problem, scheme, data):
    """Welch, for variance groups in the design, across it, or for all rows alike."""
    design, weights, values = problem
    weights = np.atleast_2d(weights)[0]
    labels = data.draw(st.lists(st.integers(0, 2), min_size=len(design), max_size=len(design)))
    prepared = prepare(design)
    assume(np.any(weights) and prepared.dof > 0 and not prepared.rank_in_doubt)
    try:
        variance_groups(prepared, labels)
    except ValueError:
        assume(False)
    values = values * np.array([1.0, 10, 0.1])[labels][:, None]
    got, want = at_identity(design, weights, values, scheme, labels), welch(design, weights, values, labels)
    np.testing.assert_allclose(got, want, rtol=ROUNDING, atol=ROUNDING)


@settings(max_examples=100, deadline=None)
@given(problems())
def test_effect_and_nuisance_are_orthonormal_and_span_the_design(problem):
    """Nothing is lost, nothing counted twice, and the effect is outside the null model."""
    design, weights, _ = problem
    prepared = prepare(design)
    assume(np.any(weights) and not prepared.rank_in_doubt)
    parts = partition(prepared, weights)
    model = np.hstack([parts.effect, parts.nuisance])
    np.testing.assert_allclose(model.T @ model, np.eye(prepared.rank), atol=1e-12)
    assert spans(model, design)
    assert len(design) - model.shape[1] == parts.dof


def test_nuisance_is_the_model_under_the_null_hypothesis():
    """Two groups and age, no difference between groups: one mean, and age."""
    age = np.array([3.0, 5, 4, 9, 6, 1, 7, 2, 8, 0, 2, 3])
    design = np.column_stack([THREE_GROUPS, age])
    nuisance = partition(prepare(design), [1.0, -1, 0, 0]).nuisance
    assert nuisance.shape[1] == 3
    assert spans(nuisance, np.column_stack([THREE_GROUPS[:, 0] + THREE_GROUPS[:, 1], THREE_GROUPS[:, 2], age]))
    assert not spans(nuisance, THREE_GROUPS[:, 0])


def test_two_weights_of_one_sign():
    """Mean of two unlike groups against a third: the null model keeps their difference, and t its size."""
    rng = np.random.default_rng(0)
    data = THREE_GROUPS @ np.array([[3.0], [-3], [1]]) + 0.3 * rng.normal(size=(12, 1))
    weights = np.array([0.5, 0.5, -1])
    want = parametric(THREE_GROUPS, weights, data)
    assert abs(want[0]) > 3
    np.testing.assert_allclose(at_identity(THREE_GROUPS, weights, data), want, rtol=1e-12)


def test_a_deliberate_break_shows():
    """Dropping every column with a weight from the nuisance tests something else."""
    rng = np.random.default_rng(0)
    data = THREE_GROUPS @ np.array([[3.0], [-3], [1]]) + 0.3 * rng.normal(size=(12, 1))
    weights = np.array([0.5, 0.5, -1])
    column = THREE_GROUPS @ weights
    wrong = parametric(np.column_stack([column, np.ones(12)]), np.array([1.0, 0]), data)
    assert abs(wrong[0] / parametric(THREE_GROUPS, weights, data)[0]) < 0.5


def test_a_strong_effect_keeps_its_digits():
    """t of ten million: the difference of two sums of squares would have no digit left."""
    data = np.array([[1.0], [1], [1], [1]]) + 1e-7 * np.array([[1.0], [-1], [0.5], [-0.5]])
    design = np.ones((4, 1))
    np.testing.assert_allclose(at_identity(design, [1.0], data), parametric(design, [1.0], data), rtol=1e-8)


@pytest.mark.parametrize("data", [np.zeros((4, 1)), np.full((4, 1), 0.1), np.array([[0.1], [0.1], [np.nan], [0.1]])])
@pytest.mark.parametrize("weights", [[1.0, -1], [1.0, 1]])
def test_no_statistic_where_there_is_no_variance(data, weights):
    """NaN by the rule of the parametric statistic."""
    design = np.repeat(np.eye(2), 2, axis=0)
    assert np.isnan(parametric(design, np.array(weights), data)).all()
    assert np.isnan(at_identity(design, weights, data)).all()
    assert np.isnan(welch(design, weights, data, [0, 0, 1, 1])).all()
    assert np.isnan(at_identity(design, weights, data, labels=[0, 0, 1, 1])).all()


@pytest.mark.parametrize("weights", [[1.0, -1, 0], [1.0, 0, 0], [0, 0, 1.0]])
def test_a_group_without_variance_counts_alike(weights):
    """Known exactly where another takes part, NaN where it is alone: at the identity as in the parametric test."""
    data = 5 + np.random.default_rng(3).normal(size=(12, 4))
    data[THREE_GROUPS[:, 0] == 1] = 5.1
    labels = THREE_GROUPS.argmax(axis=1)
    got, want = at_identity(THREE_GROUPS, weights, data, labels=labels), welch(THREE_GROUPS, weights, data, labels)
    np.testing.assert_allclose(got, want, rtol=1e-9)
    assert np.isnan(got).all() == (weights == [1.0, 0, 0])


def test_the_sign_of_t_and_of_the_effect():
    """The effect points the way of the weights; an F of one row is t squared."""
    up, down = partition(prepare(THREE_GROUPS), [1.0, -1, 0]), partition(prepare(THREE_GROUPS), [-1.0, 1, 0])
    assert up.effect[0, 0] > 0 > down.effect[0, 0]
    data = np.random.default_rng(1).normal(size=(12, 5))
    t, f = at_identity(THREE_GROUPS, [1.0, -1, 0], data), at_identity(THREE_GROUPS, [[1.0, -1, 0]], data)
    np.testing.assert_allclose(f, t**2, rtol=1e-12)


def test_residuals_are_orthogonal_under_a_large_mean():
    """A mean of a million leaves no trace of itself; the data are not touched."""
    data = 1e6 + np.random.default_rng(2).normal(size=(12, 5))
    before = data.copy()
    constant = np.full((12, 1), 12**-0.5)
    assert np.abs(constant.T @ residualise(data, constant)).max() < 1e-14
    np.testing.assert_array_equal(data, before)


@pytest.mark.parametrize(("weights", "message"), [([0.0, 0, 0], "not zero"), ([1.0, 0, 0], "not estimable")])
def test_contrasts_that_cannot_be(weights, message):
    """With the words of the parametric contrasts."""
    aliased = np.column_stack([np.ones(4), np.repeat(np.eye(2), 2, axis=0)])
    with pytest.raises(ValueError, match=message):
        partition(prepare(aliased), weights)
