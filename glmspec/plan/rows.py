"""Rows: one map each, with the names it is known by and the variables joined to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from glmspec.errors import DocPath, Problem
from glmspec.spec.problems import suggestion

PREFIXES = {"subject": "sub-", "session": "ses-", "run": "run-"}


@dataclass(frozen=True)
class Row:
    """One map: its file (and volume in a stack), what it is called, and what is known of it."""

    map: str
    origin: DocPath
    names: Mapping[str, str] = field(default_factory=dict)
    volume: int | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict)
    variance: str | None = None
    """The image of its variance, where the estimator needs it."""
    dof: float | None = None
    """Degrees of freedom of that variance."""

    @property
    def label(self) -> str:
        """What a message calls the row."""
        if self.names:
            return ", ".join(self.names.values())
        return self.map if self.volume is None else f"volume {self.volume + 1}"

    def value(self, name: str) -> str | None:
        """A captured name or a variable."""
        return self.names.get(name) or self.variables.get(name)


def same(name: str, value: str) -> str:
    """A value without the prefix that is ignored in comparisons: the runs `run-1` and `1` are one."""
    prefix = PREFIXES.get(name, "")
    return value.removeprefix(prefix) or value


def duplicates(rows: Iterable[Row]) -> list[Problem]:
    """Two maps for one row."""
    groups: dict[tuple[tuple[str, str], ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row.names:
            groups[tuple(sorted(row.names.items()))].append(row)
    problems = []
    for group in groups.values():
        if len(group) > 1:
            files = " and ".join(f"`{row.map}`" for row in group[:3]) + (" and more" if len(group) > 3 else "")
            message = f"there are {len(group)} maps for one row ({group[0].label}): {files}"
            hint = "a captured name must tell them apart; `*` may stand only where exactly one file fits"
            problems.append(Problem("E308", message, group[0].origin, hint=hint))
    return problems


def within_subject(rows: list[Row]) -> list[str]:
    """Captured names that every row has, and that take several values within some subject."""
    found = []
    names = [key for key in (rows[0].names if rows else {}) if all(key in row.names for row in rows)]
    for name in [key for key in names if key != "subject" and "subject" in names]:
        seen: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            seen[row.names["subject"]].add(row.names[name])
        if any(len(values) > 1 for values in seen.values()):
            found.append(name)
    return found


def selected(rows: list[Row], select: Mapping[str, tuple[str, ...]]) -> tuple[list[Row], list[Problem]]:
    """The rows that the analysis is about."""
    problems: list[Problem] = []
    for name, wanted in select.items():
        known = sorted({key for row in rows for key in (*row.names, *row.variables)})
        if name not in known:
            hint = suggestion(name, known, "captured names and variables")
            problems.append(
                Problem("E313", f"no row has a `{name}` to select by", ("inputs", "select", name), hint=hint, on="key")
            )
            continue
        values = sorted({value for row in rows if (value := row.value(name)) is not None})
        for index, value in enumerate(wanted):
            if same(name, value) not in {same(name, entry) for entry in values}:
                hint = suggestion(value, values, f"values of {name}")
                here: DocPath = ("inputs", "select", name, index)
                problems.append(Problem("E313", f"no row has {name} `{value}`", here, hint=hint))
        keep = {same(name, value) for value in wanted}
        rows = [row for row in rows if (value := row.value(name)) is not None and same(name, value) in keep]
    return rows, problems
