"""How smooth residuals are: of a second level its own step, of a run a sample that its fit takes on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.least_squares import prepare
from glmspec.core.smoothness import (
    FEWEST_DOF,
    correlations,
    pairs_of,
    pooled_correlation,
    sampled_scans,
    smoothness,
    standardised,
    unbiased_correlations,
)
from glmspec.execution.context import Context
from glmspec.execution.maps import stored_rows
from glmspec.execution.store import Artifact
from glmspec.images.geometry import voxel_sizes, voxel_volume
from glmspec.plan.steps import BLOCK

Floats = NDArray[np.float64]
Pairs = NDArray[np.intp]
FEW = f"there are fewer than {FEWEST_DOF} degrees of freedom"
ROUGH = "neighbouring voxels do not correlate"


def residual_smoothness(params: Mapping[str, Any], context: Context) -> Artifact:
    """FWHM along each axis in voxels and mm, resels, and the search volume; without widths, why there are none."""
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
    voxels = int(volume.sum())
    facts = {"voxels": voxels, "mm3": voxels * voxel_volume(affine), "dof": dof}
    if dof < FEWEST_DOF:
        return Artifact({}, {**facts, **_unknown(FEW)})
    means = [mean_correlation(axis, pairs) for axis, pairs in enumerate(pairs_of(volume))]
    return Artifact({}, {**facts, **_widths(means, voxels, affine)})


class RunSample:
    """Standardised innovations of some scans of a run, filled in block by block of its voxels."""

    def __init__(self, scans: int, order: int, voxels: int) -> None:
        self.scans = sampled_scans(scans - order, voxels)
        self.values = np.empty((len(self.scans), voxels), dtype=np.float32)

    def take(self, part: slice, residuals: Floats, ar: Floats, variance: Floats) -> None:
        """Keep of a block what :func:`~glmspec.core.smoothness.standardised` makes of it."""
        self.values[:, part] = standardised(residuals, ar, variance, self.scans)

    def facts(self, context: Context, dof: int) -> dict[str, Any]:
        """FWHM along each axis in voxels and mm, and resels; without widths, why there are none."""
        told = {"dof": dof, "scans": len(self.scans)}
        if dof < FEWEST_DOF:
            return {**_unknown(FEW), **told}
        mask = context.artifacts["mask"]
        means = [pooled_correlation(self.values, pairs, dof) for pairs in pairs_of(np.asarray(mask.arrays["mask"]))]
        return {**_widths(means, self.values.shape[1], np.array(mask.facts["affine"])), **told}


def _unknown(because: str) -> dict[str, Any]:
    return {"fwhm_voxels": None, "fwhm_mm": None, "resels": None, "because": because}


def _widths(correlation: list[float], voxels: int, affine: Floats) -> dict[str, Any]:
    """From the mean correlation of neighbours along each axis."""
    found = smoothness(np.array(correlation), voxels)
    if not np.isfinite(found.fwhm).all():
        return _unknown(ROUGH)
    in_mm = (found.fwhm * voxel_sizes(affine)).tolist()
    return {"fwhm_voxels": found.fwhm.tolist(), "fwhm_mm": in_mm, "resels": found.resels}


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
