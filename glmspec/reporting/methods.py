"""The methods text: paragraphs to copy, every clause from the setting behind it. What was not done is not said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from glmspec.reporting.clauses import Sentence, said, text_of
from glmspec.reporting.material import Material
from glmspec.reporting.methods_first import first_level_paragraphs
from glmspec.reporting.methods_inference import inference_paragraphs
from glmspec.reporting.methods_map import given_map_paragraphs
from glmspec.reporting.methods_second import second_level_paragraphs

CITED = {"numpy": " (Harris et al. 2020)", "scipy": " (Virtanen et al. 2020)"}
COMPUTING = ("numpy", "scipy", "nibabel")
"""Packages that have a part in the numbers; formulaic has one where there is a formula."""

LEVELS: dict[str, Callable[[Material], Iterator[Iterator[Sentence]]]] = {
    "first": first_level_paragraphs,
    "second": second_level_paragraphs,
    "map": given_map_paragraphs,
}
"""Level -> its data, its model and its contrasts."""


def paragraphs(material: Material) -> list[tuple[Sentence, ...]]:
    """Data, model and contrasts, inference, software."""
    parts = [*LEVELS[material.level](material), *inference_paragraphs(material), _software(material)]
    return [sentences for sentences in map(tuple, parts) if sentences]


def texts(material: Material) -> list[str]:
    """The paragraphs as plain text."""
    return [text_of(sentences) for sentences in paragraphs(material)]


def _software(material: Material) -> Iterator[Sentence]:
    versions = material.results.provenance["versions"]
    known = {name: number for name, number in versions.items() if number != "unknown"}
    glmspec = f"glmspec {known['glmspec']}" if "glmspec" in known else "glmspec"
    formula = getattr(getattr(material.document, "design", None), "formula", None)
    parts = (*COMPUTING, "formulaic") if formula else COMPUTING
    others = ", ".join(f"{name} {known[name]}{CITED.get(name, '')}" for name in parts if name in known)
    yield said(f"The analysis {material.verb.was} computed with {glmspec}{f', on {others}' if others else ''}.")
