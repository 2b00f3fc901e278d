"""The height of z at which pictures become opaque. It is for display alone: what passed is a map of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from glmspec.core.thresholds import z_threshold
from glmspec.reporting.words import decimal
from glmspec.spec.inference import Inference, Parametric

CUSTOMARY = 3.1
"""z shown where no height is known: FSL's cluster-forming default, near p = 0.001 (Eklund et al. 2016)."""
LEAST = 0.5
"""Pictures need a height above zero, and a lenient threshold may lie below it."""


@dataclass(frozen=True)
class Height:
    """A height of |z| and where it comes from.

    ``threshold``: the inference itself fixes it. ``lowest``: it follows from the data, and this is the smallest |z|
    that passed. ``customary``: nothing passed, and no height is known.
    """

    z: float
    source: Literal["threshold", "lowest", "customary"]
    sign: Literal["z", "|z|"]
    below: bool = False
    """Whether negative effects were tested: what passed is at -z or below."""

    @property
    def words(self) -> str:
        """For captions."""
        shown = decimal(self.z)
        if self.below:
            return {
                "threshold": f"threshold z ≤ {decimal(-self.z)}",
                "lowest": f"the highest z that passed is {decimal(-self.z)}",
                "customary": f"nothing passed and no height is known: z = {decimal(-self.z)} is for display only",
            }[self.source]
        return {
            "threshold": f"threshold {self.sign} ≥ {shown}",
            "lowest": f"the lowest {self.sign} that passed is {shown}",
            "customary": f"nothing passed and no height is known: {self.sign} = {shown} is for display only",
        }[self.source]


def display_height(entry: Inference, test: str, facts: Mapping[str, Any], scale: str = "") -> Height:
    """The height of a finding in a t or F test; ``scale`` is z where the t has infinitely many degrees of freedom."""
    sided = test == "t" and entry.alternative == "two-sided"
    sign: Literal["z", "|z|"] = "|z|" if sided else "z"
    below = test == "t" and entry.alternative == "less"
    fixed = _fixed(entry, facts["tested"], 2 if sided else 1, scale)
    if fixed is not None:
        return Height(max(fixed, LEAST), "threshold", sign, below)
    lowest = facts["lowest_z"]
    if lowest is not None:
        return Height(max(lowest, LEAST), "lowest", sign, below)
    return Height(CUSTOMARY, "customary", sign, below)


def _fixed(entry: Inference, tested: int, tails: int, scale: str) -> float | None:
    """The height that follows from the settings alone, whatever the data are."""
    if not isinstance(entry, Parametric):
        return None
    if entry.threshold is not None:
        height = entry.threshold.height
        heights = {"z": height, "p": float(z_threshold(height / tails))}  # NaN for what is no probability
        if scale == "z":
            heights["t"] = height
        return heights.get(entry.threshold.scale)
    share = {"none": 1, "bonferroni": max(tested, 1)}.get(entry.correction)
    return None if share is None or entry.alpha is None else float(z_threshold(entry.alpha / share / tails))
