"""Steps computed in this process: side by side on threads, or block by block where one is alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module

from threadpoolctl import threadpool_limits

from glmspec.errors import InputError, Problem, raise_all
from glmspec.execution.executors import Executor, Runner, Serial, executor
from glmspec.execution.jobs import Job, compute
from glmspec.execution.operations import KERNELS
from glmspec.execution.progress import Progress
from glmspec.execution.store import Store
from glmspec.plan.steps import Step


@contextmanager
def local(address: str, store: Store, jobs: int, memory: int, progress: Progress) -> Iterator[Runner]:
    """Workers of this process, with one BLAS thread each; there is no address to them."""
    del address
    with threadpool_limits(1, user_api="blas"), ExitStack() as stack:
        yield Local(store, executor(jobs), memory, progress, stack)


COMPILING = "compiling for this machine, once: ten seconds or so"


WAITING = 8
"""Steps for each worker that are handed out at a time where memory holds one for each: none waits for a slower one."""


@dataclass
class Local:
    """Runs steps against one store."""

    store: Store
    executor: Executor
    memory: int
    progress: Progress
    stack: ExitStack
    watching: bool = False

    def run(self, wave: list[Step]) -> Iterator[tuple[Step, float]]:
        """Every step of a wave as it is finished; a lone step spreads its blocks over the workers instead.

        What is wrong with the maps of a wave is told together, after the others are finished.
        """
        self._watch(wave)
        if len(wave) == 1:
            yield self._timed(wave[0], self.executor)
            return
        fitting, jobs = self.memory // max(1, *(step.memory for step in wave)), self.executor.jobs
        in_flight = WAITING * jobs if fitting >= jobs else max(1, fitting)
        wrong: list[Problem] = []
        for step, outcome in self.executor.map(self._attempted, wave, in_flight):
            if isinstance(outcome, InputError):
                wrong += outcome.problems
            else:
                yield step, outcome
        raise_all(wrong)

    def _watch(self, wave: list[Step]) -> None:
        """Tell if kernels are compiled, from the first wave on that has any: numba is not imported for less."""
        if not self.watching and any(step.op in KERNELS for step in wave):
            noticed = import_module("glmspec.core.compiled").noticed
            self.stack.enter_context(noticed(lambda: self.progress.note(COMPILING)))
            self.watching = True

    def _attempted(self, step: Step) -> tuple[Step, float | InputError]:
        try:
            return self._timed(step, Serial())
        except InputError as error:
            return step, error

    def _timed(self, step: Step, executor: Executor) -> tuple[Step, float]:
        start = time.perf_counter()
        compute(Job.of(step), self.store, executor, self.memory)
        return step, time.perf_counter() - start
