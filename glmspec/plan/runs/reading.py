"""Tables read once where runs share them, and not kept for longer than that."""

from __future__ import annotations

from dataclasses import dataclass, field

from glmspec.errors import DocPath
from glmspec.plan.data import DataFolder
from glmspec.plan.tables import Table, read_table

KEPT = 2
"""Tables that are remembered: runs may share their confounds and their regressors. Those of a hundred runs, with three
hundred columns each, would fill a gigabyte."""


@dataclass
class Tables:
    """The tables of a data folder."""

    data: DataFolder
    _read: dict[str, Table] = field(default_factory=dict)

    def table(self, name: str, origin: DocPath) -> Table:
        """A table; see :func:`glmspec.plan.tables.read_table`."""
        if name not in self._read:
            self._read[name] = read_table(self.data.path(name, origin), name, origin)
            for oldest in list(self._read)[:-KEPT]:
                del self._read[oldest]
        return self._read[name]
