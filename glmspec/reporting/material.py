"""What the sections of a report are made from: results, the document they come from, and one finding a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from glmspec.execution.results import Results
from glmspec.plan.names import p_column
from glmspec.reporting.heights import CUSTOMARY, Height, display_height
from glmspec.reporting.lines import Lines
from glmspec.reporting.pictures import Pictures
from glmspec.reporting.verbs import PAST, Verbs
from glmspec.reporting.words import coordinates
from glmspec.spec.document import Document
from glmspec.spec.inference import Inference, Permutation
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded

RESOLVED = "resolved.yaml"


class Peak(NamedTuple):
    """A place in mm, and z there."""

    place: tuple[float, float, float]
    z: float

    @property
    def words(self) -> str:
        """The place: ``21, -27, 54``."""
        return ", ".join(coordinates(self.place))


@dataclass(frozen=True, eq=False)
class Finding:
    """What one inference found in one contrast."""

    contrast: str
    inference: str
    test: str
    scale: str
    """t, z where its degrees of freedom are infinite, or F."""
    entry: Inference
    facts: Mapping[str, Any]
    """Voxels tested and passed, clusters, heights: as the analysis counted them."""
    rows: tuple[Mapping[str, str], ...]
    """The cluster table, as text."""

    @property
    def id(self) -> str:
        """Names have no dots, so that no two findings share it."""
        return f"contrast.{self.contrast}.{self.inference}"

    @property
    def height(self) -> Height:
        """The height of z at which its pictures are opaque."""
        return display_height(self.entry, self.test, self.facts, self.scale)

    @property
    def peak(self) -> Peak | None:
        """The place of the largest |z|, or None where nothing passed."""
        row = max(self._passing, key=lambda row: abs(float(row["peak"])), default=None)
        return Peak((float(row["x"]), float(row["y"]), float(row["z"])), float(row["peak"])) if row else None

    @property
    def _passing(self) -> list[Mapping[str, str]]:
        """The rows of what passed: a permutation table lists every cluster that was formed."""
        if not isinstance(self.entry, Permutation):
            return list(self.rows)
        column = p_column(self.entry.control[0])
        return [row for row in self.rows if row[column] != "n/a" and float(row[column]) <= self.entry.alpha]


@dataclass(frozen=True, eq=False)
class Material:
    """The results, read; ``verb`` is the tense in which methods are told."""

    results: Results
    verb: Verbs = PAST

    @cached_property
    def document(self) -> Document:
        """The resolved document."""
        return loaded(parse(self.results.text(RESOLVED), RESOLVED))

    @cached_property
    def lines(self) -> Lines:
        """Where settings stand on the page."""
        return Lines(self.results.provenance["document"]["text"], self.results.text(RESOLVED))

    @cached_property
    def analysis(self) -> Mapping[str, Any]:
        """What the analysis was, as the index tells it."""
        return self.results.analysis

    @property
    def level(self) -> str:
        """first, second or map: what the tables of the report are asked by."""
        return str(self.analysis["level"])

    @property
    def fit(self) -> Mapping[str, str]:
        """What this fit is of: ``{"subject": "01"}``; empty where all rows make one."""
        return dict(self.analysis["fit"])

    @property
    def place(self) -> str:
        """The folder of this fit among others of its document; empty where it is alone."""
        return next((str(output["fit"]) for output in self.results.index["outputs"] if output["fit"]), "")

    @cached_property
    def contrasts(self) -> Mapping[str, Mapping[str, Any]]:
        """Name -> test, scale, dof, title, expression, and weights where there is one design."""
        return self.results.contrasts

    def dof_range(self, contrast: str) -> tuple[float | None, float | None]:
        """Fewest and most degrees of freedom, where a map says them voxel by voxel."""
        found = self.results.volume("statmap", contrast=contrast, stat="dof")
        values = np.zeros(0) if found is None else found[self.results.mask & np.isfinite(found)]
        return (float(values.min()), float(values.max())) if values.size else (None, None)

    def timecourses(self, run: str) -> Mapping[str, list[Mapping[str, str]]]:
        """Contrast -> the lines of a run's table of time courses."""
        if run not in self._timecourses:
            found: dict[str, list[Mapping[str, str]]] = {}
            for row in self.results.table(run=run, stat="timecourses"):
                found.setdefault(row["contrast"], []).append(row)
            self._timecourses[run] = found
        return self._timecourses[run]

    @cached_property
    def _timecourses(self) -> dict[str, Mapping[str, list[Mapping[str, str]]]]:
        """What was read of them, by run."""
        return {}

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """By contrast, then by inference, in the order of the document."""
        return tuple(
            self._finding(contrast, inference)
            for contrast in self.contrasts
            for inference in self.document.inference
            if f"{contrast}/{inference}" in self.analysis["inference"]
        )

    def findings_of(self, contrast: str) -> tuple[Finding, ...]:
        """Those of one contrast."""
        return tuple(finding for finding in self.findings if finding.contrast == contrast)

    @cached_property
    def pictures(self) -> Pictures:
        """The maps, ready to be drawn on one scale."""
        tests = {name: str(contrast["test"]) for name, contrast in self.contrasts.items()}
        heights: dict[str, list[float]] = {test: [] for test in tests.values()}
        for finding in self.findings:
            heights[finding.test].append(finding.height.z)
        for name in set(tests) - {finding.contrast for finding in self.findings}:
            heights[tests[name]].append(CUSTOMARY)
        return Pictures.of(self.results, tests, heights)

    def _finding(self, contrast: str, inference: str) -> Finding:
        facts = self.analysis["inference"][f"{contrast}/{inference}"]
        rows = self.results.table(contrast=contrast, inference=inference)
        test, scale = (str(self.contrasts[contrast][key]) for key in ("test", "scale"))
        return Finding(contrast, inference, test, scale, self.document.inference[inference], facts, tuple(rows))


def contrast_id(name: str) -> str:
    """The anchor of a contrast."""
    return f"contrast.{name}"
