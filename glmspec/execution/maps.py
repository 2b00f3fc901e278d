"""Operations on the maps themselves: read, freed of what is not finite, smoothed, masked; each file in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.smoothing import smooth
from glmspec.errors import InputError, Problem
from glmspec.execution.context import Context, File
from glmspec.execution.store import Artifact
from glmspec.images.volumes import read_header, read_volume, read_volumes

Params = Mapping[str, Any]
Volume = NDArray[Any]


def each_map(params: Params, context: Context) -> Iterator[Volume]:
    """The maps of a step, one at a time, in the order of its rows ``[file, volume]``."""
    names = context.numbered("image")
    for index, rows in groupby(params["rows"], key=lambda row: row[0]):
        file = context.files[names[index]]
        wanted = [volume for _, volume in rows]
        if wanted == [None]:
            yield read_volume(file.path, name=file.name)
        else:
            yield from _picked(file, wanted)


def _picked(file: File, wanted: list[int]) -> Iterator[Volume]:
    """Some volumes of a stack, in ascending order: a compressed file is unpacked once, not once a volume."""
    remaining = iter(wanted)
    following = next(remaining, None)
    for index, volume in enumerate(read_volumes(file.path, name=file.name)):
        if index == following:
            yield volume
            following = next(remaining, None)


def map_values(params: Params, context: Context) -> Artifact:
    """The voxels (V,) of one map in the mask, smoothed if asked for."""
    file = context.files["map"]
    volume = read_volume(file.path, name=file.name)
    return Artifact({"values": _masked(volume, params["fwhm"], file, context)}, {})


def stack_values(params: Params, context: Context) -> Artifact:
    """The voxels (N, V) of the volumes of a stack in the mask, smoothed if asked for."""
    file = context.files[context.numbered("image")[0]]
    rows = [_masked(volume, params["fwhm"], file, context) for volume in each_map(params, context)]
    return Artifact({"values": np.stack(rows)}, {})


def _masked(volume: Volume, fwhm: float, file: File, context: Context) -> Volume:
    """Smoothing runs over the whole image before the mask is applied, with zero for what is not finite."""
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    bad = ~np.isfinite(volume)
    inside = int((bad & mask).sum())
    if inside:
        counted = "1 voxel" if inside == 1 else f"{inside:,} voxels"
        message = f"`{file.name}` is NaN or infinite in {counted} of the mask"
        hint = "write `missing: {voxel: exclude}` to leave such voxels out of the analysis, or give a smaller mask"
        raise InputError((Problem("E314", message, hint=hint),))
    if fwhm:
        if bad.any():
            volume = np.where(bad, volume.dtype.type(0), volume)
        volume = smooth(volume, fwhm, read_header(file.path, name=file.name).grid.affine)
    return np.asarray(volume[mask])


def stored_rows(context: Context) -> list[Volume]:
    """The values (V,) of every row of a fit, mapped into memory: of single maps, or of a stack."""
    if "stack" in context.artifacts:
        return list(context.artifacts["stack"].arrays["values"])
    return [context.artifacts[name].arrays["values"] for name in context.numbered("map")]
