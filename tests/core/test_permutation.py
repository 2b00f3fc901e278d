"""Null maxima: the right statistics, whoever computes them, and p that keeps its promise."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.enumeration import Enumeration
from glmspec.core.exchangeability import relabelling, rows, whole, within
from glmspec.core.least_squares import fit
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.partition import partition
from glmspec.core.permutation import (
    BATCH,
    VOXELS,
    critical_value,
    directed,
    largest,
    least_tied,
    null_maxima,
    p_values,
    prepare,
    statistic_maps,
)

AGE = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 8])
DESIGN = np.column_stack([np.repeat(np.eye(2), 5, axis=0), AGE])
T, F = [1.0, -1, 0], [[1.0, -1, 0], [0, 0, 1]]


def prepared_for(weights, scheme="permute", data=None, design=DESIGN, group=None):
    data = np.random.default_rng(0).normal(size=(len(design), 6)) if data is None else data
    parts = partition(prepare_design(design), weights)
    return prepare(data, parts, group or rows(len(design), scheme))


def draws(group, number):
    return [relabelling(group, 1, index) for index in range(number)]


@pytest.mark.parametrize("weights", [T, F], ids=["t", "F"])
@pytest.mark.parametrize("scheme", ["sign-flip", "permute", "both"])
def test_each_relabelling_is_a_fit_of_relabelled_residuals(weights, scheme):
    """Freedman and Lane as they wrote it: fit the full model to permuted residuals plus the fit of the null model."""
    group = rows(10, scheme)
    data = np.random.default_rng(0).normal(size=(10, 6))
    full = prepare_design(DESIGN)
    parts = partition(full, weights)
    null_fit = parts.nuisance @ (parts.nuisance.T @ data)
    every = draws(group, 20)
    for (order, signs), got in zip(every, statistic_maps(prepare(data, parts, group), every), strict=True):
        residuals = np.empty_like(data)
        residuals[order] = signs[:, None] * (data - null_fit)
        fitted = fit(full, residuals + null_fit)
        want = t_contrast(full, fitted, weights).t if np.ndim(weights) == 1 else f_contrast(full, fitted, weights).f
        np.testing.assert_allclose(got, want, rtol=1e-10)


@pytest.mark.parametrize("weights", [T, F], ids=["t", "F"])
@settings(max_examples=25, deadline=None)
@given(cuts=st.sets(st.integers(1, 79), max_size=6))
def test_any_split_gives_the_same_bits(weights, cuts):
    """Parts that begin and end anywhere, over more than one batch and more than one block of voxels."""
    prepared, group = wide(tuple(map(tuple, np.atleast_2d(weights)))), rows(10, "permute")
    every = draws(group, 80)
    maxima = {"voxel": largest, "sum": lambda t: float(np.clip(t, 0, None).sum())}
    edges = [0, *sorted(cuts), 80]
    parts = [
        null_maxima(prepared, every[start:stop], maxima, "two-sided", first=start) for start, stop in pairwise(edges)
    ]
    whole_ = whole_run(weights_key(weights))
    for name in maxima:
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), whole_[name])


def weights_key(weights):
    return tuple(map(tuple, np.atleast_2d(weights)))


@cache
def wide(key):
    weights = key[0] if len(key) == 1 else key
    return prepared_for(weights, data=np.random.default_rng(1).normal(size=(10, VOXELS + 137)))


@cache
def whole_run(key):
    maxima = {"voxel": largest, "sum": lambda t: float(np.clip(t, 0, None).sum())}
    return null_maxima(wide(key), draws(rows(10, "permute"), 80), maxima, "two-sided")


def test_a_relabelling_has_its_place_in_a_product_by_its_number(monkeypatch):
    """Another library's products may round by place, so the place is not the caller's."""
    seen = []
    monkeypatch.setattr(
        "glmspec.core.permutation._batch",
        lambda prepared, some, place: seen.append((place, len(some))) or np.zeros((len(some), 6)),
    )
    list(statistic_maps(prepared_for(T), draws(rows(10, "permute"), 40), first=10))
    assert seen == [(10, 6), (0, 16), (0, 16), (0, 2)]


def test_parts_are_longer_than_a_batch():
    """Or the test above would test nothing."""
    assert 2 * BATCH < 80


def test_tails():
    """Greater is the largest t, less the largest -t, two-sided the larger of both, each measured by itself."""
    prepared, every = prepared_for(T), draws(rows(10, "permute"), 30)
    maps = np.array(list(statistic_maps(prepared, every)))
    found = {tail: null_maxima(prepared, every, {"voxel": largest}, tail)["voxel"] for tail in ("greater", "less")}
    np.testing.assert_array_equal(found["greater"], maps.max(axis=1))
    np.testing.assert_array_equal(found["less"], -maps.min(axis=1))
    both = null_maxima(prepared, every, {"voxel": largest}, "two-sided")["voxel"]
    np.testing.assert_array_equal(both, np.abs(maps).max(axis=1))
    for tail in ("greater", "less", "two-sided"):
        assert directed("t", maps[0], tail).max() == null_maxima(prepared, every[:1], {"v": largest}, tail)["v"][0]


def test_an_f_has_one_tail():
    """The lower one is refused."""
    prepared, every = prepared_for(F), draws(rows(10, "permute"), 3)
    np.testing.assert_array_equal(
        null_maxima(prepared, every, {"v": largest}, "two-sided")["v"],
        null_maxima(prepared, every, {"v": largest}, "greater")["v"],
    )
    with pytest.raises(ValueError, match="upper tail"):
        null_maxima(prepared, every, {"v": largest}, "less")


@pytest.mark.parametrize("weights", [T, F], ids=["t", "F"])
def test_a_broken_voxel_is_nan_and_alone(weights):
    """NaN, infinity, and what the nuisance fits exactly: NaN in every map, and every other voxel keeps its bits."""
    clean = np.random.default_rng(2).normal(size=(10, 6))
    data = np.hstack([clean, np.zeros((10, 4))])
    data[3, 6], data[:, 7], data[4, 8] = np.nan, 0.1, np.inf
    data[:, 9] = 1e3 * DESIGN[:, :2].sum(axis=1) + (AGE if weights is T else 0)
    every = draws(rows(10, "permute"), 5)
    plain = np.hstack([clean, np.random.default_rng(3).normal(size=(10, 4))])
    wanted = statistic_maps(prepared_for(weights, data=plain), every)
    for got, want in zip(statistic_maps(prepared_for(weights, data=data), every), wanted, strict=True):
        assert np.flatnonzero(np.isnan(got)).tolist() == [6, 7, 8, 9]
        np.testing.assert_array_equal(got[:6], want[:6])


def test_a_map_without_values():
    """Its maximum is below everything, and NaN has p NaN."""
    assert largest(np.array([np.nan, np.nan])) == -np.inf
    assert largest(np.array([np.nan, -3.0])) == -3
    np.testing.assert_array_equal(p_values(np.array([np.nan, 2.0]), np.array([2.0, 1.0])), [np.nan, 0.5])


def test_float32_data_and_untouched_data():
    """The arithmetic is float64; what was given stays as it was."""
    single = np.random.default_rng(4).normal(size=(10, 6)).astype(np.float32)
    before, every = single.copy(), draws(rows(10, "permute"), 3)
    got, want = (list(statistic_maps(prepared_for(T, data=data), every)) for data in (single, single.astype(float)))
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(single, before)


def test_units_do_not_matter():
    """Data times a thousand, or a billionth, or plus a constant."""
    data, every = np.random.default_rng(5).normal(size=(10, 6)), draws(rows(10, "permute"), 10)
    want = np.array(list(statistic_maps(prepared_for(T, data=data), every)))
    for other in (1e3 * data, 1e-9 * data, data + 1e4):
        got = list(statistic_maps(prepared_for(T, data=other), every))
        np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("count", "message"), [(9, "9 rows of data"), (3, "no degree of freedom")])
def test_what_cannot_be_prepared(count, message):
    """Rows that do not fit, and a design that fits everything."""
    design = DESIGN if count == 9 else DESIGN[[0, 5, 9]]
    with pytest.raises(ValueError, match=message):
        prepared_for(T, data=np.zeros((count, 2)), design=design)


# p


def test_p_counts_the_identity_and_ties():
    """Three of four are at least 2; nothing is zero."""
    null = np.array([2.0, 5.0, 1.0, 2.0 - 1e-12])
    np.testing.assert_array_equal(p_values(np.array([2.0, 5.0, 0.5, 1.5]), null), [0.75, 0.25, 1, 0.75])


def test_p_of_random_draws_by_hand():
    """(1 + count) / (1 + n)."""
    null = np.concatenate([[3.0], np.arange(0, 2, 0.1)])
    assert p_values(np.array([3.0]), null)[0] == 1 / 21
    assert p_values(np.array([1.9]), null)[0] == (1 + 1) / 21


def test_ties_are_relative_and_near_zero_absolute():
    """A mass of a million and a t of zero: rounding does not part equals, and what differs is parted."""
    for value in (1e6, 1.0, 0.0):
        slack = max(value, 1.0)
        assert least_tied(np.array(value)) < value - 1e-12 * slack
        assert least_tied(np.array(value)) > value - 1e-8 * slack


# the orbit test: an exact promise, exactly checked

SHAPE = (5, 5, 4)
FORMING = 1.5


def largest_cluster(statistic):
    """Size of the largest cluster above 1.5, faces."""
    labels = label((statistic >= FORMING).reshape(SHAPE))[0]
    return float(np.bincount(labels.ravel())[1:].max(initial=0))


PAIRS = np.repeat(np.arange(6), 2)
SIDES = np.tile([1.0, -1], 6)
ORBITS = {
    "sign flips": (np.ones((6, 1)), [1.0], rows(6, "sign-flip"), 64),
    "permutations": (np.repeat(np.eye(2), [3, 4], axis=0), [1.0, -1], rows(7, "permute"), 35),
    "permutations, F": (np.repeat(np.eye(3), 2, axis=0), [[1.0, -1, 0], [0, 1, -1]], rows(6, "permute"), 90),
    "within blocks": (
        np.column_stack([SIDES, PAIRS[:, None] == np.arange(6)]),
        [1.0, *[0.0] * 6],
        within(PAIRS, "permute"),
        64,
    ),
    "within blocks of three": (
        np.column_stack([np.tile([1.0, 0, 0], 4), np.repeat(np.eye(4), 3, axis=0)]),
        [1.0, *[0.0] * 4],
        within(np.repeat(np.arange(4), 3), "permute"),
        81,
    ),
    "whole blocks": (
        np.column_stack([np.repeat([1.0, 0], [6, 8]), np.ones(14)]),
        [1.0, 0],
        whole(np.repeat(np.arange(7), 2), "permute"),
        35,
    ),
    "whole blocks, flipped": (np.ones((12, 1)), [1.0], whole(PAIRS, "sign-flip"), 64),
    "both": (np.array([[1.0], [2], [4]]), [1.0], rows(3, "both"), 6 * 8),
}


@cache
def orbit(name, alternative):
    """p of the maxima, (relabelling taken as the data, control)."""
    design, weights, group, _ = ORBITS[name]
    parts = partition(prepare_design(design.astype(float)), weights)
    data = smooth_noise(len(design))
    every = list(Enumeration(group, prepare(data, parts, group).columns))
    maxima = {"voxel": largest, "cluster-size": largest_cluster}
    found = []
    for order, signs in every:
        taken = np.empty_like(data)
        taken[order] = signs[:, None] * data
        null = null_maxima(prepare(taken, parts, group), every, maxima, alternative)
        found.append([p_values(values[:1], values)[0] for values in null.values()])
    return np.array(found)


def smooth_noise(count):
    """(count, voxels) noise that forms clusters."""
    noise = np.random.default_rng(6).normal(size=(count, *SHAPE))
    for axis in (1, 2, 3):
        noise = noise + np.roll(noise, 1, axis)
    return noise.reshape(count, -1)


def rejections(p, alpha):
    return (p <= alpha + 1e-12).sum(axis=0)


@pytest.mark.parametrize("alternative", ["greater", "two-sided"])
@pytest.mark.parametrize("name", ORBITS)
def test_every_relabelling_taken_as_the_data(name, alternative):
    """At most floor(alpha N) are rejected, at every alpha that p can take."""
    p = orbit(name, alternative)
    total = ORBITS[name][3]
    assert len(p) == total
    for allowed in range(1, total + 1):
        assert (rejections(p, allowed / total) <= allowed).all()


@pytest.mark.parametrize("name", sorted(set(ORBITS) - {"permutations, F", "within blocks of three"}))
def test_without_ties_exactly_as_many_as_allowed(name):
    """The largest t of one tail: every p from 1/N to 1 comes once."""
    total = ORBITS[name][3]
    np.testing.assert_allclose(np.sort(orbit(name, "greater")[:, 0]), np.arange(1, total + 1) / total, rtol=1e-12)


def test_ties_are_those_that_the_design_forces():
    """|t| of a flip and of its opposite; F of three groups under their six names; so p comes in steps of these."""
    two = np.sort(orbit("sign flips", "two-sided")[:, 0])
    np.testing.assert_allclose(two, np.repeat(np.arange(2, 65, 2), 2) / 64, rtol=1e-12)
    six = np.sort(orbit("permutations, F", "greater")[:, 0])
    np.testing.assert_allclose(six, np.repeat(np.arange(6, 91, 6), 6) / 90, rtol=1e-12)


def test_clusters_are_there_to_be_counted():
    """The cluster part of the test is not about maps without any."""
    for name in ORBITS:
        assert orbit(name, "greater")[:, 1].min() < 0.2


def test_a_deliberate_break_shows():
    """Counting only what lies beyond the observation rejects one too many, at every alpha."""
    p = orbit("sign flips", "greater")[:, 0] - 1 / 64
    assert [rejections(p, allowed / 64) for allowed in range(1, 64)] == list(range(2, 65))


def test_the_wrong_blocks_show():
    """Pairs shuffled freely where one subject varies ten times as much: p are not what they should be."""
    design, weights, group, total = ORBITS["within blocks"]
    parts = partition(prepare_design(design), weights)
    data = smooth_noise(12) * np.repeat([10.0, 1, 1, 1, 1, 1], 2)[:, None]
    free = draws(rows(12, "permute"), 200)
    p = []
    for order, signs in Enumeration(group, parts.effect):
        taken = np.empty_like(data)
        taken[order] = signs[:, None] * data
        null = null_maxima(prepare(taken, parts, rows(12, "permute")), free, {"v": largest}, "greater")["v"]
        p.append(p_values(null[:1], null)[0])
    assert np.abs(np.sort(p) - np.arange(1, total + 1) / total).max() > 0.1


@pytest.mark.parametrize("count", [5, 19, 20, 21, 40, 400])
@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_what_exceeds_the_critical_value_passes_and_nothing_else(count, alpha):
    null = np.random.default_rng(count).gamma(2.0, size=count).round(1)
    critical = critical_value(null, alpha)
    observed = np.concatenate([null, null + 0.05, [0.0, 99.0]])
    passing = np.array([(null >= value - 1e-9).mean() <= alpha for value in observed])
    if alpha * count < 1:
        assert critical == np.inf
    else:
        np.testing.assert_array_equal(observed > critical + 1e-9, passing)
