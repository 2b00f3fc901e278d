"""The effects of a second level at its peaks: of every map, and together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from glmspec.core.fixed_effects import independent_rows
from glmspec.core.least_squares import Fit, prepare
from glmspec.core.peak_effects import (
    Estimates,
    confidence_limits,
    estimates_fitted,
    estimates_fixed,
    estimates_ols,
    estimates_welch,
    partial_values,
    regressor_of_interest,
)
from glmspec.core.welch import variance_groups
from glmspec.execution.context import Context
from glmspec.execution.maps import stored_rows
from glmspec.execution.peaks import Floats, Params, Rows, at, effects_table, estimate_rows, finite, found_peaks
from glmspec.execution.store import Artifact

Voxels = Sequence[int]


def group_effects(params: Params, context: Context) -> Artifact:
    """The estimates of a contrast at every peak with their intervals, and of a t contrast every map.

    A map's value is partial: less what the rest of the model explains of it. Where the variances of maps are known, it
    has an interval of its own. Maps that were not kept have no line.
    """
    found, voxels = found_peaks(context)
    weights = np.array(params["weights"])
    rows = weights[list(independent_rows(weights))]
    estimates = ESTIMATES[params["estimator"]](params, context, rows, voxels)
    table = estimate_rows(found, estimates)
    if params["kind"] == "t" and len(estimates.residuals):
        table += _maps(params, context, estimates, found, voxels)
    return effects_table(found, table)


def _maps_at(context: Context, voxels: Voxels) -> Floats:
    return at(stored_rows(context), voxels)


def _ols(params: Params, context: Context, rows: Floats, voxels: Voxels) -> Estimates:
    return estimates_ols(prepare(np.array(params["matrix"])), _maps_at(context, voxels), rows)


def _fitted(params: Params, context: Context, rows: Floats, voxels: Voxels) -> Estimates:
    stored = context.artifacts["fit"].arrays
    found = Fit(*(np.array(stored[name][..., list(voxels)]) for name in Fit._fields))
    return estimates_fitted(prepare(np.array(params["matrix"])), found, rows)


def _welch(params: Params, context: Context, rows: Floats, voxels: Voxels) -> Estimates:
    prepared = prepare(np.array(params["matrix"]))
    return estimates_welch(prepared, _maps_at(context, voxels), rows, variance_groups(prepared, params["groups"]))


def _fixed(params: Params, context: Context, rows: Floats, voxels: Voxels) -> Estimates:
    values, variances = _maps_at(context, voxels), at(stored_rows(context, "variance"), voxels)
    (dof,) = _freedom(params["dof"][-1:])
    return estimates_fixed(params["matrix"], values, rows, variances, params["weighting"], dof)


ESTIMATES: Mapping[str, Callable[[Params, Context, Floats, Voxels], Estimates]] = {
    "ols": _ols,
    "fitted": _fitted,
    "groups": _welch,
    "fixed-effects": _fixed,
}
"""Estimator -> the effects (Q, K) of contrasts (Q, P) at K voxels."""


def _freedom(dof: Sequence[float | None]) -> list[float]:
    """Degrees of freedom; what is not known is as good as infinite."""
    return [np.inf if entry is None else float(entry) for entry in dof]


def _maps(params: Params, context: Context, estimates: Estimates, found: Rows, voxels: Voxels) -> Rows:
    """A line a map and peak."""
    regressor = regressor_of_interest(prepare(np.array(params["matrix"])), params["weights"][0])
    partial = partial_values(regressor, estimates.effects[0], estimates.residuals)
    low = high = np.full(partial.shape, np.nan)
    if params["estimator"] == "fixed-effects":
        freedom = np.array(_freedom(params["map_dof"]))[:, None]
        low, high = confidence_limits(partial, at(stored_rows(context, "variance"), voxels), freedom)
    return [
        {
            **peak,
            "of": "map",
            "name": name,
            "regressor": float(regressor[row]),
            "value": finite(partial[row, place]),
            "low": finite(low[row, place]),
            "high": finite(high[row, place]),
        }
        for place, peak in enumerate(found)
        for row, name in enumerate(params["names"])
    ]
