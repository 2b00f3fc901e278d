"""The report of an analysis that has not been run: a registration's own page, before there are data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glmspec.execution.results import Results
from glmspec.reporting.declared import declared
from glmspec.reporting.material import Material
from glmspec.reporting.model import Block, Cell, Column, Notice, Notices, ReportModel, Section, Table, plain
from glmspec.reporting.render import render_model
from glmspec.reporting.sections.coverage import coverage_section
from glmspec.reporting.sections.design import design
from glmspec.reporting.sections.document import document
from glmspec.reporting.sections.methods import text_with_works
from glmspec.reporting.verbs import FUTURE
from glmspec.reporting.words import count, fit_words, setting

LEAD = (
    "This is a preview: nothing has been computed. Designs, contrasts, relabellings and methods are those that the "
    "document, its tables and its events make; results will stand in the report of the run."
)
WITHOUT_IMAGES = (
    "The images are not there yet. What they would have told was taken from the document: names of rows from its "
    "tables or its planned number of subjects, scans from what it expects."
)


PLANNED = "Nothing was run: what is from the run here is what its plan knows beforehand."


def render_preview(fits: Sequence[Results], without_images: bool) -> str:
    """One HTML text of all fits; design and contrasts are those of the first, and the others are counted."""
    return render_model(build_preview(fits, without_images))


def build_preview(fits: Sequence[Results], without_images: bool) -> ReportModel:
    """Everything that a preview says."""
    material = Material(fits[0], FUTURE)
    sections = (
        _summary(material, len(fits), without_images),
        _checks(material),
        _contrasts(material),
        *([design(material)] if material.level != "map" else []),
        _methods(material),
        coverage_section(material, PLANNED),
        document(material),
    )
    title = material.document.title or material.document.name
    return ReportModel(f"Preview: {title}", (material.document.name, "not run yet"), sections)


def _summary(material: Material, fits: int, without_images: bool) -> Section:
    blocks: list[Block] = [plain(LEAD, "lead")]
    if without_images:
        blocks.append(plain(WITHOUT_IMAGES))
    if fits > 1:
        blocks.append(plain(f"There are {count(fits, 'fit')}; this page shows that of {fit_words(material.fit)}."))
    claims = material.document.hypotheses
    if claims:
        columns = (
            Column("Hypothesis"),
            Column("Claim", "prose"),
            Column("Decided by"),
            Column("Direction"),
            Column("Kind"),
        )
        rows = tuple(
            tuple(map(Cell, (name, claim.statement, " by ".join(filter(None, (claim.contrast, claim.inference))),
                             claim.direction or "", claim.kind or "")))
            for name, claim in claims.items()
        )  # fmt: skip
        blocks.append(Table("Hypotheses", columns, rows))
    return Section("summary", "Summary", tuple(blocks))


def _checks(material: Material) -> Section:
    found = tuple(Notice(name, state, text) for name, state, text in material.analysis["checks"])
    doubtful = sum(notice.state != "ok" for notice in found)
    return Section("checks", "Checks", (Notices(found),), doubtful, f"{count(doubtful, 'note')} or warnings")


def _contrasts(material: Material) -> Section:
    blocks: list[Block] = [_tests(material)]
    blocks += _relabellings(material)
    outlook = material.analysis["outlook"]
    names = list(material.contrasts)
    if outlook:
        columns = (Column("Design"), *(Column(name, "number") for name in names), Column("Condition number", "number"))
        rows = tuple(
            (Cell(entry["run"] or "all rows"), *(Cell(_number(entry["efficiency"].get(name))) for name in names),
             Cell(_number(entry["condition_number"])))
            for entry in outlook
        )  # fmt: skip
        note = "One over the variance of the effect for errors of unit variance: comparable between designs alone."
        blocks.append(Table("Efficiency of each contrast", columns, rows, note))
        named = dict.fromkeys(name for entry in outlook for name in entry["vif"])
        rows = tuple(
            (Cell(name), *(Cell(_number(entry["vif"][name]) if name in entry["vif"] else "") for entry in outlook))
            for name in named
        )
        columns = (Column("Column"), *(Column(entry["run"] or "Variance inflation", "number") for entry in outlook))
        blocks.append(Table("Variance inflation of the columns that contrasts weigh", columns, rows))
    return Section("contrasts", "Contrasts", tuple(blocks))


def _tests(material: Material) -> Table:
    columns = (Column("Contrast"), Column("Test"), Column("Expression", "code"), Column("Degrees of freedom", "number"),
               Column("Estimable"))  # fmt: skip
    rows = tuple(
        (Cell(name), Cell(str(found["scale"])), Cell(str(found["expression"])), Cell(_dof(found["dof"])), Cell("yes"))
        for name, found in material.contrasts.items()
    )
    return Table("Contrasts, each of which can be estimated", columns, rows)


def _dof(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_dof, value))
    return "by voxel, or not known" if value is None else setting(float(str(value)))


def _relabellings(material: Material) -> Iterator[Table]:
    found = [(key, facts["relabellings"]) for key, facts in material.analysis["inference"].items()
             if "relabellings" in facts]  # fmt: skip
    if found:
        columns = (Column("Contrast and inference"), Column("Relabelled by"), Column("Relabellings", "number"),
                   Column("All of them"), Column("Smallest p", "number"))  # fmt: skip
        rows = tuple(
            (Cell(key.replace("/", ", ")), Cell(told["scheme"]), Cell(f"{told['used']:,}"),
             Cell("yes" if told["exhaustive"] else "no"), Cell(_number(told["smallest_p"])))
            for key, told in found
        )  # fmt: skip
        yield Table("Relabellings, and the smallest p that they can give", columns, rows)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"


def _methods(material: Material) -> Section:
    """With what the document declares; its hypotheses are told at the top."""
    blocks = (*text_with_works(material), *declared(material.document, hypotheses=False))
    return Section("methods", "Methods text", blocks)
