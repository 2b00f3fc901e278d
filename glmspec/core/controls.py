"""What a permutation test controls: the measures of a map whose maxima over relabellings give corrected p values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glmspec.core import screening
from glmspec.core.bounds import upper_bounds
from glmspec.core.cluster_kernels import SIGNS as CLUSTER_SIGNS
from glmspec.core.cluster_kernels import cluster_measures, label, sparse_measures
from glmspec.core.exchangeability import Relabelling
from glmspec.core.neighbours import Neighbours
from glmspec.core.permutation import BATCH, Alternative, Prepared, directed, largest, relabelled_columns, statistic_maps
from glmspec.core.tfce import largest_tfce, tfce
from glmspec.core.tfce_room import Room, room_for

Floats = NDArray[np.float64]
Control = Literal["voxel", "cluster-size", "cluster-mass", "tfce"]
CLUSTERED = ("cluster-size", "cluster-mass")

TAILS: dict[Alternative, float] = {"greater": 1.0, "less": -1.0, "two-sided": 0.0}
"""The tail of t as kernels know it."""


@dataclass(frozen=True, eq=False)
class Controls:
    """The K measures of an inference.

    Attributes
    ----------
    names : tuple of {"voxel", "cluster-size", "cluster-mass", "tfce"}
    test : {"t", "F"}
    alternative : {"greater", "less", "two-sided"}
        Of a t. An F has its upper tail alone.
    neighbours : Neighbours
        Of the V voxels that are tested.
    threshold : float or None
        The statistic that forms clusters; inclusive, of each sign by itself.
    mass : {"excess", "sum"}
    exponents : (float, float)
        E and H of TFCE.
    """

    names: tuple[Control, ...]
    test: Literal["t", "F"]
    alternative: Alternative
    neighbours: Neighbours
    threshold: float | None = None
    mass: Literal["excess", "sum"] = "excess"
    exponents: tuple[float, float] = (0.5, 2.0)

    @property
    def whole_maps(self) -> bool:
        """Whether every relabelling needs its whole map, not only what stands out of it."""
        return "tfce" in self.names

    @property
    def tails(self) -> Alternative:
        """The sides on which clusters are formed."""
        return "greater" if self.test == "F" else self.alternative

    def null(self, prepared: Prepared, relabellings: Sequence[Relabelling], first: int = 0) -> Floats:
        """(n, K): what each of some consecutive relabellings leaves; ``first`` is the number of the first of them.

        Any split gives the same numbers, bit for bit. Whole maps are made only where something depends on them all.
        """
        (found,) = self._sides(prepared, relabellings, first, (self,))
        return np.asarray(found)

    def null_and_mirror(
        self, prepared: Prepared, relabellings: Sequence[Relabelling], first: int = 0
    ) -> tuple[Floats, Floats]:
        """(n, K) of some relabellings as :meth:`null` has it, and (n, K) of those that turn every sign around.

        The second need no maps of their own: each is the first's with the other sign, to the bit.
        """
        if TAILS[self.tails] == 0 or self.test == "F":
            both = self.null(prepared, relabellings, first)
            return both, both
        other: Alternative = "less" if self.alternative == "greater" else "greater"
        forward, mirrored = self._sides(prepared, relabellings, first, (self, replace(self, alternative=other)))
        return forward, mirrored

    def _sides(
        self, prepared: Prepared, relabellings: Sequence[Relabelling], first: int, sides: tuple[Controls, ...]
    ) -> Floats:
        """(sides, n, K): the same measures of several alternatives, from one look at each relabelling."""
        if prepared.unequal is not None:
            maps = statistic_maps(prepared, relabellings, first)
            return np.stack([[side.maxima(each) for side in sides] for each in maps], axis=1)
        columns = relabelled_columns(prepared, relabellings)
        if self.whole_maps:
            parts = (columns[start : start + BATCH] for start in range(0, len(columns), BATCH))
            flat = (statistic.ravel() for part in parts for statistic in screening.every(prepared.wide, part))
            maps = (statistic[: len(prepared.squares)] for statistic in flat)
            room = room_for(self.neighbours)
            return np.stack([[side.maxima(each, room) for side in sides] for each in maps], axis=1)
        signs = [TAILS[side.alternative] if self.test == "t" else 0.0 for side in sides]
        either = signs[0] if len(signs) == 1 else 0.0
        bounds = upper_bounds(prepared.units, columns, prepared.effects, either, screening.GROUP)
        found: list[dict[Control, Floats]] = [{} for _ in sides]
        if "voxel" in self.names:
            for measures, sign in zip(found, signs, strict=True):
                measures["voxel"] = screening.largest(prepared.fixed, columns, bounds, sign)
        if self.threshold is not None and set(CLUSTERED) & set(self.names):
            clusters = np.empty((len(sides), len(columns), 3))
            for some, high in screening.beyond(prepared.fixed, columns, bounds, self.threshold):
                for part, side in zip(clusters, sides, strict=True):
                    part[some] = sparse_measures(high, self.threshold, self.neighbours, side.tails)
            for measures, (sizes, excesses, sums) in zip(found, clusters.swapaxes(1, 2), strict=True):
                measures["cluster-size"] = sizes
                measures["cluster-mass"] = excesses if self.mass == "excess" else sums
        return np.array([np.stack([measures[name] for name in self.names], axis=1) for measures in found])

    def maxima(self, statistic: Floats, room: Room | None = None) -> Floats:
        """(K,) of a map (V,): what one relabelling leaves to the null distributions; with room for TFCE to work in."""
        found: dict[str, float] = {}
        if "voxel" in self.names:
            found["voxel"] = largest(directed(self.test, statistic, self.alternative))
        if self.threshold is not None and set(CLUSTERED) & set(self.names):
            measures = cluster_measures(statistic, self.threshold, self.neighbours, self.tails)
            found["cluster-size"] = float(measures.size)
            found["cluster-mass"] = measures.excess if self.mass == "excess" else measures.sum
        if "tfce" in self.names:
            signs = CLUSTER_SIGNS[self.tails]
            found["tfce"] = largest_tfce(statistic, self.neighbours, self.exponents, signs, room)
        return np.array([found[name] for name in self.names])

    def observed(self, statistic: Floats) -> Floats:
        """(K, V) of a map (V,): the measure that each voxel has, or its cluster; 0 outside clusters, NaN for NaN."""
        found: dict[str, Floats] = {}
        if "voxel" in self.names:
            found["voxel"] = directed(self.test, statistic, self.alternative)
        if self.threshold is not None and set(CLUSTERED) & set(self.names):
            clusters = label(statistic, self.threshold, self.neighbours, self.tails)
            mass = clusters.excesses if self.mass == "excess" else clusters.sums
            for name, measure in (("cluster-size", clusters.sizes.astype(float)), ("cluster-mass", mass)):
                spread = np.concatenate([[0.0], measure])[clusters.labels]
                found[name] = np.where(np.isnan(statistic), np.nan, spread)
        if "tfce" in self.names:
            found["tfce"] = self._enhanced(statistic)
        return np.stack([found[name] for name in self.names])

    def _enhanced(self, statistic: Floats) -> Floats:
        """TFCE in the direction of the alternative, never negative."""
        if self.tails == "two-sided":
            return np.abs(tfce(statistic, self.neighbours, *self.exponents))
        sided = directed(self.test, statistic, self.alternative)
        return tfce(np.maximum(sided, 0.0), self.neighbours, *self.exponents)
