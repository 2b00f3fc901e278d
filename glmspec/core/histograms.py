"""How many values lie in each of some equal bins, in one pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled, plain

Floats = NDArray[np.float64]


def counts(values: Floats, edges: Floats) -> Floats:
    """How many values lie in each bin; those beyond the ends in the first and the last, NaN and infinity in none.

    Parameters
    ----------
    values : (...)
    edges : (K + 1,)
        Ascending, equally far apart. A bin holds its lower edge; the last its upper one too.

    Returns
    -------
    (K,)
    """
    return np.asarray(_counts(plain(values).ravel(), plain(edges)))


@compiled
def _counts(values: Floats, edges: Floats) -> Floats:
    """The bin is guessed from the width, and put right where rounding was wrong."""
    bins = edges.size - 1
    found, per_unit = np.zeros(bins), bins / (edges[bins] - edges[0])
    for value in values:
        if not np.isfinite(value):
            continue
        inside = min(max(value, edges[0]), edges[bins])
        place = min(int((inside - edges[0]) * per_unit), bins - 1)
        while place > 0 and inside < edges[place]:
            place -= 1
        while place < bins - 1 and inside >= edges[place + 1]:
            place += 1
        found[place] += 1
    return found
