"""The methods text of a statistic image that was made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.reporting.clauses import Sentence, said
from glmspec.reporting.material import Material
from glmspec.reporting.methods_parts import coverage, given_mask, space_clause
from glmspec.reporting.words import degrees_of_freedom
from glmspec.spec.inputs import MapInputs


def given_map_paragraphs(material: Material) -> Iterator[Iterator[Sentence]]:
    """One paragraph: the image, and where it was tested."""
    yield _image(material, material.document.inputs)  # type: ignore[attr-defined]


def _image(material: Material, inputs: MapInputs) -> Iterator[Sentence]:
    ((_, contrast),) = material.contrasts.items()
    scale = contrast["scale"]
    freedom = "" if scale == "z" else f" with {degrees_of_freedom(contrast['dof'])}"
    image = said(f"The statistic image {inputs.statistic}, made elsewhere, ", "inputs", "statistic")
    yield image + said(f"{material.verb.was} taken as values of {scale}{freedom}.", "inputs", "scale")
    yield from space_clause(inputs.space, "It is")
    yield from coverage(material, given_mask(inputs.mask), "image")
