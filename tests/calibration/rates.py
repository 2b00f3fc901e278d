"""How often the methods are wrong over many data sets, and how often they may be."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom
from threadpoolctl import threadpool_limits

from .decisions import (
    ALPHA,
    PERMUTATIONS,
    Question,
    parametric_errors,
    parametric_finds,
    parametric_t,
    permutation_finds,
    question,
)
from .simulation import DESIGNS, SHAPE, Floats, Shape, ball, fields, skewed

SEED = 1
"""Of everything. Data set k of a cell is a function of this, the cell's name and k."""

SETS = 1000
CHUNK = 20
"""Data sets that a process takes at a time."""

MISS = 0.001
"""Share of right programs that a band, or all bands of a family together, may find wrong."""


@dataclass(frozen=True)
class Cell:
    """Data sets of one kind; ``fwhm`` in voxels, ``effect`` of the planted ball in deviations of the errors."""

    design: str
    subjects: int
    fwhm: int
    skewness: float = 0.0
    effect: float = 0.0

    @property
    def name(self) -> str:
        """For people, and for the seed."""
        more = [(f"skewness {self.skewness:g}", self.skewness), (f"effect {self.effect:g}", self.effect)]
        kind = [f"n {self.subjects}", f"FWHM {self.fwhm}", *(words for words, given in more if given)]
        return ", ".join([self.design, *kind])


SIZES = [(subjects, fwhm) for subjects in (12, 16) for fwhm in (2, 4)]
NULLS = tuple(Cell(design, *size) for design in DESIGNS for size in SIZES)
SKEWED = tuple(Cell("one sample", 16, 4, skewness=skewness) for skewness in (0.5, 1.0, 2.0))
"""Errors whose signs may not be exchanged."""
EXCHANGEABLE = (*NULLS, Cell("two samples", 16, 4, skewness=2.0))
"""Errors that may be exchanged as the design has it: what permutations find here is held to a band."""
PLANTED = tuple(Cell("one sample", *size, effect=1.5) for size in SIZES)
CELLS = (*EXCHANGEABLE, *SKEWED, *PLANTED)

Rates = dict[str, Floats]
"""Name of a decision -> (data sets,): 1 where it was wrong, 0 where it was not, or the share that was."""


class Simulated(NamedTuple):
    """One data set: (N, V), what is asked of it, where the effect is (V,), and the seed of its relabellings."""

    data: Floats
    asked: Question
    active: NDArray[np.bool_]
    seed: int


def simulated(cell: Cell, number: int, shape: Shape = SHAPE) -> Simulated:
    """Data set ``number`` of a cell."""
    random = np.random.default_rng([SEED, crc32(cell.name.encode()), number])
    study = DESIGNS[cell.design](random, cell.subjects)
    errors = skewed(fields(random, len(study.matrix), cell.fwhm, shape), cell.skewness)
    data = study.means[:, None] + study.spread[:, None] * errors
    active = ball(shape) if cell.effect else np.zeros(data.shape[1], dtype=bool)
    data[:, active] += cell.effect
    return Simulated(data, question(study), active, int(random.integers(2**63)))


def found_anything(
    cell: Cell, number: int, shape: Shape = SHAPE, permutations: int = PERMUTATIONS, early: bool = True
) -> dict[str, float]:
    """Whether each method finds anything at all in a data set: under the null hypothesis, whether it is wrong."""
    data, asked, _, seed = simulated(cell, number, shape)
    permuted = permutation_finds(data, asked, seed, shape, permutations, early)
    return {**permuted, **parametric_finds(parametric_t(data, asked), asked.cut.dof)}


def found_too_much(cell: Cell, number: int, shape: Shape = SHAPE) -> dict[str, float]:
    """Where the parametric methods are wrong although there is something to be found."""
    data, asked, active, _ = simulated(cell, number, shape)
    return parametric_errors(parametric_t(data, asked), asked.cut.dof, active, shape)


def collected(cell: Cell, numbers: Iterable[int], **options: Any) -> Rates:
    """What is said of several data sets."""
    judge = found_too_much if cell in PLANTED else found_anything
    said = [judge(cell, number, **options) for number in numbers]
    return {name: np.array([one[name] for one in said], dtype=float) for name in said[0]}


def measure(cells: Iterable[Cell], sets: int, jobs: int) -> dict[Cell, Rates]:
    """What is said of all data sets of the cells, by so many processes; it does not depend on their number."""
    tasks = [(cell, range(start, min(start + CHUNK, sets))) for cell in cells for start in range(0, sets, CHUNK)]
    # one BLAS thread in each process, as in a block of a run
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), threadpool_limits, (1,)) as pool:
        parts: dict[Cell, list[Rates]] = {}
        for (cell, _), part in zip(tasks, pool.map(collected, *zip(*tasks, strict=True)), strict=True):
            parts.setdefault(cell, []).append(part)
    return {cell: joined(of_cell) for cell, of_cell in parts.items()}


def joined(parts: Sequence[Rates]) -> Rates:
    """Rates of several lots of data sets as those of one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


class Band(NamedTuple):
    """The least and the largest number of rejections, both inside."""

    low: int
    high: int


def band(sets: int, family: int) -> Band:
    """Rejections of a right program in so many data sets, at one of ``family`` places.

    All of them lie within their bands with probability :data:`MISS` at least: Bonferroni's share of it is cut off at
    both ends of the binomial distribution.
    """
    tail = MISS / family / 2
    return Band(int(binom.ppf(tail, sets, ALPHA)), int(binom.isf(tail, sets, ALPHA)))
