"""How smooth the residuals of a second level are: its own step, from the same rows and matrix as the fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.least_squares import prepare
from glmspec.core.smoothness import FEWEST_DOF, correlations, pairs_of, smoothness, unbiased_correlations
from glmspec.execution.context import Context
from glmspec.execution.maps import stored_rows
from glmspec.execution.store import Artifact
from glmspec.images.geometry import voxel_sizes, voxel_volume
from glmspec.plan.steps import BLOCK

Floats = NDArray[np.float64]
Pairs = NDArray[np.intp]


def residual_smoothness(params: Mapping[str, Any], context: Context) -> Artifact:
    """FWHM along each axis in voxels and mm, resels, and the search volume; widths are null where undefined."""
    matrix = np.array(params["matrix"])
    dof = prepare(matrix).dof
    basis = np.linalg.svd(matrix, full_matrices=False)[0][:, : len(matrix) - dof]

    def mean_correlation(axis: int, pairs: Pairs) -> float:
        return _mean_correlation(stored_rows(context), basis, pairs, dof, context)

    return _described(context, dof, mean_correlation)


def streamed_smoothness(params: Mapping[str, Any], context: Context) -> Artifact:
    """The same, from the products of neighbours' residuals that a fit has added up while its maps went by."""
    dof = prepare(np.array(params["matrix"])).dof
    stored = context.artifacts["fit"].arrays
    squares = np.array(stored["residual_variance"]) * dof

    def mean_correlation(axis: int, pairs: Pairs) -> float:
        products = np.array(stored["products"][axis])[pairs[:, 0]]
        found = unbiased_correlations(products, squares[pairs[:, 0]], squares[pairs[:, 1]], dof)
        known = np.isfinite(found)
        return float(found[known].mean()) if known.any() else np.nan

    return _described(context, dof, mean_correlation)


def _described(context: Context, dof: int, mean_correlation: Callable[[int, Pairs], float]) -> Artifact:
    """What is told of the smoothness, from the mean correlation over the pairs of neighbours of each axis."""
    mask = context.artifacts["mask"]
    volume, affine = np.asarray(mask.arrays["mask"]), np.array(mask.facts["affine"])
    voxels, sizes = int(volume.sum()), voxel_sizes(affine)
    facts: dict[str, Any] = {"voxels": voxels, "mm3": voxels * voxel_volume(affine)}
    if dof < FEWEST_DOF:
        return Artifact({}, {**facts, "fwhm_voxels": None, "fwhm_mm": None, "resels": None, "dof": dof})
    means = [mean_correlation(axis, pairs) for axis, pairs in enumerate(pairs_of(volume))]
    found = smoothness(np.array(means), voxels)
    defined = bool(np.isfinite(found.fwhm).all())
    widths = {
        "fwhm_voxels": found.fwhm.tolist() if defined else None,
        "fwhm_mm": (found.fwhm * sizes).tolist() if defined else None,
        "resels": found.resels if defined else None,
    }
    return Artifact({}, {**facts, **widths, "dof": dof})


def _mean_correlation(maps: list[Any], basis: Floats, pairs: NDArray[np.intp], dof: int, context: Context) -> float:
    """Over all pairs of neighbours of one axis."""

    def block(part: slice) -> tuple[float, int]:
        one, other = (_residuals(maps, basis, pairs[part, side]) for side in (0, 1))
        found = correlations(one, other, dof)
        known = np.isfinite(found)
        return float(found[known].sum()), int(known.sum())

    sums = [result for _, result in context.blocks(block, len(pairs), 8 * BLOCK * 6 * len(maps))]
    number = sum(count for _, count in sums)
    return sum(total for total, _ in sums) / number if number else np.nan


def _residuals(maps: list[Any], basis: Floats, voxels: NDArray[np.intp]) -> Floats:
    """What the design leaves of some voxels (N, K)."""
    data = np.stack([np.asarray(values)[voxels].astype(np.float64) for values in maps])
    return np.asarray(data - basis @ (basis.T @ data))
