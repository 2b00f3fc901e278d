"""The page over all fits of a document: what was found in each, and where its own report is."""

from __future__ import annotations

from collections.abc import Sequence

from glmspec.execution.results import Results
from glmspec.reporting.material import Material
from glmspec.reporting.model import Cell, Column, ReportModel, Section, Table, plain
from glmspec.reporting.render import render_model
from glmspec.reporting.words import count


def render_overview(fits: Sequence[tuple[str, Results]]) -> str:
    """The page as HTML; each fit comes with its folder."""
    first = Material(fits[0][1]).document
    columns = [Column("Fit")]
    findings = [(finding.contrast, finding.inference) for finding in Material(fits[0][1]).findings]
    columns += [Column(f"{contrast}, {inference}", "number") for contrast, inference in findings]
    rows = []
    for place, results in fits:
        found = {(finding.contrast, finding.inference): finding for finding in Material(results).findings}
        cells = [Cell(f"{found[key].facts['passed']:,}" if key in found else "") for key in findings]
        rows.append((Cell(place, href=f"{place}/report.html"), *cells))
    table = Table("Voxels that passed, by fit", tuple(columns), tuple(rows))
    lead = plain(f"{count(len(fits), 'fit')} of one document, each with a report of its own.", "lead")
    section = Section("fits", "Fits", (lead, table))
    return render_model(ReportModel(first.title or first.name, (first.name, count(len(fits), "fit")), (section,)))
