"""The steps of a mask: given or computed, then freed of voxels that are not finite where that is the policy."""

from __future__ import annotations

from typing import Any

from glmspec.plan.builder import Builder, Inputs
from glmspec.plan.images import mask_images
from glmspec.plan.steps import Step
from glmspec.spec.masks import ThresholdedMask
from glmspec.spec.resolve import voxel_policy

Rows = list[list[int | None]]
"""Which volume of which of the images is which row; None for the only one."""


def mask_step(builder: Builder, images: Inputs, rows: Rows, *also: str) -> Step:
    """The mask of a fit over its ``images``; voxels have to be in the masks ``also`` as well."""
    mask = builder.document.inputs.mask
    if isinstance(mask, ThresholdedMask):
        names = mask_images(mask.image, builder.data, ("inputs", "mask"))
        step = given_mask(builder, [*names, *also], mask.above)
    elif also and "mask" not in builder.document.inputs.model_fields_set:
        step = given_mask(builder, list(also), None)
    else:
        label = f"mask: {mask.compute}"
        step = builder.step(f"mask_{mask.compute}@1", {"rows": rows}, images, label, ("inputs", "mask"))
    if voxel_policy(builder.document) == "exclude":
        inputs: Inputs = {"mask": step, **images}
        label = "mask: voxels without NaN"
        step = builder.step("mask_finite@1", {"rows": rows}, inputs, label, ("missing", "voxel"))
    return step


def given_mask(builder: Builder, names: list[str], above: float | None) -> Step:
    """Voxels that are in every image."""
    params: dict[str, Any] = {"above": above}
    return builder.step("mask_image@1", params, builder.numbered("image", names), "mask", ("inputs", "mask"))
