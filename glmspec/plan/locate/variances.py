"""Variances beside maps, for estimators that need them."""

from __future__ import annotations

from dataclasses import replace

from glmspec.errors import DocPath, InputError, Problem
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.pattern import matches
from glmspec.plan.rows import Row
from glmspec.spec.fields import captured_names
from glmspec.spec.inputs import SecondLevelInputs

VARIANCES: DocPath = ("inputs", "variances")


def with_variances(rows: list[Row], inputs: SecondLevelInputs, data: DataFolder) -> list[Row]:
    """The rows with their variances and degrees of freedom: by pattern, or as rows and tables name them.

    Raises
    ------
    InputError
        Where a map has none, or several.
    """
    if inputs.variances is not None:
        rows = _by_pattern(rows, inputs.variances, data)
    lacking = [row.label for row in rows if row.variance is None]
    if lacking:
        more = f" and {len(lacking) - 8} more" if len(lacking) > 8 else ""
        message = f"fixed effects need a variance for every map; there is none for {', '.join(lacking[:8])}{more}"
        hint = "name them with `inputs: {variances: ...}`, or in the rows or table of the maps"
        raise InputError((Problem("E325", message, ("inputs", "maps"), hint=hint),))
    return [row if row.dof is not None else replace(row, dof=inputs.dof) for row in rows]


def _by_pattern(rows: list[Row], pattern: str, data: DataFolder) -> list[Row]:
    if rows and rows[0].volume is not None:  # a stack of variances beside a stack of maps
        volumes, maps = data.header(pattern, VARIANCES).volumes, data.header(rows[0].map, rows[0].origin).volumes
        if volumes != maps:
            message = f"`{pattern}` has {volumes} volumes, and there are {maps} maps"
            raise InputError((Problem("E309", message, VARIANCES, hint="a variance for every map, in order"),))
        return [replace(row, variance=pattern) for row in rows]
    names = captured_names(pattern)
    unknown = [name for name in names if any(name not in row.names for row in rows)]
    if unknown:
        message = f"the variances capture `{unknown[0]}`, and the maps do not"
        raise InputError((Problem("E307", message, VARIANCES, hint="use the names that the maps capture"),))
    found: dict[tuple[str, ...], list[str]] = {}
    for path, captured in matches(pattern, data, VARIANCES):
        found.setdefault(tuple(captured[name] for name in names), []).append(path)
    result, problems = [], []
    for row in rows:
        fitting = found.get(tuple(row.names[name] for name in names), [])
        if len(fitting) != 1 or (len(rows) > 1 and not names):
            what = "no variance" if not fitting else f"{max(len(fitting), 2)} maps or variances"
            message = f"there is {what} for {row.label}" if not fitting else f"{row.label}: which variance is its own?"
            hint = f"the pattern is `{pattern}`; every map has exactly one variance, found by the captured names"
            problems.append(Problem("E307", message, VARIANCES, hint=hint))
            continue
        result.append(replace(row, variance=fitting[0]))
    if problems:
        raise InputError(tuple(problems[:4]))
    return result
