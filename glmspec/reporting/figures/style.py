"""One scale of colour and opacity for a family of maps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = 50
"""Steps of |z| that are told apart: from one to the next lightness changes by 1.2 of 100, which is not seen."""
# Lightness (CIE L*) falls in near equal steps, 88, 70, 51, 27, in both, so that a larger value looks larger, in print
# and to the colour-blind too; yellow-red against blue stays apart in every common form of colour blindness.
WARM_STOPS = ((255, 217, 125), (247, 150, 60), (216, 78, 35), (138, 14, 24))
COOL_STOPS = ((176, 224, 244), (98, 177, 226), (44, 122, 205), (24, 50, 142))


def _ramp(stops: tuple[tuple[int, int, int], ...]) -> NDArray[np.uint8]:
    """Colours (LEVELS, 3), straight between the stops."""
    at, wanted = np.linspace(0, 1, len(stops)), np.linspace(0, 1, LEVELS)
    channels = [np.interp(wanted, at, [stop[c] for stop in stops]) for c in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


WARM, COOL = _ramp(WARM_STOPS), _ramp(COOL_STOPS)


@dataclass(frozen=True)
class MapStyle:
    """How the values of a map become colours.

    Attributes
    ----------
    threshold : float
        |z| at which a voxel is fully opaque; below it opacity is (|z| / threshold)^2. Positive and finite: where a
        correction passes nothing at any height, give the height that would have been interesting.
    vmax : float
        |z| of the strongest colour; more than ``threshold``.
    signed : bool
        False for F maps, which have no negative half.
    """

    threshold: float
    vmax: float
    signed: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.vmax) and 0 < self.threshold < self.vmax):
            raise ValueError(f"a map needs 0 < threshold < vmax, found {self.threshold} and {self.vmax}")

    @classmethod
    def fitting(cls, threshold: float, peak: float, signed: bool = True) -> MapStyle:
        """A scale that ends on a whole number, at or above ``peak`` and clear of ``threshold``."""
        return cls(threshold, float(math.ceil(max(peak, 1.25 * threshold))), signed)

    def paint(self, z: NDArray[np.floating[Any]], passed: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """RGBA, the shape of ``z`` and 4 more: opaque what passed, transparent what is NaN."""
        values = np.nan_to_num(z)
        size = np.abs(values)
        level = np.rint(np.minimum(size / self.vmax, 1) * (LEVELS - 1)).astype(np.intp)
        negative = (values < 0) & self.signed
        opaque = passed | (size >= self.threshold)
        return np.asarray(self._inks[level + LEVELS * negative + 2 * LEVELS * opaque])

    @cached_property
    def _inks(self) -> NDArray[np.uint8]:
        """RGBA of every level: positive and negative as they fade out, then both opaque; no colour if transparent."""
        share = np.minimum(np.arange(LEVELS) * (self.vmax / (LEVELS - 1) / self.threshold), 1)
        alpha = np.tile(np.rint(255 * share**2), 2)[:, None].astype(np.uint8)
        colours = np.concatenate([WARM, COOL])
        faint = np.hstack([np.where(alpha > 0, colours, np.uint8(0)), alpha])
        return np.concatenate([faint, np.hstack([colours, np.full_like(alpha, 255)])])
