"""The experiment of the simulated runs: blocks of sentences, when they are heard, and what answers where.

A block is six sentences: one sentence six times or six sentences (`SSt`, `DSt`), said by one speaker or by several
(`SSp`, `DSp`). Whatever the block, its first sentence is new, and so it is a condition of its own. The design is that
of a well-known data set, FIAC; every number here is invented.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmspec.core.drift import constant, cosine
from glmspec.core.hrf import glover
from glmspec.core.regressors import events, regressors
from glmspec.core.streams import generator
from glmspec.demo.maps import Scene, bell
from glmspec.demo.space import Field, Point

RUNS = (1, 2)
SCANS = 191
REPETITION_TIME = 2.5  # s
HIGH_PASS = 0.008  # Hz: seven cosines in a run of this length

FIRST = "FirstSt"
BLOCKS: dict[str, tuple[int, int]] = {"SSt_SSp": (-1, -1), "SSt_DSp": (-1, 1), "DSt_SSp": (1, -1), "DSt_DSp": (1, 1)}
"""The kinds of blocks: 1 if sentences differ, and 1 if speakers do."""

CONDITIONS = (*BLOCKS, FIRST)
"""In the order of the columns."""

ROUNDS = 4  # each kind of block comes once a round
BEGIN = 5.0  # s, the first block
EVERY = 29.0  # s from one block to the next, no multiple of the repetition time
SENTENCE = 3.2  # s from one sentence to the next
LATER = 5  # sentences in a block after the first

SEED = 1861
"""Seed of the runs; :func:`stream` says which of its streams is whose."""

ORDER, MOVEMENT, DRIFT, NOISE = range(4)
"""What is random in a run."""


class Event(NamedTuple):
    """Something heard: onset and duration in s, and the condition."""

    onset: float
    duration: float
    trial_type: str


class Site(NamedTuple):
    """A place that answers, and by how much: percent of the signal, were the condition to last.

    ``first`` is its answer to first sentences and ``later`` to the others, averaged over the kinds of blocks.
    ``sentence`` is the difference between different sentences and one repeated, ``speaker`` the same for speakers.
    It answers ``lag`` s late.
    """

    center: Point
    widths: Point
    first: float
    later: float
    sentence: float = 0.0
    speaker: float = 0.0
    lag: float = 0.0


SITES = (
    Site((-58, -20, 4), (8, 15, 7), first=3.2, later=1.5),  # superior temporal gyrus
    Site((58, -18, 3), (8, 14, 7), first=2.8, later=1.3),
    Site((-58, -40, -3), (8, 9, 7), first=1.6, later=0.8, sentence=0.8),  # posterior middle temporal, left
    Site((-54, 2, -14), (7, 8, 7), first=1.3, later=0.5, sentence=0.5),  # anterior temporal
    Site((55, 0, -12), (7, 8, 7), first=1.2, later=0.5, speaker=0.6),  # where voices are told apart
    Site((-50, 20, 12), (7, 9, 8), first=1.4, later=0.5, lag=1.5),  # inferior frontal, left: it answers late
    Site((0, -60, 36), (9, 9, 9), first=-0.5, later=-0.7),  # what rests while one listens: precuneus,
    Site((0, 50, 6), (9, 9, 11), first=-0.4, later=-0.6),  # medial frontal,
    Site((-46, -66, 36), (8, 8, 8), first=-0.3, later=-0.5),  # and angular gyrus
    Site((46, -66, 36), (8, 8, 8), first=-0.3, later=-0.5),
)


def stream(run: int, what: int) -> np.random.Generator:
    """The random stream of one thing in one run."""
    return generator(SEED, 10 * run + what)


def schedule(run: int) -> tuple[Event, ...]:
    """What is heard in a run, in the order of time; kinds of blocks come in another order in every round."""
    rng = stream(run, ORDER)
    kinds = [str(kind) for _ in range(ROUNDS) for kind in rng.permutation(list(BLOCKS))]
    heard: list[Event] = []
    for number, kind in enumerate(kinds):
        onset = BEGIN + EVERY * number
        heard += [Event(onset, SENTENCE, FIRST), Event(onset + SENTENCE, LATER * SENTENCE, kind)]
    return tuple(heard)


def scan_times() -> Field:
    """When each scan is taken, s (N,)."""
    return REPETITION_TIME * np.arange(SCANS, dtype=np.float64)


def answers(heard: tuple[Event, ...], lag: float = 0.0) -> Field:
    """The time courses (N, 5) of a place that answers ``lag`` s late: 1 once a condition has lasted."""
    basis = glover(REPETITION_TIME)
    columns = []
    for condition in CONDITIONS:
        onsets, durations = zip(*(event[:2] for event in heard if event.trial_type == condition), strict=True)
        columns.append(regressors(events(np.add(onsets, lag), durations), scan_times(), basis))
    return np.hstack(columns)


def design(heard: tuple[Event, ...]) -> Field:
    """The ready-made matrix (N, 13) of a run: five conditions, seven cosines and the constant."""
    times = scan_times()
    return np.hstack([answers(heard), cosine(times, high_pass=HIGH_PASS), constant(times)])


def lags() -> tuple[float, ...]:
    """How late the sites answer, s, each once."""
    return tuple(sorted({site.lag for site in SITES}))


def effects(where: Scene, lag: float) -> Field:
    """Percent of the signal by which each condition changes it: (5, X, Y, Z), of the sites with that lag."""
    total = np.zeros((len(CONDITIONS), *where.box.shape))
    for site in SITES:
        if site.lag == lag:
            shape = bell(where.at, 1.0, site.center, site.widths) * where.texture
            total += np.multiply.outer(heights(site), shape)
    return total


def heights(site: Site) -> Field:
    """Percent of the signal for each condition (5,), at the centre of a site."""
    later = [site.later + (one * site.sentence + other * site.speaker) / 2 for one, other in BLOCKS.values()]
    return np.array([*later, site.first])
