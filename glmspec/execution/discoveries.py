"""The all-resolutions operation: lower bounds on true discoveries by closed testing, for clusters and regions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.closed_testing import ClosedTesting, prepare, true_discoveries, true_discoveries_by_label
from glmspec.execution.cluster_tables import COLUMNS, ClusterMaps
from glmspec.execution.context import Context
from glmspec.execution.store import Artifact
from glmspec.execution.thresholding import Tested
from glmspec.images.geometry import voxel_volume

Params = Mapping[str, Any]
Bools = NDArray[np.bool_]
Row = dict[str, Any]

EXTRA = ("threshold", "true_discoveries", "true_discovery_proportion")
EVERYWHERE = "all tested voxels"


def all_resolutions(params: Params, context: Context) -> Artifact:
    """The proportion of true discoveries (V,) in the cluster of the highest threshold that a voxel passed; the table.

    Every bound holds, together with all others, with probability 1 - alpha (Rosenblatt et al. 2018).
    """
    tested = Tested.of(params, context)
    closed = prepare(tested.p, params["alpha"])
    maps = ClusterMaps.of(params["kind"], context)
    proportion = np.zeros(len(tested.p))
    rows: list[Row] = []
    numbered = 0
    passed = np.zeros(len(tested.p), dtype=bool)
    for scale, height in _ascending(params["thresholds"], tested):
        high = tested.beyond(scale, height)
        passed |= high
        found = _clusters(maps, closed, high, params, f"{scale} {height:.6g}", numbered)
        for row_group, voxels, share in found:
            numbered += 1
            rows += row_group
            proportion[voxels] = share
    rows += list(_regions(maps, closed, tested, params, context))
    discovered = proportion > 0
    facts = {
        **tested.counts(passed, discovered),
        "columns": [*COLUMNS, *EXTRA],
        "rows": rows,
        "clusters": numbered,
        "h": closed.h,
        "discoveries": true_discoveries(closed, np.isfinite(tested.p)),
        "minimum_voxels": 1,
    }
    return Artifact({"tdp": proportion, "passed": discovered}, facts)


def _ascending(thresholds: list[dict[str, float]], tested: Tested) -> list[tuple[str, float]]:
    """Thresholds from the lowest to the highest, whatever their scales: the sets beyond them are nested."""
    pairs = [(scale, height) for threshold in thresholds for scale, height in threshold.items()]
    return sorted(pairs, key=lambda pair: -int(tested.beyond(*pair).sum()))


def _clusters(
    maps: ClusterMaps, closed: ClosedTesting, high: Bools, params: Params, threshold: str, numbered: int
) -> Iterator[tuple[list[Row], NDArray[np.intp], float]]:
    """Each cluster of one threshold: its rows, its voxels (indices into V), its proportion."""
    clusters = maps.clusters(high, params["connectivity"])
    if not clusters:
        return
    place = np.full(maps.mask.size, -1, dtype=np.intp)
    place[np.flatnonzero(maps.mask)] = np.arange(len(high))
    labels = np.zeros(len(high), dtype=np.int64)
    for number, cluster in enumerate(clusters, 1):
        labels[place[cluster.voxels]] = number
    bounds = true_discoveries_by_label(closed, labels)
    for number, (cluster, bound) in enumerate(zip(clusters, bounds, strict=True), 1):
        share = float(bound) / cluster.size
        extra = {"threshold": threshold, "true_discoveries": int(bound), "true_discovery_proportion": share}
        yield maps.rows(numbered + number, cluster, **extra), place[cluster.voxels], share


def _regions(
    maps: ClusterMaps, closed: ClosedTesting, tested: Tested, params: Params, context: Context
) -> Iterator[Row]:
    """A row for each region asked for, one for each label of an atlas, and one for all voxels that were tested."""
    sets = [(EVERYWHERE, np.isfinite(tested.p))]
    for name, title in zip(context.numbered("region"), params["regions"], strict=True):
        arrays, facts = context.artifacts[name].arrays, context.artifacts[name].facts
        if "labels" not in arrays:
            sets.append((title, np.asarray(arrays["inside"])))
            continue
        labels = np.asarray(arrays["labels"])
        sets += [(str(named), labels == int(index)) for index, named in facts["names"].items()]
    for title, inside in sets:
        members = inside & np.isfinite(tested.p)
        if members.any():
            yield _region(maps, closed, tested, title, members)


def _region(maps: ClusterMaps, closed: ClosedTesting, tested: Tested, title: str, members: Bools) -> Row:
    size = int(members.sum())
    bound = true_discoveries(closed, members)
    strongest = np.flatnonzero(members)[np.argmax(tested.directed[members])]
    voxel = int(np.flatnonzero(maps.mask)[strongest])
    sizes = {"size_voxels": size, "size_mm3": size * voxel_volume(maps.affine)}
    bounds = {"true_discoveries": bound, "true_discovery_proportion": bound / size}
    return {**maps.peak(voxel), **sizes, **bounds, "region": title}
