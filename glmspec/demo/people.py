"""The simulated subjects: who they are, and how strongly and where each of them responds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmspec.core.streams import generator
from glmspec.demo.space import Point

SUBJECTS = 16
GROUPS = ("control", "patient")  # eight of each, in turn
SEED = 1909
"""Seed of the subjects; the stream is the subject's number."""

MEAN_AGE = 45.0  # years


@dataclass(frozen=True)
class Person:
    """One subject. ``strength`` is the response of this subject relative to others, ``shift`` its place in mm."""

    name: str
    group: str
    age: int
    strength: float
    shift: Point

    @property
    def patient(self) -> bool:
        """Whether the subject is one of the patients."""
        return self.group == GROUPS[1]

    @property
    def decades(self) -> float:
        """Age in decades from the mean age that the simulation aims at."""
        return (self.age - MEAN_AGE) / 10

    @property
    def score(self) -> int:
        """Points in a test of dexterity: more with a stronger response, fewer with age and in patients."""
        luck = 1.5 * generator(SEED, 1000 + int(self.name[1:])).standard_normal()
        return round(52 + 20 * (self.strength - 1) - 1.0 * self.decades - 4 * self.patient + luck)


def people() -> tuple[Person, ...]:
    """The sixteen subjects, S01 to S16."""
    return tuple(person(number) for number in range(1, SUBJECTS + 1))


def person(number: int) -> Person:
    """The subject of that number; ages spread evenly over both groups, with some chance in them."""
    rng = generator(SEED, number)
    rank = (number - 1) // len(GROUPS) * 5 % 8  # 0 to 7 within each group, out of order
    age = round(MEAN_AGE + 6 * (rank - 3.5) + rng.uniform(-3, 3))
    strength = float(np.clip(1 + 0.28 * rng.standard_normal(), 0.4, 1.6))
    x, y, z = (float(shift) for shift in 2.2 * rng.standard_normal(3))
    return Person(f"S{number:02d}", GROUPS[(number - 1) % len(GROUPS)], age, strength, (x, y, z))
