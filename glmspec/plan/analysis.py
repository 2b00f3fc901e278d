"""What an analysis is once document and data are joined; every item keeps its path in the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glmspec.core.exchangeability import Group
from glmspec.errors import DocPath
from glmspec.images.geometry import Grid
from glmspec.plan.rows import Row
from glmspec.spec.document import SecondLevelDocument
from glmspec.spec.source import Source

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True)
class Check:
    """Something that was looked at, and what came out."""

    name: str
    state: Literal["ok", "note", "warning"]
    text: str


@dataclass(frozen=True, eq=False)
class Design:
    """A design matrix (N, P) with the names of its columns."""

    matrix: Floats
    columns: tuple[str, ...]
    rank: int
    dof: int
    aliased: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ContrastWeights:
    """A contrast as weights (Q, P) over the design's columns; Q is 1 for a t test."""

    name: str
    kind: Literal["t", "F"]
    weights: Floats
    text: str
    title: str
    origin: DocPath
    rank: int = 1
    """Independent rows: the numerator's degrees of freedom of an F."""


@dataclass(frozen=True, eq=False)
class Exchange:
    """What a permutation inference does to the rows to test a contrast.

    There are ``distinct`` relabellings of the design of interest, and ``used`` are made, the identity among them.
    ``height`` is the statistic that forms clusters, and ``words`` say all that a reader should know.
    """

    group: Group
    distinct: int
    used: int
    exhaustive: bool
    smallest_p: float
    height: float | None
    because: str
    words: str


@dataclass(frozen=True, eq=False)
class Analysis:
    """A second-level analysis, ready to be planned."""

    source: Source
    document: SecondLevelDocument
    data: Path
    rows: tuple[Row, ...]
    grid: Grid
    design: Design
    contrasts: tuple[ContrastWeights, ...]
    digests: Mapping[str, str]
    checks: tuple[Check, ...]
    exchanges: Mapping[tuple[str, str], Exchange] = field(default_factory=dict)
    """By contrast and permutation inference."""

    @property
    def bytes(self) -> int:
        """Size of the input files on disk."""
        return sum((self.data / name).stat().st_size for name in self.digests)
