"""The distribution of each maximum over relabellings, with the maximum that was observed and the threshold."""

from __future__ import annotations

import io

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from glmspec.reporting.figures.histogram import Marked, histogram
from glmspec.reporting.material import Finding, Material
from glmspec.reporting.model import Figure
from glmspec.reporting.words import CONTROLS, capital, count, setting, significant
from glmspec.spec.inference import Permutation

MEASURES = {
    "voxel": "largest {scale}",
    "cluster-size": "largest cluster, voxels",
    "cluster-mass": "largest cluster mass",
    "tfce": "largest TFCE",
}
"""Control -> what is at the axis."""
SPREADING = frozenset({"cluster-size", "cluster-mass", "tfce"})
"""Controls whose maxima range over orders of magnitude."""


def null_distributions(material: Material, finding: Finding) -> tuple[Figure, ...]:
    """One small chart a control; nothing of other inferences."""
    maxima = finding.facts.get("maxima")
    output = material.results.find("null", contrast=finding.contrast, inference=finding.inference)
    if not isinstance(finding.entry, Permutation) or not maxima or output is None:
        return ()
    null = _read(material, str(output["path"]))
    drawn = []
    for index, control in enumerate(finding.entry.control):
        found = maxima[control]
        if found["observed"] is None:  # no voxel has a statistic
            continue
        label = MEASURES[control].format(scale=finding.scale)
        title = f"{capital(CONTROLS[control])}: {significant(found['observed'])}"
        if found["critical"] is not None:
            title += f" (threshold {significant(found['critical'])})"
        marked = Marked(found["observed"], found["critical"])
        drawn.append(Markup(histogram(null[:, index], marked, title, label, log=control in SPREADING)))
    if not drawn:
        return ()
    return (Figure(tuple(drawn), _caption(finding, finding.entry.alpha, len(null)), small=True),)


def _read(material: Material, path: str) -> NDArray[np.float64]:
    """The maxima (N, K) as they were published."""
    return np.loadtxt(io.StringIO(material.results.text(path)), delimiter="\t", skiprows=1, ndmin=2)


def _caption(finding: Finding, alpha: float, number: int) -> str:
    relabelled = finding.facts.get("relabellings", {})
    whole = "all " if relabelled.get("exhaustive") else ""
    text = (
        f"Maxima of {whole}{count(number, 'relabelling')}, the data as they are among them. Red: the largest in this "
    )
    text += f"contrast. Dashed: what a corrected p of {setting(alpha)} must exceed."
    if any(found["critical"] is None for found in finding.facts["maxima"].values()):
        text = text.replace(" Dashed: what", " No threshold is drawn: so few relabellings leave none for what")
    family = relabelled.get("family", [])
    return text + f" Each maximum is taken over {len(family)} contrasts." * (len(family) > 1)
