"""Results -> ReportModel."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from glmspec.execution.results import Results
from glmspec.images.geometry import describe
from glmspec.reporting.material import Material
from glmspec.reporting.model import ReportModel
from glmspec.reporting.sections import SECTIONS
from glmspec.reporting.viewer.data import embedded
from glmspec.reporting.words import count, fit_words

DIGEST = 12
LEVELS = {"first": "First-level model", "second": "Second-level model", "map": "Statistic image"}


def _runs(material: Material) -> Iterator[str]:
    runs = material.analysis["runs"]
    yield f"{count(len(runs), 'run')}, {count(sum(run['scans'] for run in runs), 'scan')}"


def _maps(material: Material) -> Iterator[str]:
    yield count(len(material.analysis["rows"]), "map")


def _image(material: Material) -> Iterator[str]:
    yield str(material.analysis["statistic"])


DATA: dict[str, Callable[[Material], Iterator[str]]] = {"first": _runs, "second": _maps, "map": _image}
"""Level -> what was analysed."""


def build_model(results: Results) -> ReportModel:
    """Everything that the report of these results says."""
    material = Material(results)
    sections = tuple(section(material) for section in SECTIONS.values())
    return ReportModel(_title(material), tuple(_facts(material)), sections, embedded(material))


def _title(material: Material) -> str:
    """The document's title, and which of its fits this is where there are several."""
    title = material.document.title or material.document.name
    return f"{title}: {fit_words(material.fit)}" if material.place else title


def _facts(material: Material) -> Iterator[str]:
    document, analysis = material.document, material.analysis
    yield document.name
    yield LEVELS[material.level]
    if material.fit:
        yield fit_words(material.fit)
    yield from DATA[material.level](material)
    space = getattr(document.inputs, "space", None)  # type: ignore[attr-defined]
    yield f"{space}, {describe(material.results.grid)}" if space else describe(material.results.grid)
    yield f"document sha256 {analysis['document_sha256'][:DIGEST]}"
