"""How smooth residuals are, in voxels and mm; and of a run, a sample of them that its fit takes on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.smoothness import (
    FEWEST_DOF,
    pairs_of,
    pooled_correlation,
    sampled_scans,
    smoothness,
    standardised,
)
from glmspec.execution.context import Context
from glmspec.images.geometry import voxel_sizes

Floats = NDArray[np.float64]
FEW = f"there are fewer than {FEWEST_DOF} degrees of freedom"
ROUGH = "neighbouring voxels do not correlate"


class RunSample:
    """Standardised innovations of some scans of a run, filled in block by block of its voxels."""

    def __init__(self, scans: int, order: int, voxels: int) -> None:
        self.scans = sampled_scans(scans - order, voxels)
        self.values = np.empty((len(self.scans), voxels), dtype=np.float32)

    def take(self, part: slice, residuals: Floats, ar: Floats, variance: Floats) -> None:
        """Keep of a block what :func:`~glmspec.core.smoothness.standardised` makes of it."""
        self.values[:, part] = standardised(residuals, ar, variance, self.scans)

    def facts(self, context: Context, dof: int) -> dict[str, Any]:
        """FWHM along each axis in voxels and mm, and resels; without widths, why there are none."""
        told = {"dof": dof, "scans": len(self.scans)}
        if dof < FEWEST_DOF:
            return {**unknown_widths(FEW), **told}
        mask = context.artifacts["mask"]
        means = [pooled_correlation(self.values, pairs, dof) for pairs in pairs_of(np.asarray(mask.arrays["mask"]))]
        return {**widths(means, self.values.shape[1], np.array(mask.facts["affine"])), **told}


def unknown_widths(because: str) -> dict[str, Any]:
    """What is told instead of widths."""
    return {"fwhm_voxels": None, "fwhm_mm": None, "resels": None, "because": because}


def widths(correlation: list[float], voxels: int, affine: Floats) -> dict[str, Any]:
    """From the mean correlation of neighbours along each axis."""
    found = smoothness(np.array(correlation), voxels)
    if not np.isfinite(found.fwhm).all():
        return unknown_widths(ROUGH)
    in_mm = (found.fwhm * voxel_sizes(affine)).tolist()
    return {"fwhm_voxels": found.fwhm.tolist(), "fwhm_mm": in_mm, "resels": found.resels}
