"""Designs as tables of the results folder: matrices, contrasts, and how far columns tell the same story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glmspec.core.collinearity import correlations, variance_inflation
from glmspec.execution.tsv import lines_as_text, tsv
from glmspec.plan.analysis import Analysis, FirstLevel, ModelledRun, SecondLevel
from glmspec.plan.designs import ContrastWeights, Design
from glmspec.plan.names import collinearity_path, contrasts_path, design_path

DECIMALS = 6
"""Of a correlation: the matrix beside it has every digit."""


def texts(analysis: Analysis) -> list[tuple[str, str, dict[str, str]]]:
    """Designs and contrasts as tables: path, text, and the keys they are listed under."""
    if isinstance(analysis, SecondLevel):
        names = list(dict.fromkeys(name for row in analysis.rows for name in row.names))
        keys = [name for name in names if name not in analysis.design.columns]
        rows = [{name: row.names.get(name) for name in keys} for row in analysis.rows]
        return _design_texts(analysis.design, analysis.weights, keys, rows)
    if isinstance(analysis, FirstLevel):
        return [text for run in analysis.runs for text in _run_texts(run)]
    return []


def _run_texts(run: ModelledRun) -> list[tuple[str, str, dict[str, str]]]:
    first = run.model.discard + 1
    rows = [{"scan": first + index} for index in range(run.model.scans)]
    return _design_texts(run.design, run.weights, ["scan"], rows, run.name)


def _design_texts(
    design: Design,
    weights: Mapping[str, ContrastWeights],
    names: list[str],
    rows: Sequence[Mapping[str, Any]],
    run: str | None = None,
) -> list[tuple[str, str, dict[str, str]]]:
    lines = [
        {**row, **dict(zip(design.columns, map(float, values), strict=True))}
        for row, values in zip(rows, design.matrix, strict=True)
    ]
    contrasts = [
        {"contrast": contrast.name, "test": contrast.kind, **dict(zip(design.columns, map(float, row), strict=True))}
        for contrast in weights.values()
        for row in contrast.weights
    ]
    keys = {} if run is None else {"run": run}
    return [
        (design_path(run), tsv([*names, *design.columns], lines), keys),
        (contrasts_path(run), tsv(["contrast", "test", *design.columns], contrasts), keys),
        (collinearity_path(run), _collinearity(design), keys),
    ]


def _collinearity(design: Design) -> str:
    """A line a column: its variance inflation, and its correlation with every column; n/a where one is constant."""
    together = np.round(correlations(design.matrix), DECIMALS)
    found = np.column_stack([variance_inflation(design.matrix), together])
    lines = [[name, *map(float, values)] for name, values in zip(design.columns, found, strict=True)]
    return lines_as_text(["column", "vif", *design.columns], lines)
