"""Maxima without maps: what single precision leaves out can never have mattered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glmspec.core import screening
from glmspec.core.bounds import SCALE, upper_bounds
from glmspec.core.controls import Controls
from glmspec.core.enumeration import Enumeration
from glmspec.core.exchangeability import relabelling, rows
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.neighbours import prepare_neighbours
from glmspec.core.partition import partition
from glmspec.core.permutation import prepare, relabelled_columns, statistic_maps
from glmspec.core.welch import variance_groups

SHAPE = (9, 8, 7)
VOXELS = 504
AGE = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 8])
GROUPS = np.column_stack([np.repeat(np.eye(2), 5, axis=0), AGE])
CASES = {
    "flips": (np.ones((10, 1)), [1.0], "sign-flip"),
    "flips and a nuisance": (GROUPS, [1.0, -1, 0], "both"),
    "permutations": (np.repeat(np.eye(2), 5, axis=0), [1.0, -1], "permute"),
    "permutations and a nuisance": (GROUPS, [1.0, -1, 0], "permute"),
    "F": (GROUPS, [[1.0, -1, 0], [0, 0, 1]], "permute"),
}
SEVERAL = ("voxel", "cluster-size", "cluster-mass")


def made(case, data=None):
    design, weights, scheme = CASES[case]
    group = rows(10, scheme)
    data = np.random.default_rng(0).normal(size=(10, VOXELS)) if data is None else data
    prepared = prepare(data, partition(prepare_design(design), weights), group)
    return prepared, [relabelling(group, 1, index) for index in range(70)]


def controls(test, alternative, names=SEVERAL):
    mask = np.ones(SHAPE, dtype=bool)
    return Controls(names, test, alternative, prepare_neighbours(mask, "faces"), threshold=1.2)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
@pytest.mark.parametrize("case", CASES)
def test_maxima_are_those_of_whole_maps(case, alternative):
    """Voxel, size and mass, each computed from the map of every relabelling."""
    prepared, every = made(case)
    if prepared.test == "F" and alternative == "less":
        return
    measured = controls(prepared.test, alternative)
    want = [measured.maxima(statistic) for statistic in statistic_maps(prepared, every)]
    np.testing.assert_allclose(measured.null(prepared, every), want, rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_tfce_beside_them_changes_no_bit(case):
    """With it whole maps are made; without it only some voxels."""
    prepared, every = made(case)
    few, all_ = controls(prepared.test, "two-sided"), controls(prepared.test, "two-sided", (*SEVERAL, "tfce"))
    np.testing.assert_array_equal(few.null(prepared, every), all_.null(prepared, every)[:, :3])


@pytest.mark.parametrize("names", [SEVERAL, (*SEVERAL, "tfce")], ids=["screened", "maps"])
def test_any_split_gives_the_same_bits(names):
    prepared, every = made("permutations and a nuisance")
    measured = controls("t", "two-sided", names)
    parts = [measured.null(prepared, every[start:stop], start) for start, stop in [(0, 3), (3, 64), (64, 70)]]
    np.testing.assert_array_equal(np.concatenate(parts), measured.null(prepared, every))


def test_a_low_threshold_passes_many_voxels_a_few_relabellings_at_a_time(monkeypatch):
    prepared, every = made("flips")
    measured = replace(controls("t", "two-sided"), threshold=0.3)
    whole = measured.null(prepared, every)
    monkeypatch.setattr(screening, "ROOM", 3 * VOXELS)
    columns = relabelled_columns(prepared, every)
    bounds = upper_bounds(prepared.units, columns, 1, 0.0, screening.GROUP)
    parts = [some for some, _ in screening.beyond(prepared.fixed, columns, bounds, 0.3)]
    assert len(parts) > 10
    assert [number for some in parts for number in range(70)[some]] == list(range(70))
    np.testing.assert_array_equal(measured.null(prepared, every), whole)


@pytest.mark.parametrize("sign", [1.0, -1.0, 0.0])
@pytest.mark.parametrize("case", CASES)
def test_no_statistic_is_above_its_bound(case, sign):
    prepared, every = made(case)
    sign = sign if prepared.test == "t" else 0.0
    columns = relabelled_columns(prepared, every)
    bounds = upper_bounds(prepared.units, columns, prepared.effects, sign, screening.GROUP)
    for bound, statistic in zip(bounds.T, statistic_maps(prepared, every), strict=True):
        sided = np.abs(statistic) if sign == 0 else np.maximum(sign * statistic, 0)
        ratio = sided**2 / prepared.dof if prepared.test == "t" else sided * prepared.effects / prepared.dof
        padded = np.zeros(bound.size * screening.GROUP)
        padded[:VOXELS] = SCALE * np.sqrt(ratio / (1 + ratio))
        highest = padded.reshape(-1, screening.GROUP).max(axis=1)
        assert (highest <= bound).all()
        assert (bound <= highest + 10).all()  # and none is so loose that it is of no use


@pytest.mark.parametrize("case", CASES)
def test_equal_voxels_and_nearly_perfect_fits(case):
    """What single precision cannot part: copies that differ by 1e-9, and voxels with almost no noise."""
    rng = np.random.default_rng(2)
    data = rng.normal(size=(10, VOXELS))
    data[:, 100:200] = data[:, :100] * (1 + 1e-9) + 1e-9 * rng.normal(size=(10, 100))
    data[:, 300:310] = CASES[case][0].sum(axis=1)[:, None] + 1e-5 * rng.normal(size=(10, 10))
    prepared, every = made(case, data)
    measured = controls(prepared.test, "greater")
    want = [measured.maxima(statistic) for statistic in statistic_maps(prepared, every)]
    np.testing.assert_allclose(measured.null(prepared, every), want, rtol=1e-9)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_every_voxel_below_zero_and_broken_voxels(alternative):
    """The largest of negative t is found, NaN is passed over, and without any voxel it is minus infinity."""
    data = np.random.default_rng(3).normal(size=(10, VOXELS)) - 5
    data[4, 7], data[:, 11] = np.nan, 0.0
    prepared, every = made("flips", data)
    measured = controls("t", alternative)
    want = [measured.maxima(statistic) for statistic in statistic_maps(prepared, every[:3])]
    np.testing.assert_allclose(measured.null(prepared, every[:3]), want, rtol=1e-12)
    prepared, every = made("flips", np.zeros((10, VOXELS)))
    assert measured.null(prepared, every[:2]).tolist() == [[-np.inf, 0.0, 0.0]] * 2


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
@pytest.mark.parametrize("names", [SEVERAL, (*SEVERAL, "tfce")], ids=["screened", "maps"])
@pytest.mark.parametrize("welch", [False, True], ids=["pooled", "welch"])
def test_mirror_images_without_their_maps(welch, names, alternative):
    """All flips from half of them, to the bit: mixed with a covariate, so that two columns move."""
    design = np.column_stack([np.ones(6), [3.0, 1, 4, 1, 5, 9]])
    groups = variance_groups(prepare_design(design), [0, 0, 0, 1, 1, 1]) if welch else None
    group, data = rows(6, "sign-flip"), np.random.default_rng(0).normal(size=(6, VOXELS))
    prepared = prepare(data, partition(prepare_design(design), [1.0, 0]), group, groups)
    every = Enumeration(group, prepared.columns)
    measured = controls("t", alternative, names)
    one_by_one = [measured.null(prepared, [every.relabelling(index)], index)[0] for index in range(every.count)]
    half, mirrored = measured.null_and_mirror(prepared, every.relabellings(0, every.count // 2))
    np.testing.assert_array_equal(np.concatenate([half, mirrored[::-1]]), one_by_one)
