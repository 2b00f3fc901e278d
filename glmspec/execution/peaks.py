"""The peaks of a contrast that charts are drawn at, and tables of what is there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.peak_effects import Estimates, confidence_limits
from glmspec.execution.cluster_tables import DECIMALS
from glmspec.execution.context import Context
from glmspec.execution.store import Artifact
from glmspec.images.geometry import to_mm

Params = Mapping[str, Any]
Floats = NDArray[np.float64]
Rows = list[dict[str, Any]]

PLACE = ("cluster", "x", "y", "z")
COLUMNS = (*PLACE, "of", "name", "row", "regressor", "value", "low", "high")
"""Of a table of effects: `of` is estimate, run or map, and `row` counts those of an F test."""


def peaks(params: Params, context: Context) -> Artifact:
    """Where charts are drawn: up to ``most`` peaks of the first table that has any, or else the highest voxel.

    The peaks of clusters come before their sub-peaks; those chosen keep the order of the table. No place comes twice.
    """
    tables = [context.artifacts[name].facts["rows"] for name in context.numbered("table")]
    for inference, rows in zip(params["inferences"], tables, strict=True):
        named = _each_place_once([row for row in rows if row.get("cluster") is not None])
        if named:
            order = sorted(range(len(named)), key=lambda place: (named[place].get("size_voxels") is None, place))
            chosen = [named[place] for place in sorted(order[: params["most"]])]
            found = [{key: row[key] for key in (*PLACE, "peak")} for row in chosen]
            return Artifact({}, {"inference": inference, "peaks": _with_voxels(found, context)})
    return Artifact({}, {"inference": None, "peaks": _with_voxels(_highest(params, context), context)})


def _each_place_once(rows: Rows) -> Rows:
    """Clusters of several thresholds lie in each other and share peaks: the first that is listed stands for all."""
    first: dict[tuple[float, float, float], dict[str, Any]] = {}
    for row in rows:
        first.setdefault((row["x"], row["y"], row["z"]), row)
    return list(first.values())


def _highest(params: Params, context: Context) -> Rows:
    """The voxel that is furthest from zero; none where no statistic is defined."""
    stored = context.artifacts["contrast"].arrays
    statistic = np.array(stored[params["kind"]])
    height = np.nan_to_num(statistic if params["kind"] == "F" else np.abs(statistic), nan=-1.0)
    if height.max() < 0:
        return []
    number = int(np.argmax(height))
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    index = np.unravel_index(np.flatnonzero(mask)[number], mask.shape)
    place = to_mm(np.array(context.artifacts["mask"].facts["affine"]), index)
    mm = {axis: round(float(value), DECIMALS) + 0.0 for axis, value in zip("xyz", place, strict=True)}
    return [{"cluster": None, **mm, "peak": float(stored["z"][number])}]


def _with_voxels(found: Rows, context: Context) -> Rows:
    """Each with its number among the voxels of the mask."""
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    inverse = np.linalg.inv(np.array(context.artifacts["mask"].facts["affine"]))
    number = np.cumsum(mask.ravel()) - 1
    told = []
    for row in found:
        index = np.rint(inverse @ np.array([row["x"], row["y"], row["z"], 1.0]))[:3].astype(np.intp)
        told.append({**row, "voxel": int(number[np.ravel_multi_index(tuple(index), mask.shape)])})
    return told


def found_peaks(context: Context, name: str = "peaks") -> tuple[Rows, list[int]]:
    """The peaks that an earlier step left, and the voxels (V,) that they are."""
    found = [dict(peak) for peak in context.artifacts[name].facts["peaks"]]
    return found, [int(peak["voxel"]) for peak in found]


def estimate_rows(found: Rows, estimates: Estimates, of: str = "estimate", name: str | None = None) -> Rows:
    """A line for each row of a contrast at each peak, with the limits of its interval."""
    low, high = confidence_limits(estimates.effects, estimates.variances, estimates.dof)
    several = len(estimates.effects) > 1
    return [
        {
            **peak,
            "of": of,
            "name": name,
            "row": row + 1 if several else None,
            "value": finite(estimates.effects[row, place]),
            "low": finite(low[row, place]),
            "high": finite(high[row, place]),
        }
        for row in range(len(estimates.effects))
        for place, peak in enumerate(found)
    ]


def effects_table(found: Rows, rows: Rows) -> Artifact:
    """The lines of all peaks, in the order of the peaks."""
    order = {peak["voxel"]: place for place, peak in enumerate(found)}
    columns = list(COLUMNS)
    kept = [{key: row.get(key) for key in columns} for row in sorted(rows, key=lambda row: order[row["voxel"]])]
    return Artifact({}, {"columns": columns, "rows": kept})


def finite(value: Any) -> float | None:
    """A number for a table; None where there is none."""
    return float(value) if math.isfinite(value) else None


def at(rows: Sequence[Any], voxels: Sequence[int]) -> Floats:
    """Some voxels of every row (N, K), as doubles."""
    return np.array([np.asarray(values[list(voxels)], dtype=np.float64) for values in rows]).reshape(len(rows), -1)
