"""Maps named one by one."""

from __future__ import annotations

from collections import Counter

from glmspec.errors import DocPath, InputError, Problem, gathered
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.pattern import MAPS
from glmspec.plan.rows import Row, same
from glmspec.spec.inputs import MapRow
from glmspec.spec.problems import nearest


def by_rows(entries: tuple[MapRow, ...], data: DataFolder) -> list[Row]:
    """A row for each entry, in the order written.

    Raises
    ------
    InputError
        For names that not every row has, and files that are not there.
    """
    problems: list[Problem] = []
    usual = Counter(tuple(sorted(entry.names)) for entry in entries).most_common(1)[0][0]
    for index, entry in enumerate(entries):
        here = (*MAPS, index)
        problems += _other_names(entry, usual, here)
        with gathered(problems):
            data.path(entry.map, (*here, "map"))
        with gathered(problems):
            if entry.variance is not None:
                data.path(entry.variance, (*here, "variance"))
    if problems:
        raise InputError(tuple(problems))
    return [
        Row(
            entry.map,
            (*MAPS, index, "map"),
            {name: same(name, value) for name, value in entry.names.items()},
            variance=entry.variance,
            dof=entry.dof,
        )
        for index, entry in enumerate(entries)
    ]


def _other_names(entry: MapRow, usual: tuple[str, ...], here: DocPath) -> list[Problem]:
    """What sets a row apart from the other rows."""
    lacking = [name for name in usual if name not in entry.names]
    further = [name for name in entry.names if name not in usual]
    if lacking and further and nearest(lacking[0], further):
        near = nearest(lacking[0], further)
        hint = f"did you mean `{lacking[0]}`? every row has the same names"
        return [Problem("E201", f"other rows have no `{near}`", (*here, str(near)), hint=hint, on="key")]
    hint = "every row has the same names"
    if lacking:
        return [Problem("E202", f"this row has no `{lacking[0]}`, and other rows have one", here, hint=hint)]
    return [Problem("E201", f"other rows have no `{name}`", (*here, name), hint=hint, on="key") for name in further]
