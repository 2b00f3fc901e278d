"""What stands below a map: the rule that its contour follows, and what a reader could take it for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glmspec.reporting.heights import CUSTOMARY
from glmspec.reporting.material import Finding, Material
from glmspec.reporting.words import alternative, capital, correction, count, decimal
from glmspec.spec.inference import Parametric


def about(finding: Finding) -> str:
    """True of the map, whatever part of it is shown: height, voxels, and why something may have no contour."""
    rule = f"{correction(finding.entry)}, {alternative(finding.entry, finding.test)}"
    tested = count(finding.facts["tested"], "voxel")
    unmarked = []
    if finding.test == "t" and finding.entry.alternative != "two-sided":
        unmarked.append("the other direction was not tested")
    if isinstance(finding.entry, Parametric) and finding.entry.minimum_cluster_size is not None:
        unmarked.append("smaller clusters were left out")
    if finding.entry.within:
        unmarked.append(f"voxels outside {finding.entry.within} were not tested")
    why = f" Opaque without a contour: {'; '.join(unmarked)}." if unmarked else ""
    return f"{capital(rule)}: {finding.height.words}; {tested} tested.{why}"


def untested_words(contrast: Mapping[str, Any]) -> str:
    """Of a map that no inference is about."""
    sign = "|z|" if contrast["test"] == "t" else "z"
    return f"Opaque from {sign} = {decimal(CUSTOMARY)} on, for display only: nothing was tested."


def below_slices(material: Material, finding: Finding) -> str:
    """Of the pictures at the slices that all maps share."""
    height = finding.height
    text = f"{about(finding)} Opacity falls as ({height.sign} / {height.z:.2f})²."
    peak = finding.peak
    if peak and not material.pictures.through(peak.place):
        text += f" The peak of this map is elsewhere, at {peak.words} mm: see the glass brain and the mosaic."
    return text
