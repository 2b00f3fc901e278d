"""Fits with autocorrelated noise, tails and closed testing, in memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from arrays import IN_RUN, LARGE, SMALL, Floats, ellipsoid, runs
from permutations import WORKERS
from scipy.ndimage import gaussian_filter
from scipy.stats import norm
from timing import Row, Work, better, timed

from glmspec.core.autocorrelation import FitAr, effects_gls, fit_ar, t_contrasts_gls
from glmspec.core.closed_testing import prepare as prepare_closed
from glmspec.core.closed_testing import true_discoveries_by_label
from glmspec.core.cluster_kernels import label
from glmspec.core.fixed_effects import equal, equal_f, f_statistic
from glmspec.core.least_squares import PreparedDesign
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.neighbours import prepare_neighbours
from glmspec.core.tails import f_to_z, t_to_z
from glmspec.execution.executors import executor
from glmspec.plan.steps import BLOCK

CONTRASTS = np.eye(13)[:7] - np.eye(13)[1:8]
F_ROWS = np.eye(13)[:5]


def first_level(order: int, quantize: float | None = None) -> list[Floats]:
    """Two fits, seven t and an F over both, as z; block by block over the workers."""
    prepared = [prepare_design(design) for design, _ in runs()]
    dof = float(sum(each.dof for each in prepared))

    def block(start: int) -> Floats:
        part = slice(start, start + BLOCK)
        fits = [
            fit_ar(design, data[:, part].astype(np.float64), order=order, quantize=quantize)
            for design, (_, data) in zip(prepared, runs(), strict=True)
        ]
        return np.array([*_t_maps(prepared, fits, dof), _f_map(prepared, fits, dof)])

    starts = range(0, IN_RUN, BLOCK)
    return list(executor(WORKERS).map(block, starts, 2 * WORKERS))


def _t_maps(prepared: list[PreparedDesign], fits: list[FitAr], dof: float) -> list[Floats]:
    single = [t_contrasts_gls(design, fit, CONTRASTS) for design, fit in zip(prepared, fits, strict=True)]
    pairs = zip(*((each.effect, each.variance) for each in single), strict=True)
    effects, variances = (np.swapaxes(np.array(each), 0, 1) for each in pairs)
    return [t_to_z(equal(*each).t, dof) for each in zip(effects, variances, strict=True)]


def _f_map(prepared: list[PreparedDesign], fits: list[FitAr], dof: float) -> Floats:
    combined = equal_f([effects_gls(design, fit, F_ROWS) for design, fit in zip(prepared, fits, strict=True)])
    return f_to_z(f_statistic(combined).f, len(F_ROWS), dof)


def one_pass() -> None:
    """X'y of both runs, in single precision."""
    for design, data in runs():
        design.T.astype(np.float32) @ data


def nilearn_first_level(noise: str) -> dict[str, Work]:
    """nilearn's fit and z of the same contrasts, from arrays: the time of its masker is left out."""
    from nilearn.glm.contrasts import compute_contrast
    from nilearn.glm.first_level import run_glm

    def run(jobs: int) -> None:
        fitted = [run_glm(data, design, noise_model=noise, n_jobs=jobs, random_state=0) for design, data in runs()]
        for weights in [*CONTRASTS, F_ROWS]:
            kind = "t" if weights.ndim == 1 else "F"
            parts = [compute_contrast(*each, weights, kind) for each in fitted]
            ((parts[0] + parts[1]) * 0.5).z_score()

    return {"nilearn": better([timed(lambda jobs=jobs: run(jobs)) for jobs in (1, 2)])}


def model_rows() -> dict[str, Callable[[], Row]]:
    """Each made when its turn comes."""
    return {
        "2 runs x 191 scans x 40,000, AR(1), 8 contrasts": _ar,
        "the same, quantized as nilearn has it": _quantized,
        "the same with AR(3); nilearn by k-means": _ar3,
        "closed testing, 230,000 voxels, 807 clusters": _closed,
        "t to z, a map of 45,012": _t_to_z,
    }


def _ar() -> Row:
    ours, floor = timed(lambda: first_level(1)), timed(one_pass)
    return Row(ours, nilearn_first_level("ar1"), floor, least=10)


def _quantized() -> Row:
    ours, floor = timed(lambda: first_level(1, 0.01)), timed(one_pass)
    return Row(ours, nilearn_first_level("ar1"), floor, least=15)


def _ar3() -> Row:
    ours, floor = timed(lambda: first_level(3)), timed(one_pass)
    return Row(ours, nilearn_first_level("ar3"), floor, least=40)


def _closed() -> Row:
    """z (230,000 voxels) with some eight hundred clusters."""
    mask = ellipsoid(*LARGE)
    noise = gaussian_filter(np.random.default_rng(5).standard_normal(LARGE[0]), 0.8)
    blob = np.zeros(LARGE[0])
    blob[30:45, 40:60, 40:60] = 3.0
    z = noise / noise.std() * 1.3 + gaussian_filter(blob, 3)
    p = norm.sf(z[mask])
    clusters = label(z[mask], 3.0, prepare_neighbours(mask, "faces"), "greater").labels

    def peer() -> object:
        import nibabel
        from nilearn.glm import cluster_level_inference

        affine = np.diag([2.0, 2, 2, 1])
        images = [nibabel.Nifti1Image(each, affine) for each in (z * mask, mask.astype(np.uint8))]
        return cluster_level_inference(images[0], images[1], [3.0], 0.05)

    def ours() -> object:
        return true_discoveries_by_label(prepare_closed(p, 0.05), clusters)

    peers, floor = {"nilearn": timed(peer)}, timed(lambda: np.sort(p))
    return Row(timed(ours), peers, floor, least=12)


def _t_to_z() -> Row:
    """t of a map to z."""
    from nilearn.glm.contrasts import Contrast

    t = np.random.default_rng(3).standard_t(356, SMALL[1])
    theirs = {"nilearn": timed(lambda: Contrast(t[None], np.ones(SMALL[1]), dof=356, stat_type="t").z_score())}
    return Row(timed(lambda: t_to_z(t, 356.0)), theirs, timed(lambda: np.exp(t)))
