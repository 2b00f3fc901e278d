"""Checks: what was looked at before and during the analysis, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from glmspec.reporting.material import Material
from glmspec.reporting.model import Notice, Notices, Section
from glmspec.reporting.residuals import residuals
from glmspec.reporting.run_words import called
from glmspec.reporting.words import count, listed
from glmspec.spec.noise import FixedEffects


def checks(material: Material) -> Section:
    """The section; its badge counts what needs a look."""
    found = notices(material)
    doubtful = sum(notice.state != "ok" for notice in found)
    words = f"{count(doubtful, 'note')} or warnings"
    return Section("checks", "Checks", (Notices(found), *residuals(material)), doubtful, words)


def notices(material: Material) -> tuple[Notice, ...]:
    """Those of the analysis first, then those of its voxels."""
    stated = (Notice(name, state, text) for name, state, text in material.analysis["checks"])
    return (*stated, *_missing(material), *VOXELS[material.level](material), *_undefined(material))


IMAGES = {"first": "in some scan", "second": "in some map", "map": "in the image"}
"""Level -> where a value may be missing."""


def _missing(material: Material) -> Iterator[Notice]:
    voxels, excluded = material.analysis["mask"]["voxels"], material.analysis["mask"]["excluded"]
    policy = f"NaN or infinite {IMAGES[material.level]}"
    if excluded:
        yield Notice("Missing voxels", "note", f"{count(excluded, 'voxel')} of the mask left out: {policy}.")
    else:
        yield Notice("Missing voxels", "ok", f"No voxel of the mask is {policy}; {voxels:,} were analysed.")


def _of_maps(material: Material) -> Iterator[Notice]:
    """Voxels in which all maps agree; fixed effects estimate nothing from how maps differ."""
    constant = material.analysis["constant"]
    if isinstance(material.document.design.estimator, FixedEffects):  # type: ignore[attr-defined]
        return
    if constant:
        text = f"{count(constant, 'voxel')} fitted without any residual, as where all maps are zero."
        yield Notice("Constant voxels", "note", text)
    else:
        yield Notice("Constant voxels", "ok", "Every voxel varies between maps beyond what the design explains.")


def _of_runs(material: Material) -> Iterator[Notice]:
    """Voxels that do not vary over time, and those without a mean to be a percentage of."""
    constant = _by_run(material, "constant")
    if constant:
        text = f"Fitted without any residual, as where all scans are the same: {constant}."
        yield Notice("Constant voxels", "note", text)
    else:
        yield Notice("Constant voxels", "ok", "Every voxel varies over time beyond what the design explains.")
    if material.document.design.scaling.model != "percent-signal":  # type: ignore[attr-defined]
        return
    low = _by_run(material, "too_low")
    if low:
        text = f"Mean below 1, so that a percentage of it says nothing, and left without a statistic: {low}."
        yield Notice("Percent signal", "note", text)
    else:
        yield Notice("Percent signal", "ok", "Every voxel has a mean to be a percentage of.")


def _of_image(material: Material) -> Iterator[Notice]:
    """Nothing was fitted."""
    yield from ()


VOXELS: dict[str, Callable[[Material], Iterator[Notice]]] = {"first": _of_runs, "second": _of_maps, "map": _of_image}
"""Level -> what was looked at in every voxel."""


def _by_run(material: Material, what: str) -> str:
    """``12 voxels in run-1 and 3 voxels in run-2``; nothing where there are none."""
    runs = material.analysis["runs"]
    return listed(f"{count(run[what], 'voxel')} in {called(run)}" for run in runs if run[what])


def _undefined(material: Material) -> Iterator[Notice]:
    found = {name: number for name, number in material.analysis["undefined"].items() if number}
    if not found:
        yield Notice("Undefined statistics", "ok", "Every statistic is defined in every voxel.")
    for name, number in found.items():
        title = material.contrasts[name]["title"]
        text = f"{title}: undefined in {count(number, 'voxel')}, which are not tested and drawn as no data."
        yield Notice("Undefined statistics", "note", text)
