"""All distinct relabellings of a design: how many, each once, and which columns tell them apart."""

from __future__ import annotations

from itertools import permutations, product
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glmspec.core.enumeration import Enumeration, all_relabellings, count, moving, smallest_p
from glmspec.core.exchangeability import Group, rows, whole, within
from glmspec.core.least_squares import prepare
from glmspec.core.partition import partition
from glmspec.core.permutation import prepare as prepare_data
from glmspec.core.permutation import statistic_maps
from glmspec.core.welch import variance_groups

from .groups_of_rows import CASES, PAIRS, SMALL, TWO_GROUPS, UP_DOWN, relabelled


def brute_force(group: Group, design: np.ndarray) -> set[tuple[float, ...]]:
    """Every permutation and sign of units, tried; the distinct designs that come out."""
    units = len(group.sets)
    orders = permutations(range(units)) if group.permutes else [tuple(range(units))]
    allowed = [np.array(order) for order in orders if (group.sets[list(order)] == group.sets).all()]
    signs = list(product([1.0, -1.0], repeat=units)) if group.flips else [(1.0,) * units]
    found = set()
    for order, sign in product(allowed, signs):
        source = group.table[order[group.unit], group.place]
        found.add(tuple((design[source] * np.array(sign)[group.unit][:, None] + 0.0).ravel().tolist()))
    return found


@pytest.mark.parametrize("name", CASES)
def test_counts(name):
    """Known numbers."""
    group, design, known = CASES[name]
    assert count(group, design) == known


@pytest.mark.parametrize("name", [name for name, case in SMALL.items() if len(case[0].sets) <= 6])
def test_counts_by_brute_force(name):
    """Trying every permutation and sign gives the same designs, not only as many."""
    group, design, _ = CASES[name]
    found = {tuple((relabelled(design, *one) + 0.0).ravel().tolist()) for one in all_relabellings(group, design)}
    assert found == brute_force(group, design)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-2, 2), min_size=5, max_size=5),
    st.sampled_from(["sign-flip", "permute", "both"]),
    st.sampled_from([None, [0, 1, 0, 1, 1], [0, 0, 0, 0, 1]]),
)
def test_any_regressor_by_brute_force(values, scheme, labels):
    """Equal rows, rows of zeros and rows that differ in sign alone."""
    design = np.array(values, dtype=float)[:, None]
    group = rows(5, scheme) if labels is None else within(labels, scheme)
    every = [tuple((relabelled(design, *one) + 0.0).ravel().tolist()) for one in all_relabellings(group, design)]
    assert len(every) == len(set(every)) == count(group, design)
    assert set(every) == brute_force(group, design)


@pytest.mark.parametrize("name", SMALL)
def test_each_is_distinct_and_the_first_is_the_identity(name):
    """In an order that does not change."""
    group, design, known = CASES[name]
    every = list(all_relabellings(group, design))
    assert len({relabelled(design, *one).tobytes() for one in every}) == known or (design == 0).any()
    np.testing.assert_array_equal(every[0].order, np.arange(len(design)))
    assert (every[0].signs == 1).all()
    enumeration = Enumeration(group, design)
    for index in (0, known // 2, known - 1):
        np.testing.assert_array_equal(enumeration.relabelling(index).order, every[index].order)
        np.testing.assert_array_equal(enumeration.relabelling(index).signs, every[index].signs)


def test_the_order_does_not_depend_on_how_a_basis_is_turned():
    """Signs of a basis are the machine's; the numbers of relabellings are not."""
    rng = np.random.default_rng(0)
    design = np.repeat(rng.normal(size=(4, 2)), 2, axis=0)
    turn = np.linalg.qr(rng.normal(size=(2, 2)))[0]
    straight, turned = (Enumeration(rows(8, "permute"), basis) for basis in (design, design @ turn))
    assert straight.count == turned.count == factorial(8) // 2**4
    for index in (1, 77, 2519):
        np.testing.assert_array_equal(straight.relabelling(index).order, turned.relabelling(index).order)


def test_rounding_does_not_part_equal_rows():
    """Rows that differ in the last digits of a double are equal; in the sixth digit they are not."""
    noise = 1e-15 * np.random.default_rng(1).normal(size=(8, 1))
    assert count(rows(8, "permute"), TWO_GROUPS + noise) == 70
    assert count(rows(8, "permute"), TWO_GROUPS + 1e9 * noise) == factorial(8)


def test_counts_are_exact_where_floats_are_not():
    """A hundred rows."""
    assert count(rows(100, "both"), np.arange(1.0, 101)[:, None]) == factorial(100) * 2**100


@pytest.mark.parametrize("number", [-1, 70])
def test_there_is_no_such_number(number):
    """70 are numbered 0 to 69."""
    with pytest.raises(IndexError, match="0 to 69"):
        Enumeration(rows(8, "permute"), TWO_GROUPS).relabelling(number)


def test_smallest_p():
    """One in the number; two where the negative of the design is in the group and the test has two sides."""
    assert smallest_p(rows(8, "permute"), TWO_GROUPS) == 1 / 70
    assert smallest_p(rows(8, "permute"), TWO_GROUPS, two_sided=True) == 2 / 70
    unequal = np.repeat([[5.0], [-3]], [3, 5], axis=0)
    assert smallest_p(rows(8, "permute"), unequal, two_sided=True) == 1 / 56
    assert smallest_p(rows(8, "sign-flip"), np.ones((8, 1)), two_sided=True) == 2 / 256


# rows that carry a variance group


LABELLED = {
    "rows": rows(6, "permute"),
    "flipped as well": rows(5, "both"),
    "flipped alone": rows(6, "sign-flip"),
    "within blocks": within([0, 1, 0, 1, 1, 0], "permute"),
    "whole blocks": whole([0, 0, 1, 1, 2, 2], "permute"),
}


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("name", LABELLED)
@given(data=st.data())
def test_rows_with_labels_by_brute_force(name, data):
    """Distinct are the pairs of a signed design and its labels, which have no sign; flips alone move no labels."""
    group = LABELLED[name]
    size = len(group.unit)
    design = np.array(data.draw(st.lists(st.integers(-1, 1), min_size=size, max_size=size)), dtype=float)[:, None]
    labels = np.array(data.draw(st.lists(st.sampled_from("ab"), min_size=size, max_size=size)))
    every = [
        (tuple((relabelled(design, *one) + 0.0).ravel().tolist()), tuple(labels[one.order].tolist()))
        for one in all_relabellings(group, design, labels)
    ]
    orders = permutations(range(len(group.sets))) if group.permutes else [tuple(range(len(group.sets)))]
    tried = set()
    for order in orders:
        if (group.sets[list(order)] != group.sets).any():
            continue
        source = group.table[np.array(order)[group.unit], group.place]
        for signs in product([1.0, -1], repeat=len(group.sets)) if group.flips else [(1.0,) * len(group.sets)]:
            signed = design[source] * np.array(signs)[group.unit][:, None] + 0.0
            tried.add((tuple(signed.ravel().tolist()), tuple(labels[source].tolist())))
    assert len(every) == count(group, design, labels)
    assert set(every) == tried
    assert len(every) == len(set(every))


MEANS = np.repeat(np.eye(2), 4, axis=0)
LINE = np.column_stack([np.ones(6), [-2.0, -1, 0, 0, 1, 2]])
TIED = {
    "two groups of four": (MEANS, [1.0, -1], "aaaabbbb", 70, 2),
    "groups of three and five": (np.repeat(np.eye(2), [3, 5], axis=0), [1.0, -1], "aaabbbbb", 56, 1),
    "sites that trade places": (LINE, [0, 1.0], "aaccbb", 360, 2),
    "each site turned about": (LINE, [0, 1.0], "abaaba", 360, 2),
    "sites of two and four": (LINE, [0, 1.0], "aabbbb", 360, 1),
}
"""Design, contrast, variance groups, distinct relabellings, and how many of them share an absolute t."""


@pytest.mark.parametrize("name", TIED)
def test_the_smallest_p_is_that_of_the_statistic(name):
    """Two relabellings tie in the |t| of Welch where the sites of one are those of the other turned about."""
    design, weights, labels, known, tied = TIED[name]
    prepared, group, labels = prepare(design), rows(len(design), "permute"), list(labels)
    parts = partition(prepared, weights)
    data = np.random.default_rng(2).normal(size=(len(design), 1))
    ready = prepare_data(data, parts, group, variance_groups(prepared, labels))
    every = list(all_relabellings(group, parts.effect, labels))
    t = np.sort(np.abs(np.concatenate(list(statistic_maps(ready, every)))))
    assert len(t) == known
    assert 1 + np.count_nonzero(np.diff(t) > 1e-9) == known // tied
    assert smallest_p(group, parts.effect, True, labels) == tied / known
    assert smallest_p(group, parts.effect, False, labels) == 1 / known


def test_names_of_labels_decide_nothing():
    """Nor does one label for all rows: it is none."""
    design = np.arange(6.0)[:, None] // 2
    group = rows(6, "permute")
    for one, other in ((["x", "y"] * 3, ["y", "x"] * 3), ([7] * 6, None)):
        first, second = Enumeration(group, design, one), Enumeration(group, design, other)
        assert first.count == second.count
        for index in range(first.count):
            np.testing.assert_array_equal(first.relabelling(index).order, second.relabelling(index).order)


# which nuisance moves


def test_constants_and_subjects_do_not_move_but_a_covariate_does():
    """Only what moves is computed for each relabelling, and only that tells relabellings apart."""
    age = np.arange(8.0) ** 2
    groups = partition(prepare(np.column_stack([TWO_GROUPS, np.ones(8), age])), [1.0, 0, 0])
    assert moving(rows(8, "permute"), groups).shape[1] == 2
    assert moving(rows(8, "sign-flip"), groups).shape[1] == 3
    paired = partition(prepare(np.column_stack([UP_DOWN, PAIRS[:, None] == np.arange(8)])), [1.0] + [0.0] * 8)
    assert moving(within(PAIRS, "permute"), paired).shape[1] == 1
    assert moving(rows(16, "permute"), paired).shape[1] == 1 + 7
    drift = partition(prepare(np.column_stack([UP_DOWN, np.ones(16), np.arange(16.0)])), [1.0, 0, 0])
    assert moving(within(PAIRS, "permute"), drift).shape[1] == 2  # hardly moved within pairs, but moved


def test_the_second_half_mirrors_the_first():
    """Where signs are all that changes, number ``count - 1 - i`` is number i with every sign turned around."""
    design = np.array([1.0, 0, 1, 2, 1])[:, None]
    every = Enumeration(rows(5, "sign-flip"), design)
    assert every.mirrored
    for index in range(every.count):
        one, other = every.relabelling(index), every.relabelling(every.count - 1 - index)
        np.testing.assert_array_equal(one.signs[:, None] * design, -other.signs[:, None] * design)
    assert not Enumeration(rows(5, "both"), design).mirrored
    assert not Enumeration(rows(4, "permute"), np.array([1.0, 1, 0, 0])[:, None]).mirrored
