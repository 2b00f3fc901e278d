"""Which analyses have residuals, of which smoothness can be known."""

from __future__ import annotations

from glmspec.spec.document import Document
from glmspec.spec.noise import FixedEffects

MADE_ELSEWHERE = "the statistic was made elsewhere, and comes without residuals"
FIXED = "fixed effects take variances as given, and estimate none from residuals"


def without_residuals(document: Document) -> str:
    """Why an analysis has no residuals; empty where it has some."""
    design = getattr(document, "design", None)
    if design is None:
        return MADE_ELSEWHERE
    return FIXED if isinstance(getattr(design, "estimator", None), FixedEffects) else ""
