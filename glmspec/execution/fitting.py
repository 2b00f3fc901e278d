"""Operations on values: the fit and the contrasts. All arithmetic over voxels runs block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.least_squares import Fit, PreparedDesign, fit, prepare
from glmspec.core.tails import f_to_z, f_upper_tail, t_to_z, t_upper_tail
from glmspec.execution.context import Context
from glmspec.execution.maps import stored_rows
from glmspec.execution.store import Artifact
from glmspec.plan.steps import BLOCK

Params = Mapping[str, Any]
Floats = NDArray[np.float64]


def fit_ols(params: Params, context: Context) -> Artifact:
    """Least squares of every voxel: coefficients (P, V) and residual variance (V,)."""
    prepared = prepare(np.array(params["matrix"]))
    maps = stored_rows(context)
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
