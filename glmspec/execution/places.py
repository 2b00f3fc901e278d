"""Operations on places: masks, regions, the background picture."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.regions import sphere
from glmspec.errors import DesignError, InputError, Problem
from glmspec.execution.context import Context
from glmspec.execution.maps import affine_of, each_map, picked, volume_of
from glmspec.execution.store import Artifact
from glmspec.images.masks import background_mask, epi_mask, intersection_mask, mean_volume
from glmspec.images.volumes import read_header, read_volume
from glmspec.plan.expected import HOLDS, STOPPED
from glmspec.plan.left_out import in_digits
from glmspec.plan.tables import read_table
from glmspec.spec.quantities import BOUNDS

Params = Mapping[str, Any]
Bools = NDArray[np.bool_]


def _mask(mask: Bools, context: Context, image: str = "image_00000") -> Artifact:
    if not mask.any():
        raise _empty()
    affine = affine_of(context, image)
    return Artifact({"mask": mask}, {"voxels": int(mask.sum()), "affine": affine.tolist(), "shape": list(mask.shape)})


def _empty() -> InputError:
    hint = "no voxel is left to analyse: check the mask, its threshold, and the coverage of the maps"
    return InputError((Problem("E316", "the mask is empty", hint=hint),))


def mask_image(params: Params, context: Context) -> Artifact:
    """Voxels that are non-zero, or at or above a value, in every image."""
    mask: Bools | None = None
    for name in context.numbered("image"):
        values = volume_of(context, name).values
        inside = (np.isfinite(values) & (values != 0)) if params["above"] is None else values >= params["above"]
        mask = inside if mask is None else mask & inside
    assert mask is not None
    return _mask(mask, context)


def mask_background(params: Params, context: Context) -> Artifact:
    """nilearn's background strategy on the mean map."""
    return _mask(background_mask(mean_volume(each_map(params, context))), context)


def mask_epi(params: Params, context: Context) -> Artifact:
    """The voxels that are brain by the histogram of the mean scan, in every run."""
    names = context.numbered("image")
    mask: Bools | None = None
    for index, rows in groupby(params["rows"], key=lambda row: row[0]):
        inside = epi_mask(mean_volume(picked(context.files[names[index]], [volume for _, volume in rows])))
        mask = inside if mask is None else mask & inside
    assert mask is not None
    return _mask(mask, context)


def mask_overlap(params: Params, context: Context) -> Artifact:
    """The voxels that are in every one of several masks."""
    masks = [context.artifacts[name] for name in context.numbered("mask")]
    shared = np.all([artifact.arrays["mask"] for artifact in masks], axis=0)
    if not shared.any():
        raise _empty()
    facts = {**masks[0].facts, "voxels": int(shared.sum())}
    return Artifact({"mask": shared}, facts)


def mask_intersection(params: Params, context: Context) -> Artifact:
    """Voxels that are finite and not zero in every map."""
    return _mask(intersection_mask(each_map(params, context)), context)


def mask_finite(params: Params, context: Context) -> Artifact:
    """A mask without the voxels that are not finite in some map."""
    given = np.asarray(context.artifacts["mask"].arrays["mask"])
    mask = given.copy()
    for volume in each_map(params, context):
        mask &= np.isfinite(volume)
    artifact = _mask(mask, context)
    return Artifact(artifact.arrays, {**artifact.facts, "excluded": int(given.sum() - mask.sum())})


def _region(inside: Bools, context: Context) -> Artifact:
    """A region as voxels of the mask (V,)."""
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    values = inside[mask]
    if not values.any():
        hint = "nothing would be tested in it: check its coordinates, or its image"
        raise InputError((Problem("E316", "the region has no voxel in the mask", hint=hint),))
    return Artifact({"inside": values}, {"voxels": int(values.sum()), "outside_mask": int((inside & ~mask).sum())})


def region_sphere(params: Params, context: Context) -> Artifact:
    """Voxels whose centres lie within a radius."""
    facts = context.artifacts["mask"].facts
    shape = (facts["shape"][0], facts["shape"][1], facts["shape"][2])
    return _region(sphere(shape, np.array(facts["affine"]), params["center"], params["radius"]), context)


def region_image(params: Params, context: Context) -> Artifact:
    """Voxels of an image that are non-zero, or at or above a value."""
    file = context.files["image"]
    values = read_volume(file.path, name=file.name)
    inside = (np.isfinite(values) & (values != 0)) if params["above"] is None else values >= params["above"]
    return _region(inside, context)


def region_labels(params: Params, context: Context) -> Artifact:
    """The label of every voxel of the mask, and the names of the labels."""
    del params
    file, table_file = context.files["image"], context.files["labels"]
    values = read_volume(file.path, name=file.name)
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    labels = np.rint(np.nan_to_num(values[mask])).astype(np.int32)
    table = read_table(table_file.path, table_file.name, ("regions",))
    indices, names = table.columns["index"], table.columns["name"]
    named = {str(int(float(str(index)))): name for index, name in zip(indices, names, strict=True) if index and name}
    return Artifact({"labels": labels, "inside": labels > 0}, {"names": named, "voxels": int((labels > 0).sum())})


def background(params: Params, context: Context) -> Artifact:
    """An anatomical picture, as it is."""
    del params
    file = context.files["image"]
    grid = read_header(file.path, name=file.name).grid
    values = np.nan_to_num(read_volume(file.path, 0, name=file.name)).astype(np.float32)
    return Artifact({"picture": values}, {"affine": grid.affine.tolist()})


def expect_voxels(params: Params, context: Context) -> Artifact:
    """How many voxels the mask has, where the document expects a number.

    Raises
    ------
    DesignError
        E407 where it is another one, and the document says to stop.
    """
    voxels = int(context.artifacts["mask"].facts["voxels"])
    bound, limit = params["bound"], params["limit"]
    met = HOLDS[bound](voxels, limit)
    if not met and params["otherwise"] == "stop":
        message = f"expected n_voxels {BOUNDS[bound]} {in_digits(limit)}, found {voxels}"
        raise DesignError((Problem("E407", message, hint=STOPPED),))
    return Artifact({}, {"voxels": voxels})
