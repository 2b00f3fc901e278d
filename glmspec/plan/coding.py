"""Factors and interactions -> columns of full rank: formulaic's work, loaded where a formula has variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from formulaic import model_matrix

from glmspec.plan.designs import Floats


class Coded(NamedTuple):
    """A design's columns as formulaic names them, the matrix (N, P), and how to code other rows the same way."""

    columns: tuple[str, ...]
    matrix: Floats
    spec: Any

    def at(self, values: Mapping[str, Any], levels: Mapping[str, Sequence[str]], rows: int) -> Floats:
        """Other rows (rows, P)."""
        found = self.spec.get_model_matrix(_frame(values, levels, rows))
        return np.asarray(found, dtype=np.float64).reshape(rows, len(self.columns))


def code(formula: str, values: Mapping[str, Any], levels: Mapping[str, Sequence[str]], rows: int) -> Coded:
    """The design of a formula, from the values of its variables and the levels of those that are factors."""
    found = model_matrix(formula, _frame(values, levels, rows), na_action="raise")
    columns = tuple(map(str, found.columns))
    return Coded(columns, np.asarray(found, dtype=np.float64).reshape(rows, len(columns)), found.model_spec)


def _frame(values: Mapping[str, Any], levels: Mapping[str, Sequence[str]], rows: int) -> pd.DataFrame:
    frame = pd.DataFrame(index=range(rows))
    for name, given in values.items():
        frame[name] = (
            pd.Categorical(given, categories=list(levels[name]))
            if name in levels
            else np.asarray(given, dtype=np.float64)
        )
    return frame
