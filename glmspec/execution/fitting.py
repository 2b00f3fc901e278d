"""Operations on the values of a second level: fits and contrasts. All arithmetic over voxels runs block by block."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.contrasts import FContrast, TContrast, f_contrast, t_contrast
from glmspec.core.fixed_effects import Effects, f_statistic, independent_rows
from glmspec.core.fixed_effects_design import EFFECTS, t_statistic
from glmspec.core.least_squares import Fit, PreparedDesign, fit, prepare
from glmspec.core.tails import f_to_z, f_upper_tail, t_to_z, t_upper_tail
from glmspec.core.welch import GroupFit, fit_groups, t_contrast_welch, variance_groups
from glmspec.errors import InputError, Problem
from glmspec.execution.context import Context
from glmspec.execution.maps import masked, stored_rows, volume_of
from glmspec.execution.store import Artifact
from glmspec.execution.thresholding import degrees_of_freedom
from glmspec.plan.steps import BLOCK

Params = Mapping[str, Any]
Floats = NDArray[np.float64]
BlockArrays = Mapping[str, Floats]


def over_blocks(
    block: Callable[[slice], BlockArrays],
    voxels: int,
    context: Context,
    doubles: int,
    totals: Collection[str] = (),
) -> dict[str, Floats]:
    """Arrays (..., V) from those of every block, which takes so many ``doubles`` a voxel; ``totals`` are added up.

    Blocks come in order, so that sums too do not depend on who computed which.
    """
    arrays: dict[str, Floats] = {}
    for part, result in context.blocks(block, voxels, 8 * min(voxels, BLOCK) * doubles):
        for name, values in result.items():
            if name in totals:
                arrays[name] = arrays[name] + values if name in arrays else values
                continue
            arrays.setdefault(name, np.empty((*values.shape[:-1], voxels)))[..., part] = values
    return arrays


def t_maps(result: TContrast, dof: float | Floats) -> dict[str, Floats]:
    """What is stored of a t contrast: effect, its variance, t, z and upper-tail p (V,)."""
    z, p = t_to_z(result.t, dof), t_upper_tail(result.t, dof)
    return {"effect": result.effect, "variance": result.variance, "t": result.t, "z": z, "p": p}


def f_maps(result: FContrast, dof: float) -> dict[str, Floats]:
    """What is stored of an F contrast: F, z and upper-tail p (V,)."""
    z = f_to_z(result.f, result.numerator_dof, dof)
    return {"F": result.f, "z": z, "p": f_upper_tail(result.f, result.numerator_dof, dof)}


def with_counts(arrays: dict[str, Floats]) -> Artifact:
    """A contrast's maps, and in how many voxels there is no statistic."""
    statistic = arrays["t"] if "t" in arrays else arrays["F"]
    return Artifact(arrays, {"undefined": int(np.isnan(statistic).sum())})


def fit_ols(params: Params, context: Context) -> Artifact:
    """Least squares of every voxel: coefficients (P, V) and residual variance (V,)."""
    prepared = prepare(np.array(params["matrix"]))
    maps = stored_rows(context)

    def block(part: slice) -> BlockArrays:
        return fit(prepared, rows_of(maps, part))._asdict()

    arrays = over_blocks(block, len(maps[0]), context, 3 * len(maps) + 2 * prepared.columns)
    return Artifact(arrays, {"voxels": len(maps[0]), "constant": int((arrays["residual_variance"] == 0).sum())})


def rows_of(maps: list[Any], part: slice) -> Floats:
    """Some voxels of every row, as doubles."""
    return np.stack([np.asarray(values[part], dtype=np.float64) for values in maps])


def contrast_t(params: Params, context: Context) -> Artifact:
    """Effect, its variance, t, z and upper-tail p of every voxel."""
    weights = np.array(params["weights"])[0]
    return _contrast(params, context, lambda prepared, part: t_maps(t_contrast(prepared, part, weights), prepared.dof))


def contrast_f(params: Params, context: Context) -> Artifact:
    """F, z and upper-tail p of every voxel."""
    weights = np.array(params["weights"])
    return _contrast(params, context, lambda prepared, part: f_maps(f_contrast(prepared, part, weights), prepared.dof))


def _contrast(params: Params, context: Context, maps: Callable[[PreparedDesign, Fit], BlockArrays]) -> Artifact:
    prepared = prepare(np.array(params["matrix"]))
    stored = context.artifacts["fit"].arrays
    coefficients, residual_variance = stored["coefficients"], stored["residual_variance"]

    def block(part: slice) -> BlockArrays:
        return maps(prepared, Fit(np.array(coefficients[:, part]), np.array(residual_variance[part])))

    return with_counts(over_blocks(block, len(residual_variance), context, prepared.columns + 12))


def fit_of_groups(params: Params, context: Context) -> Artifact:
    """Least squares with a residual variance (G, V) for each group of rows."""
    prepared = prepare(np.array(params["matrix"]))
    groups = variance_groups(prepared, params["groups"])
    maps = stored_rows(context)

    def block(part: slice) -> BlockArrays:
        return fit_groups(prepared, rows_of(maps, part), groups)._asdict()

    arrays = over_blocks(block, len(maps[0]), context, 3 * len(maps) + 2 * prepared.columns)
    constant = int((arrays["residual_variances"] == 0).any(axis=0).sum())
    return Artifact(arrays, {"voxels": len(maps[0]), "constant": constant})


def contrast_t_welch(params: Params, context: Context) -> Artifact:
    """Effect, its variance, t, z, p and Satterthwaite's degrees of freedom of every voxel."""
    prepared = prepare(np.array(params["matrix"]))
    groups = variance_groups(prepared, params["groups"])
    weights = np.array(params["weights"])[0]
    stored = context.artifacts["fit"].arrays

    def block(part: slice) -> BlockArrays:
        found = GroupFit(*(np.array(stored[name][:, part]) for name in GroupFit._fields))
        result = t_contrast_welch(prepared, groups, found, weights)
        tested = TContrast(result.effect, result.variance, result.t)
        return {**t_maps(tested, result.dof), "dof": result.dof}

    return with_counts(over_blocks(block, stored["coefficients"].shape[1], context, prepared.columns + 16))


def fixed_effects_t(params: Params, context: Context) -> Artifact:
    """Effect, its variance, t, z and p from maps with known variances."""
    (dof,) = degrees_of_freedom(params, {})
    return _fixed_effects(params, context, np.array(params["weights"]), lambda found: t_maps(t_statistic(found), dof))


def fixed_effects_f(params: Params, context: Context) -> Artifact:
    """F, z and p from maps with known variances."""
    dof = degrees_of_freedom(params, {})[1]
    weights = np.array(params["weights"])
    rows = weights[list(independent_rows(weights))]
    return _fixed_effects(params, context, rows, lambda found: f_maps(f_statistic(found), dof))


def _fixed_effects(
    params: Params, context: Context, weights: Floats, maps: Callable[[Effects], BlockArrays]
) -> Artifact:
    prepared = prepare(np.array(params["matrix"]))
    combine = EFFECTS[params["weighting"]]
    values, variances = stored_rows(context), stored_rows(context, "variance")

    def block(part: slice) -> BlockArrays:
        return maps(combine(prepared, rows_of(values, part), rows_of(variances, part), weights))

    doubles = 6 * len(values) + prepared.rank * (len(values) + prepared.rank)
    return with_counts(over_blocks(block, len(values[0]), context, doubles))


def given_statistic(params: Params, context: Context) -> Artifact:
    """A statistic that was made elsewhere: its voxels in the mask, with z and upper-tail p."""
    values = masked(volume_of(context, "image"), 0.0, context).astype(np.float64)
    dof = degrees_of_freedom(params, {})
    if params["kind"] == "F" and (values < 0).any():
        message = f"`{context.files['image'].name}` is negative in {int((values < 0).sum()):,} voxels, and no F is"
        raise InputError((Problem("E330", message, hint="check the `scale`"),))
    if params["kind"] == "F":
        return with_counts({"F": values, "z": f_to_z(values, *dof), "p": f_upper_tail(values, *dof)})
    return with_counts({"t": values, "z": t_to_z(values, *dof), "p": t_upper_tail(values, *dof)})
