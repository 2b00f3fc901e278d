"""Which rows of a second level stay: rules of `exclusions` first, then what is missing, by the declared policies.

Every count is of the rows that the analysis is about: those that were located and selected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glmspec.errors import DocPath, GlmspecError, Problem
from glmspec.plan.check import Check
from glmspec.plan.data import DataFolder
from glmspec.plan.exclusions import by_name, by_variable
from glmspec.plan.left_out import Exclusions, LeftOut, named, subjects_of
from glmspec.plan.matrix import lacking_in_matrix
from glmspec.plan.missing_data import judged, lacking, policies, used_variables, without_value
from glmspec.plan.rows import Row, within_subject
from glmspec.plan.runs.words import listed
from glmspec.plan.variables import tables_are_wrong
from glmspec.spec.checks import part
from glmspec.spec.document import SecondLevelDocument
from glmspec.spec.review import Exclusion

MAPS: DocPath = ("inputs", "maps")


@dataclass
class Sieve:
    """Takes rows out, and remembers why.

    Attributes
    ----------
    considered : sequence of Row
        All rows that the analysis is about.
    lineless : mapping of int to str
        Rows of them, by identity, that have no line in a table of variables although they need one; and the table.
    """

    document: SecondLevelDocument
    data: DataFolder
    considered: Sequence[Row]
    lineless: Mapping[int, str]
    problems: list[Problem]
    checks: list[Check]

    def __post_init__(self) -> None:
        self.entries: list[LeftOut] = []
        self.out: set[int] = set()

    def sifted(self) -> tuple[list[Row], Exclusions]:
        """The rows that stay, and who was left out."""
        before = len(self.problems)
        self._by_rules()
        if policies(self.document).variable == "exclude":
            self._without_values()
        self._incomplete()
        rows = self._staying
        found = self._all(rows)
        self.checks += found.checks
        if self.considered and not rows and len(self.problems) == before:
            self.problems.append(self._nothing())
        return rows, found

    @property
    def _staying(self) -> list[Row]:
        return [row for row in self.considered if id(row) not in self.out]

    def _leave_out(self, rows: Sequence[Row]) -> None:
        self.out |= {id(row) for row in rows}

    def _by_rules(self) -> None:
        """Rules as the document lists them, each judged on all rows."""
        unjudged: list[tuple[int, Exclusion, list[Row]]] = []
        with_line = [row for row in self.considered if id(row) not in self.lineless]
        for index, rule in enumerate(part(self.document, "exclusions")):
            if rule.subjects is not None:
                told = by_name(rule, [row.names["subject"] for row in self.considered if "subject" in row.names])
                self._leave_out([row for row in self.considered if row.names.get("subject") in told.excluded])
                self.entries.append(told)
            elif rule.variable is not None:
                wrong: list[Problem] = []
                out, unknown, judgement = by_variable(index, rule, with_line, self.considered, wrong)
                self.problems += [] if tables_are_wrong(self.problems) else wrong  # which is why, then
                self._leave_out(out)
                unjudged.append((index, rule, unknown))
                self.entries += [judgement] if judgement is not None else []
            else:
                self.entries.append(LeftOut(rule.rule, "declared"))
        for index, rule, unknown in unjudged:
            self._unjudged(index, rule, [row for row in unknown if id(row) not in self.out])

    def _unjudged(self, index: int, rule: Exclusion, rows: Sequence[Row]) -> None:
        """Rows without a value, that no other rule leaves out."""
        told = tables_are_wrong(self.problems)  # a row that lacks a line has no variables at all
        has = [row for row in rows if not told or rule.variable in row.variables or rule.variable in row.names]
        if not has or policies(self.document).variable == "exclude":
            return
        message = f"`{rule.variable}` has no value for {listed(row.label for row in has)}, "
        message += "so that the rule cannot be judged"
        hint = "fill it in, name the subjects in a rule of their own, or write `missing: {variable: exclude}`"
        self.problems.append(Problem("E311", message, ("exclusions", index, "variable"), hint=hint))

    def _without_values(self) -> None:
        """Rows that lack a line, or a value that the analysis needs; each absence is told by itself."""
        staying = self._staying
        absences: dict[str, list[Row]] = {}
        for row in staying:
            if id(row) in self.lineless:
                absences.setdefault(f"a line in {self.lineless[id(row)]}", []).append(row)
        lined = [row for row in staying if id(row) not in self.lineless]
        for name in used_variables(self.document):
            absences[f"a value of {name}"] = without_value(name, lined)
        matrix = getattr(getattr(self.document, "design", None), "matrix", None)
        for row, what in self._without_numbers(matrix, lined) if matrix else ():
            absences.setdefault(what, []).append(row)
        for what, rows in absences.items():
            if rows:
                self.entries.append(LeftOut(f"for lack of {what}", "missing", *named(rows, self.considered)))
                self._leave_out(rows)

    def _without_numbers(self, matrix: str, rows: list[Row]) -> list[tuple[Row, str]]:
        """What the design matrix lacks; a table that does not fit is told by the design."""
        try:
            return lacking_in_matrix(matrix, rows, self.data) if rows else []
        except GlmspecError:
            return []

    def _incomplete(self) -> None:
        """Subjects that lack what others have; what varies within subjects is told by all that they had."""
        staying = self._staying
        subjects = subjects_of(staying)
        if not subjects:
            return
        kept = set(subjects)
        had = [row for row in self.considered if row.names.get("subject") in kept]
        common = set.intersection(*(set(row.names) for row in staying))
        names = [name for name in within_subject([row for row in had if common <= set(row.names)]) if name in common]
        missing, number = policies(self.document), len(subjects_of(self.considered) or [])
        for lack in lacking(staying, names):
            told = judged(lack, number, missing, MAPS, self.problems, self.checks)
            if told is not None:
                self.entries.append(told)
                self._leave_out([row for row in staying if row.names["subject"] in told.excluded])

    def _all(self, staying: Sequence[Row]) -> Exclusions:
        subjects, left = subjects_of(self.considered), subjects_of(staying)
        if subjects is None or left is None:
            return Exclusions(tuple(self.entries), len(self.considered) - len(staying), len(self.considered), "maps")
        return Exclusions(tuple(self.entries), len(subjects) - len(left), len(subjects))

    def _nothing(self) -> Problem:
        """Nothing stays, and what took it."""
        rules = bool(part(self.document, "exclusions"))
        told = [entry.check.text for entry in self.entries if entry.excluded]
        hint = "\n".join([*told, "give the rules another bound, or complete the data"])
        path: DocPath = ("exclusions",) if rules else ("missing",)
        return Problem("E327", "no map is left to analyse", path, hint=hint, on="key")
