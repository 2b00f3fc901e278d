"""Operations on the maps themselves: read, freed of what is not finite, smoothed, masked; each file in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.smoothing import Box
from glmspec.core.smoothing_kernels import smooth_compiled
from glmspec.errors import InputError, Problem
from glmspec.execution.context import Context, File
from glmspec.execution.store import Artifact
from glmspec.images.volumes import read_header, read_volume, read_volumes

Params = Mapping[str, Any]
Volume = NDArray[Any]


def each_map(params: Params, context: Context) -> Iterator[Volume]:
    """The maps of a step, one at a time, in the order of its rows ``[image, volume]``."""
    return (read().values for read in unread(params, context))


class Image(NamedTuple):
    """A volume (X, Y, Z), where it is, and what messages call it."""

    values: Volume
    affine: Volume
    name: str


def volume_of(context: Context, name: str) -> Image:
    """An input that is one volume: a file, or what an earlier step left."""
    if name in context.artifacts:
        artifact = context.artifacts[name]
        return Image(np.array(artifact.arrays["volume"]), affine_of(context, name), str(artifact.facts["name"]))
    file = context.files[name]
    header = read_header(file.path, name=file.name)
    return Image(read_volume(file.path, header=header, order="F"), header.grid.affine, file.name)


def affine_of(context: Context, name: str) -> Volume:
    """Where the voxels of an input are."""
    if name in context.artifacts:
        return np.array(context.artifacts[name].facts["affine"])
    file = context.files[name]
    return read_header(file.path, name=file.name).grid.affine


def spread(params: Params, context: Context) -> Artifact:
    """A contrast's map as a volume (X, Y, Z), NaN where the analysis that made it had no voxel."""
    facts = context.artifacts["mask"].facts
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    volume = np.full(mask.shape, np.nan)
    volume[mask] = context.artifacts["contrast"].arrays[params["stat"]]
    return Artifact({"volume": volume}, {"affine": facts["affine"], "name": params["name"]})


def picked(file: File, wanted: list[int]) -> Iterator[Volume]:
    """Some volumes of a stack, in ascending order: a compressed file is unpacked once, not once a volume."""
    remaining = iter(wanted)
    following = next(remaining, None)
    for index, volume in enumerate(read_volumes(file.path, name=file.name)):
        if index == following:
            yield volume
            following = next(remaining, None)


def map_values(params: Params, context: Context) -> Artifact:
    """The voxels (V,) of one map in the mask, smoothed if asked for."""
    image = volume_of(context, "map")
    values = masked(image, params["fwhm"], context)
    _check_variance(params, values, image.name)
    return Artifact({"values": values}, {})


def _check_variance(params: Params, values: Volume, name: str) -> None:
    """No variance is negative: an image where one is holds something else."""
    negative = int((values < 0).sum()) if params.get("variance") else 0
    if negative:
        counted = "1 voxel" if negative == 1 else f"{negative:,} voxels"
        message = f"`{name}` is negative in {counted} of the mask, and no variance is"
        raise InputError((Problem("E330", message, hint="name the images of the variances, not of the effects"),))


def stack_values(params: Params, context: Context) -> Artifact:
    """The voxels (N, V) of the volumes of a stack in the mask, smoothed if asked for."""
    file = context.files[context.numbered("image")[0]]
    window = Window.of(context)
    rows = np.stack([window.values(read(), params["fwhm"]) for read in unread(params, context)])
    _check_variance(params, rows, file.name)
    return Artifact({"values": rows}, {})


@dataclass(frozen=True, eq=False)
class Window:
    """A mask (X, Y, Z), and the smallest box that holds its voxels: no other has to be smoothed."""

    mask: Volume
    box: Box

    @classmethod
    def of(cls, context: Context) -> Window:
        """The mask of a step."""
        mask = np.asarray(context.artifacts["mask"].arrays["mask"])
        plane: Volume = np.any(mask, axis=0)
        planes: list[Volume] = [mask.reshape(len(mask), -1), plane, plane.T]
        sides = (np.flatnonzero(np.any(each, axis=1)) for each in planes)
        return cls(mask, tuple(slice(int(side[0]), int(side[-1]) + 1) for side in sides))

    def values(self, image: Image, fwhm: float) -> Volume:
        """The voxels (V,) of an image in the mask, smoothed as a whole, with zero for what is not finite.

        Raises
        ------
        InputError
            E314 where it is not finite in the mask.
        """
        volume = image.values
        bad = ~np.isfinite(volume)
        inside = int((bad & self.mask).sum()) if bad.any() else 0
        if inside:
            counted = "1 voxel" if inside == 1 else f"{inside:,} voxels"
            message = f"`{image.name}` is NaN or infinite in {counted} of the mask"
            hint = "write `missing: {voxel: exclude}` to leave such voxels out of the analysis, or give a smaller mask"
            raise InputError((Problem("E314", message, hint=hint),))
        if not fwhm:
            return np.asarray(volume[self.mask])
        if bad.any():
            volume = np.where(bad, volume.dtype.type(0), volume)
        return np.asarray(smooth_compiled(volume, fwhm, image.affine, self.box)[self.mask[self.box]])


def masked(image: Image, fwhm: float, context: Context) -> Volume:
    """The voxels of an image in the mask of a step: see :meth:`Window.values`."""
    return Window.of(context).values(image, fwhm)


def unread(params: Params, context: Context) -> Iterator[Callable[[], Image]]:
    """The maps of a step in the order of its rows, each to be read by whoever calls it; a stack is read on the way."""
    names = context.numbered("image")
    for index, rows in groupby(params["rows"], key=lambda row: row[0]):
        wanted = [volume for _, volume in rows]
        if wanted == [None]:
            yield partial(volume_of, context, names[index])
            continue
        file, affine = context.files[names[index]], affine_of(context, names[index])
        for volume in picked(file, wanted):
            yield partial(Image, volume, affine, file.name)


def stored_rows(context: Context, prefix: str = "map") -> list[Volume]:
    """The values (V,) of every row of a fit, mapped into memory: of single maps, or of a stack."""
    if f"{prefix}s" in context.artifacts:
        return list(context.artifacts[f"{prefix}s"].arrays["values"])
    return [context.artifacts[name].arrays["values"] for name in context.numbered(prefix)]
