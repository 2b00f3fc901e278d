"""Provenance and files: versions, inputs and outputs with their checksums. Dates and machines are not results."""

from __future__ import annotations

from glmspec.reporting.material import Material
from glmspec.reporting.model import Cell, Column, Fold, Paragraph, Section, Table, Word, plain
from glmspec.reporting.words import count

DIGEST = 12
"""Characters of a checksum that are shown; results.json has them all."""
NOT_LISTED = ("report", "provenance")
"""This file cannot hold its own checksum, and the other one changes with every run."""

KEYS = ("kind", "run", "contrast", "inference", "stat", "control")
"""What an output is listed under, where any is."""


def files(material: Material) -> Section:
    """The section."""
    text = (
        "Checksums are the first twelve digits of a sha256; results.json has them whole. When and where the analysis "
        "ran is in provenance.json, so that this report is the same for every run of the same analysis."
    )
    whole = material.results.analysis["document_sha256"]
    digest = Paragraph((Word("The resolved document: sha256 "), Word(whole, "code")))
    blocks = (plain(text), digest, _versions(material), _inputs(material), _outputs(material))
    return Section("files", "Provenance and files", blocks)


def _versions(material: Material) -> Table:
    rows = tuple((Cell(name), Cell(number)) for name, number in material.results.provenance["versions"].items())
    return Table("Versions", (Column("Package"), Column("Version", "code")), rows)


def _inputs(material: Material) -> Fold:
    inputs = material.results.analysis["inputs"]
    rows = tuple((Cell(name), Cell(digest[:DIGEST])) for name, digest in inputs.items())
    table = Table("Input files", (Column("File", "code"), Column("sha256", "code")), rows)
    return Fold(f"{count(len(rows), 'input file')}", (table,))


def _outputs(material: Material) -> Fold:
    listed = [output for output in material.results.index["outputs"] if output["kind"] not in NOT_LISTED]
    keys = [key for key in KEYS if any(output[key] for output in listed)]
    names = (Column(key.capitalize()) for key in keys)
    columns = (Column("File", "code"), *names, Column("sha256", "code"))
    rows = tuple(
        (
            Cell(output["path"]),
            *(Cell(output[key] or "") for key in keys),
            Cell((output["sha256"] or "")[:DIGEST]),
        )
        for output in listed
    )
    return Fold(f"{count(len(rows), 'output file')}", (Table("Output files", columns, rows),))
