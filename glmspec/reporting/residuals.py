"""Residual diagnostics: maps and scans that fit badly, and what the noise model left, as the analysis counted them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from glmspec.reporting.figures.residuals import by_map, counted, over_scans
from glmspec.reporting.material import Material
from glmspec.reporting.model import Block, Figure, Heading
from glmspec.reporting.run_words import Run, called
from glmspec.reporting.smoothness import smoothness
from glmspec.reporting.words import count, fit_words, listed, shortlist
from glmspec.spec.noise import AutoregressiveNoise

NAMED = 3
"""Maps that are named in a caption."""


def residuals(material: Material) -> tuple[Block, ...]:
    """Charts of residuals under a heading, and how smooth they are; nothing where nothing is known of them."""
    blocks: tuple[Block, ...] = (*RESIDUALS[material.level](material), *smoothness(material))
    return (Heading("Residuals", id="residuals"), *blocks) if blocks else ()


def _of_maps(material: Material) -> tuple[Figure, ...]:
    found = material.analysis.get("residuals")
    if not found:
        return ()
    pictures = []
    if found["limit"] is not None:
        shares = [None if share is None else 100 * share for share in found["outlying"]]
        pictures.append(by_map(shares, 100 * found["rare"], "Outlying voxels, %", "% of voxels"))
    design = material.analysis["design"]
    pictures.append(by_map(found["leverage"], design["rank"] / len(found["leverage"]), "Leverage", "leverage"))
    title = "All studentised residuals"
    pictures.append(counted(found["edges"], found["counts"], found["expected"], title, "standard deviations"))
    return (Figure(tuple(map(Markup, pictures)), _maps_caption(material, found), small=True),)


def _maps_caption(material: Material, found: Mapping[str, Any]) -> str:
    said = []
    if found["limit"] is not None:
        beyond = f"{found['limit']:.2f} standard deviations"
        usual = f"{100 * found['rare']:g} % under normal noise (dashed)"
        said.append(f"Outlying: residuals beyond {beyond}, {usual}. Most: {_most(material, found['outlying'])}.")
    said.append("Leverage: the weight of a map in its own fitted value; dashed, the mean.")
    normal = ", and in red what normal noise gives" if found["expected"] else ""
    said.append(f"Right: the residuals of all voxels and maps over their own standard deviations{normal}.")
    if found.get("every", 1) > 1:
        said.append(f"Counted at one voxel in {found['every']} of the mask, evenly spread.")
    return " ".join(said)


def _most(material: Material, shares: list[float | None]) -> str:
    """The maps with the largest shares, by name."""
    rows = material.analysis["rows"]
    ordered = sorted((-share, row) for row, share in enumerate(shares) if share is not None)[:NAMED]
    return listed(f"{_name(rows[row], row)} ({-100 * share:.1f} %)" for share, row in ordered)


def _name(row: Mapping[str, Any], number: int) -> str:
    return fit_words(row["names"]) or f"row {number}"


def _of_runs(material: Material) -> tuple[Figure, ...]:
    runs = [run for run in material.analysis["runs"] if run.get("residuals")]
    autoregressive = isinstance(material.document.design.noise, AutoregressiveNoise)  # type: ignore[attr-defined]
    return tuple(_of_run(run, autoregressive) for run in runs)


def _of_run(run: Run, autoregressive: bool) -> Figure:
    """A run over scans, and how its residuals are correlated from scan to scan."""
    found, name = run["residuals"], called(run)
    first = run["discarded"] + 1
    spread = np.array([np.nan if value is None else value for value in found["spread"]], dtype=np.float64)
    scans = list(range(first, first + len(spread)))
    extreme = [first + index for index in found["extreme"]]
    before = found["before"] if autoregressive else None
    pictures = (
        over_scans(scans, spread, extreme, run["censored"], f"{name}: spread of the residuals of each scan"),
        counted(found["edges"], found["after"], before, f"{name}: correlation with the next scan", "lag-1 correlation"),
    )
    what = "the residuals less what autocorrelation predicts" if autoregressive else "the residuals"
    said = [f"{name}. Left: root mean square over voxels of {what}, in standard deviations of each voxel."]
    if extreme:
        said.append(f"Red: {count(len(extreme), 'scan')} far out by Tukey's fence: {shortlist(map(str, extreme), 12)}.")
    if run["censored"]:
        said.append("Shaded: censored scans.")
    noise = ", after whitening (grey) and before (red)." if autoregressive else "; noise was taken to be white."
    said.append(f"Right: voxels by the correlation of neighbouring scans{noise}")
    return Figure(tuple(map(Markup, pictures)), " ".join(said), small=True)


def _of_image(material: Material) -> tuple[Figure, ...]:
    """Nothing was fitted."""
    return ()


RESIDUALS: dict[str, Callable[[Material], tuple[Figure, ...]]] = {
    "first": _of_runs,
    "second": _of_maps,
    "map": _of_image,
}
"""Level -> its charts."""
