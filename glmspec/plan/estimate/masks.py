"""The steps of a mask: given or computed, then freed of voxels that are not finite where that is the policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glmspec.plan.builder import Builder, Inputs
from glmspec.plan.images import mask_images
from glmspec.plan.steps import Step
from glmspec.spec.masks import ThresholdedMask
from glmspec.spec.resolve import voxel_policy

Rows = list[list[int | None]]
"""Which volume of which of the images is which row; None for the only one."""


def mask_step(builder: Builder, images: Inputs, rows: Rows, own: Sequence[str | None] = ()) -> Step:
    """The mask of a fit over its ``images``.

    ``own`` are the masks of single images: each stands in the place of one that would be computed from its image, and
    narrows one that is given for all.
    """
    mask = builder.document.inputs.mask
    parts: list[Step] = []
    if isinstance(mask, ThresholdedMask):
        names = mask_images(mask.image, builder.data, ("inputs", "mask"))
        parts.append(_given(builder, names, mask.above, "mask"))
    elif not own or None in own:
        label = f"mask: {mask.compute}"
        wanted, numbers = _without(images, rows, own)
        parts.append(builder.step(f"mask_{mask.compute}@1", {"rows": numbers}, wanted, label, ("inputs", "mask")))
    if any(own):
        parts.append(_given(builder, list(dict.fromkeys(name for name in own if name)), None, "masks of runs"))
    step = parts[0]
    if len(parts) > 1:
        both: Inputs = {f"mask_{index:05d}": part for index, part in enumerate(parts)}
        step = builder.step("mask_overlap@1", {}, both, "mask: what all masks share", ("inputs", "mask"))
    if voxel_policy(builder.document) == "exclude":
        inputs: Inputs = {"mask": step, **images}
        label = "mask: voxels without NaN"
        step = builder.step("mask_finite@1", {"rows": rows}, inputs, label, ("missing", "voxel"))
    return step


def _without(images: Inputs, rows: Rows, own: Sequence[str | None]) -> tuple[Inputs, Rows]:
    """The images that have no mask of their own, and their rows counted among those."""
    if not any(own):
        return images, rows
    names = [name for name, mask in zip(sorted(images), own, strict=True) if mask is None]
    place = {sorted(images).index(name): index for index, name in enumerate(names)}
    wanted = [[place[image], volume] for image, volume in rows if image in place]
    return {f"image_{index:05d}": images[name] for index, name in enumerate(names)}, wanted


def _given(builder: Builder, names: list[str], above: float | None, label: str) -> Step:
    """Voxels that are in every image."""
    params: dict[str, Any] = {"above": above}
    return builder.step("mask_image@1", params, builder.numbered("image", names), label, ("inputs", "mask"))
