"""Many relabellings at once are those that come one by one."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.draws import relabellings, words
from glmspec.core.enumeration import Enumeration
from glmspec.core.exchangeability import relabelling, rows, whole, within
from glmspec.core.streams import generator

LABELS = [1, 0, 1, 0, 2, 2, 0, 1, 2]
GROUPS = {
    f"{kind}, {scheme}": made(scheme)
    for scheme in ("sign-flip", "permute", "both")
    for kind, made in {
        "rows": lambda scheme: rows(9, scheme),
        "within": lambda scheme: within(LABELS, scheme),
        "whole": lambda scheme: whole(LABELS, scheme),
    }.items()
}


@pytest.mark.parametrize("each", [1, 4, 9])
@pytest.mark.parametrize(("seed", "first"), [(0, 0), (26, 1000), (2**64 - 1, 2**63), (2**40, 2**64 - 5)])
def test_words_are_those_of_numpy(seed, first, each):
    """Its Philox, key by key."""
    want = [generator(seed, first + stream).bit_generator.random_raw(each) for stream in range(5)]
    np.testing.assert_array_equal(words(seed, first, 5, each), want)


@pytest.mark.parametrize(("seed", "first"), [(-1, 0), (0, -1), (2**64, 0), (0, 2**64 - 1)])
def test_out_of_range(seed, first):
    with pytest.raises(ValueError, match="whole numbers from 0"):
        words(seed, first, 2, 4)


@pytest.mark.parametrize("start", [0, 1, 640])
@pytest.mark.parametrize("name", GROUPS)
def test_relabellings(name, start):
    """The identity first, then each as by itself."""
    group = GROUPS[name]
    for index, (order, signs) in enumerate(relabellings(group, 3, start, start + 7), start):
        want = relabelling(group, 3, index)
        np.testing.assert_array_equal(order, want.order)
        np.testing.assert_array_equal(signs, want.signs)


@pytest.mark.parametrize("name", GROUPS)
def test_enumerated_relabellings(name):
    """All of them; a unit of zeros keeps its sign."""
    design = np.repeat([[1.0], [0.0], [2.0]], [4, 1, 4], axis=0)
    every = Enumeration(GROUPS[name], design)
    count = min(every.count, 100)
    got = [*every.relabellings(0, 5), *every.relabellings(5, count)] if count > 5 else every.relabellings(0, count)
    for index, (order, signs) in enumerate(got):
        want = every.relabelling(index)
        np.testing.assert_array_equal(order, want.order)
        np.testing.assert_array_equal(signs, want.signs)
    with pytest.raises(IndexError):
        every.relabellings(every.count - 1, every.count + 1)
