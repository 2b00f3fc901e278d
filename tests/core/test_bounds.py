"""Bounds of cosines: never too low, never so high that they are of no use, from tables and from products."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core import bounds
from glmspec.core.bounds import SCALE, upper_bounds

GROUP = 32


def unit(values, axis):
    return values / np.linalg.norm(values, axis=axis, keepdims=True)


def highest(units, columns, sign):
    """The largest cosine of each group, by one product in double precision."""
    cosines = columns @ units.T.astype(float)
    sided = np.abs(cosines) if sign == 0 else np.maximum(sign * cosines, 0)
    wide = np.zeros((len(columns), -(-sided.shape[1] // GROUP) * GROUP))
    wide[:, : sided.shape[1]] = sided
    return wide.reshape(len(columns), -1, GROUP).max(axis=2).T


@pytest.mark.parametrize("sign", [1.0, -1.0, 0.0])
@pytest.mark.parametrize("voxels", [1, 32, 700, 9001])
@pytest.mark.parametrize(("rows", "count"), [(1, 1), (3, 5), (16, 300), (17, 64), (32, 40)])
def test_tables_of_sign_flips(rows, count, voxels, sign):
    """Any number of rows, and of voxels beside whole tiles; voxels of nothing but zeros."""
    rng = np.random.default_rng(rows * voxels)
    units = unit(rng.normal(size=(voxels, rows)) + 0.3, 1).astype(np.float32)
    units[voxels // 2] = 0
    columns = unit(rng.normal(size=rows), 0) * rng.choice([-1.0, 1.0], (count, rows))
    assert bounds._table(columns) is not None
    found = upper_bounds(units, columns[:, None], 1, sign, GROUP)
    exact = SCALE * highest(units, columns, sign)
    assert (found >= exact).all()
    assert (found <= exact + rows + 4).all()


@pytest.mark.parametrize("sign", [1.0, -1.0, 0.0])
def test_columns_of_many_values_are_multiplied(sign):
    rng = np.random.default_rng(3)
    units = unit(rng.normal(size=(800, 12)), 1).astype(np.float32)
    columns = np.array([rng.permutation(unit(np.arange(12.0) - 3, 0)) for _ in range(50)])
    assert bounds._table(columns) is None
    found = upper_bounds(units, columns[:, None], 1, sign, GROUP)
    exact = SCALE * highest(units, columns, sign)
    assert (found >= exact).all()
    assert (found <= exact + 4).all()


def test_rows_that_change_together_are_one_unit():
    """Pairs that change places: sixteen units of thirty-two rows, as if their differences changed sign."""
    rng = np.random.default_rng(4)
    swapped = rng.random((200, 16)) < 0.5
    column = np.repeat([1.0, -1], 16) / np.sqrt(32) * (1 + 1e-15 * rng.normal(size=32))
    columns = np.where(np.tile(swapped, 2), -column, column)
    table = bounds._table(columns)
    assert table is not None
    assert len(table.weights) == 17
    units = unit(rng.normal(size=(300, 32)), 1).astype(np.float32)
    found = upper_bounds(units, columns[:, None], 1, 1.0, GROUP)
    exact = SCALE * highest(units, columns, 1.0)
    assert (found >= exact).all()
    assert (found <= exact + 20).all()


def test_of_many_units_there_are_no_tables():
    columns = np.random.default_rng(5).choice([-1.0, 1.0], (100, 33)) / np.sqrt(33)
    assert bounds._table(columns) is None
