"""Results -> what the page holds for its viewer: a description, and a block of bytes for each map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.reporting.captions import about, untested_words
from glmspec.reporting.figures.display import AXES
from glmspec.reporting.figures.panels import RIM, SILHOUETTE
from glmspec.reporting.figures.sheet import GREY as LINES
from glmspec.reporting.figures.style import COOL, WARM
from glmspec.reporting.heights import CUSTOMARY
from glmspec.reporting.material import Finding, Material, contrast_id
from glmspec.reporting.model import Embedded
from glmspec.reporting.viewer.encode import GREY, MISSING, SHARES, Steps, bits, greys, packed, shares
from glmspec.reporting.viewer.voxels import Voxels
from glmspec.reporting.words import CONTROLS
from glmspec.spec.inference import AllResolutions, Permutation

DATA = "viewer-data"
LIMIT = 10_000_000
"""Bytes of a page beyond which the viewer has every second voxel only."""


@dataclass
class Blocks:
    """The maps, numbered as they come."""

    found: list[Embedded] = field(default_factory=list)

    def add(self, data: bytes) -> dict[str, Any]:
        """Where the script finds these bytes, and how many there must be."""
        self.found.append(Embedded(f"viewer-{len(self.found) + 1}", packed(data)))
        return {"id": self.found[-1].id, "bytes": len(data)}

    @property
    def size(self) -> int:
        """In base64."""
        return sum(len(block.content) for block in self.found) * 4 // 3


def embedded(material: Material, limit: int = LIMIT) -> tuple[Embedded, ...]:
    """The description first. Above ``limit`` bytes, with every second voxel along each axis."""
    results, grid = material.results, material.pictures.grid
    for every in (1, 2):
        blocks = Blocks()
        description = _described(material, Voxels.of(results.mask, results.grid.affine, grid, every), blocks)
        if blocks.size <= limit:
            break
    return (Embedded(DATA, description), *blocks.found)


def _described(material: Material, voxels: Voxels, blocks: Blocks) -> dict[str, Any]:
    pictures = material.pictures
    grid = pictures.grid
    return {
        "shape": list(grid.mask.shape),
        "sizes": list(grid.sizes),
        "origin": list(grid.origin),
        "resampled": grid.resampled,
        "box": list(voxels.mask.shape),
        "first": list(voxels.first),
        "every": voxels.every,
        "step": [[float(entry) for entry in row] for row in voxels.step],
        "voxels": int(voxels.mask.sum()),
        "mask": blocks.add(bits(voxels.mask)),
        "head": _head(material, blocks),
        "plain": [SILHOUETTE, RIM],
        "lines": LINES,
        "missing": MISSING,
        "warm": _hex(WARM),
        "cool": _hex(COOL),
        "cuts": [pictures.cuts[axis][0] for axis in AXES],
        "contrasts": [_contrast(material, name, voxels, blocks) for name in material.contrasts],
    }


def _head(material: Material, blocks: Blocks) -> dict[str, Any] | None:
    """The background, on the grid of the display; of oblique images, whose grid is fine, every second voxel."""
    background, grid = material.pictures.background, material.pictures.grid
    if background is None:
        return None
    every = 2 if grid.resampled else 1
    shown = greys(background.grey, background.head | grid.mask)[::every, ::every, ::every]
    return {**blocks.add(shown.tobytes()), "shape": list(shown.shape), "every": every, "grey": GREY}


def _contrast(material: Material, name: str, voxels: Voxels, blocks: Blocks) -> dict[str, Any]:
    findings = material.findings_of(name)
    contrast = material.contrasts[name]
    vmax = material.pictures.vmax[str(contrast["test"])]
    steps = Steps.through([finding.height.z for finding in findings] or [CUSTOMARY], vmax)
    untested = {"id": contrast_id(name), "height": CUSTOMARY, "about": untested_words(contrast)}
    return {
        "title": str(contrast["title"]),
        "signed": contrast["test"] == "t",
        "vmax": vmax,
        "knots": list(steps.knots),
        "counts": list(steps.counts),
        "z": blocks.add(steps.codes(voxels.values(material.pictures.maps[name])).tobytes()),
        "findings": [_finding(material, finding, voxels, blocks) for finding in findings] or [untested],
    }


def _finding(material: Material, finding: Finding, voxels: Voxels, blocks: Blocks) -> dict[str, Any]:
    shown = material.pictures.shown(finding.contrast, finding.inference, finding.height.z)
    peak = finding.peak
    return {
        "id": finding.id,
        "name": finding.inference,
        "height": finding.height.z,
        "source": finding.height.source,
        "about": about(finding),
        "passed": blocks.add(bits(voxels.values(shown.passed))),
        "peak": list(peak.place) if peak else None,
        **_corrected(material, finding, voxels, blocks),
        **_proportion(material, finding, voxels, blocks),
    }


def _corrected(material: Material, finding: Finding, voxels: Voxels, blocks: Blocks) -> dict[str, Any]:
    """Corrected p of a permutation inference, as its map of -log10 p has it."""
    if not isinstance(finding.entry, Permutation):
        return {}
    control = finding.entry.control[0]
    logp = _map(material, finding, "logp", control=control)
    if logp is None:
        return {}
    values = voxels.values(logp)
    # The map holds singles: the one of p = alpha may lie below alpha's own logarithm.
    height = float(np.nextafter(np.float32(-np.log10(finding.entry.alpha)), np.float32(0)))
    steps = Steps.through([height], max(float(values.max(initial=0.0)), 1.25 * height))
    block = blocks.add(steps.codes(values).tobytes())
    return {"p": {**block, "knots": list(steps.knots), "counts": list(steps.counts), "words": CONTROLS[control]}}


def _proportion(material: Material, finding: Finding, voxels: Voxels, blocks: Blocks) -> dict[str, Any]:
    """The proportion of true discoveries around each voxel."""
    found = _map(material, finding, "tdp") if isinstance(finding.entry, AllResolutions) else None
    if found is None:
        return {}
    return {"proportion": {**blocks.add(shares(voxels.values(found)).tobytes()), "steps": SHARES}}


def _map(material: Material, finding: Finding, stat: str, **keys: str) -> NDArray[Any] | None:
    return material.results.volume("statmap", contrast=finding.contrast, inference=finding.inference, stat=stat, **keys)


def _hex(colours: NDArray[np.uint8]) -> str:
    return colours.tobytes().hex()
