"""Who touches whom, on volumes that fit on a page."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.neighbours import TILE, prepare_neighbours

COUNTS = {"faces": 6, "edges": 18, "corners": 26}


@pytest.mark.parametrize("connectivity", COUNTS)
def test_the_middle_of_a_cube(connectivity):
    """Has them all, once each, in C order."""
    row = prepare_neighbours(np.ones((3, 3, 3), dtype=bool), connectivity).table[13]
    assert len(set(row)) == COUNTS[connectivity]
    assert row.tolist() == sorted(row)
    assert 13 not in row


@pytest.mark.parametrize("connectivity", COUNTS)
def test_touching_is_mutual(connectivity):
    """And the first half of the columns are earlier voxels, the second half later ones."""
    mask = np.random.default_rng(0).random((5, 4, 6)) < 0.6
    table = prepare_neighbours(mask, connectivity).table
    pairs = {(voxel, other) for voxel, row in enumerate(table) for other in row if other >= 0}
    assert pairs == {(other, voxel) for voxel, other in pairs}
    earlier, later = np.split(table, 2, axis=1)
    own = np.arange(len(table))[:, None]
    assert (earlier < own).all()
    assert (later[later >= 0] > np.broadcast_to(own, later.shape)[later >= 0]).all()


def test_numbers_are_of_the_mask():
    """Not of the volume."""
    mask = np.array([True, False, True, True])[:, None, None]
    neighbours = prepare_neighbours(mask, "faces")
    assert neighbours.voxels == 3
    assert [sorted(other for other in row if other >= 0) for row in neighbours.table.tolist()] == [[], [2], [1]]


def test_nothing_wraps_around():
    """The end of one row does not touch the start of the next."""
    mask = np.zeros((2, 2, 3), dtype=bool)
    mask[0, 0, 2] = mask[0, 1, 0] = mask[1, 1, 2] = True
    assert (prepare_neighbours(mask, "faces").table == -1).all()


@pytest.mark.parametrize("mask", [np.ones((3, 3), dtype=bool), np.ones((3, 3, 3))])
def test_what_is_no_mask_is_refused(mask):
    """Two dimensions, or numbers."""
    with pytest.raises(ValueError, match="volume of booleans"):
        prepare_neighbours(mask, "faces")


@pytest.mark.parametrize("connectivity", COUNTS)
def test_the_lattice_says_the_same(connectivity):
    """A step from a voxel's cell leads to the cell of the neighbour in that column, or to one without a voxel."""
    mask = np.random.default_rng(0).random((5, 4, 70)) < 0.6
    neighbours = prepare_neighbours(mask, connectivity)
    lattice = neighbours.lattice
    there = np.full(lattice.size, -1)
    there[lattice.cells] = np.arange(neighbours.voxels)
    np.testing.assert_array_equal(there[lattice.cells[:, None] + lattice.steps], neighbours.table)
    tiled = (lattice.tiles[:, None] + np.arange(TILE)).ravel()
    assert np.isin(lattice.cells, tiled).all()
    assert tiled.min() + lattice.steps.min() >= 0
    assert tiled.max() + lattice.steps.max() < lattice.size
