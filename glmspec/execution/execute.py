"""Plan -> artifacts: steps whose inputs are ready run side by side, block by block where one is alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from glmspec.errors import GlmspecError, InputError, Problem, StepError, raise_all
from glmspec.execution.context import Context, File
from glmspec.execution.executors import Executor, Serial
from glmspec.execution.operations import OPERATIONS, SPREADING
from glmspec.execution.progress import Progress
from glmspec.execution.store import Store
from glmspec.plan.steps import FileInput, Plan, Step

LEAST_MEMORY = 64 * 2**20
"""Below this nothing useful fits: the interpreter and its libraries alone take as much."""


@dataclass(frozen=True)
class Ran:
    """What was computed (key -> seconds) and what was there already."""

    computed: Mapping[str, float]
    reused: tuple[str, ...]


def execute(plan: Plan, store: Store, executor: Executor, memory: int, progress: Progress) -> Ran:
    """Compute every step of the plan that is not in the store.

    Raises
    ------
    StepError
        If a step fails; what was finished before stays in the store.
    """
    store.clean()
    pending = needed(plan, store)
    reused = tuple(step.key for step in plan.steps if step not in pending)
    _check_memory(pending, memory)
    seconds: dict[str, float] = {}
    progress.begin(len(pending), len(reused))
    runner = _Runner(store, executor, memory)
    try:
        with threadpool_limits(1, user_api="blas"):
            for wave in _waves(pending):
                for step, taken in runner.run(wave):
                    seconds[step.key] = taken
                    progress.finished(step, taken)
    finally:
        progress.end()
    return Ran(seconds, reused)


def needed(plan: Plan, store: Store) -> list[Step]:
    """The steps whose artifacts are not in the store."""
    return [step for step in plan.steps if not store.has(step.key)]


def _check_memory(steps: list[Step], memory: int) -> None:
    largest = max(steps, key=lambda step: step.memory, default=None)
    if largest is not None and largest.memory + LEAST_MEMORY > memory:
        need = shown(largest.memory + LEAST_MEMORY)
        message = f"the step `{largest.label}` needs about {need}, and the limit is {shown(memory)}"
        raise StepError(
            (
                Problem(
                    "E503", message, largest.origin, hint="raise --memory; `glmspec plan` shows what each step needs"
                ),
            )
        )


def shown(size: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _waves(steps: list[Step]) -> list[list[Step]]:
    """Groups of steps that do not depend on each other, in order."""
    depth: dict[str, int] = {}
    waves: list[list[Step]] = []
    for step in steps:
        before = [depth[entry.key] for entry in step.inputs.values() if isinstance(entry, Step) and entry.key in depth]
        level = depth[step.key] = max(before, default=-1) + 1
        if level == len(waves):
            waves.append([])
        waves[level].append(step)
    return [part for wave in waves for part in _parts(wave)]


def _parts(wave: list[Step]) -> Iterator[list[Step]]:
    """A wave without the steps that want all workers, then each of those alone."""
    together = [step for step in wave if step.op not in SPREADING]
    if together:
        yield together
    yield from ([step] for step in wave if step.op in SPREADING)


class _Runner:
    """Runs steps against one store."""

    def __init__(self, store: Store, executor: Executor, memory: int) -> None:
        self.store = store
        self.executor = executor
        self.memory = memory

    def run(self, wave: list[Step]) -> Iterator[tuple[Step, float]]:
        """Every step of a wave as it is finished; a lone step spreads its blocks over the workers instead.

        What is wrong with the maps of a wave is told together, after the others are finished.
        """
        if len(wave) == 1:
            yield self._timed(wave[0], self.executor)
            return
        largest = max(step.memory for step in wave)
        in_flight = max(1, min(self.executor.jobs, self.memory // max(largest, 1)))
        wrong: list[Problem] = []
        for step, outcome in self.executor.map(self._attempted, wave, in_flight):
            if isinstance(outcome, InputError):
                wrong += outcome.problems
            else:
                yield step, outcome
        raise_all(wrong)

    def _attempted(self, step: Step) -> tuple[Step, float | InputError]:
        try:
            return self._timed(step, Serial())
        except InputError as error:
            return step, error

    def _timed(self, step: Step, executor: Executor) -> tuple[Step, float]:
        start = time.perf_counter()
        self._compute(step, executor)
        return step, time.perf_counter() - start

    def _compute(self, step: Step, executor: Executor) -> None:
        artifacts = {name: self.store.load(entry.key) for name, entry in step.inputs.items() if isinstance(entry, Step)}
        files = {
            name: File(entry.root / entry.path, entry.path)
            for name, entry in step.inputs.items()
            if isinstance(entry, FileInput)
        }
        try:
            artifact = OPERATIONS[step.op](step.params, Context(artifacts, files, executor, self.memory))
        except GlmspecError as error:
            raise type(error)(tuple(problem.under(step.origin) for problem in error.problems)) from error
        except MemoryError as error:
            message = f"the step `{step.label}` ran out of memory"
            raise StepError(
                (Problem("E503", message, step.origin, hint="close other programs, or use fewer --jobs"),)
            ) from error
        except Exception as error:
            message = f"the step `{step.label}` failed: {type(error).__name__}: {error}"
            hint = "this is a defect of glmspec, please report it"
            raise StepError((Problem("E501", message, step.origin, hint=hint),)) from error
        self.store.save(step.key, artifact)
