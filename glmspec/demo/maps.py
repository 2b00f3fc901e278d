"""The simulated contrast maps: planted effects, differences between subjects, smooth noise. Arrays in and out.

A map is in arbitrary units like those of a real contrast of a localizer: noise of about 2, effects of a few units.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter

from glmspec.core.streams import generator
from glmspec.demo.people import Person
from glmspec.demo.space import Field, Grid, Places, Point, places, waves

FWHM_TO_SD = 1 / np.sqrt(8 * np.log(2))
Condition = Literal["vertical", "horizontal"]
"""The two checkerboards."""


class Blob(NamedTuple):
    """A response shaped like a bell: height, centre and standard deviations in mm, and what moves its height.

    ``patient`` is added to the height of patients and ``decade`` for each ten years of age.
    """

    height: float
    center: Point
    widths: Point
    patient: float = 0.0
    decade: float = 0.0


BUTTON_PRESS = (
    Blob(9.5, (39, -24, 57), (8, 7, 6)),  # right motor cortex moves the left hand
    Blob(-9.0, (-39, -24, 57), (7, 7, 6)),
    Blob(2.8, (44, -22, 18), (7, 6, 6)),  # parietal operculum
    Blob(-2.4, (-44, -22, 18), (7, 6, 6)),
    Blob(3.2, (6, -12, 54), (4, 8, 7)),  # supplementary motor area
    Blob(-2.6, (-6, -12, 54), (4, 8, 7)),
    Blob(1.8, (27, -2, 3), (5, 8, 5)),  # putamen
    Blob(-1.6, (-27, -2, 3), (5, 8, 5)),
    Blob(1.8, (14, -20, 6), (5, 5, 5)),  # thalamus
    Blob(-1.6, (-14, -20, 6), (5, 5, 5)),
    Blob(4.6, (-18, -52, -22), (8, 8, 6), decade=-2.5),  # cerebellum, on the side of the hand
    Blob(-3.4, (18, -52, -22), (8, 8, 6), decade=1.8),
    Blob(0.6, (48, -50, 42), (8, 8, 7), patient=4.0),  # inferior parietal cortex, which patients use more
)
"""Left minus right button press."""

STIMULATION = (
    Blob(7.0, (0, -86, 2), (18, 9, 10)),
    Blob(5.0, (30, -82, 0), (10, 10, 10)),
    Blob(5.0, (-30, -82, 0), (10, 10, 10)),
)
"""What both checkerboards do to visual cortex."""

ORIENTATION = (
    Blob(4.4, (0, -85, 3), (7, 8, 9)),
    Blob(-3.6, (28, -85, 5), (7, 7, 7)),
    Blob(-3.6, (-28, -85, 5), (7, 7, 7)),
)
"""Vertical minus horizontal checkerboard."""

SEED = 1936
"""Seed of the noise of the maps."""

TEXTURE = 0
"""Stream of what all subjects have in common."""

PRESS, OWN, VERTICAL, HORIZONTAL = range(4)
"""What the noise belongs to; a subject's stream is 100 times its number and one of these."""

CONDITIONS: dict[Condition, tuple[int, int]] = {"vertical": (1, VERTICAL), "horizontal": (-1, HORIZONTAL)}
"""The sign of the difference in each checkerboard, and the stream of its noise."""


class Scene(NamedTuple):
    """Where maps are made: the voxels, their places, 1 inside the brain and 0 outside, and the factor of responses."""

    box: Grid
    at: Places
    inside: Field
    texture: Field


def scene(box: Grid, inside: Field) -> Scene:
    """The scene of all maps of that grid. Its texture, about 1, makes responses ragged as folded cortex does."""
    at = places(box)
    ragged = 1 + 0.22 * waves(at, generator(SEED, TEXTURE), length=26.0, number=24)
    return Scene(box, at, inside, np.clip(ragged, 0.3, 1.8))


def left_minus_right(where: Scene, person: Person) -> Field:
    """One subject's map of left minus right button press, zero outside the brain."""
    return where.inside * (respond(where, BUTTON_PRESS, person) + noise(where.box, person, PRESS, 2.1, 0.8))


def checkerboard(where: Scene, person: Person, condition: Condition) -> Field:
    """One subject's map of a checkerboard: what is the subject's own, half the difference, and noise."""
    sign, stream = CONDITIONS[condition]
    own = respond(where, STIMULATION, person) + noise(where.box, person, OWN, 1.4, 1.2)
    half = 0.5 * sign * respond(where, ORIENTATION, person)
    return where.inside * (own + half + noise(where.box, person, stream, 1.3, 0.4))


def respond(where: Scene, blobs: tuple[Blob, ...], person: Person) -> Field:
    """Sum of the responses of one subject, moved by the subject's own shift."""
    moved = where.at.from_point(person.shift)
    total = np.zeros(where.box.shape)
    for blob in blobs:
        height = person.strength * blob.height + blob.patient * person.patient + blob.decade * person.decades
        total += bell(moved, height, blob.center, blob.widths)
    return total * where.texture


def bell(at: Places, height: float, center: Point, widths: Point) -> Field:
    """A response that is ``height`` at its centre and falls off with these standard deviations in mm."""
    offsets = zip(at.from_point(center), widths, strict=True)
    x, y, z = (np.exp(-0.5 * (offset / width) ** 2) for offset, width in offsets)
    shape: Field = height * x * y * z
    return shape


def noise(box: Grid, person: Person, stream: int, sharp: float, broad: float) -> Field:
    """Smooth noise of two scales: standard deviation ``sharp`` at a FWHM of 5 mm, ``broad`` at 20 mm."""
    rng = generator(SEED, 100 * int(person.name[1:]) + stream)
    return sharp * smooth_noise(box, rng, 5.0) + broad * smooth_noise(box, rng, 20.0)


def smooth_noise(box: Grid, rng: np.random.Generator, fwhm: float) -> Field:
    """White noise smoothed to ``fwhm`` mm, with standard deviation 1."""
    white = rng.standard_normal(box.shape)
    width = fwhm * FWHM_TO_SD / np.abs(np.diag(box.affine)[:3])
    smooth: Field = gaussian_filter(white, width, mode="wrap")
    return smooth / float(np.std(smooth))
