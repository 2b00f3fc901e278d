"""The threshold operation: which voxels pass a parametric inference, and at what height."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.clusters import keep_clusters
from glmspec.core.multiplicity import ADJUSTMENTS
from glmspec.core.tails import p_for
from glmspec.execution.context import Context
from glmspec.execution.store import Artifact
from glmspec.images.geometry import voxel_volume

Params = Mapping[str, Any]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

WHOLE_VOXEL = 1e-6
"""A volume of 270 mm3 is ten voxels of 27 mm3, also where a rotated affine, whose entries a header stores in float32
(6e-8 of each), makes 26.999998 of it."""


def threshold(params: Params, context: Context) -> Artifact:
    """Voxels (V,) that pass, after the smallest clusters are left out."""
    maps = context.artifacts["contrast"].arrays
    kind, dof = params["kind"], params["dof"]
    statistic, z = np.array(maps[kind]), np.array(maps["z"])
    p = p_for(kind, statistic, tuple(dof), params["alternative"])
    tested = np.isfinite(p)
    if "within" in context.artifacts:
        tested &= np.asarray(context.artifacts["within"].arrays["inside"])
    high = np.zeros(len(p), dtype=bool)
    high[tested] = _passing(params, p[tested], statistic[tested], z[tested])
    passed = _large(params, high, statistic, context)
    facts = {
        "tested": int(tested.sum()),
        "before_size": int(high.sum()),
        "passed": int(passed.sum()),
        "positive": int((passed & (statistic > 0)).sum()),
        "negative": int((passed & (statistic < 0)).sum()) if kind == "t" else 0,
        "lowest_z": _lowest(z, high),
        "lowest_statistic": _lowest(statistic, high),
        "minimum_voxels": _minimum_voxels(params, context),
    }
    return Artifact({"passed": passed}, facts)


def _passing(params: Params, p: Floats, statistic: Floats, z: Floats) -> Bools:
    """Voxels at or beyond the threshold; every comparison includes equality."""
    if params["threshold"] is None:
        return np.asarray(ADJUSTMENTS[params["correction"]](p) <= params["alpha"])
    ((scale, height),) = params["threshold"].items()
    if scale == "p":
        return np.asarray(p <= height)
    values = z if scale == "z" else statistic
    sided = {"two-sided": np.abs(values), "greater": values, "less": -values}
    directed = values if params["kind"] == "F" else sided[params["alternative"]]
    return np.asarray(directed >= height)


def _minimum_voxels(params: Params, context: Context) -> int:
    minimum = params["minimum"]
    if minimum is None:
        return 1
    if "voxels" in minimum:
        return int(minimum["voxels"])
    volume = voxel_volume(np.array(context.artifacts["mask"].facts["affine"]))
    voxels: float = minimum["mm3"] / volume
    return max(1, math.ceil(voxels * (1 - WHOLE_VOXEL)))


def _large(params: Params, high: Bools, statistic: Floats, context: Context) -> Bools:
    """Without clusters below the minimum size."""
    minimum = _minimum_voxels(params, context)
    if minimum == 1 or not high.any():
        return high
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    volume = np.zeros(mask.shape)
    volume[mask] = np.nan_to_num(statistic)
    passed = np.zeros(mask.shape, dtype=bool)
    passed[mask] = high
    return np.asarray(keep_clusters(passed, volume, minimum, params["connectivity"])[mask])


def _lowest(values: Floats, high: Bools) -> float | None:
    """The smallest magnitude that passed: the height of a threshold that depends on the data."""
    return float(np.abs(values[high]).min()) if high.any() else None
