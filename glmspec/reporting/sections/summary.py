"""Summary: one sentence, then every test in one table."""

from __future__ import annotations

from glmspec.reporting.material import Finding, Material
from glmspec.reporting.model import Block, Cell, Column, Paragraph, Place, Section, Table, Word, plain
from glmspec.reporting.sections.checks import notices
from glmspec.reporting.words import alternative, capital, correction, count, decimal, fit_words, listed, spelled

COLUMNS = (
    Column("Contrast"),
    Column("Inference"),
    Column("Map", "picture"),
    Column("Clusters", "number"),
    Column("Peak z", "number"),
    Column("Peak (mm)", "number"),
    Column("Voxels", "number"),
    Column("Correction", "prose"),
)

NOTHING = "\N{EN DASH}"


def summary(material: Material) -> Section:
    """The section."""
    rows = tuple(_row(material, finding) for finding in material.findings)
    table = (Table("Every contrast by every inference", COLUMNS, rows),) if rows else ()
    lead = plain(sentence(material), "lead")
    blocks: tuple[Block, ...] = (lead, *_fits(material), *_description(material), *table)
    return Section("summary", "Summary", blocks)


def sentence(material: Material) -> str:
    """What came out, in one sentence."""
    findings = material.findings
    if not findings:
        found = f"{capital(_counted(len(material.contrasts), 'contrast'))} estimated, and no inference asked for"
    elif len(findings) == 1:
        found = _alone(material, findings[0])
    else:
        names = list(dict.fromkeys(finding.inference for finding in findings))
        found = capital(listed(_of_inference(material, name) for name in names))
    doubtful = sum(notice.state != "ok" for notice in notices(material))
    looks = {0: "no check needs", 1: "one check needs"}.get(doubtful, f"{spelled(doubtful)} checks need")
    return f"{found}; {looks} a look."


def _counted(number: int, noun: str) -> str:
    """``three contrasts were``."""
    return f"{spelled(number)} {noun} was" if number == 1 else f"{spelled(number)} {noun}s were"


def _alone(material: Material, finding: Finding) -> str:
    title = material.contrasts[finding.contrast]["title"]
    rule = f"{correction(finding.entry)}, {alternative(finding.entry, finding.test)}"
    if not finding.facts["clusters"]:
        return f"{title}: no voxel passed ({rule})"
    extent = f"{count(finding.facts['clusters'], 'cluster')} of {count(finding.facts['passed'], 'voxel')} passed"
    return f"{title}: {extent} ({rule})"


def _of_inference(material: Material, name: str) -> str:
    findings = [finding for finding in material.findings if finding.inference == name]
    found = sum(bool(finding.facts["clusters"]) for finding in findings)
    of = count(len(findings), "contrast")
    return f"{found or 'none'} of {of} {'has' if found == 1 else 'have'} clusters under {name}"


def _fits(material: Material) -> tuple[Paragraph, ...]:
    """Where the other fits are, which have reports of their own."""
    if not material.place:
        return ()
    page = "../" * len(material.place.split("/")) + "report.html"
    words = (Word(f"This report is of {fit_words(material.fit)}. The "), Word("page over all fits", href=page))
    return (Paragraph((*words, Word(" is beside it in the results folder.")), "quiet"),)


def _description(material: Material) -> tuple[Paragraph, ...]:
    """The document's own words, where it has any."""
    document = material.document
    found = [plain(document.description)] if document.description else []
    if document.authors:
        found.append(Paragraph((Word("Authors: "), Word(listed(document.authors))), "quiet"))
    return tuple(found)


def _row(material: Material, finding: Finding) -> tuple[Cell, ...]:
    title = str(material.contrasts[finding.contrast]["title"])
    shown = material.pictures.shown(finding.contrast, finding.inference, finding.height.z)
    picture = material.pictures.thumbnail(shown, f"{title}, {finding.inference}: what passed, three projections")
    peak = finding.peak
    return (
        Cell(title, href=f"#contrast.{finding.contrast}"),
        Cell(finding.inference, href=f"#{finding.id}"),
        Cell("", picture=picture),
        Cell(f"{finding.facts['clusters']:,}"),
        Cell(decimal(peak.z), value=str(peak.z)) if peak else Cell(NOTHING),
        Cell(peak.words, place=Place(peak.place, finding.id)) if peak else Cell(NOTHING),
        Cell(f"{finding.facts['passed']:,}"),
        Cell(f"{correction(finding.entry)}, {alternative(finding.entry, finding.test)}"),
    )
