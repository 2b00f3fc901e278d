"""Residuals of a second level: counted block by block over all voxels, so that no residual is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.histograms import counts
from glmspec.core.least_squares import PreparedDesign, prepare
from glmspec.core.partition import residualise
from glmspec.core.residuals import (
    leverages,
    studentised,
    studentised_cdf,
    studentised_limit,
)
from glmspec.core.welch import variance_groups
from glmspec.execution.context import Context
from glmspec.execution.fitting import over_blocks, rows_of
from glmspec.execution.maps import stored_rows
from glmspec.execution.store import Artifact

Params = Mapping[str, Any]
Floats = NDArray[np.float64]

RARE = 0.01
"""Share of residuals that normal noise has beyond the limit from which they are counted as outlying."""
STUDENTISED_EDGES = np.linspace(-6.0, 6.0, 49)
GROUP_TOTALS = frozenset({"outlying", "defined", "counts"})


def group_residuals(params: Params, context: Context) -> Artifact:
    """Of a second level: each map's leverage and the share of its voxels that are outlying; all residuals counted."""
    prepared = prepare(np.array(params["matrix"]))
    number = np.zeros(prepared.rows, dtype=np.intp)
    if params["groups"]:
        number = variance_groups(prepared, params["groups"]).number
    variances = context.artifacts["fit"].arrays["residual_variances" if params["groups"] else "residual_variance"]
    return Artifact({}, {"residuals": group_facts(prepared, stored_rows(context), variances, number, context)})


def group_facts(
    prepared: PreparedDesign, maps: list[Any], variances: Any, number: NDArray[np.intp], context: Context
) -> dict[str, Any]:
    """What is told of the residuals of rows (V,), from variances (V,) or (G, V) and the group of each row."""
    limit = studentised_limit(RARE, prepared.dof)

    def block(part: slice) -> dict[str, Floats]:
        residuals = residualise(rows_of(maps, part), prepared.orthonormal)
        found = studentised(prepared, residuals, np.atleast_2d(np.array(variances[..., part])), number)
        return {
            "outlying": (np.abs(found) > limit).sum(axis=1).astype(np.float64),
            "defined": np.isfinite(found).sum(axis=1).astype(np.float64),
            "counts": counts(found, STUDENTISED_EDGES),
        }

    totals = over_blocks(block, len(maps[0]), context, 6 * len(maps), GROUP_TOTALS)
    shares = totals["outlying"] / np.where(totals["defined"] > 0, totals["defined"], np.nan)
    usable = np.isfinite(shares) & np.isfinite(limit)
    return {
        "limit": limit if np.isfinite(limit) else None,
        "rare": RARE,
        "outlying": [float(share) if ok else None for share, ok in zip(shares, usable, strict=True)],
        "leverage": leverages(prepared).tolist(),
        "edges": STUDENTISED_EDGES.tolist(),
        "counts": totals["counts"].astype(int).tolist(),
        "expected": _expected(prepared, float(totals["counts"].sum())) if number.max() == 0 else None,
    }


def _expected(prepared: PreparedDesign, number: float) -> list[float] | None:
    """Counts that normal noise of one variance would give."""
    below = studentised_cdf(STUDENTISED_EDGES, prepared.dof)
    if np.isnan(below).any():
        return None
    inside = np.diff(below)
    inside[[0, -1]] += below[0], 1 - below[-1]
    return [float(share) for share in number * inside]
