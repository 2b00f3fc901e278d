"""Results -> ReportModel."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.execution.results import Results
from glmspec.images.geometry import describe
from glmspec.reporting.material import Material
from glmspec.reporting.model import ReportModel
from glmspec.reporting.sections import SECTIONS
from glmspec.reporting.words import count

DIGEST = 12
LEVELS = {"first": "First-level model", "second": "Second-level model", "map": "Statistic image"}


def build_model(results: Results) -> ReportModel:
    """Everything that the report of these results says."""
    material = Material(results)
    sections = tuple(section(material) for section in SECTIONS.values())
    return ReportModel(material.document.title or material.document.name, tuple(_facts(material)), sections)


def _facts(material: Material) -> Iterator[str]:
    document, analysis = material.document, material.results.analysis
    yield document.name
    yield LEVELS[document.level]  # type: ignore[attr-defined]
    yield count(len(analysis["rows"]), "map")
    space = getattr(document.inputs, "space", None)  # type: ignore[attr-defined]
    yield f"{space}, {describe(material.results.grid)}" if space else describe(material.results.grid)
    yield f"document sha256 {analysis['document_sha256'][:DIGEST]}"
