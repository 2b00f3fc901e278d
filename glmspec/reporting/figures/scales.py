"""From values to pixels, and the round numbers that are written at an axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from glmspec.reporting.figures.svg import signed

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high`` lie between the pixels ``start`` and ``stop``.

    ``log`` is for powers, and ``whole`` for what is counted, so that no tick lies between two numbers.
    """

    low: float
    high: float
    start: float
    stop: float
    log: bool = False
    whole: bool = False

    def __call__(self, values: ArrayLike) -> Any:
        """Pixels of values; a number for a number."""
        low, high = self._measure(self.low), self._measure(self.high)
        share = (self._measure(values) - low) / (high - low)
        return self.start + share * (self.stop - self.start)

    def _measure(self, values: ArrayLike) -> Any:
        return np.log10(values) if self.log else np.asarray(values, dtype=np.float64)

    def ticks(self, most: int = 5) -> tuple[float, ...]:
        """At most so many round numbers."""
        whole = self.whole
        bins = [MaxNLocator(most - n, steps=[1, 2, 5, 10], integer=whole, min_n_ticks=1) for n in (0, 1)]
        powers = [LogLocator(subs=(1, 2, 5)), LogLocator(numticks=most)]
        rounding = 1e-9 * (self.high - self.low)
        found: list[float] = []
        for locator in powers if self.log else bins:
            ticks = map(float, locator.tick_values(self.low, self.high))
            found = [tick for tick in ticks if self.low - rounding <= tick <= self.high + rounding]
            if len(found) <= most:
                return tuple(found)
        return tuple(found[:: math.ceil(len(found) / most)])


def written(value: float, ticks: tuple[float, ...]) -> str:
    """A tick as text, with the decimals that it and its neighbours need."""
    smallest = min((abs(after - before) for before, after in pairwise(ticks)), default=abs(value) or 1.0)
    if abs(value) > 1e-9 * smallest:  # else it is a zero with a rounding error
        smallest = min(smallest, abs(value))
    decimals = max(0, -math.floor(math.log10(smallest) + 1e-9))
    if decimals > 5 or abs(value) >= 1e6:
        return f"{value:.2g}".replace("-", "\N{MINUS SIGN}")
    return f"{value:,.0f}".replace("-", "\N{MINUS SIGN}") if decimals == 0 else signed(value, decimals)


def around(values: ArrayLike, margin: float = 0.06, within: tuple[float, ...] = ()) -> tuple[float, float]:
    """The range of finite ``values`` and of those ``within``, with a margin; never empty."""
    found = np.concatenate([np.ravel(np.asarray(values, dtype=np.float64)), np.asarray(within, dtype=np.float64)])
    found = found[np.isfinite(found)]
    if not found.size:
        return 0.0, 1.0
    low, high = float(found.min()), float(found.max())
    room = (high - low) * margin or max(abs(high), 1.0) * margin
    return low - room, high + room
