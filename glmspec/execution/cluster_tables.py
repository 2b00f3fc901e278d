"""The cluster table: peaks and sub-peaks in mm, sizes, region names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glmspec.core.clusters import signed_clusters
from glmspec.core.peaks import local_peaks, peak_id
from glmspec.execution.context import Context
from glmspec.execution.store import Artifact
from glmspec.images.geometry import to_mm, voxel_volume

COLUMNS = ("cluster", "x", "y", "z", "peak", "size_voxels", "size_mm3", "region")
DECIMALS = 6
"""Of a millimetre: what is left of an affine's rounding errors, nothing else."""


def cluster_table(params: Mapping[str, Any], context: Context) -> Artifact:
    """A row for each cluster and each of its sub-peaks; negative clusters after positive ones."""
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    affine = np.array(context.artifacts["mask"].facts["affine"])
    statistic, z, passed = np.zeros(mask.shape), np.zeros(mask.shape), np.zeros(mask.shape, dtype=bool)
    stored = context.artifacts["contrast"].arrays
    statistic[mask] = np.nan_to_num(stored[params["kind"]])
    z[mask] = np.nan_to_num(stored["z"])
    passed[mask] = context.artifacts["threshold"].arrays["passed"]
    names = _region_names(context, mask)
    rows = []
    clusters = signed_clusters(statistic, passed, params["connectivity"])
    for number, cluster in enumerate(clusters, 1):
        for rank, voxel in enumerate(local_peaks(statistic, cluster, affine)):
            x, y, height = (
                round(float(value), DECIMALS) + 0.0 for value in to_mm(affine, np.unravel_index(voxel, mask.shape))
            )
            rows.append(
                {
                    "cluster": peak_id(number, rank),
                    "x": x,
                    "y": y,
                    "z": height,
                    "peak": float(z.flat[voxel]),
                    "size_voxels": cluster.size if rank == 0 else None,
                    "size_mm3": cluster.size * voxel_volume(affine) if rank == 0 else None,
                    "region": names.get(voxel, "") if names is not None else None,
                }
            )
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
