"""Columns of a design that contrasts name as they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glmspec.errors import DesignError, DocPath, Problem
from glmspec.plan.designs import Floats
from glmspec.spec.expressions import Term
from glmspec.spec.problems import suggestion


def not_a_column(name: str, columns: Sequence[str], path: DocPath, term: Term | None = None) -> DesignError:
    """A raw column that the design does not have."""
    hint = suggestion(name, columns, "columns")
    message = "contrast uses a column that is not in the design"
    span = term.span if term is not None else None
    return DesignError((Problem("E214", message, path, label=f"`{name}` is not a column", hint=hint, span=span),))


def unit_row(columns: Sequence[str], name: str) -> Floats:
    """Weights (P,) of one column alone."""
    row: Floats = np.zeros(len(columns))
    row[columns.index(name)] = 1.0
    return row
