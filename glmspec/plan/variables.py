"""Tables joined to rows on every captured name that they have as a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from glmspec.errors import DocPath, Place, Problem
from glmspec.plan.check import Check
from glmspec.plan.rows import Row, same
from glmspec.plan.tables import Table

_MOST_NAMED = 8


@dataclass(frozen=True)
class Joined:
    """Rows with the variables of every table, in the order in which they were given.

    Attributes
    ----------
    rows : list of Row
    problems : list of Problem
    checks : list of Check
        Lines without a map, counted and named.
    without : mapping of int to str
        The places of rows without a line that are excused, and the first table that has none.
    """

    rows: list[Row]
    problems: list[Problem]
    checks: list[Check]
    without: Mapping[int, str]


def join(rows: list[Row], tables: list[Table], excused: Callable[[Row], bool] = lambda row: False) -> Joined:
    """Rows with the variables of every table.

    A map without its line is a problem, unless the row is ``excused``: the caller leaves it out. Lines without a map
    are counted and named, whatever the policies say. The first table of a stack has a line for each volume, in order.
    """
    problems: list[Problem] = []
    checks: list[Check] = []
    without: dict[int, str] = {}
    for index, table in enumerate(tables):
        origin: DocPath = ("inputs", "variables", index)
        names = [name for name in table.columns if any(name in row.names for row in rows)]
        if not names and rows and rows[0].volume is not None:
            rows, found = _in_order(rows, table, origin)
            problems += found
        elif not names:
            captured = ", ".join(rows[0].names) if rows and rows[0].names else "none"
            message = f"`{table.name}` has no column by which it could be joined"
            hint = f"captured names: {captured}; columns: {', '.join(table.columns)}"
            problems.append(Problem("E310", message, origin, hint=hint))
        else:
            rows, found, check, lineless = _by_names(rows, table, names, origin)
            problems += found
            checks += check
            for place in [place for place in lineless if excused(rows[place])]:
                without.setdefault(place, table.name)
            problems += _lineless([rows[place] for place in lineless if place not in without], table, names, origin)
    return Joined(rows, problems, checks, without)


def tables_are_wrong(problems: Iterable[Problem]) -> bool:
    """Whether something is wrong with a table of variables, so that what lacks may be in it."""
    return any(problem.path[:2] == ("inputs", "variables") for problem in problems)


def _lineless(rows: list[Row], table: Table, names: list[str], origin: DocPath) -> list[Problem]:
    """Rows without a line."""
    if not rows:
        return []
    message = f"`{table.name}` has no line for {_listed([row.label for row in rows])}"
    hint = f"lines are found by {', '.join(names)}; `missing: {{variable: exclude}}` leaves such maps out"
    return [Problem("E312", message, origin, hint=hint)]


def _in_order(rows: list[Row], table: Table, origin: DocPath) -> tuple[list[Row], list[Problem]]:
    if len(table) != len(rows):
        message = f"the stack has {len(rows)} volumes, and `{table.name}` has {len(table)} lines"
        return rows, [Problem("E310", message, origin, hint="the table needs a line for each volume, in order")]
    joined = []
    for index, row in enumerate(rows):
        values = {name: column[index] for name, column in table.columns.items()}
        names = {"subject": same("subject", str(values["subject"]))} if values.get("subject") else {}
        joined.append(replace(row, names=names, variables=values))
    return joined, []


def _by_names(
    rows: list[Row], table: Table, names: list[str], origin: DocPath
) -> tuple[list[Row], list[Problem], list[Check], list[int]]:
    """Rows with the variables of one table, what is wrong, lines without a map, and places of rows without a line."""
    lines, problems = _index(table, names, origin)
    taken = {name for row in rows for name in (*row.variables, *row.names)} - set(names)
    twice = sorted(taken & set(table.columns))
    if twice:
        message = f"the variable `{twice[0]}` of `{table.name}` is there already"
        problems.append(
            Problem("E310", message, origin, hint="two sources for one variable: leave it out of one table")
        )
    joined, lineless, used = [], [], set()
    for place, row in enumerate(rows):
        key = tuple(row.names[name] for name in names)
        if key not in lines:
            lineless.append(place)
            joined.append(row)
            continue
        used.add(key)
        values = {name: column[lines[key]] for name, column in table.columns.items() if name not in names}
        joined.append(replace(row, variables={**row.variables, **values}))
    return joined, problems, _unused(table, lines, used), lineless


def _index(table: Table, names: list[str], origin: DocPath) -> tuple[dict[tuple[str, ...], int], list[Problem]]:
    """Line by name."""
    lines: dict[tuple[str, ...], int] = {}
    problems = []
    for index in range(len(table)):
        values = [table.columns[name][index] for name in names]
        place = Place(table.name, table.lines[index], 1)
        if None in values:
            lacking = names[values.index(None)]
            message = f"line {place.line} of `{table.name}` has no `{lacking}`"
            problems.append(Problem("E310", message, origin, hint="fill it in, or remove the line", place=place))
            continue
        key = tuple(same(name, str(value)) for name, value in zip(names, values, strict=True))
        if key in lines:
            message = f"`{table.name}` has two lines for {', '.join(key)}: {table.lines[lines[key]]} and {place.line}"
            hint = f"keep one of them; lines are found by {', '.join(names)}"
            problems.append(Problem("E310", message, origin, hint=hint, place=place))
        lines.setdefault(key, index)
    return lines, problems


def _unused(table: Table, lines: Mapping[tuple[str, ...], int], used: set[tuple[str, ...]]) -> list[Check]:
    unused = [", ".join(key) for key in lines if key not in used]
    if not unused:
        return []
    count = "1 line" if len(unused) == 1 else f"{len(unused)} lines"
    verb = "has" if len(unused) == 1 else "have"
    return [Check("Variables", "note", f"{count} of {table.name} {verb} no map: {_listed(unused)}.")]


def _listed(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
