"""An expectation and what was found of its quantity, in words."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from glmspec.plan.check import Check
from glmspec.plan.left_out import in_digits
from glmspec.plan.runs.words import listed
from glmspec.spec.quantities import BOUNDS
from glmspec.spec.review import Expectation

STOPPED = "the document stops here: mend the data or the design; `otherwise: report` would show it and go on"

HOLDS: dict[str, Callable[[float, float], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "above": operator.gt,
    "below": operator.lt,
    "equals": operator.eq,
}
"""Key of a bound -> whether a value is within it."""


class Found(NamedTuple):
    """A value of a quantity, and what has it: a run, a column; empty where there is one value only."""

    value: float
    where: str = ""


@dataclass(frozen=True)
class Expected:
    """An expectation, and what was found."""

    entry: Expectation
    found: tuple[Found, ...]

    @property
    def failing(self) -> tuple[Found, ...]:
        """The values that are not as expected."""
        bound, limit = self.entry.bound
        return tuple(found for found in self.found if not HOLDS[bound](found.value, limit))

    @property
    def check(self) -> Check:
        """What plan and report say."""
        return Check("Expectation", "warning" if self.failing else "ok" if self.found else "note", f"{self.words}.")

    @property
    def words(self) -> str:
        """`expected vif below 5, found 7.2 (column age)`, or that it is as expected."""
        bound, limit = self.entry.bound
        wanted = f"{self.entry.what} {BOUNDS[bound]} {in_digits(limit)}"
        if self.failing:
            return f"expected {wanted}, found {shown(self.failing, limit, len(self.found))}"
        if not self.found:
            return f"expected {wanted}, and there is nothing to judge it by"
        extreme = (max if bound in ("at_most", "below") else min)(self.found, key=lambda found: found.value)
        if len({found.value for found in self.found}) == 1:
            return f"{wanted}, as expected: {digits(extreme.value, limit)}"
        which = "largest" if bound in ("at_most", "below") else "smallest"
        return f"{wanted}, as expected: the {which} is {digits(extreme.value, limit)} ({extreme.where})"


def shown(failing: Sequence[Found], limit: float, judged: int) -> str:
    """Values that are not as expected, each with what has it; one of them where all that were ``judged`` are equal."""
    if len(failing) == judged > 1 and len({found.value for found in failing}) == 1:
        return digits(failing[0].value, limit)
    return listed(digits(value, limit) + (f" ({where})" if where else "") for value, where in failing)


def digits(value: float, limit: float) -> str:
    """A value with as many digits as it takes to see on which side of the limit it is; three at least."""
    if math.isinf(value):
        return "infinite"
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    side = _side(value, limit)
    texts = (f"{value:.{count}g}" for count in range(3, 17))
    return next((text for text in texts if _side(float(text), limit) == side), repr(value))


def _side(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)
