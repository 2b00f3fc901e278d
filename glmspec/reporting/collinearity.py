"""How well a design tells its columns and contrasts apart: correlations, variance inflation, efficiency."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from glmspec.plan.names import collinearity_path
from glmspec.reporting.figures.charts import VIF_OF_CONCERN, correlation, efficiencies
from glmspec.reporting.material import Material
from glmspec.reporting.model import Figure
from glmspec.reporting.words import setting

CORRELATIONS = (
    "Pearson correlation of the columns. Below, variance inflation: how many times larger a coefficient's variance "
    f"is than if its column were orthogonal to the others, with a dashed line at {setting(VIF_OF_CONCERN)}. Nuisance "
    "columns may share what they explain; what costs power is inflation of columns that contrasts weigh."
)
EFFICIENCY = (
    "Efficiency, 1 / tr(W (X'X)⁻ W'): under white noise of standard deviation s, an effect has the standard error "
    "s / √efficiency. It compares designs for one contrast; between contrasts it depends on the scale of weights too."
)


def collinearity(
    material: Material, design: Mapping[str, Any], run: str | None = None, of: str = ""
) -> Iterator[Figure]:
    """The figures of one design; correlations only where there are two columns that vary."""
    vif, together = _read(material, run)
    start = f"{of}: " if of else ""
    if np.isfinite(np.diag(together)).sum() > 1:
        title = f"{start}correlation of the columns and their variance inflation"
        drawing = correlation(together, design["columns"], vif, title)
        yield Figure((Markup(drawing),), start + CORRELATIONS, wide=True)
    if design["efficiency"]:
        drawing = efficiencies(design["efficiency"], f"{start}efficiency of each contrast")
        yield Figure((Markup(drawing),), start + EFFICIENCY)


def _read(material: Material, run: str | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance inflation (P,) and correlations (P, P) as they were published."""
    lines = list(csv.reader(io.StringIO(material.results.text(collinearity_path(run))), delimiter="\t"))[1:]
    found = np.array([[np.nan if cell == "n/a" else float(cell) for cell in line[1:]] for line in lines])
    return found[:, 0], found[:, 1:]
