"""First levels: what was measured and fitted at the highest peak of a contrast, run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

from glmspec.reporting.figures.timecourse import timecourse
from glmspec.reporting.material import Material
from glmspec.reporting.model import Figure
from glmspec.reporting.run_words import Run, asked_in, called
from glmspec.reporting.words import coordinates

UNITS = {"percent-signal": "percent signal", "grand-mean": "scaled signal", "none": "signal"}
"""Scaling -> what is at the axis."""
WHOLE = (
    "Thin: what was measured, in the units of the model. Red: what the whole model fits, nuisance columns included; "
    "what autocorrelated noise would predict is no part of it."
)


def timecourses(material: Material, contrast: str) -> tuple[Figure, ...]:
    """A chart for each run that has a part in the contrast; nothing where nothing was stored."""
    if material.level != "first":
        return ()
    runs = asked_in(material.analysis["runs"], contrast)
    drawn = [(run, material.timecourses(str(run["name"])).get(contrast, ())) for run in runs]
    pictures = tuple(Markup(_draw(material, run, rows)) for run, rows in drawn if rows)
    if not pictures:
        return ()
    shaded = " Shaded: censored scans." if any(row["censored"] == "1" for _, rows in drawn for row in rows) else ""
    return (Figure(pictures, WHOLE + shaded, small=True),)


def _draw(material: Material, run: Run, rows: Sequence[Mapping[str, str]]) -> str:
    place = ", ".join(coordinates([float(rows[0][axis]) for axis in "xyz"]))
    unit = UNITS[material.document.design.scaling.model]  # type: ignore[attr-defined]
    measured, fitted = (np.array([float(row[key]) for row in rows]) for key in ("measured", "fitted"))
    scans = [int(row["scan"]) for row in rows]
    censored = [scan for scan, row in zip(scans, rows, strict=True) if row["censored"] == "1"]
    return timecourse(scans, measured, fitted, censored, f"{called(run)} at {place} mm", unit)
