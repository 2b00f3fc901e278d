"""The methods text of a statistic image that was made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.reporting.material import Material
from glmspec.reporting.methods_parts import coverage, given_mask
from glmspec.reporting.words import degrees_of_freedom
from glmspec.spec.inputs import MapInputs


def given_map_paragraphs(material: Material) -> Iterator[Iterator[str]]:
    """One paragraph: the image, and where it was tested."""
    yield _image(material, material.document.inputs)  # type: ignore[attr-defined]


def _image(material: Material, inputs: MapInputs) -> Iterator[str]:
    ((_, contrast),) = material.contrasts.items()
    scale = contrast["scale"]
    freedom = "" if scale == "z" else f" with {degrees_of_freedom(contrast['dof'])}"
    yield f"The statistic image {inputs.statistic}, made elsewhere, was taken as values of {scale}{freedom}."
    if inputs.space:
        yield f"It is in the space {inputs.space}."
    yield from coverage(material, given_mask(inputs.mask), "image")
