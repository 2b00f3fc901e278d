"""Who computes: one worker or several threads. Chosen on the command line, never in a document.

The work is numpy, zlib and compiled kernels, which release Python's lock, so threads share memory and start at
once. Results come back in the order of the items, whoever finishes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

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


def executor(jobs: int) -> Executor:
    """The executor for a number of workers."""
    return Serial() if jobs <= 1 else Threads(jobs)
