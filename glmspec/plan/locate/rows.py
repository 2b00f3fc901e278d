"""Maps named one by one."""

from __future__ import annotations

import re

from glmspec.errors import InputError, Problem
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.pattern import MAPS
from glmspec.plan.rows import Row, same
from glmspec.spec.inputs import MapRow
from glmspec.spec.problems import nearest

_CAPTURED = re.compile(r"[A-Za-z0-9+-]+")


def by_rows(entries: tuple[MapRow, ...], data: DataFolder) -> list[Row]:
    """A row for each entry, in the order written.

    Raises
    ------
    InputError
        For names that not every row has, and files that are not there.
    """
    problems: list[Problem] = []
    names = list(dict.fromkeys(name for entry in entries for name in entry.names))
    for index, entry in enumerate(entries):
        here = (*MAPS, index)
        lacking = [name for name in names if name not in entry.names]
        if lacking:
            near = nearest(lacking[0], [name for name in entry.names if name not in entries[0].names])
            hint = f"did you mean `{lacking[0]}` by `{near}`?" if near else "every row has the same names"
            problems.append(
                Problem("E202", f"this row has no `{lacking[0]}`, and other rows have one", here, hint=hint)
            )
        try:
            data.path(entry.map, (*here, "map"))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(tuple(problems))
    return [
        Row(entry.map, (*MAPS, index, "map"), {name: same(value) for name, value in entry.names.items()})
        for index, entry in enumerate(entries)
    ]
