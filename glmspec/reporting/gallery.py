"""Thumbnails of what passed in every fit, on one colour scale: a row a fit, a column a contrast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup

from glmspec.reporting.figures import brain
from glmspec.reporting.figures.display import DisplayGrid
from glmspec.reporting.material import Finding, Material

MOST = 480
"""Pictures on one page, some 2 MB: forty subjects by a dozen contrasts. Of more, only numbers are shown."""


class Gallery:
    """Draws the findings of one inference over all fits.

    One scale for tests of one kind, from the peaks that the tables list: nothing else is shown.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.shown = len(findings) <= MOST
        self._styles = {test: _style([one for one in findings if one.test == test]) for test in ("t", "F")}

    def pictures(self, material: Material, findings: Iterable[Finding], name: str) -> dict[str, Markup]:
        """Contrast -> its thumbnail, for the fit called ``name``; empty where there would be too many."""
        if not self.shown:
            return {}
        grid = DisplayGrid.from_mask(material.results.mask, material.results.grid.affine)
        return {finding.contrast: self._picture(material, grid, finding, name) for finding in findings}

    def _picture(self, material: Material, grid: DisplayGrid, finding: Finding, name: str) -> Markup:
        results, keys = material.results, {"contrast": finding.contrast}
        passed = results.volume("mask", inference=finding.inference, **keys)
        z = results.volume("statmap", stat="z", run=None, **keys) if finding.facts["passed"] else None
        if passed is None or z is None:
            z = passed = np.zeros(results.mask.shape)
        title = f"{material.contrasts[finding.contrast]['title']}, {finding.inference}, {name}: what passed"
        return Markup(brain.thumbnail(grid, z, passed > 0, self._styles[finding.test], title))


def _style(findings: Sequence[Finding]) -> brain.MapStyle:
    """From zero on, as in every picture, to the largest peak."""
    largest = max((abs(finding.peak.z) for finding in findings if finding.peak), default=1.0)
    height = min((finding.height.z for finding in findings), default=1.0)
    return brain.MapStyle.fitting(height, largest)
