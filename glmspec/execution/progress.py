"""What a run tells while it runs. Whoever shows it decides how: a bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from glmspec.plan.steps import Step


class Progress(Protocol):
    """Told of every step."""

    def begin(self, steps: int, reused: int) -> None:
        """How many steps there are to compute, and how many are there already."""

    def finished(self, step: Step, seconds: float) -> None:
        """A step was computed."""

    def note(self, text: str) -> None:
        """Something to know beside."""

    def end(self) -> None:
        """Nothing is left to compute."""


@dataclass
class Silent:
    """Tells nothing."""

    def begin(self, steps: int, reused: int) -> None:
        """Nothing."""

    def finished(self, step: Step, seconds: float) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""
