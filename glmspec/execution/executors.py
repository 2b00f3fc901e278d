"""Who computes: threads of this process, or a cluster. Chosen on the command line, never in a document.

The work of threads is numpy, zlib and compiled kernels, which release Python's lock, so threads share memory and start
at once. Results come back in the order of the items, whoever finishes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Protocol, TypeVar

from glmspec.errors import Problem, StepError
from glmspec.execution.progress import Progress
from glmspec.execution.store import Store
from glmspec.plan.steps import Step

Item = TypeVar("Item")
Result = TypeVar("Result")


class Executor(Protocol):
    """Applies a function to items, at most ``in_flight`` at a time, results in order."""

    jobs: int

    def map(self, function: Callable[[Item], Result], items: Iterable[Item], in_flight: int) -> Iterator[Result]:
        """Results in the order of the items."""


class Serial:
    """One after the other."""

    jobs = 1

    def map(self, function: Callable[[Item], Result], items: Iterable[Item], in_flight: int) -> Iterator[Result]:
        """Results in the order of the items."""
        del in_flight
        return map(function, items)


class Threads:
    """Several at once."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def map(self, function: Callable[[Item], Result], items: Iterable[Item], in_flight: int) -> Iterator[Result]:
        """Results in the order of the items."""
        waiting: deque[Future[Result]] = deque()
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                for item in items:
                    waiting.append(pool.submit(function, item))
                    if len(waiting) >= max(in_flight, 1):
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()


class Runner(Protocol):
    """Computes steps, and keeps what they leave in a store."""

    def run(self, wave: list[Step]) -> Iterator[tuple[Step, float]]:
        """Steps that do not need each other, each with the seconds it took, as they are finished."""


Opener = Callable[[str, Store, int, int, Progress], AbstractContextManager[Runner]]
"""From an address, the store, a number of jobs, a bound of memory and whom to tell, to what runs steps meanwhile."""


def _when_needed(module: str, name: str) -> Opener:
    """An opener whose module is imported when it is chosen."""

    def opened(*arguments: Any) -> AbstractContextManager[Runner]:
        found: AbstractContextManager[Runner] = getattr(import_module(module), name)(*arguments)
        return found

    return opened


EXECUTORS: dict[str, Opener] = {
    "local": _when_needed("glmspec.execution.local", "local"),
    "dask": _when_needed("glmspec.execution.clusters", "on_dask"),
}
"""Name on the command line, before a colon and an address -> who computes."""


def opened(chosen: str, store: Store, jobs: int, memory: int, progress: Progress) -> AbstractContextManager[Runner]:
    """Who was chosen as ``NAME`` or ``NAME:ADDRESS``.

    Raises
    ------
    StepError
        E507 if nobody is called so, or what they need is not installed; others when entered.
    """
    name, _, address = chosen.partition(":")
    if name not in EXECUTORS:
        message = f"there is no executor `{name}`"
        hint = f"those that are there: {', '.join(EXECUTORS)}; an address follows a colon, as in `dask:tcp://host:8786`"
        raise StepError((Problem("E507", message, hint=hint),))
    return EXECUTORS[name](address, store, jobs, memory, progress)


def executor(jobs: int) -> Executor:
    """The executor for a number of workers."""
    return Serial() if jobs <= 1 else Threads(jobs)
