"""Contrasts as written -> weights over the design's columns, each found to be estimable."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from glmspec.core.contrasts import orthonormal_rows
from glmspec.core.least_squares import PreparedDesign, blamed_columns, estimable
from glmspec.errors import DesignError, DocPath, Problem
from glmspec.plan.columns import not_a_column
from glmspec.plan.designs import ContrastWeights, Design, Floats, Question
from glmspec.spec.contrasts import Contrast
from glmspec.spec.expressions import Term, is_wildcard, parse_expression
from glmspec.spec.problems import suggestion

SMALLEST_WEIGHT = 1e-12
"""Averages over levels leave rounding errors of 1e-16 where a weight is exactly zero; no contrast means 1e-12."""


class Columns(Protocol):
    """What a design offers to contrasts."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    @property
    def matrix(self) -> Floats:
        """The design matrix (N, P)."""

    def term_weights(self, term: Term, path: DocPath) -> Floats:
        """Weights (P,) of one term."""

    def differences(self, text: str, path: DocPath) -> Floats:
        """Rows (Q, P) of all differences of a term."""


def resolve_contrast(name: str, contrast: Contrast, model: Columns) -> ContrastWeights:
    """The weights of a contrast.

    Raises
    ------
    DesignError
        For names that are not in the design.
    """
    here: DocPath = ("contrasts", name)
    rows = list(_rows(contrast, model, here))
    weights = np.array([row for _, row in rows])
    places = tuple(place for place, _ in rows)
    largest = np.abs(weights).max(axis=1, initial=1.0, keepdims=True)
    weights[np.abs(weights) < SMALLEST_WEIGHT * largest] = 0.0
    if not weights.any(axis=1).all():
        hint = "its weights cancel on every column: weigh at least one, in every row"
        raise DesignError((Problem("E211", "the contrast is zero in this design", here, hint=hint, on="key"),))
    return ContrastWeights(name, contrast.kind, weights, contrast_text(contrast), contrast.title or name, here, places)


def _rows(contrast: Contrast, model: Columns, here: DocPath) -> Iterator[tuple[DocPath, Floats]]:
    """The rows of the weights, each with its place in the document."""
    path: DocPath = (*here, contrast.way)
    if contrast.term is not None:
        yield from ((path, row) for row in model.differences(contrast.term, path))
    elif contrast.weights is not None:
        yield path, _given(contrast.weights, model, path)
    elif contrast.expression is not None:
        yield path, _expression(contrast.expression, model, path)
    for index, text in enumerate(contrast.rows or ()):
        place = (*path, index)
        rows = _wildcard(text, model, place) if is_wildcard(text) else [_expression(text, model, place)]
        yield from ((place, row) for row in rows)


def _expression(text: str, model: Columns, path: DocPath) -> Floats:
    total = np.zeros(len(model.columns))
    problems: list[Problem] = []
    for term, weight in parse_expression(text).items():
        try:
            total += float(weight) * model.term_weights(term, path)
        except DesignError as error:
            problems += error.problems
    if problems:
        raise DesignError(tuple(problems))
    return total


def _wildcard(text: str, model: Columns, path: DocPath) -> Floats:
    found = [index for index, column in enumerate(model.columns) if fnmatch.fnmatchcase(column, text.strip())]
    if not found:
        hint = suggestion(text, model.columns, "columns")
        raise DesignError((Problem("E214", f"no column fits `{text}`", path, hint=hint),))
    return np.eye(len(model.columns))[found]


def _given(weights: dict[str, float], model: Columns, path: DocPath) -> Floats:
    total = np.zeros(len(model.columns))
    problems: list[Problem] = []
    for name, weight in weights.items():
        if name not in model.columns:
            problems += not_a_column(name, model.columns, (*path, name)).problems
        else:
            total[model.columns.index(name)] = weight
    if problems:
        raise DesignError(tuple(problems))
    return total


def contrast_text(contrast: Contrast) -> str:
    """The contrast as the report quotes it."""
    if contrast.runs is not None:
        return "; ".join(f"{run}: {text}" for run, text in contrast.runs.items())
    if contrast.expression is not None:
        return contrast.expression
    if contrast.term is not None:
        return f"all differences of {contrast.term}"
    if contrast.weights is not None:
        return ", ".join(f"{weight:g} x {name}" for name, weight in contrast.weights.items())
    return "; ".join(contrast.rows or ())


def independent_rows(contrast: ContrastWeights, prepared: PreparedDesign) -> int:
    """How many rows of an estimable contrast ask something new.

    By the arithmetic of the F itself, which judges rows whatever their scale and forgives their rounding: the degrees
    of freedom of the threshold must be those of the statistic.
    """
    return len(orthonormal_rows(prepared, contrast.weights).weights)


def estimability(contrast: ContrastWeights, design: Design, prepared: PreparedDesign) -> list[Problem]:
    """Whether the design can answer a contrast, or which columns are to blame."""
    problems = []
    answers = estimable(prepared, contrast.weights)
    for place, row, possible in zip(contrast.places, contrast.weights, answers, strict=True):
        if possible:
            continue
        guilty = [design.columns[index] for index in blamed_columns(prepared, row)]
        shown = ", ".join(f"`{name}`" for name in guilty[:8]) + (
            f" and {len(guilty) - 8} more" if len(guilty) > 8 else ""
        )
        message = f"the contrast `{contrast.name}` is not estimable"
        empty = [name for name in guilty if not design.matrix[:, design.columns.index(name)].any()]
        hints = []
        if empty:
            which = ", ".join(f"`{name}`" for name in empty[:8])
            are = "is" if len(empty) == 1 else "are"
            hints.append(f"{which} {are} zero in every row of the design, which says nothing of such a column")
        if len(empty) < len(guilty):
            hints.append(
                "the design cannot tell these columns apart: a sum of some equals a sum of others. "
                "Weigh them so that the sum cancels, or take one out of the design"
            )
        hint = "\n".join(hints)
        problems.append(Problem("E401", message, place, label=f"because of {shown}", hint=hint))
        break
    return problems


def json_dof(question: Question) -> list[float | None]:
    """Degrees of freedom as JSON can hold them: None where they are infinite."""
    return [None if math.isinf(dof) else dof for dof in question.dof]
