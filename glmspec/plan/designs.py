"""A design matrix with its columns, and contrasts over them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glmspec.errors import DocPath

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


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
    """A contrast as weights (Q, P) over a design's columns; Q is 1 for a t test."""

    name: str
    kind: Literal["t", "F"]
    weights: Floats
    text: str
    title: str
    origin: DocPath
    places: tuple[DocPath, ...]
    """Where the document says each row of the weights."""
    rank: int = 1
    """Independent rows: the numerator's degrees of freedom of an F."""


@dataclass(frozen=True)
class Question:
    """A contrast as inference sees it: a test, and what its statistic is compared with."""

    name: str
    kind: Literal["t", "F"]
    text: str
    title: str
    origin: DocPath
    dof: tuple[float, ...]
    """Of t, or of numerator and denominator of F; infinite where variances are known."""
    by_voxel: bool = False
    """Whether degrees of freedom differ from voxel to voxel; ``dof`` is then their upper bound."""

    @property
    def scale(self) -> Literal["t", "F", "z"]:
        """What the statistic is: a t of infinitely many degrees of freedom is a z."""
        return "z" if self.kind == "t" and math.isinf(self.dof[0]) else self.kind
