"""What an analysis is once document and data are joined; every item keeps its path in the document.

A document makes one analysis a fit, each with its own results. What the levels share is an :class:`Analysis`; what a
level knows beyond that is in its subclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glmspec.core.exchangeability import Group
from glmspec.images.geometry import Grid
from glmspec.plan.check import Check
from glmspec.plan.designs import ContrastWeights, Design, Question
from glmspec.plan.expected import Expected
from glmspec.plan.left_out import Exclusions
from glmspec.plan.names import run_title
from glmspec.plan.rows import Row
from glmspec.plan.runs import RunModel
from glmspec.spec.document import Document
from glmspec.spec.source import Source


@dataclass(frozen=True, eq=False)
class Exchange:
    """What a permutation inference does to the rows to test a contrast.

    There are ``distinct`` relabellings of the design of interest, and ``used`` are made, the identity among them.
    ``height`` is the statistic that forms clusters. ``how`` says what is done to the rows, ``counted`` how often.
    ``family`` are the contrasts over which one maximum is taken, this one among them; ``nuisance`` is the number of
    effects that are removed before rows are exchanged.
    """

    group: Group
    distinct: int
    used: int
    exhaustive: bool
    smallest_p: float
    height: float | None
    because: str
    how: str
    counted: str
    family: tuple[str, ...]
    nuisance: int

    @property
    def words(self) -> str:
        """All that a reader should know."""
        return f"{self.how}; {self.because}. {self.counted}"


@dataclass(frozen=True, eq=False)
class Analysis:
    """One fit, ready to be planned."""

    source: Source
    document: Document
    data: Path
    fit: Mapping[str, str]
    """The names of `fit_per` and their values."""
    folder: str
    """Where in the results folder this fit has its own: ``sub-01/ses-pre``; empty where it is the only one."""
    grid: Grid
    digests: Mapping[str, str]
    checks: tuple[Check, ...]
    questions: tuple[Question, ...]
    exclusions: Exclusions = field(default_factory=Exclusions, kw_only=True)
    """Of all fits of the document: rules and absences, and who was left out."""
    expectations: tuple[Expected, ...] = field(default=(), kw_only=True)
    """What was expected of data and design, and found before the run."""

    @property
    def bytes(self) -> int:
        """Size of the input files on disk."""
        return sum((self.data / name).stat().st_size for name in self.digests)

    @property
    def subjects(self) -> frozenset[str]:
        """Who is analysed, as far as rows or runs say whose they are."""
        return frozenset()


@dataclass(frozen=True)
class Made:
    """A contrast of another document's fit."""

    analysis: Analysis
    contrast: str


@dataclass(frozen=True, eq=False)
class SecondLevel(Analysis):
    """Maps as rows of one design."""

    rows: tuple[Row, ...]
    design: Design
    weights: Mapping[str, ContrastWeights]
    exchanges: Mapping[tuple[str, str], Exchange] = field(default_factory=dict)
    """By contrast and permutation inference."""
    groups: tuple[str, ...] | None = None
    """The group of each row, where variances differ between groups."""
    made: Mapping[str, Made] = field(default_factory=dict)
    """By what a row calls its map: maps that another document makes."""

    @property
    def subjects(self) -> frozenset[str]:
        """The subjects of its rows."""
        return frozenset(row.names["subject"] for row in self.rows if "subject" in row.names)


@dataclass(frozen=True, eq=False)
class ModelledRun:
    """A run with its design, and the weights of the contrasts that it has a part in."""

    model: RunModel
    weights: Mapping[str, ContrastWeights]

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.model.run.name

    @property
    def title(self) -> str:
        """What plan and report say: ``run-1``."""
        return run_title(self.name)

    @property
    def design(self) -> Design:
        """Its matrix (N, P)."""
        return self.model.design


@dataclass(frozen=True, eq=False)
class FirstLevel(Analysis):
    """Runs of scans, each with its own design."""

    runs: tuple[ModelledRun, ...]

    @property
    def subjects(self) -> frozenset[str]:
        """The subjects of its runs."""
        names = [run.model.run.names for run in self.runs]
        return frozenset(known["subject"] for known in names if "subject" in known)


@dataclass(frozen=True, eq=False)
class SingleMap(Analysis):
    """A statistic image that was made elsewhere."""

    statistic: str
    given: Mapping[str, Any]
    """The scale of its values, as the document says."""


@dataclass(frozen=True, eq=False)
class Study:
    """All fits of a document."""

    source: Source
    document: Document
    data: Path
    fits: tuple[Analysis, ...]
    checks: tuple[Check, ...] = ()
    """What concerns the fits together: which were left out, and why."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Texts of the documents whose contrasts are its maps, by their paths from this one."""
