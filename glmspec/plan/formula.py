"""A formula and rows -> a design matrix, and the model's mean or slope anywhere in it.

The grammar has refused everything but variables by now; formulaic gets look-ups of columns that we named, and does
what it is good at: coding factors and interactions to full rank. ``center`` and ``scale`` are columns of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np

from glmspec.errors import DesignError, DocPath, InputError, Problem
from glmspec.plan.columns import not_a_column, unit_row
from glmspec.plan.designs import Floats
from glmspec.plan.rows import Row
from glmspec.plan.tables import is_numeric
from glmspec.spec.design import SecondLevelDesign
from glmspec.spec.expressions import Part, Term
from glmspec.spec.formulas import Formula, Variable, parse_formula
from glmspec.spec.problems import suggestion

FORMULA: DocPath = ("design", "formula")
CODING = "glmspec.plan.coding"
"""Loads formulaic and pandas, a third of a second that a constant does not need."""
INTERCEPT = "intercept"
_OURS = "glmspec_variable_"
_CODED = re.compile(rf"(^|:){_OURS}(\d+)")
Assignment = Mapping[Variable, float | str]


@dataclass(frozen=True)
class Model:
    """A formula's matrix, and how to ask for its rows elsewhere."""

    formula: Formula
    levels: Mapping[Variable, tuple[str, ...]]
    means: Mapping[Variable, float]
    columns: tuple[str, ...]
    matrix: Floats
    _coded: Any
    """Who codes other rows; None where the constant is all there is."""

    def at(self, assignments: Sequence[Assignment]) -> Floats:
        """Rows of the design (len(assignments), P) at given levels and values of every variable."""
        if self._coded is None:
            return np.ones((len(assignments), 1))
        values = {_code(index): [entry[each] for entry in assignments] for index, each in self._numbered}
        levels = {_code(index): self.levels[each] for index, each in self._numbered if each in self.levels}
        return np.asarray(self._coded.at(values, levels, len(assignments)))

    @property
    def _numbered(self) -> list[tuple[int, Variable]]:
        return list(enumerate(self.formula.variables))

    def weights(self, fixed: Mapping[Variable, str], slopes: Sequence[Variable] = ()) -> Floats:
        """The model's mean (P,) at the given levels, or its slope along variables there.

        Other factors are averaged over their levels, other variables stand at their means. A slope is the difference
        between the values 1 and 0: the model is linear in each variable, so that this is exact.
        """
        others = [entry for entry in self.levels if entry not in fixed]
        combinations = list(product(*(self.levels[entry] for entry in others)))
        total = np.zeros(len(self.columns))
        for corner in product((0.0, 1.0), repeat=len(slopes)):
            sign = (-1.0) ** (len(slopes) - sum(corner))
            base: dict[Variable, float | str] = {**self.means, **fixed, **dict(zip(slopes, corner, strict=True))}
            rows = self.at([{**base, **dict(zip(others, combination, strict=True))} for combination in combinations])
            total += sign * rows.mean(axis=0)
        return total

    def term_weights(self, term: Term, path: DocPath) -> Floats:
        """The weights (P,) of a term of a contrast: a raw column, a level, a cell, a slope."""
        if term.quoted or str(term) == INTERCEPT:
            return self._raw(term.parts[0].name, term, path)
        fixed, slopes = {}, []
        for part in term.parts:
            variable = self._variable(part)
            if variable not in self.levels:
                if part.level is not None:
                    message = f"`{variable}` is a number, and has no levels"
                    raise _blame("E216", message, path, term, f"its slope is `{variable}`")
                slopes.append(variable)
            elif part.level is None:
                level = f"{variable}[{self.levels[variable][0]}]"
                hint = f"name a level: {level}; all differences: {{test: F, term: {variable}}}"
                raise _blame("E216", f"`{variable}` is a factor, and has no slope", path, term, hint)
            elif part.level not in self.levels[variable]:
                hint = suggestion(part.level, self.levels[variable], f"levels of {variable}")
                raise _blame("E215", f"`{part.level}` is not a level of `{variable}`", path, term, hint)
            else:
                fixed[variable] = part.level
        return self.weights(fixed, slopes)

    def _variable(self, part: Part) -> Variable:
        return Variable(part.name, part.transform)

    def _raw(self, name: str, term: Term, path: DocPath) -> Floats:
        if name not in self.columns:
            raise not_a_column(name, self.columns, path, term)
        return unit_row(self.columns, name)

    def differences(self, text: str, path: DocPath) -> Floats:
        """All differences (Q, P) of a term of the formula, jointly."""
        wanted = parse_formula(text).terms
        known = {frozenset(term): term for term in self.formula.terms}
        if len(wanted) != 1 or frozenset(wanted[0]) not in known:
            hint = suggestion(text, [":".join(map(str, term)) for term in self.formula.terms], "terms of the formula")
            raise DesignError((Problem("E216", f"`{text}` is not a term of the formula", path, hint=hint),))
        factors = [variable for variable in wanted[0] if variable in self.levels]
        slopes = [variable for variable in wanted[0] if variable not in self.levels]
        rows = []
        for levels in product(*(self.levels[factor][1:] for factor in factors)):
            total = np.zeros(len(self.columns))
            for corner in product((0, 1), repeat=len(factors)):
                pairs = zip(factors, levels, corner, strict=True)
                fixed = {factor: level if picked else self.levels[factor][0] for factor, level, picked in pairs}
                total += (-1.0) ** (len(factors) - sum(corner)) * self.weights(fixed, slopes)
            rows.append(total)
        return np.array(rows).reshape(-1, len(self.columns))


def build_model(design: SecondLevelDesign, rows: Sequence[Row]) -> Model:
    """The design matrix of a formula.

    Raises
    ------
    InputError
        For variables that are unknown, missing for a row, or of one value; all of them at once.
    """
    formula = parse_formula(design.formula or "1")
    problems: list[Problem] = []
    levels: dict[Variable, tuple[str, ...]] = {}
    values: dict[Variable, Any] = {}
    for variable in formula.variables:
        try:
            given = _values(variable, rows)
            if _is_factor(variable, design, rows, given):
                levels[variable] = _levels(variable, design, given)
                values[variable] = given
            else:
                values[variable] = _transformed(variable, _numbers(variable, given))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(tuple(problems))
    if not formula.variables and formula.intercept:
        return Model(formula, {}, {}, (INTERCEPT,), np.ones((len(rows), 1)), None)
    names = {variable: _code(index) for index, variable in enumerate(formula.variables)}
    text = " + ".join(
        ["1" if formula.intercept else "0", *(":".join(names[v] for v in term) for term in formula.terms)]
    )
    named = {name: values[variable] for variable, name in names.items()}
    coded = import_module(CODING).code(text, named, {names[entry]: each for entry, each in levels.items()}, len(rows))
    columns = tuple(_column_name(name, formula) for name in coded.columns)
    means = {variable: float(np.mean(values[variable])) for variable in formula.variables if variable not in levels}
    return Model(formula, levels, means, columns, coded.matrix, coded)


def _code(index: int) -> str:
    """What a variable is called in front of formulaic."""
    return f"{_OURS}{index}"


def _column_name(name: str, formula: Formula) -> str:
    """formulaic's name of a column, with the variables called what the document calls them."""
    if name == "Intercept":
        return INTERCEPT
    return _CODED.sub(lambda match: match[1] + str(formula.variables[int(match[2])]), name)


def _values(variable: Variable, rows: Sequence[Row]) -> list[str]:
    """A variable's text for every row."""
    known = sorted({name for row in rows for name in (*row.names, *row.variables)})
    if variable.name not in known:
        hint = (
            suggestion(variable.name, known, "variables of the maps")
            or "the maps have no variables: capture names, or give tables under `inputs.variables`"
        )
        raise InputError(
            (Problem("E311", f"there is no variable `{variable.name}`", FORMULA, hint=hint, span=variable.span),)
        )
    missing = [row.label for row in rows if row.value(variable.name) is None]
    if missing:
        listed = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
        message = f"`{variable.name}` has no value for {listed}"
        hint = "nothing is dropped in silence: fill it in, leave the rows out by `select`, "
        hint += "or write `missing: {variable: exclude}`"
        raise InputError((Problem("E311", message, FORMULA, hint=hint, span=variable.span),))
    return [str(row.value(variable.name)) for row in rows]


def _is_factor(variable: Variable, design: SecondLevelDesign, rows: Sequence[Row], given: list[str]) -> bool:
    """Text and what is declared; also every captured name, which is text even where subjects are numbers."""
    numeric = is_numeric(given)
    if variable.transform is not None:
        if not numeric:
            message = f"`{variable.transform}()` needs numbers, and `{variable.name}` is text"
            bad = next(value for value in given if not is_numeric([value]))
            hint = f"for example `{bad}`"
            raise InputError((Problem("E317", message, FORMULA, hint=hint, span=variable.span),))
        return False
    captured = any(variable.name in row.names for row in rows)
    return captured or variable.name in design.factors or not numeric


def _levels(variable: Variable, design: SecondLevelDesign, given: list[str]) -> tuple[str, ...]:
    """A factor's levels: as declared, or as found, sorted."""
    found = sorted(set(given))
    if variable.name not in design.factors:
        levels = tuple(found)
    else:
        levels = design.factors[variable.name].levels
        path: DocPath = ("design", "factors", variable.name, "levels")
        extra = [level for level in found if level not in levels]
        absent = [level for level in levels if level not in found]
        if extra:
            hint = (
                f"add it to the levels, or leave its rows out with `select: {{{variable.name}: [{', '.join(levels)}]}}`"
            )
            raise InputError((Problem("E317", f"`{variable.name}` also has the level `{extra[0]}`", path, hint=hint),))
        if absent:
            hint = suggestion(absent[0], found, "levels found")
            message = f"no map has {variable.name} `{absent[0]}`"
            raise InputError((Problem("E317", message, (*path, levels.index(absent[0])), hint=hint),))
    if len(levels) < 2:
        message = f"`{variable.name}` is `{levels[0]}` for every map, and cannot be a factor"
        raise InputError((Problem("E317", message, FORMULA, hint="leave it out of the formula", span=variable.span),))
    return levels


def _numbers(variable: Variable, given: list[str]) -> Floats:
    """A variable's values, as far as a double can hold them."""
    values: Floats = np.array([float(value) for value in given])
    if not np.isfinite(values).all():
        large = given[int(np.argmin(np.isfinite(values)))]
        message = f"`{variable.name}` holds `{large}`, which is beyond what a number can be here"
        raise InputError((Problem("E317", message, FORMULA, hint="change its unit", span=variable.span),))
    return values


def _transformed(variable: Variable, values: Floats) -> Floats:
    """center: minus the mean; scale: also divided by the standard deviation (ddof 1)."""
    if variable.transform is None:
        return values
    centred = values - values.mean()
    if variable.transform == "center":
        return np.asarray(centred, dtype=np.float64)
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    if not spread > 0:
        message = f"`{variable.name}` is the same for every map, and cannot be scaled"
        raise InputError((Problem("E317", message, FORMULA, hint="leave it out of the formula", span=variable.span),))
    return np.asarray(centred / spread, dtype=np.float64)


def _blame(code: str, message: str, path: DocPath, term: Term, hint: str) -> DesignError:
    return DesignError((Problem(code, message, path, hint=hint, span=term.span),))
