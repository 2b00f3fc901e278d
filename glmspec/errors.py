"""Problems and the exceptions that carry them.

Everything that can be wrong is a :class:`Problem`: a code, the path in the document that caused it, what was
found, and what to do. A step raises with a document *path*, not a line; whoever prints the problem looks the line
up in the source, so a design error found much later still points at the contrast that caused it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

DocPath = tuple[str | int, ...]

DONE, DIFFERENT, DOCUMENT_WRONG, INPUTS_WRONG, DESIGN_WRONG, STEP_FAILED = range(6)
"""Exit codes of every command."""


@dataclass(frozen=True)
class Place:
    """A line and column (both from 1) of a text file, for problems that no path of the document can name."""

    file: str
    line: int
    column: int
    length: int = 1
    written: str = ""
    """The line itself, where no source is there to be asked for it."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, why, and how to mend it.

    ``path`` leads to the part of the document to blame; ``on`` says whether its key or its value is meant and
    ``span`` which characters of the value. ``place`` points into a file directly, for text that has no path.
    """

    code: str
    message: str
    path: DocPath = ()
    label: str = ""
    hint: str = ""
    on: Literal["key", "value"] = "value"
    span: tuple[int, int] | None = None
    place: Place | None = None

    def under(self, path: DocPath) -> Problem:
        """The same problem, blamed on ``path`` unless it already blames a part of the document."""
        return self if self.path else replace(self, path=path)

    def __str__(self) -> str:
        where = f" at {dotted(self.path)}" if self.path else ""
        tail = "".join(f"; {part}" for part in (self.label, self.hint) if part)
        return f"[{self.code}]{where}: {self.message}{tail}"


def dotted(path: DocPath) -> str:
    """``('inputs', 'maps', 0)`` as ``inputs.maps[0]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


@dataclass(eq=False)
class GlmspecError(Exception):
    """Base of all errors; ``problems`` has at least one entry."""

    problems: tuple[Problem, ...]
    exit_code: int = field(default=STEP_FAILED, init=False)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class DocumentError(GlmspecError):
    """The document itself is wrong: YAML, a field, a name."""

    exit_code = DOCUMENT_WRONG


class InputError(GlmspecError):
    """A file is missing, unreadable, or does not fit the others."""

    exit_code = INPUTS_WRONG


class DesignError(GlmspecError):
    """The design cannot answer a contrast."""

    exit_code = DESIGN_WRONG


class StepError(GlmspecError):
    """A step of the plan failed while it ran; the cause is chained."""

    exit_code = STEP_FAILED


class GlmspecWarning(UserWarning):
    """Something a user should know that does not stop the analysis."""


def wrong_input(code: str, message: str, hint: str = "", label: str = "", path: DocPath = ()) -> InputError:
    """An :class:`InputError` of a single problem."""
    return InputError((Problem(code, message, path=path, label=label, hint=hint),))


_CLASSES: dict[str, type[GlmspecError]] = {"1": DocumentError, "2": DocumentError, "3": InputError, "4": DesignError}


def raise_all(problems: Iterable[Problem]) -> None:
    """Raise what was found, if anything: all of it, as the class with the lowest exit code."""
    found = tuple(problems)
    if found:
        classes = {_CLASSES.get(problem.code[1], StepError) for problem in found}
        raise min(classes, key=lambda kind: kind.exit_code)(found)


@contextmanager
def gathered(problems: list[Problem]) -> Iterator[None]:
    """Collect the problems of what fails inside, so that what stands beside it is still examined."""
    try:
        yield
    except GlmspecError as error:
        problems.extend(error.problems)
