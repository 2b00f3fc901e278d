"""Operations of a first level: the fit of a run, its contrasts, and fixed effects over runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.fixed_effects import WEIGHTS, WEIGHTS_F, f_statistic, independent_rows
from glmspec.core.least_squares import prepare
from glmspec.core.scaling import SMALLEST_MEAN, grand_mean, percent_signal, scale_to_grand_mean, voxel_means
from glmspec.errors import InputError, Problem
from glmspec.execution.context import Context
from glmspec.execution.fitting import BlockArrays, f_maps, over_blocks, t_maps, with_counts
from glmspec.execution.maps import Image, Window, affine_of, picked
from glmspec.execution.noise import NOISES
from glmspec.execution.run_residuals import RUN_TOTALS, run_facts, run_residuals
from glmspec.execution.smoothness import RunSample
from glmspec.execution.store import Artifact
from glmspec.execution.thresholding import degrees_of_freedom

Params = Mapping[str, Any]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Scaling(NamedTuple):
    """How any block (N, V) of a run's data is scaled, and which voxels (V,) of the mask have a mean too low for it."""

    scale: Callable[[Floats], Floats]
    too_low: Bools


MOST_TOO_LOW = 0.5
"""Share of the mask above which voxels without a mean are not its edge: the data were centred before."""


def fit_run(params: Params, context: Context) -> Artifact:
    """A run's fit, voxel by voxel of the mask.

    Leaves coefficients (P, V) and residual variance (V,), with AR noise also its coefficients (p, V), R2 and mean (V,).
    """
    scans = _scans(params, context)
    means = voxel_means(scans)
    scale, too_low = SCALINGS[params["scaling"]["model"]](params["scaling"], means)
    matrix = np.array(params["matrix"])
    prepared = prepare(matrix)
    noise = NOISES[params["noise"]["model"]]
    sample = RunSample(len(scans), params["noise"].get("order", 0), len(means))

    def block(part: slice) -> BlockArrays:
        data = scale(np.asarray(scans[:, part], dtype=np.float64))
        found = noise.fit(prepared, data, params["noise"])
        lags = {_lag(index): row for index, row in enumerate(found.get("ar", ()))}
        variance = found["residual_variance"]
        residuals = matrix @ found["coefficients"]
        np.subtract(data, residuals, out=residuals)
        ar = found.get("ar", np.zeros((0, len(variance))))
        told = run_residuals(data, residuals, ar, variance)
        sample.take(part, residuals, ar, variance)
        return {**found, **lags, "residualVariance": variance, **told}

    arrays = over_blocks(block, len(means), context, 9 * len(scans) + 4 * prepared.columns, RUN_TOTALS)
    totals = {name: arrays.pop(name) for name in RUN_TOTALS}
    constant = int((arrays["residual_variance"] == 0).sum())
    counts = {"voxels": len(means), "constant": constant, "too_low": int(too_low.sum())}
    _check_varying(counts, arrays["residual_variance"], context.files["image"].name)
    residuals = run_facts(totals, len(arrays.get("ar", ())))
    facts = {**counts, "residuals": residuals, "smoothness": sample.facts(context, prepared.dof)}
    return Artifact({**arrays, "mean": means}, facts)


def _check_varying(facts: Mapping[str, int], residual_variance: Floats, image: str) -> None:
    """Refuse a run in which no voxel has a statistic: an empty map would look like one without an effect.

    Raises
    ------
    InputError
        E329.
    """
    if (residual_variance > 0).any():
        return
    voxels, constant = facts["voxels"], facts["constant"]
    message = f"every voxel of `{image}` is constant over its scans, or fitted without a residual"
    if constant < voxels:
        others = f"the others have a mean below {SMALLEST_MEAN:g} or are NaN"
        message = f"no voxel of `{image}` varies: {constant:,} of {voxels:,} are constant over its scans, and {others}"
    hint = "are these the images that are meant, and does the mask lie on them?"
    raise InputError((Problem("E329", message, hint=hint),))


def _scans(params: Params, context: Context) -> NDArray[Any]:
    """The scans (N, V) that are analysed, in the mask, smoothed if asked for; in the precision of the file."""
    file = context.files["image"]
    affine = affine_of(context, "image")
    count = len(params["matrix"])
    wanted = list(range(params["discard"], params["discard"] + count))
    window = Window.of(context)
    scans: NDArray[Any] | None = None
    for index, volume in enumerate(picked(file, wanted)):
        values = window.values(Image(volume, affine, file.name), params["fwhm"])
        if scans is None:
            scans = np.empty((count, len(values)), dtype=values.dtype)
        scans[index] = values
    assert scans is not None
    return scans


def _lag(index: int) -> str:
    return "autocorrelation" if index == 0 else f"autocorrelation{index + 1}"


def _percent(settings: Params, means: Floats) -> Scaling:
    too_low = np.asarray(means < SMALLEST_MEAN)
    low = int(too_low.sum())
    if low > MOST_TOO_LOW * len(means):
        message = f"{low:,} of {len(means):,} voxels have a mean below {SMALLEST_MEAN:g}, and no percent signal"
        hint = "data that were centred or scaled before have none: write `scaling: none`"
        raise InputError((Problem("E326", message, ("design", "scaling"), hint=hint),))
    return Scaling(lambda data: percent_signal(data).data, too_low)


def _grand_mean(settings: Params, means: Floats) -> Scaling:
    try:
        mean = grand_mean(means)
    except ValueError as error:
        hint = "write `scaling: none`"
        raise InputError((Problem("E326", str(error), ("design", "scaling"), hint=hint),)) from None
    return Scaling(lambda data: scale_to_grand_mean(data, mean, target=settings["target"]), _all_serve(means))


def _as_they_are(settings: Params, means: Floats) -> Scaling:
    return Scaling(lambda data: data, _all_serve(means))


def _all_serve(means: Floats) -> Bools:
    """No mean is too low where no voxel is divided by its own."""
    return np.zeros(len(means), dtype=bool)


SCALINGS: Mapping[str, Callable[[Params, Floats], Scaling]] = {
    "percent-signal": _percent,
    "grand-mean": _grand_mean,
    "none": _as_they_are,
}
"""Name in the document -> from settings and the voxels' means (V,) to the scaling of the run."""


def contrast_run_t(params: Params, context: Context) -> Artifact:
    """Effect, variance, t, z and p of a run."""
    return _contrast_run(params, context, lambda noise: noise.t, t_maps, np.array(params["weights"])[0])


def contrast_run_f(params: Params, context: Context) -> Artifact:
    """F, z and p of a run."""
    return _contrast_run(params, context, lambda noise: noise.f, f_maps, np.array(params["weights"]))


def _contrast_run(
    params: Params, context: Context, test: Callable[[Any], Any], maps: Callable[..., BlockArrays], weights: Floats
) -> Artifact:
    prepared = prepare(np.array(params["matrix"]))
    noise = NOISES[params["noise"]["model"]]
    stored = context.artifacts["fit"].arrays

    def block(part: slice) -> BlockArrays:
        found = noise.stored(cut(stored, part), params["noise"])
        return maps(test(noise)(prepared, found, weights), prepared.dof)

    voxels = len(stored["residual_variance"])
    return with_counts(over_blocks(block, voxels, context, prepared.columns * (prepared.columns + 12)))


def cut(stored: Mapping[str, Any], part: slice | list[int]) -> dict[str, Floats]:
    """What a fit left, of some voxels."""
    names = [name for name in ("coefficients", "residual_variance", "ar") if name in stored]
    return {name: np.array(stored[name][..., part]) for name in names}


def combined_t(params: Params, context: Context) -> Artifact:
    """A t contrast over runs: their effects and variances combined."""
    runs = [context.artifacts[name].arrays for name in context.numbered("run")]
    weigh = WEIGHTS[params["weighting"]]
    (dof,) = degrees_of_freedom(params, {})

    def block(part: slice) -> BlockArrays:
        effects, variances = (np.array([run[stat][part] for run in runs]) for stat in ("effect", "variance"))
        return t_maps(weigh(effects, variances), dof)

    return with_counts(over_blocks(block, len(runs[0]["effect"]), context, 2 * len(runs) + 12))


def combined_f(params: Params, context: Context) -> Artifact:
    """An F contrast over runs: its effects and their covariance combined, then tested."""
    fits = [context.artifacts[name].arrays for name in context.numbered("fit")]
    noise = NOISES[params["noise"]["model"]]
    prepared = [prepare(np.array(matrix)) for matrix in params["matrices"]]
    chosen = list(independent_rows(params["weights"][0]))
    weights = [np.array(rows)[chosen] for rows in params["weights"]]
    combine = WEIGHTS_F[params["weighting"]]
    dof = degrees_of_freedom(params, {})[1]

    def block(part: slice) -> BlockArrays:
        runs = [
            noise.effects(design, noise.stored(cut(stored, part), params["noise"]), rows)
            for design, stored, rows in zip(prepared, fits, weights, strict=True)
        ]
        return f_maps(f_statistic(combine(runs)), dof)

    columns = max(design.columns for design in prepared)
    return with_counts(over_blocks(block, len(fits[0]["residual_variance"]), context, columns * (columns + 12)))
