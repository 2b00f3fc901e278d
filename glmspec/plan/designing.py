"""Rows -> design matrix and contrasts; what is wrong with them is collected as far as the rows allow to tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module

from glmspec.core.fixed_effects_design import participating
from glmspec.core.least_squares import PreparedDesign, prepare
from glmspec.core.welch import variance_groups
from glmspec.errors import DocPath, GlmspecError, Problem
from glmspec.plan.analysis import Exchange
from glmspec.plan.check import Check
from glmspec.plan.contrasts import Columns, estimability, independent_rows, resolve_contrast
from glmspec.plan.data import DataFolder
from glmspec.plan.designs import ContrastWeights, Design, Question
from glmspec.plan.exchange import exchanges
from glmspec.plan.matrix import read_matrix
from glmspec.plan.rows import Row
from glmspec.plan.runs.words import counted
from glmspec.plan.variables import tables_are_wrong
from glmspec.spec.checks import part
from glmspec.spec.contrasts import Contrast
from glmspec.spec.design import SecondLevelDesign
from glmspec.spec.document import SecondLevelDocument
from glmspec.spec.formulas import parse_formula
from glmspec.spec.noise import FixedEffects
from glmspec.spec.problems import suggestion

NAMES = ("E214", "E216")
"""Problems of contrasts that hold whatever rows are missing: a level could be that of a missing row."""


FORMULAS = "glmspec.plan.formula"
"""Imported where a design has one: pandas and formulaic take a quarter of a second."""


@dataclass(frozen=True, eq=False)
class Designed:
    """A design with its contrasts; ``file`` is the table of a ready-made matrix, ``groups`` the group of each row."""

    design: Design
    weights: Mapping[str, ContrastWeights]
    questions: tuple[Question, ...]
    exchanges: Mapping[tuple[str, str], Exchange]
    groups: tuple[str, ...] | None
    file: str | None


class Designer:
    """Builds the design of a document, and collects what is wrong with it and with the contrasts."""

    def __init__(
        self, document: SecondLevelDocument, data: DataFolder, problems: list[Problem], checks: list[Check]
    ) -> None:
        self.document = document
        self.data = data
        self.problems = problems
        self.checks = checks

    def designed(self, rows: list[Row]) -> Designed | None:
        """Design and contrasts; None where the design cannot be built."""
        written: SecondLevelDesign | None = getattr(self.document, "design", None)
        if written is None:
            return None
        try:
            model = self._model(written, rows)
        except GlmspecError as error:
            self._tell_what_can_be_told(written, rows, error)
            return None
        prepared = prepare(model.matrix)
        names = tuple(model.columns)
        design = Design(model.matrix, names, prepared.rank, prepared.dof, tuple(names[i] for i in prepared.aliased))
        self._judge(design, prepared, bool(written.formula))
        contrasts = self._contrasts(model, design, prepared)
        groups = self._groups(written, rows, prepared)
        found: Mapping[tuple[str, str], Exchange] = {}
        if prepared.dof >= 1 and not self._tables_are_wrong:
            result = exchanges(self.document, rows, contrasts, prepared, groups)
            found = result.found
            self.problems += result.problems
            self.checks += result.checks
        weights = {contrast.name: contrast for contrast in contrasts}
        questions = tuple(_question(contrast, written, rows, prepared) for contrast in contrasts)
        return Designed(design, weights, questions, found, groups, written.matrix)

    def _groups(self, written: SecondLevelDesign, rows: list[Row], prepared: PreparedDesign) -> tuple[str, ...] | None:
        """The group of each row, where variances differ between groups; each needs degrees of freedom of its own."""
        if written.variance_groups is None:
            return None
        here: DocPath = ("design", "variance_groups")
        values = [row.value(written.variance_groups) for row in rows]
        known = sorted({key for row in rows for key in (*row.names, *row.variables)})
        if written.variance_groups not in known:
            hint = suggestion(written.variance_groups, known, "captured names and variables")
            message = f"no map has a `{written.variance_groups}` to make groups of"
            self.problems.append(Problem("E313", message, here, hint=hint))
            return None
        if None in values:
            message = f"`{written.variance_groups}` has no value for {rows[values.index(None)].label}"
            self.problems.append(
                Problem(
                    "E311",
                    message,
                    here,
                    hint="every map belongs to a group; `missing: {variable: exclude}` leaves such maps out",
                )
            )
            return None
        groups = tuple(str(value) for value in values)
        alone = [name for name in sorted(set(groups)) if groups.count(name) == 1]
        if alone:
            message = f"the group `{alone[0]}` of `{written.variance_groups}` has one map, and no variance of its own"
            hint = "variance groups are the levels of a factor, with several maps each"
            self.problems.append(Problem("E403", message, here, hint=hint))
            return None
        try:
            variance_groups(prepared, groups)
        except ValueError as error:
            hint = "more maps in it, or one variance for all"
            self.problems.append(Problem("E403", str(error), here, hint=hint))
        return groups

    def _model(self, written: SecondLevelDesign, rows: list[Row]) -> Columns:
        if not written.formula:
            return read_matrix(str(written.matrix), rows, self.data)
        modelled: Columns = import_module(FORMULAS).build_model(written, rows)
        return modelled

    @property
    def _tables_are_wrong(self) -> bool:
        return tables_are_wrong(self.problems)

    def _tell_what_can_be_told(self, written: SecondLevelDesign, rows: list[Row], error: GlmspecError) -> None:
        """The problems of the design, and of contrasts by the rows that are whole.

        A row without a line in a table lacks its variables, which is told already; what is wrong with the variables
        of the other rows is not.
        """
        if not written.formula:
            self.problems += error.problems
            return
        names = [variable.name for variable in parse_formula(written.formula).variables]
        lined = [row for row in rows if all(name in row.names or name in row.variables for name in names)]
        if not (self._tables_are_wrong and 0 < len(lined) < len(rows)):
            told = self._tables_are_wrong
            self.problems += [entry for entry in error.problems if not (told and entry.code == "E311")]
        else:
            try:
                self._model(written, lined)
            except GlmspecError as own:
                self.problems += own.problems
        whole = [row for row in lined if all(row.value(name) is not None for name in names)]
        if 0 < len(whole) < len(rows):
            self._tell_of_names(written, whole)

    def _tell_of_names(self, written: SecondLevelDesign, rows: list[Row]) -> None:
        """Names in contrasts that are not in the design, whatever the other rows hold."""
        try:
            model = self._model(written, rows)
        except GlmspecError:  # some rows alone may have a single level, which says nothing of all rows
            return
        for name, contrast in self._untold():
            try:
                resolve_contrast(name, contrast, model)
            except GlmspecError as error:
                self.problems += [problem for problem in error.problems if problem.code in NAMES]

    def _judge(self, design: Design, prepared: PreparedDesign, by_formula: bool) -> None:
        here: DocPath = ("design", "formula" if by_formula else "matrix")
        twice = [name for name in design.columns if design.columns.count(name) > 1]
        if twice:
            hint = "rename one of them in its table"
            self.problems.append(Problem("E402", f"two columns are called `{twice[0]}`", here, hint=hint))
        if prepared.dof < 1 and not isinstance(self.document.design.estimator, FixedEffects):
            maps = counted(len(design.matrix), "map")
            message = f"{maps} and a design of rank {prepared.rank} leave no degrees of freedom"
            self.problems.append(Problem("E403", message, here, hint="more maps, or fewer columns"))
        rows, columns = design.matrix.shape
        shape = f"{rows} rows, {counted(columns, 'column')}, rank {design.rank}, {design.dof} degrees of freedom"
        state = "warning" if prepared.rank_in_doubt else "note" if design.aliased else "ok"
        tail = f"; not independent of the others: {', '.join(design.aliased)}" if design.aliased else ""
        doubt = (
            ". The rank is in doubt: a column is a sum of others to nearly all digits" if prepared.rank_in_doubt else ""
        )
        self.checks.append(Check("Design", state, f"{shape}{tail}{doubt}."))  # type: ignore[arg-type]

    def _contrasts(self, model: Columns, design: Design, prepared: PreparedDesign) -> list[ContrastWeights]:
        found = []
        for name, contrast in self._untold():
            try:
                weights = resolve_contrast(name, contrast, model)
            except GlmspecError as error:
                self.problems += error.problems
                continue
            inestimable = estimability(weights, design, prepared)
            self.problems += inestimable
            if not inestimable:
                found.append(replace(weights, rank=independent_rows(weights, prepared)))
        return found

    def _untold(self) -> list[tuple[str, Contrast]]:
        """Contrasts that nothing is known against yet."""
        told = {problem.path[:2] for problem in self.problems}
        given = part(self.document, "contrasts").items()
        return [(name, entry) for name, entry in given if ("contrasts", name) not in told and entry.runs is None]


def _question(
    contrast: ContrastWeights, written: SecondLevelDesign, rows: list[Row], prepared: PreparedDesign
) -> Question:
    """What the statistic of a contrast is compared with."""
    dof = float(prepared.dof)
    if isinstance(written.estimator, FixedEffects):
        taking_part = participating(prepared, contrast.weights)
        known = [row.dof for row, part_of in zip(rows, taking_part, strict=True) if part_of]
        dof = sum(float("inf") if entry is None else entry for entry in known)
    both = (dof,) if contrast.kind == "t" else (float(contrast.rank), dof)
    by_voxel = written.variance_groups is not None
    return Question(contrast.name, contrast.kind, contrast.text, contrast.title, contrast.origin, both, by_voxel)
