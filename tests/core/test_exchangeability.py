"""Groups of relabellings, and random members of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from glmspec.core.enumeration import Enumeration, all_relabellings, count
from glmspec.core.exchangeability import mixes, numbered, relabelling, rows, whole, within

from .groups_of_rows import CASES, relabelled


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


SITES = ["a", "a", "a", "b", "b", "b"]
"""Variance groups of six rows."""


@pytest.mark.parametrize(
    ("group", "mixed"),
    [
        (rows(6, "permute"), True),
        (rows(6, "both"), True),
        (rows(6, "sign-flip"), False),
        (within(SITES, "permute"), False),
        (within([0, 1, 2, 2, 1, 0], "permute"), True),
        (whole([0, 0, 1, 1, 2, 2], "permute"), True),
        (whole([0, 1, 2, 0, 1, 2], "permute"), False),
        (whole([0, 1, 2, 0, 1, 2], "sign-flip"), False),
    ],
)
def test_which_groups_mix_rows_of_unlike_variance(group, mixed):
    """Blocks with a row of each site, place by place, do not; and draws agree."""
    assert mixes(group, SITES) is mixed
    labels = np.array(SITES)
    assert any((labels[relabelling(group, 1, index).order] != labels).any() for index in range(50)) is mixed
