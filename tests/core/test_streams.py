"""Streams are a function of seed and index, and of nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.streams import generator

PINNED = [772, 586, 392, 118, 962, 215]


def test_the_same_pair_gives_the_same_numbers():
    """However many others were drawn in between."""
    first = generator(7, 3).random(5)
    generator(7, 4).random(100)
    np.testing.assert_array_equal(generator(7, 3).random(5), first)


def test_seed_and_index_are_not_exchangeable():
    """(1, 2), (2, 1) and (3, 0) are three streams."""
    draws = {tuple(generator(*pair).random(3)) for pair in ((1, 2), (2, 1), (3, 0), (0, 3))}
    assert len(draws) == 4


def test_pinned():
    """numpy 2.4.6's Philox with key (20, 26): results of a document do not change with a release unnoticed."""
    assert generator(20, 26).integers(0, 1000, 6).tolist() == PINNED


def test_neighbours_are_uncorrelated():
    """A thousand streams, first number each: no trend, the right spread."""
    first = np.array([generator(0, index).random() for index in range(1000)])
    assert abs(first.mean() - 0.5) < 4 * np.sqrt(1 / 12 / 1000)
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 4 / np.sqrt(1000)


@pytest.mark.parametrize("pair", [(-1, 0), (0, -1), (2**64, 0)])
def test_out_of_range(pair):
    """Words of 64 bits."""
    with pytest.raises(ValueError, match="whole numbers"):
        generator(*pair)
