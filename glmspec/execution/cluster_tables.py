"""The cluster table: peaks and sub-peaks in mm, sizes, region names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.clusters import Cluster, Connectivity, signed_clusters
from glmspec.core.peaks import local_peaks, peak_id
from glmspec.execution.context import Context
from glmspec.execution.store import Artifact
from glmspec.images.geometry import to_mm, voxel_volume

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

COLUMNS = ("cluster", "x", "y", "z", "peak", "size_voxels", "size_mm3", "region")
DECIMALS = 6
"""Of a millimetre: what is left of an affine's rounding errors, nothing else."""


@dataclass(frozen=True, eq=False)
class ClusterMaps:
    """What the rows of a cluster table are read from, as volumes (X, Y, Z)."""

    mask: Bools
    affine: Floats
    statistic: Floats
    z: Floats
    names: Mapping[int, str] | None

    @classmethod
    def of(cls, kind: str, context: Context) -> ClusterMaps:
        """From the finished contrast, and the atlas if there is one."""
        facts = context.artifacts["mask"].facts
        mask = np.asarray(context.artifacts["mask"].arrays["mask"])
        stored = context.artifacts["contrast"].arrays
        statistic, z = np.zeros(mask.shape), np.zeros(mask.shape)
        statistic[mask] = np.nan_to_num(stored[kind])
        z[mask] = np.nan_to_num(stored["z"])
        return cls(mask, np.array(facts["affine"]), statistic, z, _region_names(context, mask))

    def clusters(self, passed: Bools, connectivity: Connectivity) -> tuple[Cluster, ...]:
        """The clusters of voxels (V,) that passed."""
        volume = np.zeros(self.mask.shape, dtype=bool)
        volume[self.mask] = passed
        return signed_clusters(self.statistic, volume, connectivity)

    def rows(self, number: int, cluster: Cluster, **extra: Any) -> list[dict[str, Any]]:
        """A row for a cluster, with what the method knows of it, and one for each of its sub-peaks."""
        peaks = local_peaks(self.statistic, cluster, self.affine)
        size = {"size_voxels": cluster.size, "size_mm3": cluster.size * voxel_volume(self.affine)}
        first = {**self.peak(peaks[0]), "cluster": peak_id(number, 0), **size, **extra}
        return [
            first,
            *({**self.peak(voxel), "cluster": peak_id(number, rank)} for rank, voxel in enumerate(peaks[1:], 1)),
        ]

    def peak(self, voxel: int) -> dict[str, Any]:
        """Where a voxel is, in mm, its z, and the name of the place."""
        place = to_mm(self.affine, np.unravel_index(voxel, self.mask.shape))
        x, y, z = (round(float(value), DECIMALS) + 0.0 for value in place)
        region = self.names.get(voxel, "") if self.names is not None else None
        return {"x": x, "y": y, "z": z, "peak": float(self.z.flat[voxel]), "region": region}


def cluster_table(params: Mapping[str, Any], context: Context) -> Artifact:
    """A row for each cluster and each of its sub-peaks; negative clusters after positive ones."""
    maps = ClusterMaps.of(params["kind"], context)
    clusters = maps.clusters(np.asarray(context.artifacts["threshold"].arrays["passed"]), params["connectivity"])
    rows = [row for number, cluster in enumerate(clusters, 1) for row in maps.rows(number, cluster)]
    return Artifact({}, {"columns": list(COLUMNS), "rows": rows, "clusters": len(clusters)})


def _region_names(context: Context, mask: Any) -> dict[int, str] | None:
    """Voxel -> the name of its label; None without an atlas."""
    if "atlas" not in context.artifacts:
        return None
    atlas = context.artifacts["atlas"]
    labels = np.asarray(atlas.arrays["labels"])
    voxels = np.flatnonzero(mask)
    named = atlas.facts["names"]
    return {int(voxels[index]): named.get(str(labels[index]), "") for index in np.flatnonzero(labels)}
