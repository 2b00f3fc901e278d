"""The scans of the simulated runs: an echo-planar picture that drifts, moves, answers and is noisy. Arrays in and out.

In every voxel of the head, in the units of the scanner,

    scan(t) = mean + sum over k of course_k(t) map_k + sd noise(t),   noise(t) = rho noise(t - 1) + fresh(t),

where courses and maps are the answers to what is heard, the drifts and what the movement leaves behind, and fresh
noise is smooth in space. The coefficient rho varies slowly from place to place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from glmspec.core.drift import cosine
from glmspec.core.streams import generator
from glmspec.demo.anatomy import FLUID, GRAY, WHITE, picture
from glmspec.demo.maps import FWHM_TO_SD, Scene, bell, scene, smooth_noise
from glmspec.demo.movement import outliers
from glmspec.demo.sentences import (
    DRIFT,
    HIGH_PASS,
    NOISE,
    SCANS,
    SEED,
    Event,
    answers,
    effects,
    lags,
    scan_times,
    stream,
)
from glmspec.demo.space import Field, Grid, Places, Point, places, waves

GRID = Grid((64, 64, 30), np.array([[-3, 0, 0, 93], [0, 3, 0, -113], [0, 0, 4, -44], [0, 0, 0, 1]], dtype=float))
"""A scanner's usual field of view, stored from right to left; the lowest part of the cerebellum is outside."""

FLUID_SIGNAL, GRAY_SIGNAL, WHITE_SIGNAL = 1350.0, 1000.0, 790.0  # T2*-weighted, in the units of the scanner
BLUR = 4.5  # mm FWHM: what an echo-planar picture resolves
FAINTEST = 60.0  # below this mean there is nothing but background, which is 0

LOST: tuple[tuple[float, Point, Point], ...] = (
    (0.65, (0, 40, -24), (20, 14, 10)),  # above the sinuses
    (0.45, (50, -20, -34), (12, 18, 9)),  # above the ear canals
    (0.45, (-50, -20, -34), (12, 18, 9)),
)
"""Share of the signal that is lost where air is near, with centre and standard deviations in mm."""

SHADE, COEFFICIENT = 0, 1
"""Streams of what both runs have in common."""

THERMAL, PHYSIOLOGICAL = 7.0, 0.008
"""Standard deviation of the noise: in units of the scanner, and as a share of the mean, three times in fluid."""

SMOOTH, ROUGH, NOISE_FWHM = 0.8, 0.6, 6.0
"""Shares of smooth and of white noise, whose squares add up to 1; and FWHM of the smooth noise in mm."""

LEAST_AR, MIDDLE_AR, MOST_AR = 0.2, 0.34, 0.5
"""Range of the autoregressive coefficient."""

DRIFTS = (1.0, 0.6, 0.4, 0.3)
"""Standard deviation over places of the amplitudes of the slowest cosines, percent."""

LEFT_BEHIND = 0.2  # share of the movement that realignment does not undo
DIP = -1.2  # percent: the whole picture in a scan with a sudden movement


class Head(NamedTuple):
    """What is scanned: V voxels of the head, in the order of numpy's indexing by ``seen``.

    ``where`` is the scene, ``brain`` and ``seen`` (X, Y, Z) say which voxels belong to the brain and to the head,
    ``fluid`` (V,) which lie in the ventricles, ``mean`` (X, Y, Z) is the picture, and ``slope`` (3, V) its change with
    x, y and z, a mm. ``sd`` (V,) is the standard deviation of the noise, and ``rho`` (V,) its coefficient.
    """

    where: Scene
    brain: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    fluid: NDArray[np.bool_]
    mean: Field
    slope: Field
    sd: Field
    rho: Field


def head(box: Grid = GRID) -> Head:
    """The head of the only subject, the same in both runs."""
    at = places(box)
    bright = picture(at)
    brain = bright > 0
    voxel = np.abs(np.diag(box.affine)[:3])
    mean = echo_planar(at, bright, voxel)
    seen = mean > 0
    liquid = gaussian_filter((brain & (bright < (FLUID + GRAY) / 2)).astype(float), BLUR * FWHM_TO_SD / voxel)
    sd = np.hypot(THERMAL, PHYSIOLOGICAL * (1 + 2 * liquid) * mean)
    rho = MIDDLE_AR + 0.09 * waves(at, generator(SEED, COEFFICIENT), length=60.0, number=16)
    slope = np.array(np.gradient(mean, *np.diag(box.affine)[:3]))
    return Head(
        scene(box, brain.astype(float)),
        brain,
        seen,
        ventricles(at, liquid)[seen],
        mean,
        slope[:, seen],
        sd[seen],
        np.clip(rho, LEAST_AR, MOST_AR)[seen],
    )


def echo_planar(at: Places, bright: Field, voxel: Field) -> Field:
    """The mean picture (X, Y, Z), made of a T1-weighted one: fluid is bright, and air takes signal away."""
    tissue = np.interp(bright, (FLUID, GRAY, WHITE), (FLUID_SIGNAL, GRAY_SIGNAL, WHITE_SIGNAL))
    blurred = gaussian_filter(np.where(bright > 0, tissue, 0.0), BLUR * FWHM_TO_SD / voxel, mode="nearest")
    kept = np.prod([1 - bell(at, share, center, widths) for share, center, widths in LOST], axis=0)
    shaded: Field = blurred * kept * (1 + 0.06 * waves(at, generator(SEED, SHADE), length=160.0, number=8))
    return np.where(shaded >= FAINTEST, shaded, 0.0)


def ventricles(at: Places, liquid: Field) -> NDArray[np.bool_]:
    """Where voxels are fluid, near the middle of the brain."""
    inner = np.maximum(np.abs(at.x) / 30, np.maximum(np.abs(at.y + 8) / 45, np.abs(at.z - 12) / 22)) < 1
    return np.asarray(inner & (liquid > 0.7))


def scans(subject: Head, run: int, heard: tuple[Event, ...], moved: Field) -> NDArray[np.int16]:
    """All scans of a run in the voxels of the head: (N, V), int16.

    Sums over courses are einsum's and not a BLAS's, so that bytes do not depend on a number of threads.
    """
    courses, maps = explained(subject, run, heard, moved)
    mean = subject.mean[subject.seen]
    rng, gain = stream(run, NOISE), np.sqrt(1 - subject.rho**2)
    values = np.empty((SCANS, len(mean)), dtype=np.int16)
    noise = fresh_noise(subject, rng)
    for scan in range(SCANS):
        if scan:
            noise = subject.rho * noise + gain * fresh_noise(subject, rng)
        exact = mean + np.einsum("k,kv->v", courses[scan], maps) + subject.sd * noise
        values[scan] = np.rint(np.clip(exact, 0, np.iinfo(np.int16).max))
    return values


def fresh_noise(subject: Head, rng: np.random.Generator) -> Field:
    """Noise of one scan (V,) with variance 1, smooth in space."""
    smooth = smooth_noise(subject.where.box, rng, NOISE_FWHM)[subject.seen]
    return SMOOTH * smooth + ROUGH * rng.standard_normal(len(smooth))


def explained(subject: Head, run: int, heard: tuple[Event, ...], moved: Field) -> tuple[Field, Field]:
    """What is no noise: courses (N, K), and maps (K, V) in the units of the scanner."""
    percent = subject.mean[subject.seen] / 100
    spikes = outliers(moved).sum(axis=1, keepdims=True)
    slow = cosine(scan_times(), high_pass=HIGH_PASS)[:, : len(DRIFTS)] * np.sqrt(SCANS / 2)
    rng, at = stream(run, DRIFT), subject.where.at
    loadings = np.array([size * waves(at, rng, length=90.0, number=16)[subject.seen] for size in DRIFTS])
    parts = [(answers(heard, lag), effects(subject.where, lag)[:, subject.seen] * percent) for lag in lags()]
    parts += [(slow, loadings * percent), (moved, LEFT_BEHIND * shifts(subject)), (spikes, DIP * percent[None])]
    return np.hstack([courses for courses, _ in parts]), np.vstack([maps for _, maps in parts])


def shifts(subject: Head) -> Field:
    """Change of the picture (6, V) as the head moves by 1 mm along, or turns by 1 radian about, each axis."""
    shape = subject.where.box.shape
    place = np.array([np.broadcast_to(part, shape)[subject.seen] for part in subject.where.at])
    turned = np.cross(place, subject.slope, axis=0)
    return -np.vstack([subject.slope, turned])
