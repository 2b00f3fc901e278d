"""What steps take: bytes in memory while they run, and bytes that they leave, estimated from shapes alone.

Voxels are counted over the whole grid, because the mask is not known before a run: a brain fills about a third of it,
so that both figures are upper bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

from glmspec.plan.steps import BLOCK
from glmspec.plan.streaming import KEPT

DOUBLE = 8
SAMPLE, NEXT = 2_400_000, 16
"""Bytes of residuals that a run's smoothness looks at, and doubles of a voxel: for more of them, and for neighbours."""


@dataclass(frozen=True)
class Shape:
    """What an analysis is made of."""

    voxels: int
    rows: int
    columns: int


DOUBLES: dict[str, tuple[int, int]] = {
    # arrays over voxels, in doubles: while the step runs, and in the store
    "mask_image@1": (4, 1),
    "mask_background@1": (4, 1),
    "mask_intersection@1": (4, 1),
    "mask_finite@1": (4, 1),
    "map_values@1": (6, 1),
    "mask_epi@1": (6, 1),
    "mask_overlap@1": (4, 1),
    "spread@1": (3, 1),
    "expect_voxels@1": (0, 0),
    "streamed_smoothness@1": (12, 0),
    "contrast_t@2": (6, 5),
    "contrast_F@2": (4, 3),
    "contrast_t_welch@2": (8, 6),
    "contrast_run_t@2": (6, 5),
    "contrast_run_F@2": (4, 3),
    "combined_t@2": (8, 5),
    "combined_F@2": (6, 3),
    "fixed_effects_t@2": (8, 5),
    "fixed_effects_F@2": (6, 3),
    "given_statistic@2": (5, 3),
    "region_sphere@1": (4, 1),
    "region_image@1": (4, 1),
    "region_labels@1": (5, 1),
    "threshold@1": (6, 1),
    "clusters@1": (5, 0),
    "all_resolutions@1": (10, 2),
    "joint_maxima@1": (1, 1),
    "permutation@2": (16, 13),
    "background@1": (4, 1),
    "peaks@1": (4, 0),
    "group_effects@1": (0, 0),
    "run_effects@1": (0, 0),
    "timecourses@1": (6, 0),
}


def needs(op: str, shape: Shape) -> tuple[int, int]:
    """Bytes of memory, and bytes in the store, of one step."""
    if op == "stack_values@1":
        left = DOUBLE * shape.voxels * shape.rows
        return 2 * left + DOUBLE * shape.voxels * 6, left
    if op == "fit_run@4":  # the scans in the precision of the file, what is left, and a block at work
        left = DOUBLE * shape.voxels * (shape.columns + 6)
        return DOUBLE * shape.voxels * (shape.rows + NEXT) + SAMPLE + left + DOUBLE * BLOCK * 11 * shape.rows, left
    if op == "smoothness@2":  # numbers of neighbours, and residuals of a block of pairs
        return DOUBLE * (shape.voxels * 12 + BLOCK * 6 * shape.rows), 0
    if op == "fit_streamed@1":  # what is left and its temporaries, a few voxels of every map, and maps on their way
        left = DOUBLE * shape.voxels * (shape.columns + 4)
        return 2 * left + DOUBLE * (KEPT + 4 * 6 * shape.voxels), left
    if op.startswith("fit_"):
        left = DOUBLE * shape.voxels * (shape.columns + 1)
        return left + DOUBLE * BLOCK * (3 * shape.rows + 2 * shape.columns), left
    if op == "group_residuals@1":
        return DOUBLE * BLOCK * 6 * shape.rows, 0
    if op == "null_maxima@1":  # data, residuals and a temporary of theirs; a chunk of maps and what they are made of
        return DOUBLE * shape.voxels * (3 * shape.rows + 64), DOUBLE * shape.voxels * 5
    running, left = DOUBLES[op]
    extra = shape.columns if op.startswith(("contrast_", "combined_", "fixed_effects_")) else 0
    return DOUBLE * shape.voxels * (running + extra), DOUBLE * shape.voxels * left
