"""The operations of permutation inference: null distributions of maxima, and what they say of voxels and clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.clusters import Cluster
from glmspec.core.controls import Controls
from glmspec.core.draws import relabellings
from glmspec.core.enumeration import Enumeration, moving
from glmspec.core.exchangeability import Group, Relabelling
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.neighbours import prepare_neighbours
from glmspec.core.partition import Partition, partition
from glmspec.core.permutation import (
    BATCH,
    Prepared,
    critical_value,
    directed,
    largest,
    p_values,
    prepare,
    statistic_maps,
)
from glmspec.core.welch import variance_groups
from glmspec.execution.cluster_tables import COLUMNS, ClusterMaps
from glmspec.execution.context import Context
from glmspec.execution.maps import stored_rows
from glmspec.execution.peaks import finite
from glmspec.execution.store import Artifact
from glmspec.execution.thresholding import Tested
from glmspec.plan.names import p_column

Params = Mapping[str, Any]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CHUNK = 64
"""Relabellings of a part, the unit of work over relabellings: four batches of matrix products."""

SCREENED = 1024
"""The most where no whole maps are made: tables of sums are worth making for so many."""

WORK = 2**35
"""Products of a part without whole maps, a second or less: large groups are parted further, so that many can share."""


def screened(rows: int, voxels: int) -> int:
    """Relabellings of a part without whole maps, a power of two: a function of the data alone."""
    fitting = WORK // (rows * max(voxels, 1))
    return min(SCREENED, max(CHUNK, 1 << (fitting.bit_length() - 1) if fitting else CHUNK))


@dataclass(frozen=True, eq=False)
class Series:
    """Relabellings from one number to another, and whether the second half turns around every sign of the first."""

    numbered: Callable[[int, int], list[Relabelling]]
    mirrored: bool


@dataclass(frozen=True, eq=False)
class NullParts:
    """Null maxima in parts that need nothing of each other: any worker can compute any of them."""

    prepared: Prepared
    controls: Controls
    series: Series
    used: int
    inside: Bools

    @property
    def starts(self) -> range:
        """The first relabelling of each part."""
        whole = self.controls.whole_maps or self.prepared.unequal is not None
        step = CHUNK if whole else screened(*self.prepared.residuals.shape)
        return range(0, self.used // 2 if self.series.mirrored else self.used, step)

    @property
    def memory(self) -> int:
        """Bytes that a part needs while it is computed."""
        return 8 * self.prepared.squares.size * 3 * BATCH

    def part(self, start: int) -> Floats:
        """(1, n, K) maxima of a chunk of relabellings; (2, n, K) with those of their mirror images."""
        some = self.series.numbered(start, min(start + self.starts.step, self.starts.stop))
        if self.series.mirrored:
            return np.stack(self.controls.null_and_mirror(self.prepared, some, start))
        return self.controls.null(self.prepared, some, start)[None]

    def join(self, parts: Iterable[Floats]) -> Artifact:
        """The artifact of all parts, given in order."""
        sides = np.concatenate(list(parts), axis=1)
        null = np.concatenate([sides[0], *(side[::-1] for side in sides[1:])])
        (identity,) = statistic_maps(self.prepared, self.series.numbered(0, 1))
        spread = np.full((1 + len(self.controls.names), len(self.inside)), np.nan)
        spread[0, self.inside] = identity
        spread[1:, self.inside] = self.controls.observed(identity)
        return Artifact({"null": null, "statistic": spread[0], "observed": spread[1:]}, {})


def null_maxima(params: Params, context: Context) -> Artifact:
    """The maxima (N, K) of N relabellings and K controls, the identity first; its map (V,) and measures (K, V).

    Voxels outside the region that is tested are NaN. Where contrasts share one maximum, relabelling n is the same for
    all of them.
    """
    parts = null_parts(params, context)
    in_flight = max(1, min(2 * context.executor.jobs, context.memory // max(parts.memory, 1)))
    return parts.join(context.executor.map(parts.part, parts.starts, in_flight))


def null_parts(params: Params, context: Context) -> NullParts:
    """The data, residualised, and what is measured."""
    inside = _inside(context)
    data = np.stack([np.asarray(values)[inside] for values in stored_rows(context)])
    cut = _partition(params, params["weights"])
    group = Group(params["scheme"], params["blocks"], *(np.array(params[key]) for key in ("unit", "place", "sets")))
    variances = (
        variance_groups(prepare_design(np.array(params["matrix"])), params["groups"]) if "groups" in params else None
    )
    prepared = prepare(data, cut, group, variances)
    return NullParts(prepared, _controls(params, cut, context, inside), _series(params, group), params["used"], inside)


def _inside(context: Context) -> Bools:
    """Which voxels of the mask (V,) are tested."""
    if "within" in context.artifacts:
        return np.array(context.artifacts["within"].arrays["inside"], dtype=bool)
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    return np.ones(int(mask.sum()), dtype=bool)


def _partition(params: Params, rows: list[list[float]]) -> Partition:
    weights = np.array(rows)
    return partition(prepare_design(np.array(params["matrix"])), weights[0] if params["kind"] == "t" else weights)


def _controls(params: Params, cut: Partition, context: Context, inside: Bools) -> Controls:
    volume = np.array(context.artifacts["mask"].arrays["mask"], dtype=bool)
    volume[volume] = inside
    return Controls(
        names=tuple(params["controls"]),
        test=cut.test,
        alternative=params["alternative"],
        neighbours=prepare_neighbours(volume, params["connectivity"]),
        threshold=params["height"],
        mass=params["mass"],
        exponents=tuple(params["exponents"]),
    )


def _series(params: Params, group: Group) -> Series:
    """Relabellings from one number to another: of all that are distinct, or of those that the seed draws.

    A family of contrasts has one enumeration, of the columns of all of them side by side. It is that of each contrast,
    because what no relabelling moves tells no rows apart; taken together, not even rounding can part them.
    """
    if params["exhaustive"]:
        family = params.get("family", [params["weights"]])
        design = np.hstack([moving(group, _partition(params, rows)) for rows in family])
        every = Enumeration(group, design, params.get("groups"))
        return Series(every.relabellings, every.mirrored)
    return Series(lambda start, stop: relabellings(group, params["seed"], start, stop), False)


def joint_maxima(params: Params, context: Context) -> Artifact:
    """The maxima (N, K) of N relabellings over several contrasts, from those of each of them."""
    nulls = [np.array(context.artifacts[name].arrays["null"]) for name in context.numbered("contrast")]
    return Artifact({"null": np.maximum.reduce(nulls)}, {})


def permutation(params: Params, context: Context) -> Artifact:
    """Corrected p, its -log10 and what passed (V,) of each control; the null maxima and the table of clusters."""
    tested = Tested.of(params, context)
    maxima = context.artifacts["maxima"].arrays
    null = np.array(context.artifacts["joint"].arrays["null"] if "joint" in context.artifacts else maxima["null"])
    statistic = np.array(maxima["statistic"])
    arrays: dict[str, NDArray[Any]] = {"null": null}
    p: dict[str, Floats] = {}
    for index, name in enumerate(params["controls"]):
        p[name] = p_values(np.array(maxima["observed"][index]), null[:, index])
        arrays[f"p_{name}"] = p[name]
        arrays[f"logp_{name}"] = np.nan_to_num(-np.log10(p[name])) + 0.0
        arrays[f"passed_{name}"] = np.nan_to_num(p[name], nan=2.0) <= params["alpha"]
    passed = np.asarray(arrays[f"passed_{params['controls'][0]}"])
    maps = ClusterMaps.of(params["kind"], context)
    clusters = maps.clusters(_listed(params, statistic, arrays), params["connectivity"])
    place = np.full(maps.mask.size, -1, dtype=np.intp)
    place[np.flatnonzero(maps.mask)] = np.arange(len(passed))
    facts = {
        **tested.counts(passed, passed),
        "maxima": {
            name: _maximum(np.array(maxima["observed"][index]), null[:, index], params["alpha"])
            for index, name in enumerate(params["controls"])
        },
        "columns": [*COLUMNS, *(p_column(name) for name in params["controls"])],
        "rows": [row for number, cluster in enumerate(clusters, 1) for row in _rows(maps, p, number, cluster, place)],
        "clusters": sum(bool(passed[place[cluster.voxels]].any()) for cluster in clusters),
        "listed": len(clusters),
        "controls": {name: int(np.sum(arrays[f"passed_{name}"])) for name in params["controls"]},
        "null_columns": list(params["controls"]),
        "minimum_voxels": 1,
    }
    return Artifact(arrays, facts)


def _maximum(observed: Floats, null: Floats, alpha: float) -> dict[str, float | None]:
    """The largest measure of this contrast, and what a measure must exceed to pass; null where there is none."""
    return {"observed": finite(largest(observed)), "critical": finite(critical_value(null, alpha))}


def _listed(params: Params, statistic: Floats, arrays: Mapping[str, NDArray[Any]]) -> Bools:
    """The voxels of the table's clusters: beyond the cluster-forming threshold, or those that passed some control."""
    if params["height"] is None:
        return np.asarray(np.any([arrays[f"passed_{name}"] for name in params["controls"]], axis=0))
    high = directed(params["kind"], statistic, params["alternative"])
    return np.asarray(np.nan_to_num(high, nan=-np.inf) >= params["height"])


def _rows(
    maps: ClusterMaps, p: Mapping[str, Floats], number: int, cluster: Cluster, place: NDArray[np.intp]
) -> list[dict[str, Any]]:
    """A cluster's rows; its p of voxels and TFCE is that of its best voxel."""
    inside = place[cluster.voxels]
    found = {p_column(name): float(values[inside].min()) for name, values in p.items()}
    return maps.rows(number, cluster, **found)
