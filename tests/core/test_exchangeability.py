"""Groups of relabellings: how many, each once, drawn by number, and which one a design calls for."""

from __future__ import annotations

from itertools import permutations, product
from math import comb, factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from glmspec.core.exchangeability import (
    Derived,
    Enumeration,
    Group,
    Refused,
    all_relabellings,
    count,
    derive,
    moving,
    numbered,
    relabelling,
    rows,
    smallest_p,
    whole,
    within,
)
from glmspec.core.least_squares import prepare
from glmspec.core.partition import partition

TWO_GROUPS = np.repeat([[1.0], [-1]], 4, axis=0)
PAIRS = np.repeat(np.arange(8), 2)
UP_DOWN = np.tile([[1.0], [-1]], (8, 1))
GROUP_OF_PAIR = np.repeat([1.0, 1, 1, 1, -1, -1, -1, -1], 2)


def relabelled(design, order, signs):
    return design[order] * signs[:, None]


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


CASES = {
    "one sample": (rows(8, "sign-flip"), np.ones((8, 1)), 256),
    "two groups of four": (rows(8, "permute"), TWO_GROUPS, 70),
    "groups of three and five": (rows(8, "permute"), np.repeat([[1.0], [2]], [3, 5], axis=0), comb(8, 3)),
    "three groups of three": (
        rows(9, "permute"),
        np.repeat(np.eye(3), 3, axis=0),
        factorial(9) // factorial(3) ** 3,
    ),
    "pairs": (within(PAIRS, "permute"), UP_DOWN, 2**8),
    "regression": (rows(6, "permute"), np.arange(6.0)[:, None], factorial(6)),
    "regression with two equal": (rows(6, "permute"), np.array([[0.0], [1], [2], [3], [4], [4]]), factorial(6) // 2),
    "flips of a row of zeros": (rows(4, "sign-flip"), np.array([[1.0], [0], [2], [1]]), 8),
    "both, two groups": (rows(8, "both"), TWO_GROUPS, 2**8),
    "both, regression": (rows(4, "both"), np.array([[1.0], [2], [-2], [0]]), 12 * 2**3),
    "whole pairs": (whole(PAIRS, "permute"), GROUP_OF_PAIR[:, None], comb(8, 4)),
    "whole pairs, flipped": (whole(PAIRS, "sign-flip"), np.ones((16, 1)), 2**8),
    "whole pairs, both": (whole(PAIRS[:8], "both"), np.arange(8.0)[:, None], factorial(4) * 2**4),
    "unequal blocks": (
        within([0, 0, 0, 1, 1, 2], "permute"),
        np.array([[1.0], [1], [0], [2], [3], [9]]),
        3 * 2 * 1,
    ),
}
SMALL = {name: case for name, case in CASES.items() if case[2] <= 256}


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


@pytest.mark.parametrize("name", CASES)
def test_draws_are_members_of_the_group(name):
    """Units stay in their set and keep their rows together; place meets place; signs only where signs change."""
    group, _, _ = CASES[name]
    for index in range(1, 20):
        order, signs = relabelling(group, 3, index)
        assert sorted(order) == list(range(len(order)))
        assert (group.sets[group.unit[order]] == group.sets[group.unit]).all()
        assert (group.place[order] == group.place).all()
        moved = {(int(a), int(b), float(s)) for a, b, s in zip(group.unit, group.unit[order], signs, strict=True)}
        assert len(moved) == len(group.sets)
        assert group.flips or (signs == 1).all()
        assert group.permutes or (order == np.arange(len(order))).all()


def test_a_draw_is_a_function_of_seed_and_number():
    """Zero is the identity; others differ by seed and by number, not by what was drawn before."""
    group = rows(12, "both")
    one = relabelling(group, 5, 7)
    relabelling(group, 5, 8)
    again = relabelling(group, 5, 7)
    np.testing.assert_array_equal(one.order, again.order)
    np.testing.assert_array_equal(one.signs, again.signs)
    np.testing.assert_array_equal(relabelling(group, 5, 0).order, np.arange(12))
    assert (relabelling(group, 5, 0).signs == 1).all()
    assert len({relabelling(group, *pair).order.tobytes() for pair in ((5, 7), (7, 5), (5, 8), (6, 7))}) == 4


def test_pinned():
    """The draw of a document does not change with a release unnoticed."""
    order, signs = relabelling(rows(8, "both"), 20, 26)
    assert order.tolist() == PINNED_ORDER
    assert signs.tolist() == PINNED_SIGNS


PINNED_ORDER = [4, 1, 2, 7, 0, 5, 3, 6]
PINNED_SIGNS = [1, 1, 1, 1, -1, -1, -1, -1]


@pytest.mark.parametrize("name", ["two groups of four", "both, regression", "unequal blocks", "whole pairs, flipped"])
def test_draws_are_uniform(name):
    """Twenty of each on average: chi-squared within its 99.9 per cent."""
    group, design, known = CASES[name]
    number = {(relabelled(design, *one) + 0.0).tobytes(): i for i, one in enumerate(all_relabellings(group, design))}
    assert len(number) == known
    drawn = [number[(relabelled(design, *relabelling(group, 1, i)) + 0.0).tobytes()] for i in range(1, 20 * known + 1)]
    seen = np.bincount(drawn, minlength=known)
    assert ((seen - 20.0) ** 2 / 20).sum() < stats.chi2.isf(0.001, known - 1)


def test_names_of_blocks_decide_nothing():
    """Labels in another alphabet give the same relabellings."""
    names = np.array(["c", "c", "a", "a", "b", "b"])
    for make in (within, whole):
        first, second = (relabelling(make(labels, "both"), 4, 9) for labels in (names, numbered(names)))
        np.testing.assert_array_equal(first.order, second.order)
        np.testing.assert_array_equal(first.signs, second.signs)


def test_whole_blocks_meet_by_what_their_rows_are():
    """Left meets left, whatever the order of rows in a block."""
    group = whole([0, 0, 1, 1], "permute", ["left", "right", "right", "left"])
    swap = Enumeration(group, np.array([[1.0], [2], [3], [4]])).relabelling(1)
    assert swap.order.tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("labels", "corresponding", "message"),
    [([0, 0, 1], None, "1 and 2 rows"), ([0, 0, 1, 1], ["left", "right", "left", "left"], "do not correspond")],
)
def test_unlike_blocks_cannot_be_exchanged(labels, corresponding, message):
    """They can change sign."""
    with pytest.raises(ValueError, match=message):
        whole(labels, "permute", corresponding)
    assert count(whole(labels, "sign-flip", corresponding), np.ones((len(labels), 1))) == 4


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


# auto


SUBJECTS = np.repeat(np.arange(8), 2)
SUBJECT_COLUMNS = (SUBJECTS[:, None] == np.arange(8)).astype(float)
AGE = np.repeat([3.0, 1, 4, 1, 5, 9, 2, 6], 2)
ONE = np.ones(16)
CONDITION = UP_DOWN[:, 0]
GROUPS = np.column_stack([GROUP_OF_PAIR > 0, GROUP_OF_PAIR < 0]).astype(float)
CELLS = np.column_stack([GROUPS * (CONDITION[:, None] == value) for value in (1, -1)])
UNEQUAL = np.array([0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7])

CHOSEN = {
    "one sample": ([ONE], [1], None, "sign-flip", "none"),
    "one sample, each subject once": ([ONE], [1], np.arange(16), "sign-flip", "none"),
    "mean beside a covariate": ([ONE, np.arange(16.0)], [1, 0], None, "sign-flip", "none"),
    "mean of one group": ([*GROUPS.T], [1, 0], None, "sign-flip", "none"),
    "two groups": ([*GROUPS.T], [1, -1], None, "permute", "none"),
    "F over two groups": ([*GROUPS.T], [[1, -1]], None, "permute", "none"),
    "slope": ([ONE, AGE], [0, 1], None, "permute", "none"),
    "centred slope without constant": ([CONDITION], [1], None, "permute", "none"),
    "paired": ([CONDITION, *SUBJECT_COLUMNS.T], [1] + [0] * 8, SUBJECTS, "permute", "within"),
    "paired, subjects not modelled": ([CONDITION, ONE], [1, 0], SUBJECTS, "permute", "within"),
    "interaction within": (
        [CONDITION, CONDITION * GROUP_OF_PAIR, *SUBJECT_COLUMNS.T],
        [0, 1] + [0] * 8,
        SUBJECTS,
        "permute",
        "within",
    ),
    "mean over two rows": ([ONE, CONDITION], [1, 0], SUBJECTS, "sign-flip", "whole"),
    "mean over rows, unequal subjects": ([ONE], [1], UNEQUAL, "sign-flip", "whole"),
    "mean of one condition": (
        [(CONDITION > 0).astype(float), (CONDITION < 0).astype(float)],
        [1, 0],
        SUBJECTS,
        "sign-flip",
        "whole",
    ),
    "groups of subjects": ([*GROUPS.T, CONDITION], [1, -1, 0], SUBJECTS, "permute", "whole"),
    "slope over subjects": ([ONE, AGE], [0, 1], SUBJECTS, "permute", "whole"),
}


def asked(columns, weights, subjects, corresponding=None):
    parts = partition(prepare(np.column_stack(columns).astype(float)), weights)
    return derive(parts, subjects, corresponding)


@pytest.mark.parametrize("name", CHOSEN)
def test_auto_chooses(name):
    """Scheme, blocks and a sentence."""
    *design, scheme, blocks = CHOSEN[name]
    found = asked(*design)
    assert isinstance(found, Derived)
    assert (found.group.scheme, found.group.blocks) == (scheme, blocks)
    assert found.because.startswith(("the contrast", "the effect"))


REFUSED = {
    "mean and slope at once": ([ONE, AGE], [[1, 0], [0, 1]], None, "mean together with other effects"),
    "both group means at once": ([*GROUPS.T], [[1, 0], [0, 1]], None, "mean together with other effects"),
    "slope through the origin": ([AGE], [1], None, "no constant"),
    "within and between": ([ONE, np.arange(16.0)], [0, 1], SUBJECTS, "both within and between"),
    "a group mean of repeated rows": ([*CELLS.T], [1, 0, 0, -1], SUBJECTS, "both within and between"),
    "between, with subjects in the model": (
        [*SUBJECT_COLUMNS.T],
        [1, 1, 1, 1, -1, -1, -1, -1],
        SUBJECTS,
        "mean for every subject",
    ),
    "subjects of unequal size": ([ONE, np.arange(8.0)[UNEQUAL]], [0, 1], UNEQUAL, "1 and 2 and 3 rows"),
    "rows that do not answer each other": (
        [*GROUPS.T, np.where(SUBJECTS == 3, -CONDITION, CONDITION)],
        [1, -1, 0],
        SUBJECTS,
        "cannot be told",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_auto_refuses(name):
    """With a sentence that says why, and what to do."""
    *design, words = REFUSED[name]
    found = asked(*design)
    assert isinstance(found, Refused)
    assert words in found.because
    assert "declare" in found.because


def test_named_conditions_settle_which_rows_answer_each_other():
    """Groups by conditions in cells: the difference of groups, refused without names and permuted with them."""
    design = ([*CELLS.T], [1, -1, 1, -1], SUBJECTS)
    assert isinstance(asked(*design), Refused)
    found = asked(*design, np.where(CONDITION > 0, "left", "right"))
    assert isinstance(found, Derived)
    assert (found.group.scheme, found.group.blocks) == ("permute", "whole")


def test_auto_does_not_depend_on_the_coding():
    """Treatment, sum and cell-mean coding of two groups are one design."""
    codings = [([*GROUPS.T], [1, -1]), ([ONE, GROUPS[:, 0]], [0, 1]), ([ONE, GROUP_OF_PAIR], [0, 2])]
    found = [asked(*coding, None) for coding in codings]
    assert len({one.because for one in found}) == 1
    assert {count(one.group, GROUP_OF_PAIR[:, None]) for one in found} == {comb(16, 8)}


def test_pairs_are_as_many_as_the_flips_of_their_differences():
    """And the sentence says so."""
    found = asked([CONDITION, *SUBJECT_COLUMNS.T], [1] + [0] * 8, SUBJECTS)
    assert count(found.group, UP_DOWN) == count(rows(8, "sign-flip"), np.ones((8, 1))) == 256
    assert "flipping the signs of their differences" in found.because
