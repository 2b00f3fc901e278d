"""What an operation may know of the machine: files, finished inputs, and a way to run over the grid of blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from glmspec.execution.executors import Executor
from glmspec.execution.store import Artifact
from glmspec.plan.steps import BLOCK

Item = TypeVar("Item")
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
        return zip(slices, self.each(function, slices, block_bytes), strict=True)

    def each(self, function: Callable[[Item], Result], items: Iterable[Item], item_bytes: int) -> Iterator[Result]:
        """``function`` of every item, in order; as many in flight as workers and memory allow."""
        in_flight = max(1, min(2 * self.executor.jobs, self.memory // max(item_bytes, 1)))
        return self.executor.map(function, items, in_flight)

    def numbered(self, prefix: str) -> list[str]:
        """The inputs called ``prefix_00000``, ``prefix_00001``, ..., in order."""
        return sorted(name for name in (*self.files, *self.artifacts) if name.startswith(prefix + "_"))
