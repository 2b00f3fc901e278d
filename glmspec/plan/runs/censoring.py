"""Rules that take scans out, each by an indicator column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glmspec.errors import DocPath, InputError, Problem, gathered
from glmspec.plan.designs import Floats
from glmspec.plan.runs.given_columns import column_values
from glmspec.plan.tables import Table
from glmspec.spec.design import Censor
from glmspec.spec.problems import suggestion


def censored_scans(rules: Sequence[Censor], table: Table, origin: DocPath) -> tuple[int, ...]:
    """Scans of the file that some rule takes out, counted from 1.

    Raises
    ------
    InputError
        E310 for confounds that are not there, or hold no numbers.
    """
    problems: list[Problem] = []
    taken: NDArray[np.bool_] = np.zeros(len(table), dtype=bool)
    for index, rule in enumerate(rules):
        with gathered(problems):
            if rule.confound not in table.columns:
                here: DocPath = ("design", "censor", index, "confound")
                hint = suggestion(rule.confound, table.columns, "columns")
                message = f"`{table.name}` has no column `{rule.confound}`"
                raise InputError((Problem("E310", message, here, hint=hint),))
            taken |= _spread(_judged(rule, column_values(table, rule.confound, origin)), rule.before, rule.after)
    if problems:
        raise InputError(tuple(problems))
    return tuple(int(scan) + 1 for scan in np.flatnonzero(taken))


def _judged(rule: Censor, values: Floats) -> NDArray[np.bool_]:
    """Scans beyond the rule's bound; one whose value is not known is not."""
    above = np.inf if rule.above is None else rule.above
    below = -np.inf if rule.below is None else rule.below
    return np.asarray((values > above) | (values < below))


def _spread(scans: NDArray[np.bool_], before: int, after: int) -> NDArray[np.bool_]:
    """The same with scans before and after each."""
    wide = scans.copy()
    for scan in np.flatnonzero(scans):
        wide[max(scan - before, 0) : scan + after + 1] = True
    return wide
