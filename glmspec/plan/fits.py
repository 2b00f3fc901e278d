"""What one fit is: rows that share the names of `fit_per` belong together, and the other names set them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from glmspec.errors import Problem
from glmspec.plan.names import label
from glmspec.plan.rows import PREFIXES
from glmspec.spec.problems import suggestion

NAME = re.compile("[A-Za-z0-9+-]+")
"""What may be a part of a folder's name: what a pattern captures."""


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
    if len(found) > 1:
        problems += _unfit_for_folders(found, used)
    return [(dict(zip(used, values, strict=True)), group) for values, group in found.items()]


def _unfit_for_folders(found: Iterable[tuple[str, ...]], used: list[str]) -> Iterator[Problem]:
    """Values that cannot name a folder of results, or two that name one where case does not count."""
    seen: dict[tuple[str, ...], tuple[str, ...]] = {}
    for values in found:
        for name, value in zip(used, values, strict=True):
            if not NAME.fullmatch(value):
                hint = "the results of each fit have a folder of that name: use letters, digits, + and -"
                yield Problem("E207", f"the {name} `{value}` cannot name a folder", ("inputs",), hint=hint, on="key")
        other = seen.setdefault(tuple(label(value).casefold() for value in values), values)
        if other != values:
            message = f"`{', '.join(other)}` and `{', '.join(values)}` would name the same folder of results"
            yield Problem(
                "E207", message, ("inputs",), hint="names must still differ when hyphens and case are dropped", on="key"
            )


def folder(names: Mapping[str, str], alone: bool) -> str:
    """Where a fit has its results: ``sub-01/ses-pre``, or the results folder itself where there is no other fit."""
    return "" if alone else "/".join(PREFIXES.get(name, f"{name}-") + label(value) for name, value in names.items())
