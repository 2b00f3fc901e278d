"""Plan -> artifacts: steps whose inputs are ready run side by side, wherever the executor has them run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from glmspec.errors import Problem, StepError
from glmspec.execution.executors import opened
from glmspec.execution.operations import PARTED
from glmspec.execution.progress import Progress
from glmspec.execution.store import Store
from glmspec.plan.steps import Plan, Step

LEAST_MEMORY = 64 * 2**20
"""Below this nothing useful fits: the interpreter and its libraries alone take as much."""


@dataclass(frozen=True)
class Ran:
    """What was computed (key -> seconds) and what was there already."""

    computed: Mapping[str, float]
    reused: tuple[str, ...]


def execute(plan: Plan, store: Store, chosen: str, jobs: int, memory: int, progress: Progress) -> Ran:
    """Compute every step of the plan that is not in the store; ``chosen`` is the executor, as on the command line.

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
    try:
        with opened(chosen, store, jobs, memory, progress) as runner:
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
    together = [step for step in wave if step.op not in PARTED]
    if together:
        yield together
    yield from ([step] for step in wave if step.op in PARTED)
