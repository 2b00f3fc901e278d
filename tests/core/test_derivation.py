"""Which scheme and blocks a design and a contrast call for."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from glmspec.core.derivation import IN_LARGE_SAMPLES, Derived, Refused, derive
from glmspec.core.enumeration import count
from glmspec.core.exchangeability import rows
from glmspec.core.least_squares import prepare
from glmspec.core.partition import partition

from .groups_of_rows import GROUP_OF_PAIR, UP_DOWN

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


SITE_OF_SUBJECT = np.repeat([0, 1, 0, 1, 0, 1, 0, 1], 2)
VARIANCES = {
    "two groups": (GROUP_OF_PAIR, True),
    "slope": (np.arange(16) < 8, True),
    "one sample": (np.arange(16) < 8, False),
    "paired": (SITE_OF_SUBJECT, False),
    "paired, subjects not modelled": (CONDITION, True),
    "groups of subjects": (CONDITION, False),
    "slope over subjects": (SITE_OF_SUBJECT, True),
    "mean over two rows": (SITE_OF_SUBJECT, False),
}


@pytest.mark.parametrize("name", VARIANCES)
def test_unequal_variances_change_the_sentence_alone(name):
    """And only where rows of unlike variance change places."""
    columns, weights, subjects, scheme, blocks = CHOSEN[name]
    labels, said = VARIANCES[name]
    parts = partition(prepare(np.column_stack(columns).astype(float)), weights)
    plain, found = derive(parts, subjects), derive(parts, subjects, variances=labels)
    assert (found.group.scheme, found.group.blocks) == (scheme, blocks)
    assert found.because == (f"{plain.because}; {IN_LARGE_SAMPLES}" if said else plain.because)


def test_one_variance_group_is_none():
    """Nothing is approximate where all rows have one variance."""
    parts = partition(prepare(GROUPS), [1.0, -1])
    assert derive(parts, variances=np.zeros(16)).because == derive(parts).because


def test_refusals_stay_what_they_are():
    """Unequal variances do not make up for a constant."""
    parts = partition(prepare(AGE[:, None]), [1.0])
    assert derive(parts, variances=GROUP_OF_PAIR) == derive(parts)
