"""A T1-weighted-like picture of the simulated brain: folded cortex, deep nuclei, ventricles, folia.

The folds are the zero lines of a random wave field that is drawn on a sphere, so that they run inwards from the
surface; gray matter is what lies within the thickness of the cortex from fluid, and white matter the rest.
"""

from __future__ import annotations

import numpy as np

from glmspec.core.streams import generator
from glmspec.demo.brain import FOLDS, FOLIA, GRAIN, LATERAL_SULCUS, SEED, SHADING, SULCAL_DEPTH, bent, brain
from glmspec.demo.space import Field, Places, Point, box, ellipsoid, step, tube, waves

CORTEX = 3.4  # mm: human cortex is 2 to 4
PIA = 1.0  # mm of fluid between the brain's hull and the cortex
FLUID, GRAY, DEEP_GRAY, STEM, WHITE = 34.0, 104.0, 134.0, 168.0, 186.0  # T1-weighted brightness
EDGE = 0.8  # mm: how sharp the borders of tissues are

NUCLEI: tuple[tuple[Point, Point], ...] = (
    ((11, -19, 7), (9, 14, 8)),  # thalamus
    ((13, 12, 9), (5, 12, 9)),  # caudate
    ((26, 3, 2), (6, 16, 10)),  # putamen
)
CALLOSUM: tuple[Point, ...] = (
    (0, 23, -3), (0, 30, 5), (0, 26, 16), (0, 10, 24), (0, -14, 27), (0, -33, 22), (0, -41, 13), (0, -37, 8)
)  # fmt: skip
LATERAL_VENTRICLE: tuple[Point, ...] = ((10, 29, 4), (8, 16, 15), (9, -8, 21), (15, -28, 19), (25, -43, 9))
SEPTUM: tuple[Point, ...] = ((0, 20, 9), (0, 6, 17), (0, -12, 19), (0, -28, 15))  # thin, so it shows as fluid
TEMPORAL_HORN: tuple[Point, ...] = ((25, -43, 9), (31, -34, -6), (33, -12, -20))


def picture(at: Places) -> Field:
    """Brightness of the brain in a T1-weighted scan, about 0 to 255, at every voxel; 0 outside the brain."""
    moved = bent(at)
    parts = brain(moved)
    bright = telencephalon(moved, parts.cerebrum)
    inside = parts.cerebellum - np.maximum(parts.cerebrum, 0)
    bright = paint(bright, inside, cerebellum(moved, parts.cerebellum))
    below = parts.brainstem - np.maximum(parts.cerebrum + moved.z + 6, 0)
    bright = paint(bright, below - PIA, STEM)
    bright = paint(bright, ellipsoid(moved, (0, -47, -31), (7, 4, 9)), FLUID)  # fourth ventricle
    shaded = bright * (1 + 0.03 * waves(at, generator(SEED, SHADING), length=150.0, number=8))
    grain = 3.0 * generator(SEED, GRAIN).standard_normal(shaded.shape)
    return np.where(parts.hull > 0, np.clip(shaded + grain, 1, 255), 0)


def paint(bright: Field, depth: Field, value: float | Field, edge: float = EDGE) -> Field:
    """``bright`` with the body of that ``depth`` painted over in brightness ``value``."""
    return bright + step(depth, edge) * (value - bright)


def telencephalon(at: Places, hull: Field) -> Field:
    """Brightness of the two hemispheres; ``hull`` is the depth inside their smooth envelope."""
    core = ellipsoid(at, (0, -7, 4), (24, 38, 25))  # where no fissure parts the hemispheres
    fissure = np.hypot(at.x, np.maximum(core, 0))
    whole = np.minimum(hull - PIA, fissure - 0.4)
    fluid = np.minimum(np.minimum(sulci(at, whole), lateral_sulcus(at)) - 0.7, whole)
    bright = FLUID + step(fluid, EDGE) * (GRAY - FLUID) + step(fluid - CORTEX, EDGE) * (WHITE - GRAY)
    return deep_parts(at, bright, core)


def deep_parts(at: Places, bright: Field, core: Field) -> Field:
    """``bright`` with corpus callosum, basal ganglia, thalamus and ventricles painted in."""
    side = at.mirrored()
    bright = paint(bright, core - 3, WHITE)
    bright = paint(bright, tube(Places(0.2 * at.x, at.y, at.z), CALLOSUM, 3.4), WHITE)
    for center, radii in NUCLEI:
        bright = paint(bright, ellipsoid(side, center, radii), DEEP_GRAY)
    horns = np.maximum(tube(side, LATERAL_VENTRICLE, 5.2), tube(side, TEMPORAL_HORN, 2.2))
    bright = paint(bright, horns, FLUID)
    bright = paint(bright, tube(at, SEPTUM, 3.2), FLUID, edge=1.6)
    return paint(bright, ellipsoid(at, (0, -13, 0), (1.8, 16, 9)), FLUID)  # third ventricle


def sulci(at: Places, whole: Field) -> Field:
    """Distance in mm from the sheets of fluid between the folds; ``whole`` is the depth inside the hemispheres."""
    radii = (34.0, 44.0, 54.0)
    along = np.clip(at.y, -58, 28)  # the folds run inwards to a line through each hemisphere, not to one point
    axis = Places(np.abs(at.x), at.y - along, at.z).from_point((25, 0, 6))
    reach = np.sqrt(sum((part / radius) ** 2 for part, radius in zip(axis, radii, strict=True))) + 1e-3
    stretch = 0.8 / reach + 0.2  # mostly radial, so that sulci run inwards, and a little slanted
    sphere = Places(np.sign(at.x) * (axis.x * stretch + 90), axis.y * stretch + along, axis.z * stretch)
    field = waves(sphere, generator(SEED, FOLDS), length=27.0, number=56)
    spacing = float(np.abs(np.diff(at.y, axis=1)).mean())
    slope = np.sqrt(sum(part**2 for part in np.gradient(field, spacing)))
    deep = np.clip(13 + 5 * waves(at, generator(SEED, SULCAL_DEPTH), length=45.0, number=16), 4, 21)
    past = np.maximum(whole - deep, 0) + 40 * np.maximum(0.48 - reach, 0)  # beyond the floor of the sulcus
    distance: Field = np.hypot(np.abs(field) / (slope + 0.02), past)
    return distance


def lateral_sulcus(at: Places) -> Field:
    """Distance in mm from the fissure above the temporal lobe and from the insula at its end."""
    wander = 2.5 * waves(at, generator(SEED, LATERAL_SULCUS), length=38.0, number=12)
    rising = Places(np.abs(at.x) + wander, at.y, at.z + 0.45 * (at.y - 1) + 1.4 * wander)
    opening = box(rising, (57, -6, 0), (19, 31, 0.3))
    insula = box(rising, (38, 3, 4), (0.3, 17, 11))
    return -np.maximum(opening, insula)


def cerebellum(at: Places, hull: Field) -> Field:
    """Brightness of the cerebellum: a white tree in gray folia."""
    side = at.mirrored()
    angle = np.arctan2(at.z + 32, at.y + 50) + 0.25 * waves(at, generator(SEED, FOLIA), length=30.0, number=16)
    branches = np.cos(11 * angle) * 2.2 - 0.6
    core = ellipsoid(side, (16, -58, -32), (17, 10, 7))
    tree = np.maximum(np.minimum(branches, hull - 3.5), core)
    gray: Field = GRAY - 4 + 9 * np.cos(2 * np.pi * (hull + 3 * np.cos(5 * angle)) / 5.5)  # the folia as stripes
    return FLUID + step(hull - PIA, EDGE) * (gray - FLUID) + step(tree, 1.5) * (WHITE - GRAY - 12)
