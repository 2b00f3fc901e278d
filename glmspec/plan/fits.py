"""What one fit is: rows that share the names of `fit_per` belong together, and the other names set them apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from glmspec.errors import Problem
from glmspec.plan.rows import PREFIXES
from glmspec.spec.problems import suggestion


class Named(Protocol):
    """Something with captured names: a map or a run."""

    @property
    def names(self) -> Mapping[str, str]:
        """Name -> value."""


Item = TypeVar("Item", bound=Named)


def fits(
    items: Iterable[Item], fit_per: tuple[str, ...], written: bool, problems: list[Problem]
) -> list[tuple[dict[str, str], list[Item]]]:
    """The items of each fit, in the order in which fits first occur.

    A name of ``fit_per`` that nothing has is a problem where it was ``written``; the default asks for nothing.
    """
    listed = list(items)
    known = sorted({name for item in listed for name in item.names})
    lacking = [name for name in fit_per if not all(name in item.names for item in listed)]
    if written:
        for name in lacking:
            hint = suggestion(name, known, "captured names")
            where = ("fit_per", fit_per.index(name))
            problems.append(Problem("E313", f"not every row has a `{name}` to make fits by", where, hint=hint))
    used = [name for name in fit_per if name not in lacking]
    found: dict[tuple[str, ...], list[Item]] = {}
    for item in listed:
        found.setdefault(tuple(item.names[name] for name in used), []).append(item)
    return [(dict(zip(used, values, strict=True)), group) for values, group in found.items()]


def folder(names: Mapping[str, str], alone: bool) -> str:
    """Where a fit has its results: ``sub-01/ses-pre``, or the results folder itself where there is no other fit."""
    return "" if alone else "/".join(PREFIXES.get(name, f"{name}-") + value for name, value in names.items())
