"""How long steps take on one core, estimated from shapes: enough to choose between waiting and going home.

Constants were measured on one core of a server (2.1 to 2.7 GHz); other processors are up to twice as fast or slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from glmspec.plan.sizes import Shape

if TYPE_CHECKING:
    from glmspec.plan.steps import Plan, Step

BRAIN = 0.3
"""Share of a grid that a mask holds, as far as it is known before a run: a quarter to a third."""

NS = 1e-9
STEP = 0.004
"""Seconds of any step: reading and writing the store."""

START, CONTRAST, VOXEL = 1.2, 0.15, 25 * NS
"""Seconds of a run beside its steps: to start, for a contrast in the report, and for a voxel of a written map."""

READ, SMOOTH = 6, 5
"""Nanoseconds to unpack and check a voxel of the grid, and to smooth it."""

INSIDE: dict[str, float] = {
    # nanoseconds for a voxel of the mask
    "contrast_t@2": 500,
    "contrast_F@2": 400,
    "contrast_t_welch@2": 5000,
    "contrast_run_t@2": 500,
    "contrast_run_F@2": 900,
    "combined_t@2": 500,
    "combined_F@2": 1500,
    "fixed_effects_t@2": 1000,
    "fixed_effects_F@2": 5000,
    "given_statistic@2": 1000,
    "all_resolutions@1": 1000,
    "permutation@2": 2000,
}

ROWS: dict[str, float] = {"fit_ols@1": 15, "fit_streamed@1": 15, "fit_groups@1": 30, "fit_run@4": 30}
"""Nanoseconds for a voxel of the mask, for each row of the design."""

RELABELLED = {"voxel": 0.1, "cluster-size": 0.3, "cluster-mass": 0.3, "tfce": 18.0}
"""Nanoseconds for a voxel of the mask, of each relabelling; for TFCE of each tail."""

PRODUCT = 0.016
"""The same, for each row and column of the design that moves."""

GRID = {"map_values@1": 3}
"""Nanoseconds for a voxel of the grid, beside reading and smoothing it."""

OTHERS = 60
"""The same of any other step."""


def seconds(op: str, params: Mapping[str, Any], images: int, shape: Shape) -> float:
    """What a step takes on one core that reads so many images."""
    inside = BRAIN * shape.voxels
    reading = READ + (SMOOTH if params.get("fwhm") else 0)
    read = max(images, shape.rows) * shape.voxels * reading * NS if images else 0.0
    if op == "null_maxima@1":
        return STEP + int(params["used"]) * inside * _relabelled(params, shape) * NS
    if op in ROWS:
        return STEP + read + inside * shape.rows * ROWS[op] * NS
    each = inside * INSIDE[op] if op in INSIDE else shape.voxels * GRID.get(op, OTHERS)
    return STEP + read + each * NS


def _relabelled(params: Mapping[str, Any], shape: Shape) -> float:
    """Nanoseconds of a relabelling for a voxel of the mask."""
    tails = 2 if params["alternative"] == "two-sided" and params["kind"] == "t" else 1
    measured = sum(RELABELLED[name] * (tails if name == "tfce" else 1) for name in params["controls"])
    halved = 0.5 if params["exhaustive"] and params["scheme"] == "sign-flip" else 1.0
    return halved * shape.rows * PRODUCT + measured


IN_MASK = frozenset({*INSIDE, *ROWS, "null_maxima@1"})
"""Steps whose arrays hold the voxels of the mask alone."""

PROCESS = 200 * 10**6
"""Bytes of a run that has nothing to do: Python, its libraries, a report."""


def likely_memory(steps: Iterable[Step]) -> int:
    """Bytes that a run with one worker takes, about; the bounds of its steps count every voxel of the grid."""
    return PROCESS + int(max((step.memory * (BRAIN if step.op in IN_MASK else 1) for step in steps), default=0))


def duration(plan: Plan, steps: Sequence[Step]) -> float:
    """Seconds that a run takes on one core, about, to compute some of the plan's steps and to write what there is."""
    return START + sum(step.seconds for step in steps) + (sum(fit.beside for fit in plan.fits) if steps else 0.0)


def beside(maps: int, voxels: int, contrasts: int) -> float:
    """What a fit takes beside its steps: its maps are packed and written, its contrasts drawn."""
    return maps * voxels * VOXEL + contrasts * CONTRAST
