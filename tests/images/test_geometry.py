"""Grids."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.images.geometry import Grid, describe, same_grid, to_mm, voxel_sizes, voxel_volume

from .files import AFFINE

SHAPE = (53, 63, 46)


def moved(**entries):
    affine = AFFINE.copy()
    for name, change in entries.items():
        affine[int(name[1]), int(name[2])] += change
    return Grid(SHAPE, affine)


def test_voxel_sizes_of_an_oblique_grid():
    """Lengths of columns: a rotation keeps them."""
    c, s = np.cos(0.4), np.sin(0.4)
    turned = np.eye(4)
    turned[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.diag([2, 3, 4])
    np.testing.assert_allclose(voxel_sizes(turned), [2, 3, 4])
    np.testing.assert_allclose(voxel_volume(turned), 24)


def test_to_mm():
    """One voxel, and many."""
    np.testing.assert_array_equal(to_mm(AFFINE, (1, 2, 3)), [75, -106, -59.5])
    assert to_mm(AFFINE, np.zeros((4, 5, 3))).shape == (4, 5, 3)


def test_a_grid_is_itself_after_a_trip_through_a_header():
    """float32 affines differ in the seventh digit."""
    turned = AFFINE + 1e-6 * np.arange(16).reshape(4, 4) * (np.arange(4) < 3)[:, None]
    assert same_grid(Grid(SHAPE, AFFINE), Grid(SHAPE, turned.astype(np.float32).astype(np.float64)))


@pytest.mark.parametrize(
    "other",
    [
        moved(a03=0.01),
        moved(a03=-6.0),
        moved(a00=0.001),
        moved(a01=0.001),
        Grid((53, 63, 47), AFFINE),
        Grid(SHAPE, AFFINE @ np.diag([-1.0, 1, 1, 1])),
    ],
    ids=["a hundredth of a mm", "two voxels", "voxel size", "rotation", "shape", "mirror"],
)
def test_other_grids(other):
    """What moves a corner by more than a thousandth of a voxel is another grid, either way round."""
    assert not same_grid(Grid(SHAPE, AFFINE), other)
    assert not same_grid(other, Grid(SHAPE, AFFINE))


def test_in_words():
    """For messages."""
    assert describe(Grid(SHAPE, np.diag([3.0, 3, 3, 1]))) == "53 x 63 x 46 voxels of 3 x 3 x 3 mm"
