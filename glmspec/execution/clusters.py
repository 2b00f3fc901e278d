"""Steps computed by dask.distributed: on processes of this machine, or wherever a scheduler has workers.

Jobs and keys travel, data do not: workers read inputs from the store and write results into it, so that it has to be on
a disk they share. A step is a task; one of many parts is a task for every few of them. Whoever dies loses the task it
was at, which the scheduler gives to another. Bytes are those of a serial run: every part is computed in the same way.
"""

from __future__ import annotations

import pickle
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from glmspec.errors import InputError, Problem, StepError, raise_all
from glmspec.execution.executors import Runner, Serial
from glmspec.execution.jobs import Job, blamed, compute
from glmspec.execution.operations import PARTED, Parts
from glmspec.execution.progress import Progress
from glmspec.execution.store import Store
from glmspec.plan.steps import Step

TASKS = 4
"""Tasks of a step of many parts, for each worker thread: one that is slow or dies costs little of the whole."""

DEATHS = 10
"""Workers that a task may outlive: machines of a cluster are taken away, but a task that kills each is to blame."""

SECONDS = "30s"
"""How long an address may take to answer."""


@contextmanager
def on_dask(address: str, store: Store, jobs: int, memory: int, progress: Progress) -> Iterator[Runner]:
    """The scheduler at an address, or without one as many processes of this machine as there are jobs.

    Raises
    ------
    StepError
        E507 if dask.distributed is not installed; E508 if nobody answers, or workers die again and again.
    """
    try:
        dask, distributed = import_module("dask"), import_module("distributed")
    except ImportError as error:
        message = "`--executor dask` needs the package dask.distributed, which is not installed"
        hint = "pip install 'glmspec[dask]', or leave --executor out"
        raise StepError((Problem("E507", message, hint=hint),)) from error
    with dask.config.set({"distributed.scheduler.allowed-failures": DEATHS}):
        cluster = None if address else _processes(distributed, jobs)
        try:
            try:
                client = distributed.Client(cluster or address, timeout=SECONDS, set_as_default=False)
            except (OSError, ValueError) as error:
                hint = "is the scheduler running, and can it be reached from here?"
                raise StepError((Problem("E508", f"nobody answers at `{address}`: {error}", hint=hint),)) from error
            with client:
                progress.note(f"dask: {client.dashboard_link}")
                yield OnDask(store, client, memory, memory if cluster else None)
        except distributed.KilledWorker as error:
            message = f"workers died at one task again and again: {error}"
            hint = "did they run out of memory? What was finished is kept"
            raise StepError((Problem("E508", message, hint=hint),)) from error
        finally:
            if cluster is not None:
                cluster.close()


def _processes(distributed: Any, jobs: int) -> Any:
    """Workers of this machine. The bound of memory is kept by sending few tasks, not by killing who exceeds it."""
    return distributed.LocalCluster(
        n_workers=jobs, threads_per_worker=1, processes=True, memory_limit=0, dashboard_address="127.0.0.1:0"
    )


@dataclass(frozen=True)
class OnDask:
    """Runs steps against one store. ``memory`` is that of a worker; ``shared`` that of all, where they share it."""

    store: Store
    client: Any
    memory: int
    shared: int | None

    def run(self, wave: list[Step]) -> Iterator[tuple[Step, float]]:
        """Every step of a wave as it is finished; what is wrong is told together, after the others are finished."""
        if len(wave) == 1 and wave[0].op in PARTED:
            start = time.perf_counter()
            self._in_parts(wave[0])
            yield wave[0], time.perf_counter() - start
            return
        wrong: list[Problem] = []
        tasks = [(step.label, whole_step, (Job.of(step),)) for step in wave]
        for number, outcome in self._finished(tasks, max(step.memory for step in wave)):
            if isinstance(outcome, InputError):
                wrong += outcome.problems
            else:
                yield wave[number], outcome
        raise_all(wrong)

    def _in_parts(self, step: Step) -> None:
        """One task finds out which parts there are, some compute them, one joins them."""
        job, packed = Job.of(step), pickle.dumps(Job.of(step))
        ((_, starts),) = self._finished([(f"prepare: {step.label}", starts_of, (packed,))], step.memory)
        each = max(1, -(-len(starts) // (TASKS * sum(self.client.nthreads().values() or [1]))))
        some = [starts[first : first + each] for first in range(0, len(starts), each)]
        tasks = [(step.label, parts_of, (packed, part)) for part in some]
        found = dict(self._finished(tasks, step.memory))
        parts = [part for number in range(len(tasks)) for part in found[number]]
        list(self._finished([(f"join: {step.label}", join_parts, (job, packed, parts))], step.memory))

    def _finished(
        self, tasks: list[tuple[str, Callable[..., Any], tuple[Any, ...]]], memory: int
    ) -> Iterator[tuple[int, Any]]:
        """Number and outcome of each task (label, function, arguments) as it is finished."""
        waiting = list(enumerate(tasks))
        in_flight = len(tasks) if self.shared is None else max(1, self.shared // max(memory, 1))
        numbers: dict[Any, int] = {}
        running = import_module("distributed").as_completed(loop=self.client.loop)

        def send() -> None:
            number, (label, function, arguments) = waiting.pop(0)
            future = self.client.submit(
                function, *arguments, str(self.store.root.absolute()), self.memory, key=_key(label), pure=False
            )
            numbers[future.key] = number
            running.add(future)

        for _ in range(min(in_flight, len(waiting))):
            send()
        for future in running:
            yield numbers[future.key], future.result()
            if waiting:
                send()


def _key(label: str) -> str:
    """A task's key. The dashboard shows it up to the first hyphen that no word follows: ours do not break there."""
    return f"{label.replace('-', chr(0x2011))}-{secrets.token_hex(8)}"


def whole_step(job: Job, root: str, memory: int) -> float | InputError:
    """Compute a step, unless somebody did who died before it could say so; how long it took, or what is wrong."""
    store, start = Store(Path(root)), time.perf_counter()
    if not store.has(job.key):
        try:
            with threadpool_limits(1, user_api="blas"):
                compute(job, store, Serial(), memory)
        except InputError as error:
            return error
    return time.perf_counter() - start


def starts_of(packed: bytes, root: str, memory: int) -> list[int]:
    """The parts of a step."""
    return list(_prepared(packed, root, memory).starts)


def parts_of(packed: bytes, starts: list[int], root: str, memory: int) -> list[Any]:
    """Some parts of a step."""
    with threadpool_limits(1, user_api="blas"), blamed(pickle.loads(packed)):
        parts = _prepared(packed, root, memory)
        return [parts.part(start) for start in starts]


def join_parts(job: Job, packed: bytes, parts: list[Any], root: str, memory: int) -> None:
    """Keep what the parts of a step are together."""
    store = Store(Path(root))
    if not store.has(job.key):
        with threadpool_limits(1, user_api="blas"), blamed(job):
            store.save(job.key, _prepared(packed, root, memory).join(parts))


@lru_cache(maxsize=1)
def _prepared(packed: bytes, root: str, memory: int) -> Parts:
    """What all parts of a step have in common: prepared once by each worker."""
    job: Job = pickle.loads(packed)
    with threadpool_limits(1, user_api="blas"):
        return PARTED[job.op](job.params, job.context(Store(Path(root)), Serial(), memory))
