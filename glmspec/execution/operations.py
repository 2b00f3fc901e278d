"""`fit_ols@1` -> function: the only join of steps and maths.

Each operation takes its settings and its finished inputs and returns arrays and facts. Arrays over voxels are (V,)
or (P, V) over the voxels of the mask, in C order of the volume. A number after the `@` is raised when an operation's
results change, so that stored ones are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

from glmspec.execution.cluster_tables import cluster_table
from glmspec.execution.context import Context
from glmspec.execution.discoveries import all_resolutions
from glmspec.execution.fitting import (
    contrast_f,
    contrast_t,
    contrast_t_welch,
    fit_of_groups,
    fit_ols,
    fixed_effects_f,
    fixed_effects_t,
    given_statistic,
)
from glmspec.execution.group_peaks import group_effects
from glmspec.execution.maps import map_values, spread, stack_values
from glmspec.execution.peaks import peaks
from glmspec.execution.places import (
    background,
    expect_voxels,
    mask_background,
    mask_epi,
    mask_finite,
    mask_image,
    mask_intersection,
    mask_overlap,
    region_image,
    region_labels,
    region_sphere,
)
from glmspec.execution.residuals import group_residuals
from glmspec.execution.smoothness import residual_smoothness, streamed_smoothness
from glmspec.execution.store import Artifact
from glmspec.execution.thresholding import threshold

Operation = Callable[[Mapping[str, Any], Context], Artifact]


def _when_needed(module: str, name: str) -> Operation:
    """An operation whose module is imported by the first step that needs it."""

    def operation(params: Mapping[str, Any], context: Context) -> Artifact:
        found: Operation = getattr(import_module(module), name)
        return found(params, context)

    return operation


KERNELS: dict[str, tuple[str, str]] = {
    "fit_streamed@1": ("glmspec.execution.streaming", "fit_streamed"),
    "fit_run@4": ("glmspec.execution.runs", "fit_run"),
    "contrast_run_t@2": ("glmspec.execution.runs", "contrast_run_t"),
    "contrast_run_F@2": ("glmspec.execution.runs", "contrast_run_f"),
    "combined_t@2": ("glmspec.execution.runs", "combined_t"),
    "combined_F@2": ("glmspec.execution.runs", "combined_f"),
    "null_maxima@1": ("glmspec.execution.permutations", "null_maxima"),
    "joint_maxima@1": ("glmspec.execution.permutations", "joint_maxima"),
    "permutation@2": ("glmspec.execution.permutations", "permutation"),
    "run_effects@1": ("glmspec.execution.run_peaks", "run_effects"),
    "timecourses@1": ("glmspec.execution.run_peaks", "timecourses"),
}
"""Operations of modules with compiled kernels, which take half a second to import: name -> module and function."""

OPERATIONS: dict[str, Operation] = {
    "mask_image@1": mask_image,
    "mask_background@1": mask_background,
    "mask_intersection@1": mask_intersection,
    "mask_epi@1": mask_epi,
    "mask_overlap@1": mask_overlap,
    "mask_finite@1": mask_finite,
    "map_values@1": map_values,
    "stack_values@1": stack_values,
    "fit_ols@1": fit_ols,
    "contrast_t@2": contrast_t,
    "contrast_F@2": contrast_f,
    "fit_groups@1": fit_of_groups,
    "contrast_t_welch@2": contrast_t_welch,
    "fixed_effects_t@2": fixed_effects_t,
    "fixed_effects_F@2": fixed_effects_f,
    "smoothness@2": residual_smoothness,
    "streamed_smoothness@1": streamed_smoothness,
    "given_statistic@2": given_statistic,
    "spread@1": spread,
    "expect_voxels@1": expect_voxels,
    "region_sphere@1": region_sphere,
    "region_image@1": region_image,
    "region_labels@1": region_labels,
    "threshold@1": threshold,
    "clusters@1": cluster_table,
    "all_resolutions@1": all_resolutions,
    "background@1": background,
    "peaks@1": peaks,
    "group_residuals@1": group_residuals,
    "group_effects@1": group_effects,
    **{name: _when_needed(*place) for name, place in KERNELS.items()},
}


class Parts(Protocol):
    """A step of many parts that need nothing of each other."""

    @property
    def starts(self) -> Sequence[int]:
        """What each part is called."""

    def part(self, start: int) -> Any:
        """One part."""

    def join(self, parts: Iterable[Any]) -> Artifact:
        """What all of them are together, given in order."""


def _null_parts(params: Mapping[str, Any], context: Context) -> Parts:
    found: Parts = import_module("glmspec.execution.permutations").null_parts(params, context)
    return found


PARTED: dict[str, Callable[[Mapping[str, Any], Context], Parts]] = {"null_maxima@1": _null_parts}
"""Operations of many parts that are worth all workers: they run by themselves, not beside other steps."""
