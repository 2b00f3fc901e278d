"""Progress on a terminal as a bar, in a pipe or log as plain lines."""

from __future__ import annotations

import sys
import time
from typing import Any

from glmspec.execution.progress import Progress, Silent
from glmspec.plan.steps import Step


class Lines:
    """A line a step, for pipes and logs; several quick steps in a row share one."""

    def __init__(self) -> None:
        self.total = 0
        self.done = 0
        self.told = 0.0

    def begin(self, steps: int, reused: int) -> None:
        """How much there is to do."""
        self.total = steps
        say(f"{steps} steps to compute, {reused} reused" if steps else f"nothing to compute, {reused} steps reused")

    def finished(self, step: Step, seconds: float) -> None:
        """A line, at most two a second."""
        self.done += 1
        if time.monotonic() - self.told >= 0.5 or self.done == self.total:
            self.told = time.monotonic()
            say(f"[{self.done}/{self.total}] {step.label} ({seconds:.1f} s)")

    def note(self, text: str) -> None:
        """A line of its own."""
        say(text)

    def end(self) -> None:
        """Nothing more."""


class Bar:
    """A bar with the name of the step that was last finished."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.task: Any = None

    def begin(self, steps: int, reused: int) -> None:
        """Show the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self.bar = RichProgress(*columns, console=Console(stderr=True), transient=True)
        self.task = self.bar.add_task(f"{reused} steps reused", total=steps)
        self.bar.start()

    def finished(self, step: Step, seconds: float) -> None:
        """Advance the bar."""
        self.bar.update(self.task, advance=1, description=step.label[:40])

    def note(self, text: str) -> None:
        """A line above the bar, which stays."""
        self.bar.console.print(text, markup=False, highlight=False)

    def end(self) -> None:
        """Remove the bar."""
        self.bar.stop()


def chosen(quiet: bool) -> Progress:
    """The way of telling that fits where standard error goes."""
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()


def say(text: str) -> None:
    """A line on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
