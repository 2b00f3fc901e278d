"""`exclusions`: rules that are judged on variables, subjects that are named, and rules that are declared only.

A rule is judged on every row that the analysis is about, whatever the other rules say, so that their order decides
nothing. A value that is missing needs no judgement where another rule leaves the row out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from glmspec.errors import DocPath, Problem
from glmspec.plan.left_out import LeftOut, in_digits, named
from glmspec.plan.rows import Row, same
from glmspec.plan.runs.words import listed
from glmspec.plan.tables import Table, is_numeric
from glmspec.spec.problems import suggestion
from glmspec.spec.review import Exclusion

Rules = Sequence[Exclusion]


def named_outright(rules: Rules) -> frozenset[str]:
    """Every subject that some rule names, without its prefix."""
    return frozenset(same("subject", name) for rule in rules for name in rule.subjects or ())


def unknown_subjects(rules: Rules, known: Iterable[str], what: str) -> list[Problem]:
    """Named subjects that are not there; ``what`` lacks them, in the words of the message."""
    names = sorted(set(known))
    problems = []
    for index, rule in enumerate(rules):
        here: DocPath = ("exclusions", index, "subjects")
        if rule.subjects is not None and not names:
            hint = "capture `{subject}`, or name it in the rows or tables"
            problems.append(Problem("E313", f"{what} have no subjects to exclude", here, hint=hint, on="key"))
            continue
        for place, name in enumerate(rule.subjects or ()):
            if same("subject", name) not in names:
                hint = suggestion(same("subject", name), names, "subjects")
                problems.append(Problem("E313", f"there is no subject `{name}` to exclude", (*here, place), hint=hint))
    return problems


def subjects_of_tables(tables: Iterable[Table]) -> set[str]:
    """Every subject that has a line in some table."""
    cells = [cell for table in tables for cell in table.columns.get("subject", ())]
    return {same("subject", cell) for cell in cells if cell is not None}


def by_name(rule: Exclusion, subjects: Sequence[str]) -> LeftOut:
    """A rule that names its subjects, of those that the analysis is about."""
    wanted, known = {same("subject", name) for name in rule.subjects or ()}, list(dict.fromkeys(subjects))
    found = tuple(name for name in known if name in wanted)
    return LeftOut(rule.rule, "subjects", found, len(known), bound=_absent(wanted - set(found)))


def _absent(names: set[str]) -> str:
    if not names:
        return ""
    return f"{listed(sorted(names))} {'is' if len(names) == 1 else 'are'} not among the subjects of this analysis"


def by_variable(
    index: int, rule: Exclusion, rows: Sequence[Row], considered: Sequence[Row], problems: list[Problem]
) -> tuple[list[Row], list[Row], LeftOut | None]:
    """The rows that a rule leaves out, those that it cannot judge, and what is told; None where the rule is wrong.

    Judged are the ``rows`` that have a line in the tables, and counts are of all that are ``considered``.
    """
    here: DocPath = ("exclusions", index, "variable")
    variable = str(rule.variable)
    known = sorted({name for row in rows for name in (*row.names, *row.variables)})
    if variable not in known:
        hint = suggestion(variable, known, "captured names and variables")
        problems.append(Problem("E311", f"there is no variable `{variable}`", here, hint=hint))
        return [], [], None
    fits, wrong = _comparison(rule, [value for row in rows if (value := row.value(variable)) is not None])
    if wrong:
        message = f"`{variable}` is text, and `{wrong[0]}` compares numbers"
        problems.append(Problem("E317", message, here, hint=f"for example `{wrong[1]}`"))
        return [], [], None
    out = [row for row in rows if (value := row.value(variable)) is not None and fits(value)]
    unknown = [row for row in rows if row.value(variable) is None]
    names, of, counted = named(out, considered)
    return out, unknown, LeftOut(rule.rule, "evaluated", names, of, counted, _in_words(rule))


def _comparison(rule: Exclusion, values: list[str]) -> tuple[Callable[[str], bool], tuple[str, str] | None]:
    """Whether a value falls to the rule; and where it cannot be compared, by what and for which value."""
    bound = rule.bound
    assert bound is not None
    key, limit = bound
    if key == "equals":
        return lambda value: _equal(str(rule.variable), value, str(limit)), None
    text = next((value for value in values if not is_numeric([value])), None)
    if text is not None:
        return lambda value: False, (key, text)
    height = float(limit)
    return (lambda value: float(value) > height) if key == "above" else (lambda value: float(value) < height), None


def _equal(name: str, value: str, wanted: str) -> bool:
    """As text, without the prefix that is ignored; and as numbers where both are: 1 is 1.0."""
    if same(name, value) == same(name, wanted):
        return True
    numbers = [float(text) for text in (value, wanted) if is_numeric([text])]
    return len(numbers) == 2 and numbers[0] == numbers[1] and math.isfinite(numbers[0])


def _in_words(rule: Exclusion) -> str:
    bound = rule.bound
    assert bound is not None
    key, limit = bound
    shown = limit if isinstance(limit, str) else in_digits(limit)
    return f"{rule.variable} {key} {shown}" + (f" {rule.unit}" if rule.unit else "")
