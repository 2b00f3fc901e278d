"""A step as whoever computes it is told of it: what to do, and under which keys its inputs are in the store.

A job holds no data and none of the steps before it, so that it can be sent anywhere the store can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glmspec.errors import DocPath, GlmspecError, Problem, StepError
from glmspec.execution.context import Context, File
from glmspec.execution.executors import Executor
from glmspec.execution.operations import OPERATIONS
from glmspec.execution.store import Store
from glmspec.plan.steps import FileInput, Step


@dataclass(frozen=True, eq=False)
class Job:
    """What a step is to its worker. ``artifacts`` are keys of finished steps; paths are absolute."""

    key: str
    op: str
    params: Mapping[str, Any]
    label: str
    origin: DocPath
    artifacts: Mapping[str, str]
    files: Mapping[str, File]

    @classmethod
    def of(cls, step: Step) -> Job:
        """A step's job."""
        artifacts = {name: entry.key for name, entry in step.inputs.items() if isinstance(entry, Step)}
        files = {
            name: File(Path(entry.root / entry.path).absolute(), entry.path)
            for name, entry in step.inputs.items()
            if isinstance(entry, FileInput)
        }
        return cls(step.key, step.op, step.params, step.label, step.origin, artifacts, files)

    def context(self, store: Store, executor: Executor, memory: int) -> Context:
        """Its inputs, as arrays that are mapped when asked for."""
        loaded = {name: store.load(key) for name, key in self.artifacts.items()}
        return Context(loaded, self.files, executor, memory)


def compute(job: Job, store: Store, executor: Executor, memory: int) -> None:
    """Compute a job, and keep what it leaves.

    Raises
    ------
    GlmspecError
        Blamed on the part of the document that the step stems from.
    """
    with blamed(job):
        artifact = OPERATIONS[job.op](job.params, job.context(store, executor, memory))
    store.save(job.key, artifact)


@contextmanager
def blamed(job: Job) -> Iterator[None]:
    """Whatever fails inside is told as a problem of the job."""
    try:
        yield
    except GlmspecError as error:
        raise type(error)(tuple(problem.under(job.origin) for problem in error.problems)) from error
    except MemoryError as error:
        message = f"the step `{job.label}` ran out of memory"
        raise StepError(
            (Problem("E503", message, job.origin, hint="close other programs, or use fewer --jobs"),)
        ) from error
    except Exception as error:
        message = f"the step `{job.label}` failed: {type(error).__name__}: {error}"
        hint = "this is a defect of glmspec, please report it"
        raise StepError((Problem("E501", message, job.origin, hint=hint),)) from error
