"""Which voxels how many fits have: a picture over all of them, where their images share a grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from glmspec.execution.results import Results
from glmspec.images.geometry import same_grid
from glmspec.reporting.figures import brain
from glmspec.reporting.figures.display import DisplayGrid
from glmspec.reporting.model import Block, Figure, Paragraph, Section, plain
from glmspec.reporting.words import count

APART = "The images of the fits lie on different grids, so that their coverage cannot be shown in one picture."


def coverage(fits: Sequence[Results], noun: str) -> Section:
    """The section."""
    return Section("coverage", "Coverage", _blocks(fits, noun))


def _blocks(fits: Sequence[Results], noun: str) -> tuple[Block, ...]:
    first = fits[0].grid
    if not all(same_grid(first, fit.grid) for fit in fits):
        return (plain(APART),)
    having = np.zeros(first.shape, dtype=np.int32)
    for fit in fits:
        having += fit.mask
    number = len(fits)
    anywhere, everywhere = having > 0, having == number
    lead = _sentence(int(anywhere.sum()), int(everywhere.sum()), number, noun)
    grid = DisplayGrid.from_mask(anywhere, first.affine)
    lacking = np.where(anywhere, number - having, np.nan)
    style = brain.MapStyle(1.0, float(max(number, 2)), signed=False)
    drawn = brain.mosaic(grid, lacking, np.zeros_like(anywhere), None, style, "Coverage: axial slices")
    bar = brain.colour_bar(style, f"{noun}s without the voxel")
    caption = f"Grey: every {noun} has the voxel. Coloured: some have it not. From below to above."
    return lead, Figure((Markup(bar), Markup(drawn)), caption)


def _sentence(anywhere: int, everywhere: int, number: int, noun: str) -> Paragraph:
    all_of_them = count(number, noun)
    if anywhere == everywhere:
        return plain(f"All {all_of_them} have the same {count(anywhere, 'voxel')}.")
    return plain(f"Of {count(anywhere, 'voxel')} that some {noun} has, {everywhere:,} are there in all {all_of_them}.")
