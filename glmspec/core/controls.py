"""What a permutation test controls: the measures of a map whose maxima over relabellings give corrected p values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glmspec.core.cluster_kernels import cluster_measures, label
from glmspec.core.neighbours import Neighbours
from glmspec.core.permutation import Alternative, directed, largest
from glmspec.core.tfce import tfce

Floats = NDArray[np.float64]
Control = Literal["voxel", "cluster-size", "cluster-mass", "tfce"]
CLUSTERED = ("cluster-size", "cluster-mass")


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
    def tails(self) -> Alternative:
        """The sides on which clusters are formed."""
        return "greater" if self.test == "F" else self.alternative

    def maxima(self, statistic: Floats) -> Floats:
        """(K,) of a map (V,): what one relabelling leaves to the null distributions."""
        found: dict[str, float] = {}
        if "voxel" in self.names:
            found["voxel"] = largest(directed(self.test, statistic, self.alternative))
        if self.threshold is not None and set(CLUSTERED) & set(self.names):
            measures = cluster_measures(statistic, self.threshold, self.neighbours, self.tails)
            found["cluster-size"] = float(measures.size)
            found["cluster-mass"] = measures.excess if self.mass == "excess" else measures.sum
        if "tfce" in self.names:
            found["tfce"] = largest(self._enhanced(statistic))
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
