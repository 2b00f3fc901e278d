"""The threshold operation: which voxels pass a parametric inference, and at what height."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, eq=False)
class Tested:
    """A contrast's map as an inference sees it: statistic, z and p (V,), NaN in p where a voxel is not tested."""

    kind: str
    alternative: str
    statistic: Floats
    z: Floats
    p: Floats

    @classmethod
    def of(cls, params: Params, context: Context) -> Tested:
        """From the finished contrast; only the voxels of the region ``within`` are tested, if there is one."""
        maps = context.artifacts["contrast"].arrays
        kind, alternative = params["kind"], params["alternative"]
        statistic = np.array(maps[kind])
        p = p_for(kind, statistic, degrees_of_freedom(params, maps), alternative)
        if "within" in context.artifacts:
            p[~np.asarray(context.artifacts["within"].arrays["inside"])] = np.nan
        return cls(kind, alternative, statistic, np.array(maps["z"]), p)

    @property
    def directed(self) -> Floats:
        """The statistic, so that larger is more extreme (V,)."""
        return self._directed(self.statistic)

    def _directed(self, values: Floats) -> Floats:
        sided = {"two-sided": np.abs(values), "greater": values, "less": -values}
        return values if self.kind == "F" else sided[self.alternative]

    def beyond(self, scale: str, height: float) -> Bools:
        """Tested voxels at or beyond a threshold; every comparison includes equality."""
        tested = np.isfinite(self.p)
        if scale == "p":
            return np.asarray(tested & (np.where(tested, self.p, 1.0) <= height))
        return np.asarray(tested & (self._directed(self.z if scale == "z" else self.statistic) >= height))

    def counts(self, high: Bools, passed: Bools) -> dict[str, Any]:
        """What is told of every inference: voxels ``high`` enough, and those that ``passed`` in the end."""
        return {
            "tested": int(np.isfinite(self.p).sum()),
            "before_size": int(high.sum()),
            "passed": int(passed.sum()),
            "positive": int((passed & (self.statistic > 0)).sum()),
            "negative": int((passed & (self.statistic < 0)).sum()) if self.kind == "t" else 0,
            "lowest_z": _lowest(self.z, high),
            "lowest_statistic": _lowest(self.statistic, high),
        }


def degrees_of_freedom(params: Params, maps: Mapping[str, Any]) -> tuple[Any, ...]:
    """Of t, or of numerator and denominator of F; a map (V,) where they differ from voxel to voxel."""
    if "dof" in maps:
        return (np.array(maps["dof"]),)
    return tuple(np.inf if dof is None else dof for dof in params["dof"])


def threshold(params: Params, context: Context) -> Artifact:
    """Voxels (V,) that pass, after the smallest clusters are left out."""
    tested = Tested.of(params, context)
    if params["threshold"] is None:
        adjusted = ADJUSTMENTS[params["correction"]](tested.p)
        high = np.asarray(np.nan_to_num(adjusted, nan=2.0) <= params["alpha"])
    else:
        ((scale, height),) = params["threshold"].items()
        high = tested.beyond(scale, height)
    passed = _large(params, high, tested.statistic, context)
    facts = {**tested.counts(high, passed), "minimum_voxels": _minimum_voxels(params, context)}
    return Artifact({"passed": passed}, facts)


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
