"""What an operation may know of the machine: files, finished inputs, and a way to run over the grid of blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from glmspec.execution.executors import Executor
from glmspec.execution.store import Artifact
from glmspec.plan.steps import BLOCK

Result = TypeVar("Result")


@dataclass(frozen=True)
class File:
    """A file of the data folder, and what messages call it."""

    path: Path
    name: str


@dataclass(frozen=True)
class Context:
    """Finished inputs of one step, and the workers it may use."""

    artifacts: Mapping[str, Artifact]
    files: Mapping[str, File]
    executor: Executor
    memory: int

    def blocks(
        self, function: Callable[[slice], Result], voxels: int, block_bytes: int
    ) -> Iterator[tuple[slice, Result]]:
        """``function`` of every block of the fixed grid over the voxels, in order.

        Workers and memory decide how many blocks are in flight, and nothing else.
        """
        slices = [slice(start, min(start + BLOCK, voxels)) for start in range(0, voxels, BLOCK)]
        in_flight = max(1, min(2 * self.executor.jobs, self.memory // max(block_bytes, 1)))
        return zip(slices, self.executor.map(function, slices, in_flight), strict=True)

    def numbered(self, prefix: str) -> list[str]:
        """The inputs called ``prefix_00000``, ``prefix_00001``, ..., in order."""
        return sorted(name for name in (*self.files, *self.artifacts) if name.startswith(prefix + "_"))
