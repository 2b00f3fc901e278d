"""The effects of runs at the peaks of their contrasts, and what was measured and fitted there over time."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.core.fixed_effects import WEIGHTS_F, Effects, independent_rows
from glmspec.core.least_squares import prepare
from glmspec.core.peak_effects import Estimates
from glmspec.core.smoothing import reach, smooth_at
from glmspec.execution.context import Context
from glmspec.execution.maps import affine_of, picked
from glmspec.execution.noise import NOISES
from glmspec.execution.peaks import PLACE, Floats, Params, Rows, effects_table, estimate_rows, finite, found_peaks
from glmspec.execution.runs import SCALINGS, cut
from glmspec.execution.store import Artifact

TIMECOURSE = ("contrast", *PLACE, "scan", "measured", "fitted", "censored")
TOGETHER = 32
"""Scans whose surroundings of a peak are smoothed at once: in calls of one, calling is most of the work."""


def run_effects(params: Params, context: Context) -> Artifact:
    """At every peak the effects of each run, and of all runs together, with their intervals."""
    found, voxels = found_peaks(context)
    chosen = list(independent_rows(params["weights"][0]))
    noise = NOISES[params["noise"]["model"]]
    prepared = [prepare(np.array(matrix)) for matrix in params["matrices"]]
    effects = []
    for design, name, rows in zip(prepared, context.numbered("fit"), params["weights"], strict=True):
        fit = noise.stored(cut(context.artifacts[name].arrays, voxels), params["noise"])
        effects.append(noise.effects(design, fit, np.array(rows)[chosen]))
    table: Rows = []
    for title, design, own in zip(params["names"], prepared, effects, strict=True):
        table += estimate_rows(found, _estimates(own, design.dof), "run", title)
    together = WEIGHTS_F[params["weighting"]](effects) if len(effects) > 1 else effects[0]
    table += estimate_rows(found, _estimates(together, sum(design.dof for design in prepared)))
    return effects_table(found, table)


def _estimates(effects: Effects, dof: float) -> Estimates:
    variances = np.einsum("qqk->qk", effects.covariance)
    return Estimates(effects.effects, variances, np.full(variances.shape, float(dof)), np.zeros((0, 0)))


def timecourses(params: Params, context: Context) -> Artifact:
    """A run at the highest peak of each contrast: every scan as measured, in the units of the model, and as fitted."""
    peaks = {name: _highest(context, f"peaks_{index:05d}") for index, name in enumerate(params["contrasts"])}
    places = list({peak["voxel"] for peak in peaks.values() if peak is not None})
    stored = context.artifacts["fit"].arrays
    scaling = SCALINGS[params["scaling"]["model"]](params["scaling"], np.array(stored["mean"]))
    matrix = np.array(params["matrix"])
    measured = scaling.scale(_series(params, context, places, len(matrix)))
    fitted = matrix @ np.array(stored["coefficients"][:, places])
    rows: Rows = []
    for name, peak in peaks.items():
        if peak is not None:
            column = places.index(peak["voxel"])
            rows += _lines(params, {"contrast": name, **peak}, measured[:, column], fitted[:, column])
    return Artifact({}, {"columns": list(TIMECOURSE), "rows": rows})


def _highest(context: Context, name: str) -> dict[str, Any] | None:
    found, _ = found_peaks(context, name)
    return max(found, key=lambda peak: abs(peak["peak"]), default=None)


def _series(params: Params, context: Context, places: list[int], count: int) -> Floats:
    """Every scan at a few voxels (N, K), smoothed as the fit had them: what smoothing sees of them is smoothed."""
    file, affine, fwhm = context.files["image"], affine_of(context, "image"), params["fwhm"]
    mask = np.asarray(context.artifacts["mask"].arrays["mask"])
    voxels = [tuple(int(i) for i in np.unravel_index(voxel, mask.shape)) for voxel in np.flatnonzero(mask)[places]]
    seen = [reach(voxel, fwhm, affine) for voxel in voxels]
    found = np.empty((count, len(voxels)))
    volumes = picked(file, list(range(params["discard"], params["discard"] + count)))
    for start in range(0, count, TOGETHER):
        boxes = [[_clean(volume[each.box]) for each in seen] for volume in islice(volumes, TOGETHER)]
        for column, each in enumerate(seen):
            stack = np.stack([row[column] for row in boxes])
            found[start : start + len(boxes), column] = smooth_at(stack, fwhm, affine, each.inside)
    return found


def _clean(box: NDArray[Any]) -> NDArray[Any]:
    """Zero for what is not finite, as the fit had it; a copy, so that the volume can go."""
    return np.where(np.isfinite(box), box, box.dtype.type(0))


def _lines(params: Params, known: dict[str, Any], measured: Floats, fitted: Floats) -> Rows:
    """A line for each scan."""
    first, censored = params["discard"] + 1, set(params["censored"])
    same = {key: known[key] for key in TIMECOURSE if key in known}
    return [
        {**same, "scan": scan, "measured": finite(value), "fitted": finite(model), "censored": int(scan in censored)}
        for scan, (value, model) in enumerate(zip(measured, fitted, strict=True), start=first)
    ]
