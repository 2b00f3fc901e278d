"""What can be expected of data and design: each quantity by its name, with its meaning and the levels that have it."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Quantity(NamedTuple):
    """Something that is counted or computed before a run, or of the mask while it runs."""

    meaning: str
    levels: tuple[str, ...]
    about: Literal["columns", "contrasts"] | None = None
    """Which key narrows it down."""


_BOTH = ("first", "second")

QUANTITIES: dict[str, Quantity] = {
    "n_maps": Quantity("maps of a fit", ("second",)),
    "n_subjects": Quantity("subjects of a fit, or of all fits where each is of one subject", _BOTH),
    "n_excluded": Quantity("subjects that `exclusions` and `missing` leave out, of all fits", _BOTH),
    "n_groups": Quantity("groups with a variance of their own; 1 without `variance_groups`", ("second",)),
    "n_runs": Quantity("runs of a fit", ("first",)),
    "n_scans": Quantity("scans of each run that are analysed", ("first",)),
    "n_censored": Quantity("scans of each run that `censor` takes out", ("first",)),
    "n_columns": Quantity("columns of each design matrix", _BOTH),
    "rank": Quantity("independent columns of each design matrix", _BOTH),
    "dof": Quantity("degrees of freedom of each contrast, the denominator's of an F", _BOTH, "contrasts"),
    "vif": Quantity("variance inflation of each column that varies", _BOTH, "columns"),
    "correlation": Quantity("absolute correlation of each pair of columns that vary", _BOTH, "columns"),
    "condition_number": Quantity("of each design matrix, its columns brought to unit length", _BOTH),
    "n_voxels": Quantity("voxels of the mask, counted by the run", ("first", "second", "map")),
}
"""Name -> quantity. Where there are several (runs, columns), each one must be as expected."""

BOUNDS = {
    "at_least": "at least",
    "at_most": "at most",
    "above": "above",
    "below": "below",
    "equals": "equal to",
}
"""Key of a bound -> how a sentence says it."""


def known_at(level: object) -> list[str]:
    """The quantities of a level."""
    return [name for name, quantity in QUANTITIES.items() if level in quantity.levels]
