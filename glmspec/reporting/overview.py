"""The page over all fits of a document: what was analysed and found in each, and where its own report is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from glmspec.execution.results import Results
from glmspec.reporting.build import DIGEST, LEVELS
from glmspec.reporting.coverage import coverage
from glmspec.reporting.gallery import MOST, Gallery
from glmspec.reporting.material import Finding, Material
from glmspec.reporting.model import (
    Block,
    Cell,
    Column,
    Entry,
    Heading,
    Notice,
    Notices,
    ReportModel,
    Section,
    State,
    Table,
    plain,
)
from glmspec.reporting.render import render_model
from glmspec.reporting.sections.checks import notices
from glmspec.reporting.sections.deviations import deviations
from glmspec.reporting.words import alternative, correction, count, fit_words, listed, shortlist, spelled

SEVERITY: tuple[State, ...] = ("warning", "note", "ok")


class Fit(NamedTuple):
    """One fit: its folder, what its report is made from, and its checks."""

    place: str
    material: Material
    checks: tuple[Notice, ...]

    @property
    def name(self) -> str:
        """``subject 01``."""
        return fit_words(self.material.fit) or self.place

    @property
    def report(self) -> str:
        """Where its report is, from this page. A folder's name may hold a sign that means something in an address."""
        return f"{quote(self.place)}/report.html"

    @property
    def doubtful(self) -> list[Notice]:
        """Checks that need a look."""
        return [notice for notice in self.checks if notice.state != "ok"]


def render_overview(fits: Sequence[tuple[str, Results]]) -> str:
    """The page as HTML; each fit comes with its folder."""
    return render_model(build_overview(fits))


def build_overview(fits: Sequence[tuple[str, Results]]) -> ReportModel:
    """Everything that the page says."""
    materials = [(place, Material(results)) for place, results in fits]
    found = [Fit(place, material, notices(material)) for place, material in materials]
    first = found[0].material
    shown = coverage([fit.material.results for fit in found], _noun(found))
    parts = (_fits(found), _findings(found), shown, _checks(found), deviations(first))
    sections = tuple(section for section in parts if section.blocks)
    facts = (
        first.document.name,
        LEVELS[first.level],
        count(len(found), "fit"),
        f"document sha256 {first.analysis['document_sha256'][:DIGEST]}",
    )
    return ReportModel(first.document.title or first.document.name, facts, sections)


def _of_runs(material: Material) -> tuple[str, ...]:
    runs = material.analysis["runs"]
    return f"{len(runs):,}", f"{sum(run['scans'] for run in runs):,}"


def _of_maps(material: Material) -> tuple[str, ...]:
    return (f"{len(material.analysis['rows']):,}",)


DATA: dict[str, tuple[tuple[str, ...], Callable[[Material], tuple[str, ...]]]] = {
    "first": (("Runs", "Scans"), _of_runs),
    "second": (("Maps",), _of_maps),
}
"""Level -> what is counted of a fit, and the counts. A map document has no fits."""


def _fits(fits: Sequence[Fit]) -> Section:
    """A row a fit."""
    titles, counted = DATA[fits[0].material.level]
    rows = tuple(
        (
            Cell(fit.name, href=fit.report),
            *map(Cell, counted(fit.material)),
            Cell(f"{fit.material.analysis['mask']['voxels']:,}"),
            Cell(f"{len(fit.doubtful):,}"),
        )
        for fit in fits
    )
    numbers = (*titles, "Voxels", "Checks to look at")
    table = Table("Every fit", (Column("Fit"), *(Column(title, "number") for title in numbers)), rows)
    entries = tuple(
        Entry(fit.name, fit.report, f"{len(fit.doubtful) or ''}", f"{count(len(fit.doubtful), 'check')} to look at")
        for fit in fits
    )
    return Section("fits", "Fits", (plain(_sentence(fits), "lead"), table), entries=entries)


def _noun(fits: Sequence[Fit]) -> str:
    """What the fits are of."""
    return "subject" if set(fits[0].material.fit) == {"subject"} else "fit"


def _sentence(fits: Sequence[Fit]) -> str:
    per = listed(fits[0].material.fit)
    doubtful = sum(bool(fit.doubtful) for fit in fits)
    have = "has a check that needs" if doubtful == 1 else "have checks that need"
    look = f"{spelled(doubtful)} {have} a look" if doubtful else "no check needs a look"
    return f"{count(len(fits), 'fit')} of one document, one for each {per}, each with a report of its own; {look}."


def _findings(fits: Sequence[Fit]) -> Section:
    """For each inference what passed, a row a fit and a column a contrast."""
    everything = [finding for fit in fits for finding in fit.material.findings]
    names = list(dict.fromkeys(finding.inference for finding in everything))
    tables = tuple(block for name in names for block in _of_inference(fits, name))
    lead = (
        "Below each picture stand the voxels that passed, and after the dot the number of their clusters. A link leads "
        "to the map. Pictures of one table share one colour scale for t, and one for F."
    )
    return Section("findings", "Findings", (plain(lead, "quiet"), *tables) if tables else ())


def _of_inference(fits: Sequence[Fit], name: str) -> tuple[Block, ...]:
    found = {
        (fit.place, finding.contrast): finding
        for fit in fits
        for finding in fit.material.findings
        if finding.inference == name
    }
    titles: dict[str, str] = {}
    for fit in fits:
        for contrast, told in fit.material.contrasts.items():
            if (fit.place, contrast) in found:
                titles.setdefault(contrast, str(told["title"]))
    gallery = Gallery(list(found.values()))
    rows = tuple(_row(fit, [found.get((fit.place, contrast)) for contrast in titles], gallery) for fit in fits)
    columns = (Column("Fit"), *(Column(title, "number") for title in titles.values()))
    note = "" if gallery.shown else f"There are more than {MOST} maps: each is shown in the report of its fit."
    rule = _rule(list(found.values()))
    return Heading(name, note=rule), Table(f"Voxels · clusters, {name}", columns, rows, note)


def _row(fit: Fit, findings: Sequence[Finding | None], gallery: Gallery) -> tuple[Cell, ...]:
    """A fit; a cell stays empty where it has no such contrast."""
    pictures = gallery.pictures(fit.material, filter(None, findings), fit.name)
    cells = (_cell(fit, finding, pictures.get(finding.contrast)) if finding else Cell("") for finding in findings)
    return Cell(fit.name, href=fit.report), *cells


def _cell(fit: Fit, finding: Finding, picture: Markup | None) -> Cell:
    """What passed."""
    text = f"{finding.facts['passed']:,} · {finding.facts['clusters']:,}"
    link = f"{fit.report}#{quote(finding.id)}"
    return Cell(text, href=link, picture=picture, value=str(finding.facts["passed"]))


def _rule(findings: Sequence[Finding]) -> str:
    sides = dict.fromkeys(alternative(finding.entry, finding.test) for finding in findings)
    return f"{correction(findings[0].entry)}, {listed(sides)}"


def _checks(fits: Sequence[Fit]) -> Section:
    """What needs a look, once for all fits of which it is true."""
    told: dict[Notice, list[str]] = {}
    for fit in fits:
        for notice in fit.doubtful:
            told.setdefault(notice, []).append(fit.name)
    grouped = sorted(told, key=lambda notice: SEVERITY.index(notice.state))
    entries = tuple(Notice(notice.name, notice.state, _text(notice, told[notice], len(fits))) for notice in grouped)
    states = Counter(notice.state for notice in grouped)
    words = listed(count(states[state], state) for state in SEVERITY if states[state])
    blocks = (Notices(entries),) if entries else (plain("No check of any fit needs a look."),)
    return Section("checks", "Checks", blocks, len(entries), words)


def _text(notice: Notice, names: Sequence[str], fits: int) -> str:
    where = "every fit" if len(names) == fits else shortlist(names, 8)
    return f"{notice.text} In {where}."
