"""The display grid: left stays left, whatever the affine."""

from itertools import permutations, product

import numpy as np
import pytest

from glmspec.reporting.figures.display import AXES, DisplayGrid, HeadImage

SHAPE = (9, 11, 13)


def affine_of(order, signs, sizes=(2.0, 3.0, 4.0), origin=(-7.0, 5.0, 11.0)):
    """Image axis ``i`` runs along world axis ``order[i]``, in the direction ``signs[i]``."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for axis, (world, sign) in enumerate(zip(order, signs, strict=True)):
        affine[world, axis] = sign * sizes[axis]
    affine[:3, 3] = origin
    return affine


def turned(degrees, affine):
    a = np.deg2rad(degrees)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    return turn @ affine


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("signs", list(product((1, -1), repeat=3)))
def test_every_permutation_and_flip_is_exact(order, signs):
    affine = affine_of(order, signs)
    values = np.arange(np.prod(SHAPE), dtype=float).reshape(SHAPE)
    grid = DisplayGrid.from_mask(np.ones(SHAPE, dtype=bool), affine)
    shown = grid.volume(values)
    assert not grid.resampled
    assert sorted(shown[~np.isnan(shown)]) == sorted(values.ravel())
    for voxel in [(0, 0, 0), (8, 0, 5), (3, 7, 12)]:
        world = affine[:3, :3] @ voxel + affine[:3, 3]
        place = tuple(grid.index(axis, mm) for axis, mm in zip(AXES, world, strict=True))
        assert shown[place] == values[voxel]
        assert [grid.mm(axis, i) for axis, i in zip(AXES, place, strict=True)] == pytest.approx(world, abs=1e-12)


def test_crops_to_the_mask_and_a_margin_that_may_lie_beyond_the_image():
    mask = np.zeros(SHAPE, dtype=bool)
    mask[0:2, 4:7, 5] = True
    grid = DisplayGrid.from_mask(mask, np.diag([2.0, 2, 2, 1]))
    assert grid.mask.shape == (4, 5, 3)
    assert grid.origin == (-2, 6, 8)
    assert np.isnan(grid.volume(np.zeros(SHAPE))[0]).all()
    assert not grid.volume(np.ones(SHAPE, dtype=bool))[0].any()


def test_a_rotation_below_the_limit_is_none():
    affine = affine_of((0, 1, 2), (1, 1, 1), (2.0, 2.0, 2.0))
    mask = np.ones(SHAPE, dtype=bool)
    assert not DisplayGrid.from_mask(mask, turned(np.rad2deg(0.9e-4), affine)).resampled
    assert DisplayGrid.from_mask(mask, turned(0.1, affine)).resampled


def test_oblique_images_are_resampled_so_finely_that_no_voxel_is_lost():
    affine = turned(20, affine_of((0, 1, 2), (-1, 1, 1)))
    mask = np.ones(SHAPE, dtype=bool)
    grid = DisplayGrid.from_mask(mask, affine)
    assert grid.resampled
    assert grid.sizes == pytest.approx([2 / np.sqrt(3)] * 3)
    values = np.arange(np.prod(SHAPE), dtype=float).reshape(SHAPE)
    shown = grid.volume(values)
    assert set(shown[grid.mask]) == set(values.ravel())
    for voxel in product((0, 4, 8), (0, 5, 10), (0, 6, 12)):
        world = affine[:3, :3] @ voxel + affine[:3, 3]
        place = tuple(grid.index(axis, mm) for axis, mm in zip(AXES, world, strict=True))
        assert shown[place] == values[voxel]
    # Volume is kept, so nothing was cut off; the rest is the rounding of edges.
    assert grid.mask.sum() * np.prod(grid.sizes) == pytest.approx(mask.sum() * 24, rel=0.03)


def test_the_index_beyond_an_edge_is_the_edge():
    grid = DisplayGrid.from_mask(np.ones(SHAPE, dtype=bool), np.eye(4))
    assert grid.index("x", -100) == 0
    assert grid.index("z", 1e6) == grid.mask.shape[2] - 1


def test_a_background_on_another_grid_lands_where_it_belongs():
    grid = DisplayGrid.from_mask(
        np.ones(SHAPE, dtype=bool), affine_of((0, 1, 2), (1, 1, 1), (2.0, 2.0, 2.0), (0, 0, 0))
    )
    fine = np.tile(np.linspace(0, 100, 61)[::-1, None, None], (1, 61, 61))  # x runs to the left
    affine = np.diag([-0.5, 0.5, 0.5, 1.0])
    affine[:3, 3] = (24, -2, -2)
    grey = grid.background(HeadImage(fine, affine)).grey.astype(float)
    middle = grey[2:9, 5, 5]
    assert (np.diff(middle) > 0).all()
    assert np.diff(middle) == pytest.approx(np.diff(middle).mean(), abs=1.0)  # a ramp, to half a grey each way


def test_a_head_widens_the_grid_and_air_is_not_head():
    mask = np.zeros(SHAPE, dtype=bool)
    mask[3:6, 3:6, 3:6] = True
    head = np.zeros(SHAPE)
    head[1:8, 1:10, 1:12] = 50.0
    head[0] = np.nan
    image = HeadImage(head, np.eye(4))
    grid = DisplayGrid.from_mask(mask, np.eye(4), image)
    background = grid.background(image)
    assert grid.mask.shape == (9, 11, 13)
    assert grid.mask.sum() == mask.sum()
    np.testing.assert_array_equal(background.head, grid.volume(head == 50))


def test_an_empty_background_does_not_divide_by_zero():
    grid = DisplayGrid.from_mask(np.ones(SHAPE, dtype=bool), np.eye(4))
    assert not grid.background(HeadImage(np.zeros(SHAPE), np.eye(4))).head.any()


def test_wrong_input_is_refused():
    mask = np.ones(SHAPE, dtype=bool)
    with pytest.raises(ValueError, match="empty"):
        DisplayGrid.from_mask(~mask, np.eye(4))
    with pytest.raises(ValueError, match="singular"):
        DisplayGrid.from_mask(mask, np.diag([1.0, 1, 0, 1]))
    with pytest.raises(ValueError, match="shape"):
        DisplayGrid.from_mask(mask, np.eye(4)).volume(np.zeros((2, 2, 2)))
