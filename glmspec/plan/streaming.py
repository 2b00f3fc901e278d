"""Which fits of a second level let their maps go by, and store none: a matter of document and images alone."""

from __future__ import annotations

import math
from dataclasses import replace

from glmspec.plan.analysis import SecondLevel
from glmspec.plan.check import Check
from glmspec.spec.noise import FixedEffects

MOST_STORED = 2**30
"""Bytes of a group's maps, in single precision and on the whole grid: 297 maps of 91 x 109 x 91 voxels."""

KEPT = 2**23
"""Values that are kept of all maps for a look at their residuals: 8,192 voxels of a thousand maps."""


def streamed(analysis: SecondLevel) -> bool:
    """Whether maps are folded into the fit one after the other.

    Only least squares with one variance can do with a single look at each; relabellings, variances by group and fixed
    effects cannot.
    """
    one_look = not (analysis.exchanges or analysis.groups or _known_variances(analysis))
    return one_look and _bytes(analysis) > MOST_STORED


def _known_variances(analysis: SecondLevel) -> bool:
    design = getattr(analysis.document, "design", None)
    return isinstance(getattr(design, "estimator", None), FixedEffects)


def _bytes(analysis: SecondLevel) -> int:
    return 4 * len(analysis.rows) * math.prod(analysis.grid.shape)


def with_streaming(analysis: SecondLevel) -> SecondLevel:
    """The analysis, and among its checks that its maps are not stored, where that is so."""
    if not streamed(analysis):
        return analysis
    text = (
        f"{len(analysis.rows):,} maps on this grid take {_bytes(analysis) / 1e9:.1f} GB, more than "
        f"{MOST_STORED / 1e9:.1f} GB: each is read, smoothed, folded into the fit and forgotten. Charts of peaks show "
        "the estimate without single maps, and residuals are counted at some voxels, evenly spread."
    )
    return replace(analysis, checks=(*analysis.checks, Check("Streaming", "note", text)))
