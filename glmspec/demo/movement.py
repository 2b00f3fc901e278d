"""The subject's movement in the simulated runs, and the table of confounds as fMRIPrep would write it."""

from __future__ import annotations

import numpy as np

from glmspec.demo.sentences import MOVEMENT, SCANS, stream
from glmspec.demo.space import Field

AXES = ("trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z")
"""Translations in mm and rotations in radians, the columns of a movement (N, 6)."""

WANDER = (0.010, 0.016, 0.020, 0.00030, 0.00016, 0.00016)
"""How far the head strays from one scan to the next, standard deviation in mm and radians."""

NOD = (0.05, -0.12, 0.42, 0.0055, 0.0004, -0.0006)
"""A sudden movement, mm and radians."""

NODS: dict[int, tuple[int, ...]] = {1: (), 2: (47, 112, 163)}
"""The scans with a sudden movement, counted from 0, in each run: the subject lies still in the first."""

RETURN = 0.55  # share of a nod that is left one scan later
HEAD_RADIUS = 50.0  # mm: Power, NeuroImage 59 (2012) 2142, turns rotations into distances on such a sphere
OUTLYING = 0.5  # mm of framewise displacement: fMRIPrep's default


def movement(run: int) -> Field:
    """Where the head is in each scan, relative to its mean place: (N, 6), mm and radians."""
    steps = stream(run, MOVEMENT).standard_normal((SCANS, len(AXES))) * WANDER
    nods = np.zeros_like(steps)
    for scan in range(1, SCANS):
        nods[scan] = RETURN * nods[scan - 1] + (np.array(NOD) if scan in NODS[run] else 0.0)
    places = np.cumsum(steps, axis=0) + nods
    return np.asarray(places - places.mean(axis=0))


def displacement(moved: Field) -> Field:
    """Framewise displacement (N,), mm: the sum of what changed since the scan before; NaN in the first."""
    steps = np.abs(np.diff(moved, axis=0)) * ([1.0] * 3 + [HEAD_RADIUS] * 3)
    return np.concatenate([[np.nan], steps.sum(axis=1)])


def outliers(moved: Field) -> Field:
    """An indicator (N, K) for each scan with more displacement than :data:`OUTLYING`."""
    scans = np.flatnonzero(displacement(moved) > OUTLYING)
    return np.asarray(np.arange(SCANS)[:, None] == scans, dtype=np.float64)


def confounds(moved: Field, fluid: Field) -> dict[str, Field]:
    """The columns (N,) of the table of confounds, in order; NaN where there is none to give.

    ``fluid`` is the mean signal of cerebrospinal fluid (N,).
    """
    columns = {"csf": fluid, "framewise_displacement": displacement(moved)}
    for axis, course in zip(AXES, moved.T, strict=True):
        columns[axis] = course
        columns[f"{axis}_derivative1"] = np.concatenate([[np.nan], np.diff(course)])
    spikes = outliers(moved)
    return columns | {f"motion_outlier{number:02d}": spike for number, spike in enumerate(spikes.T)}
