"""Checks: what was looked at before and during the analysis, and what came out."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.reporting.material import Material
from glmspec.reporting.model import Notice, Notices, Section
from glmspec.reporting.words import count


def checks(material: Material) -> Section:
    """The section; its badge counts what needs a look."""
    found = notices(material)
    doubtful = sum(notice.state != "ok" for notice in found)
    return Section("checks", "Checks", (Notices(found),), doubtful, f"{count(doubtful, 'note')} or warnings")


def notices(material: Material) -> tuple[Notice, ...]:
    """Those of the analysis first, then those of its voxels."""
    stated = (Notice(name, state, text) for name, state, text in material.results.analysis["checks"])
    return (*stated, *_voxels(material))


def _voxels(material: Material) -> Iterator[Notice]:
    analysis = material.results.analysis
    voxels, excluded, constant = analysis["mask"]["voxels"], analysis["mask"]["excluded"], analysis["constant"]
    policy = "NaN or infinite in some map"
    if excluded:
        yield Notice("Missing voxels", "note", f"{count(excluded, 'voxel')} of the mask left out: {policy}.")
    else:
        yield Notice("Missing voxels", "ok", f"No voxel of the mask is {policy}; {voxels:,} were analysed.")
    if constant:
        text = f"{count(constant, 'voxel')} fitted without any residual, as where all maps are zero."
        yield Notice("Constant voxels", "note", text)
    else:
        yield Notice("Constant voxels", "ok", "Every voxel varies between maps beyond what the design explains.")
    yield from _undefined(material)


def _undefined(material: Material) -> Iterator[Notice]:
    found = {name: number for name, number in material.results.analysis["undefined"].items() if number}
    if not found:
        yield Notice("Undefined statistics", "ok", "Every statistic is defined in every voxel.")
    for name, number in found.items():
        title = material.contrasts[name]["title"]
        text = f"{title}: undefined in {count(number, 'voxel')}, which are not tested and drawn as no data."
        yield Notice("Undefined statistics", "note", text)
