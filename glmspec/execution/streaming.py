"""The fit of maps that go by: each is read, smoothed, folded in and forgotten, in the order of the rows.

Workers read and smooth side by side; a row is folded in when all rows before it are. What needs residuals is added up
on the way, or counted where a few voxels are kept of every map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glmspec.core.rowwise import NeighbourProducts, RowwiseFit, rotations
from glmspec.errors import InputError, Problem, raise_all
from glmspec.execution.context import Context
from glmspec.execution.maps import Image, Volume, Window, unread
from glmspec.execution.residuals import group_facts
from glmspec.execution.store import Artifact
from glmspec.plan.steps import BLOCK
from glmspec.plan.streaming import KEPT

COPIES = 6
"""Doubles for a voxel of the grid that a map takes on its way."""


def fit_streamed(params: Mapping[str, Any], context: Context) -> Artifact:
    """Least squares of every voxel, as `fit_ols` has it; sums of products of neighbours' residuals; facts of residuals.

    Raises
    ------
    InputError
        With everything that is wrong with the maps.
    """
    window, design = Window.of(context), rotations(params["matrix"])
    voxels = int(window.mask.sum())
    fold, products = RowwiseFit(design, voxels), NeighbourProducts(window.mask)
    every = sampling(voxels, design.prepared.rows)
    sample, wrong = [], list[Problem]()

    def values(read: Callable[[], Image]) -> Volume | InputError:
        try:
            return window.values(read(), params["fwhm"])
        except InputError as error:
            return error

    for row in context.each(values, unread(params, context), 8 * COPIES * window.mask.size):
        if isinstance(row, InputError):
            wrong += row.problems
        elif not wrong:
            new = fold.add(row)
            sample.append(row[::every].copy())
            products.add(new)
    raise_all(wrong)
    found = fold.finish()
    one_group = np.zeros(design.prepared.rows, dtype=np.intp)
    residuals = group_facts(design.prepared, sample, found.residual_variance[::every], one_group, context)
    facts = {
        "voxels": voxels,
        "constant": int((found.residual_variance == 0).sum()),
        "residuals": {**residuals, "every": every},
    }
    return Artifact({**found._asdict(), "products": products.sums}, facts)


def sampling(voxels: int, rows: int) -> int:
    """Every how many voxels residuals are looked at: as few as fit into a block, and of all maps into memory."""
    return -(-voxels // max(1, min(BLOCK, KEPT // rows)))
