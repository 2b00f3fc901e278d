"""A data folder before there are images: what they would have told comes from the document and its tables.

Names of rows come from the tables of variables, from `select` and `factors`, or from the planned number of subjects;
names of runs from their events; numbers of scans from `expect: n_scans`. What nothing tells is refused in one sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from glmspec.errors import DocPath, InputError, Problem
from glmspec.images.geometry import Grid
from glmspec.images.header import Header
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.pattern import matches
from glmspec.plan.rows import same
from glmspec.plan.tables import read_table
from glmspec.spec.document import Document
from glmspec.spec.fields import PATTERN_NAME, captured_names
from glmspec.spec.inputs import StackMaps

IMAGES = (".nii", ".nii.gz")
ANY_GRID = Grid((2, 2, 2), np.diag([2.0, 2.0, 2.0, 1.0]))
"""Stands for the grid of images that are not there; it is never shown."""
PLANNED = "not there yet"
"""Stands for the digest of an image that is not there."""


class PlannedFolder(DataFolder):
    """Imagines the images that are not there; tables and matrices must be."""

    def __init__(self, folder: DataFolder, document: Document) -> None:
        super().__init__(folder.root, None, folder.chosen)
        self.document: Any = document
        self.asked: set[str] = set()
        """The images that were imagined."""

    def imagined(self, pattern: str) -> list[str]:
        """The files that a pattern of images would find."""
        if not pattern.endswith(IMAGES):
            return []
        found = sorted({_filled(pattern, names) for names in self._names(pattern)})
        self.asked |= set(found)
        return found

    def path(self, relative: str, origin: DocPath) -> Path:
        """The file; an image need not be there."""
        if relative.endswith(IMAGES) and not (self.root / relative).exists():
            self.asked.add(relative)
            return self.root / relative
        return super().path(relative, origin)

    def header(self, relative: str, origin: DocPath) -> Header:
        """The header of an image, imagined where it is not there."""
        if (self.root / relative).exists():
            return super().header(relative, origin)
        self.asked.add(relative)
        volumes = self._volumes(relative, origin)
        return Header(ANY_GRID, volumes, np.dtype("float32"), 1.0, 0.0, False, "sform", None, 352, False, relative)

    def digest(self, relative: str, origin: DocPath) -> str:
        """The digest of a file that is there."""
        return super().digest(relative, origin) if (self.root / relative).exists() else PLANNED

    def _volumes(self, relative: str, origin: DocPath) -> int:
        """Of a stack as many as its tables have lines; of a run what the document expects."""
        maps = getattr(self.document.inputs, "maps", None)
        if isinstance(maps, StackMaps) and relative == maps.stack:
            return max((len(table) for table in self._tables()), default=0) or self._planned(origin)
        if origin[-1:] != ("bold",):
            return 1
        scans = [entry.bound[1] for entry in self.document.expect if entry.what == "n_scans"]
        if not scans:
            message = f"`{relative}` is not there, and nothing says how many scans it will have"
            hint = "write it down, where it can be checked as well: expect: [{what: n_scans, equals: 200}]"
            raise InputError((Problem("E306", message, origin, hint=hint),))
        return int(scans[0]) + (self.document.inputs.discard.initial if self.document.inputs.discard else 0)

    def _tables(self) -> Iterator[Any]:
        for index, name in enumerate(getattr(self.document.inputs, "variables", ())):
            origin = ("inputs", "variables", index)
            yield read_table(super().path(name, origin), name, origin)

    def _planned(self, origin: DocPath) -> int:
        sample = self.document.sample
        if sample is None or sample.planned_n is None:
            message = "no image is there, and nothing says how many subjects are planned"
            hint = "write sample: {planned_n: 16}, or name a table of participants under `variables`"
            raise InputError((Problem("E306", message, origin, hint=hint),))
        return int(sample.planned_n)

    def _names(self, pattern: str) -> list[dict[str, str]]:
        """The rows that a pattern would capture."""
        names = captured_names(pattern)
        runs = getattr(self.document.inputs, "runs", None)
        if runs is not None and hasattr(runs, "bold"):
            return self._of_runs(runs, names)
        if not names:
            return [{}]
        origin = ("inputs", "maps")
        known: dict[str, list[str]] = {}
        for table in self._tables():
            both = [name for name in names if name in table.columns]
            for name in both:
                known.setdefault(name, [value for value in dict.fromkeys(table.columns[name]) if value is not None])
        selected = {name: list(values) for name, values in self.document.inputs.select.items()}
        factors = {name: list(factor.levels) for name, factor in self.document.design.factors.items()}
        if "subject" in names and "subject" not in {**known, **selected}:
            known["subject"] = [f"planned-{number:02d}" for number in range(1, self._planned(origin) + 1)]
        choices = {**factors, **known, **selected}
        lacking = [name for name in names if name not in choices]
        if lacking:
            message = f"no image is there, and nothing says which values `{lacking[0]}` will have"
            hint = f"write them under `select: {{{lacking[0]}: [...]}}`, or as a column of a table of variables"
            raise InputError((Problem("E306", message, origin, hint=hint),))
        return [dict(zip(names, values, strict=True)) for values in product(*(choices[name] for name in names))]

    def _of_runs(self, runs: Any, names: tuple[str, ...]) -> list[dict[str, str]]:
        """The runs that have events, or another file that is there."""
        beside = [("events", runs.events), ("design", runs.design.file if runs.design else None),
                  ("confounds", runs.confounds)]  # fmt: skip
        for key, pattern in beside:
            if pattern is not None and set(names) <= set(captured_names(pattern)):
                found = matches(pattern, self, ("inputs", "runs", key))
                return [dict(captured) for _, captured in found]
        message = "no image is there, and no table says which runs there will be"
        hint = "put the planned events where their pattern finds them"
        raise InputError((Problem("E306", message, ("inputs", "runs", "bold"), hint=hint),))


def _filled(pattern: str, names: Mapping[str, str]) -> str:
    """A pattern with its names put in; a `*` stands for something."""
    text = PATTERN_NAME.sub(lambda match: same(match[1], names[match[1]]), pattern)
    return text.replace("*", "planned")
