"""Operations on values: a map's voxels, the fit, the contrasts. All arithmetic over voxels runs block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.least_squares import Fit, PreparedDesign, fit, prepare
from glmspec.core.smoothing import smooth
from glmspec.core.tails import f_to_z, f_upper_tail, t_to_z, t_upper_tail
from glmspec.errors import InputError, Problem
from glmspec.execution.context import Context
from glmspec.execution.store import Artifact
from glmspec.images.volumes import read_header, read_volume
from glmspec.plan.steps import BLOCK

Params = Mapping[str, Any]
Floats = NDArray[np.float64]


def map_values(params: Params, context: Context) -> Artifact:
    """The voxels (V,) of one map in the mask, smoothed if asked for.

    Smoothing runs over the whole image before the mask is applied, with zero for what is not finite.
    """
    file = context.files["map"]
    volume = read_volume(file.path, params["volume"], name=file.name)
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    bad = ~np.isfinite(volume)
    inside = int((bad & mask).sum())
    if inside:
        message = f"`{file.name}` is NaN or infinite in {inside:,} voxels of the mask"
        hint = "write `missing: {voxel: exclude}` to leave such voxels out of the analysis, or give a smaller mask"
        raise InputError((Problem("E314", message, hint=hint),))
    if params["fwhm"]:
        if bad.any():
            volume = np.where(bad, volume.dtype.type(0), volume)
        volume = smooth(volume, params["fwhm"], read_header(file.path, name=file.name).grid.affine)
    return Artifact({"values": volume[mask]}, {})


def fit_ols(params: Params, context: Context) -> Artifact:
    """Least squares of every voxel: coefficients (P, V) and residual variance (V,)."""
    prepared = prepare(np.array(params["matrix"]))
    maps = [context.artifacts[name].arrays["values"] for name in context.numbered("map")]
    voxels = len(maps[0])
    coefficients = np.empty((prepared.columns, voxels))
    residual_variance = np.empty(voxels)

    def block(part: slice) -> Fit:
        return fit(prepared, np.stack([np.asarray(values[part], dtype=np.float64) for values in maps]))

    size = 8 * part_width(voxels) * (3 * len(maps) + 2 * prepared.columns)
    for part, result in context.blocks(block, voxels, size):
        coefficients[:, part], residual_variance[part] = result.coefficients, result.residual_variance
    constant = int((residual_variance == 0).sum())
    facts = {"voxels": voxels, "constant": constant}
    return Artifact({"coefficients": coefficients, "residual_variance": residual_variance}, facts)


def part_width(voxels: int) -> int:
    """Voxels of the widest block."""
    return min(voxels, BLOCK)


def contrast_t(params: Params, context: Context) -> Artifact:
    """Effect, its variance, t, z and upper-tail p of every voxel."""
    weights = np.array(params["weights"])[0]

    def maps(prepared: PreparedDesign, part: Fit) -> dict[str, Floats]:
        result = t_contrast(prepared, part, weights)
        z, p = t_to_z(result.t, prepared.dof), t_upper_tail(result.t, prepared.dof)
        return {"effect": result.effect, "variance": result.variance, "t": result.t, "z": z, "p": p}

    return _contrast(params, context, maps)


def contrast_f(params: Params, context: Context) -> Artifact:
    """F, z and upper-tail p of every voxel."""
    weights = np.array(params["weights"])

    def maps(prepared: PreparedDesign, part: Fit) -> dict[str, Floats]:
        result = f_contrast(prepared, part, weights)
        z = f_to_z(result.f, result.numerator_dof, prepared.dof)
        return {"F": result.f, "z": z, "p": f_upper_tail(result.f, result.numerator_dof, prepared.dof)}

    return _contrast(params, context, maps)


def _contrast(params: Params, context: Context, maps: Callable[[PreparedDesign, Fit], dict[str, Floats]]) -> Artifact:
    prepared = prepare(np.array(params["matrix"]))
    stored = context.artifacts["fit"].arrays
    coefficients, residual_variance = stored["coefficients"], stored["residual_variance"]
    voxels = len(residual_variance)

    def block(part: slice) -> dict[str, Floats]:
        return maps(prepared, Fit(np.array(coefficients[:, part]), np.array(residual_variance[part])))

    arrays: dict[str, Floats] = {}
    for part, result in context.blocks(block, voxels, 8 * part_width(voxels) * (prepared.columns + 12)):
        for name, values in result.items():
            arrays.setdefault(name, np.empty(voxels))[part] = values
    statistic = arrays["t"] if "t" in arrays else arrays["F"]
    return Artifact(arrays, {"undefined": int(np.isnan(statistic).sum())})
