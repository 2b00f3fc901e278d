"""Clauses of the methods text that several levels share: fits, smoothing, mask, contrasts."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.reporting.material import Material
from glmspec.reporting.words import count, degrees_of_freedom, fit_words, listed, setting
from glmspec.spec.masks import ThresholdedMask

ARTICLES = {"t": "A t", "z": "A z", "F": "An F"}


def fit_clause(material: Material) -> Iterator[str]:
    """Which of several fits this is."""
    if material.place:
        per = listed(material.fit)
        yield f"Each {per} was analysed alone, and error rates hold within each; this is {fit_words(material.fit)}."


def smoothing(width: float, what: str) -> Iterator[str]:
    """Smoothing, where there is some."""
    if width:
        yield f"{what} smoothed with a Gaussian kernel of {setting(width)} mm full width at half maximum."


def selection(select: dict[str, tuple[str, ...]], what: str) -> Iterator[str]:
    """What the analysis is about, where that is not everything."""
    for name, values in select.items():
        yield f"Only {what} whose {name} is {listed(values, 'or')} were analysed."


def coverage(material: Material, mask: str, images: str) -> Iterator[str]:
    """The voxels that were analysed; ``images`` are those that may lack a value."""
    voxels = material.analysis["mask"]
    yield f"The analysis covered {count(voxels['voxels'], 'voxel')}: {mask}."
    if voxels["excluded"]:
        left_out = count(voxels["excluded"], "voxel")
        yield f"{left_out} of that mask with values that are not finite in some {images} were left out."


def given_mask(mask: ThresholdedMask) -> str:
    """A mask that is an image."""
    rule = "not zero" if mask.above is None else f"at or above {setting(mask.above)}"
    return f"the voxels of {mask.image} that are {rule}"


def contrast_clause(material: Material, name: str, freedom: str, expression: str = "") -> str:
    """``A t test of left - right with 14 degrees of freedom gave the contrast left-minus-right.``"""
    contrast = material.contrasts[name]
    called = name if contrast["title"] == name else f"{name} ({contrast['title']})"
    asked = expression or contrast["expression"]
    return f"{ARTICLES[contrast['scale']]} test of {asked}{freedom} gave the contrast {called}."


def with_freedom(material: Material, name: str) -> str:
    """Degrees of freedom of a contrast; a z has none."""
    contrast = material.contrasts[name]
    return "" if contrast["scale"] == "z" else f" with {degrees_of_freedom(contrast['dof'])}"
