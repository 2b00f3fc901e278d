"""The pages and indices of a results folder, rendered from what is stored and nothing else."""

from __future__ import annotations

import getpass
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glmspec.execution.folder import ResultsFolder
from glmspec.execution.publish import RESOLVED, finish_index
from glmspec.execution.results import INDEX, PROVENANCE, REPORT, Results
from glmspec.plan.keys import digest_of
from glmspec.reporting.overview import render_overview
from glmspec.reporting.page import Report
from glmspec.reporting.redacted import redacted_pages
from glmspec.reporting.render import render, renderer_digest

REDACTED = "redacted"
"""The folder of redacted pages, inside the results folder."""

Indices = list[tuple[str, dict[str, Any]]]
"""Folder and index of each fit."""


def finish(root: Path, folder: ResultsFolder, indices: Indices, checks: list[list[str]]) -> set[str]:
    """Report and index of every fit, and of all together where there are several; the files there are."""
    kept: set[str] = set()
    merged: list[dict[str, Any]] = []
    renderer = renderer_digest()
    for place, index in indices:
        names = index.pop("names")
        prefix = f"{place}/" if place else ""
        digest = _render(Results(root / place, index), folder, prefix, renderer)
        text = finish_index(index, digest, names)
        folder.write_text(prefix + INDEX, text)
        listed = json.loads(text)["outputs"]
        kept |= {prefix + entry["path"] for entry in listed} | {prefix + INDEX}
        merged += [{**entry, "path": prefix + entry["path"]} for entry in listed]
    if len(indices) > 1:
        kept |= _together(root, folder, indices, merged, checks, renderer)
    return kept


def _together(
    root: Path,
    folder: ResultsFolder,
    indices: Indices,
    merged: list[dict[str, Any]],
    checks: list[list[str]],
    renderer: str,
) -> set[str]:
    """The page over all fits, and their outputs in one index."""
    overview = [(place, Results(root / place, index)) for place, index in indices]
    source = digest_of([[place, index] for place, index in indices] + [checks, renderer])
    digest = folder.write(REPORT, source, lambda path: _write_text(path, render_overview(overview)))
    contrasts: dict[str, Any] = {}
    for _, index in indices:
        for name, entry in index["contrasts"].items():
            contrasts[name] = _shared(contrasts.get(name, entry), entry)
    analysis = {
        "name": indices[0][1]["analysis"]["name"],
        "level": indices[0][1]["analysis"]["level"],
        "checks": checks,
        "fits": [{"folder": place, "names": index["analysis"]["fit"]} for place, index in indices],
    }
    whole = {"glmspec": 1, "outputs": merged, "contrasts": contrasts, "analysis": analysis}
    folder.write_text(INDEX, finish_index(whole, digest, {}))
    return {REPORT, INDEX}


def _shared(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What is the same of a contrast in two fits; null where they differ."""
    return {key: value if other.get(key) == value else None for key, value in one.items()}


def report(results: Path | str, *, redact: bool = False) -> Report:
    """Render the report of a results folder again, from what is stored.

    With ``redact`` the pages are written to the folder ``redacted`` inside, without names of subjects, absolute paths
    and names of user and machine; nothing else changes.

    Raises
    ------
    InputError
        If the folder holds no results, or something in it cannot be redacted.
    """
    root = Path(results)
    if redact:
        return _redacted(Results.open(root))
    Results.open(root)
    folder = ResultsFolder(root)
    with folder.locked():
        found = Results.open(root)
        indices = []
        for place, fit in found.fits.items():
            index = _without_report(fit.index)
            names = {key: index["outputs"][0][key] for key in ("subject", "session", "fit")}
            indices.append((place, {**index, "names": names}))
        kept = finish(root, folder, indices, found.analysis.get("checks", []))
        folder.finish({*kept, PROVENANCE, RESOLVED})
    return Report(root / REPORT)


def _redacted(results: Results) -> Report:
    """All pages or none of them."""
    pages = redacted_pages(results, getpass.getuser(), platform.node())
    folder = ResultsFolder(results.folder)
    with folder.locked():
        for name, text in pages.items():
            folder.write_text(f"{REDACTED}/{name}", text)
    return Report(results.folder / REDACTED / REPORT)


def _without_report(index: dict[str, Any]) -> dict[str, Any]:
    """An index of what the report is made from."""
    outputs = [entry for entry in index["outputs"] if entry["kind"] not in ("report", "provenance")]
    return {**index, "outputs": outputs}


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _render(results: Results, folder: ResultsFolder, prefix: str, renderer: str) -> str:
    """The report, unless it is there already from the same results, text and templates."""
    index = _without_report(results.index)

    def fill(path: Path) -> None:
        _write_text(path, render(Results(results.folder, index)))

    source = digest_of([index, results.provenance["document"], results.provenance["versions"], renderer])
    return folder.write(prefix + REPORT, source, fill)
