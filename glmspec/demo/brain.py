"""The outer shape of the simulated brain: cerebrum, cerebellum and brainstem, from formulas.

Nothing here comes from an image. Positions and sizes are the round numbers of any anatomy book.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmspec.core.streams import generator
from glmspec.demo.space import Field, Places, ellipsoid, melt, step, tube, waves

SEED = 1891
"""Seed of everything random in the anatomy."""

WARP, FOLDS, SULCAL_DEPTH, SHADING, GRAIN, FOLIA, LATERAL_SULCUS = range(7)
"""Streams of that seed: one a random field, so that changing one leaves the others as they are."""


class Brain(NamedTuple):
    """Depths in mm of the parts of the brain at every voxel; positive inside."""

    cerebrum: Field
    cerebellum: Field
    brainstem: Field

    @property
    def hull(self) -> Field:
        """Depth inside the brain as a whole, fluid in its fissures included."""
        return np.maximum(np.maximum(self.cerebrum, self.cerebellum), self.brainstem)


def bent(at: Places) -> Places:
    """Places moved by a few millimetres of slow random bending, so that the two halves differ as real ones do."""
    rng = generator(SEED, WARP)
    shifts = [1.6 * waves(at, rng, length=85.0, number=12) for _ in range(3)]
    return Places(at.x + shifts[0], at.y + shifts[1], at.z + shifts[2])


def brain(at: Places) -> Brain:
    """Depths of cerebrum, cerebellum and brainstem."""
    side = at.mirrored()
    tent = at.z + 25 - 0.16 * np.clip(-at.y - 40, 0, 60)  # the cerebellum stays below the occipital lobes
    cerebellum = melt(ellipsoid(side, (24, -66, -31), (29, 27, 23)), ellipsoid(side, (0, -62, -27), (14, 22, 20)), 12)
    stalk = tube(at, [(0, -20, -4), (0, -28, -22), (0, -42, -60)], 9)
    stem = melt(stalk, ellipsoid(at, (0, -25, -31), (17, 13, 15)), 8)
    return Brain(cerebrum(at), np.minimum(cerebellum, 10 - tent), stem)


def cerebrum(at: Places) -> Field:
    """Depth inside the smooth envelope of both hemispheres."""
    side = at.mirrored()
    narrowing = 1 + 0.0007 * np.maximum(at.y - 5, 0)  # towards the frontal pole
    egg = ellipsoid(Places(at.x * narrowing, at.y, at.z), (0, -17, 13), (68, 87, 63))
    floor = at.z + 20 + 4 * np.cos(at.y / 28) - 10 * step(-at.y - 52, 18)  # under frontal and occipital lobes
    upper = -melt(-egg, -floor, 22)
    temporal = ellipsoid(Places(side.x, side.y, side.z + 0.12 * (side.y + 15)), (45, -17, -21), (23, 42, 23))
    return melt(upper, temporal, 9)
