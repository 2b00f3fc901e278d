"""How smooth the residuals of a second level are: its own step, from the same rows and matrix as the fit.

Products of neighbours' residuals are added up row by row, whether the rows are stored or went by during the fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glmspec.core.least_squares import Floats, PreparedDesign, prepare
from glmspec.core.rowwise import NeighbourProducts, RowwiseFit, rotations
from glmspec.core.smoothness import FEWEST_DOF, pairs_of, unbiased_correlations
from glmspec.execution.context import Context
from glmspec.execution.maps import stored_rows
from glmspec.execution.smoothness import FEW, unknown_widths, widths
from glmspec.execution.store import Artifact
from glmspec.images.geometry import voxel_volume


def residual_smoothness(params: Mapping[str, Any], context: Context) -> Artifact:
    """FWHM along each axis in voxels and mm, resels, and the search volume; without widths, why there are none."""
    rows = stored_rows(context)
    fold = RowwiseFit(rotations(params["matrix"]), len(rows[0]))
    products = NeighbourProducts(np.asarray(context.artifacts["mask"].arrays["mask"]))
    for row in rows:
        products.add(fold.add(row))
    return _described(context, fold.design.prepared, products.sums, fold.finish().residual_variance)


def streamed_smoothness(params: Mapping[str, Any], context: Context) -> Artifact:
    """The same, from the products that a fit has added up while its maps went by."""
    stored = context.artifacts["fit"].arrays
    products, variance = (np.array(stored[name]) for name in ("products", "residual_variance"))
    return _described(context, prepare(np.array(params["matrix"])), products, variance)


def _described(context: Context, prepared: PreparedDesign, products: Floats, variance: Floats) -> Artifact:
    """What is told, from sums (3, V) of products of neighbours and the residual variance (V,)."""
    facts = context.artifacts["mask"].facts
    mask, affine = np.asarray(context.artifacts["mask"].arrays["mask"]), np.array(facts["affine"])
    told = {"voxels": len(variance), "mm3": len(variance) * voxel_volume(affine), "dof": prepared.dof}
    if prepared.dof < FEWEST_DOF:
        return Artifact({}, {**told, **unknown_widths(FEW)})
    squares, means = variance * prepared.dof, []
    for along, (one, other) in zip(products, (pairs.T for pairs in pairs_of(mask)), strict=True):
        found = unbiased_correlations(along[one], squares[one], squares[other], prepared.dof)
        known = np.isfinite(found)
        means.append(float(found[known].mean()) if known.any() else np.nan)
    return Artifact({}, {**told, **widths(means, len(variance), affine)})
