"""Steps and outputs: a plan is a value that can be printed, hashed and compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from glmspec.errors import DocPath
from glmspec.plan.analysis import Analysis, Study
from glmspec.plan.keys import step_key

BLOCK = 8192
"""Voxels of a block, the unit of all arithmetic over voxels: results must not depend on workers or memory, and the
last bits of a matrix product depend on its width. 8192 voxels of 100 maps in float64 are 6.5 MB: a core's cache."""


@dataclass(frozen=True)
class FileInput:
    """A file of a data folder, known by its content."""

    path: str
    digest: str
    root: Path

    @property
    def identity(self) -> str:
        """What enters the key of a step."""
        return self.digest


@dataclass(frozen=True, eq=False)
class Step:
    """One computation: what it does, with what settings, to what; and what to call it."""

    op: str
    params: Mapping[str, Any]
    inputs: Mapping[str, Step | FileInput]
    label: str
    origin: DocPath
    memory: int = 0
    """Bytes that the step needs while it runs, estimated from shapes."""
    size: int = 0
    """Bytes that it leaves in the store, at most: the mask is not known before a run."""
    seconds: float = 0.0
    """What it takes on one core, about."""

    @cached_property
    def key(self) -> str:
        """The step's identity in the store."""
        return step_key(self.op, self.params, {name: entry.identity for name, entry in self.inputs.items()})

    @property
    def identity(self) -> str:
        """What enters the key of steps that build on this one."""
        return self.key


Kind = Literal["statmap", "mask", "table", "design", "null", "report", "document", "provenance"]


@dataclass(frozen=True)
class Output:
    """A file of the results folder: where its numbers come from, and the keys it is listed under."""

    path: str
    kind: Kind
    step: Step
    item: str
    contrast: str | None = None
    inference: str | None = None
    stat: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class FitPlan:
    """What one fit needs, and the files that it fills."""

    analysis: Analysis
    outputs: tuple[Output, ...]
    beside: float
    """Seconds that its files and its report take, about."""
    named: Mapping[str, Step]
    """Steps by what the report asks for: `mask`, `contrast/NAME`, `threshold/CONTRAST/INFERENCE`, ..."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step of this fit, inputs first."""
        return ordered([*self.named.values(), *(output.step for output in self.outputs)])


@dataclass(frozen=True, eq=False)
class Plan:
    """The fits of a document, and all their steps in an order in which they can run."""

    study: Study
    fits: tuple[FitPlan, ...]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step of every fit once, inputs first."""
        return ordered(step for fit in self.fits for step in fit.steps)

    @property
    def name(self) -> str:
        """The document's name."""
        return self.study.document.name


def ordered(targets: Iterable[Step]) -> tuple[Step, ...]:
    """Every step that the targets need, inputs first, each once."""
    found: dict[str, Step] = {}

    def visit(step: Step) -> None:
        if step.key in found:
            return
        for entry in step.inputs.values():
            if isinstance(entry, Step):
                visit(entry)
        found[step.key] = step

    for target in targets:
        visit(target)
    return tuple(found.values())
