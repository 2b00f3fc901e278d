"""A simple parcellation of the simulated brain: every voxel belongs to the nearest of a list of centres.

The centres are where the structures commonly lie, in round millimetres; this is a teaching atlas, not a
measurement, and no published atlas was used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glmspec.demo.brain import Brain
from glmspec.demo.space import Field, Places, Point

CEREBRUM: dict[str, Point] = {
    "Frontal pole": (24, 60, 4),
    "Orbitofrontal": (26, 34, -16),
    "Medial frontal": (8, 44, 22),
    "Middle frontal": (38, 30, 32),
    "Inferior frontal": (50, 20, 8),
    "Superior frontal": (18, 20, 56),
    "Supplementary motor": (7, -6, 60),
    "Precentral": (38, -16, 55),
    "Postcentral": (46, -34, 54),
    "Central operculum": (52, -12, 16),
    "Superior parietal": (22, -58, 58),
    "Inferior parietal": (48, -54, 38),
    "Precuneus": (8, -60, 38),
    "Cingulate": (7, -8, 36),
    "Insula": (38, 4, 0),
    "Superior temporal": (58, -24, 2),
    "Middle temporal": (58, -38, -10),
    "Temporal pole": (40, 14, -30),
    "Medial temporal": (26, -20, -20),
    "Fusiform": (34, -52, -16),
    "Calcarine": (8, -78, 6),
    "Occipital pole": (14, -98, 2),
    "Lateral occipital": (38, -80, 6),
    "Caudate": (13, 12, 9),
    "Putamen": (26, 3, 2),
    "Thalamus": (11, -19, 7),
}
"""Centres on the right; those on the left are their mirror images."""

CEREBELLUM = "Cerebellum"
BRAINSTEM = "Brainstem"
SIDES = ("left", "right")


def names() -> tuple[str, ...]:
    """Names of the regions; the first has index 1 in the image."""
    paired = (*CEREBRUM, CEREBELLUM)
    return (*(f"{name}, {side}" for name in paired for side in SIDES), BRAINSTEM)


def labels(at: Places, parts: Brain) -> NDArray[np.int16]:
    """Index of the region of every voxel; 0 outside the brain."""
    right = (at.x >= 0).astype(np.int16)
    cerebral = nearest(at.mirrored()).astype(np.int16) * 2 + 1 + right
    cerebellar = np.int16(2 * len(CEREBRUM) + 1) + right
    small = np.where(parts.brainstem > parts.cerebellum, len(names()), cerebellar)
    region = np.where(parts.cerebrum >= np.maximum(parts.cerebellum, parts.brainstem), cerebral, small)
    return np.where(parts.hull > 0, region, 0).astype(np.int16)


def nearest(side: Places) -> NDArray[np.intp]:
    """Which of the centres in ``CEREBRUM`` is nearest, counted from 0."""
    distances = [squared(side.from_point(center)) for center in CEREBRUM.values()]
    closest, best = np.zeros(distances[0].shape, dtype=np.intp), distances[0]
    for index, distance in enumerate(distances):
        closer = distance < best
        closest[closer] = index
        best = np.where(closer, distance, best)
    return closest


def squared(at: Places) -> Field:
    """Squared distance from the origin, in mm²."""
    return at.x**2 + at.y**2 + at.z**2
