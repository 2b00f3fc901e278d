"""The numerical core in memory: permutation inference, autocorrelated noise, tails and closed testing.

    python benchmarks/core.py [--peers] [--repeats 3] [--only flips]

Prints a markdown table. Each row is timed several times: the median, the smallest and largest; beside it a floor, work
that no method of the same kind could spare (the matrix product in single precision, a sort, one pass over the data);
with ``--peers`` also nilearn on the same arrays in the same run, with one process or two, whichever is quicker. nilearn
does fewer relabellings: its time is the difference between two counts, brought to ours, and marked ~. So are ours with
TFCE, which are timed over fewer relabellings.

Arrays are simulated: 16 smooth maps of 45,012 voxels; 2 runs of 191 scans and 40,000 voxels under autocorrelated noise.
Kernels are compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.stats import norm
from scipy.stats import t as student
from threadpoolctl import threadpool_limits

from glmspec.core.autocorrelation import FitAr, effects_gls, fit_ar, t_contrasts_gls
from glmspec.core.closed_testing import prepare as prepare_closed
from glmspec.core.closed_testing import true_discoveries_by_label
from glmspec.core.cluster_kernels import label
from glmspec.core.controls import Control, Controls
from glmspec.core.draws import relabellings
from glmspec.core.enumeration import Enumeration
from glmspec.core.exchangeability import Group, rows, within
from glmspec.core.fixed_effects import equal, equal_f, f_statistic
from glmspec.core.least_squares import PreparedDesign
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.neighbours import Neighbours, prepare_neighbours
from glmspec.core.partition import partition
from glmspec.core.permutation import Prepared, prepare, statistic_maps
from glmspec.core.tails import f_to_z, t_to_z
from glmspec.execution.executors import executor
from glmspec.execution.permutations import CHUNK, NullParts, Series
from glmspec.plan.steps import BLOCK

Floats = NDArray[np.floating]

WORKERS = 2
PERMUTATIONS = 10_000
SHAPE, VOXELS = (46, 54, 53), 45_012
LARGE, MANY = (91, 109, 91), 230_000
RUN, IN_RUN, SCANS = (64, 64, 30), 40_000, 191
FORMING = 0.001
ALL: tuple[Control, ...] = ("voxel", "cluster-size", "cluster-mass", "tfce")


@dataclass(frozen=True)
class Row:
    """A line of the table: what is timed, its floor, its peer, and by what each time is multiplied."""

    name: str
    ours: Callable[[], object]
    floor: Callable[[], object]
    peer: Callable[[], float] | None = None
    ours_times: float = 1.0
    floor_times: float = 1.0


def seconds(function: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


# arrays


@cache
def ellipsoid(shape: tuple[int, int, int], voxels: int) -> NDArray[np.bool_]:
    """The voxels nearest to the centre."""
    axes = np.meshgrid(*[np.linspace(-1, 1, size) for size in shape], indexing="ij")
    distance = sum(np.square(axis) for axis in axes)
    mask = np.zeros(distance.size, dtype=bool)
    mask[np.argsort(distance, axis=None, kind="stable")[:voxels]] = True
    return mask.reshape(shape)


@cache
def maps(count: int) -> Floats:
    """Smooth maps (count, V) with an effect in some voxels."""
    rng = np.random.default_rng(1)
    mask = ellipsoid(SHAPE, VOXELS)
    blob = np.zeros(SHAPE)
    blob[20:26, 20:26, 20:26] = 1.0
    noise = [gaussian_filter(rng.standard_normal(SHAPE), 8 / 3 / 2.355)[mask] for _ in range(count)]
    return np.array([values / values.std() for values in noise]) + gaussian_filter(blob, 1.5)[mask]


@cache
def neighbours() -> Neighbours:
    return prepare_neighbours(ellipsoid(SHAPE, VOXELS), "faces")


# permutations


@dataclass(frozen=True)
class Inference:
    """Data and what is drawn for them."""

    prepared: Prepared
    controls: Controls
    series: Series


def inference(
    design: Floats, weights: list[float], group: Group, names: tuple[Control, ...], exhaustive: bool = False
) -> Inference:
    """A permutation test of the first maps, two-sided where all controls are asked for."""
    parts = partition(prepare_design(design), weights)
    prepared = prepare(maps(len(design)), parts, group)
    threshold = float(student.isf(FORMING, parts.dof))
    tail = "two-sided" if len(names) == len(ALL) else "greater"
    controls = Controls(names, "t", tail, neighbours(), threshold)
    if exhaustive:
        every = Enumeration(group, prepared.columns)
        return Inference(prepared, controls, Series(every.relabellings, every.mirrored))
    return Inference(prepared, controls, Series(lambda start, stop: relabellings(group, 1, start, stop), False))


def null(test: Inference, count: int) -> Floats:
    """Maxima (count, K), chunk by chunk over the workers as the program has it."""
    inside = np.ones(test.prepared.squares.size, dtype=bool)
    parts = NullParts(test.prepared, test.controls, test.series, count, inside)
    return parts.join(executor(WORKERS).map(parts.part, parts.starts, 2 * WORKERS)).arrays["null"]


def product(test: Inference, count: int) -> None:
    """One relabelled column times the residuals in single precision, in pieces that stay in the cache."""
    residuals = test.prepared.residuals.astype(np.float32)
    weights = np.ones((CHUNK, len(residuals)), np.float32)

    def chunk(start: int) -> None:
        for first in range(0, residuals.shape[1], 4096):
            weights @ residuals[:, first : first + 4096]

    list(executor(WORKERS).map(chunk, range(0, count, CHUNK), 2 * WORKERS))


def sorted_maps(test: Inference, count: int) -> None:
    """A sort of the positive voxels of a map, as often as there are relabellings."""
    (one,) = statistic_maps(test.prepared, test.series.numbered(1, 2))
    high = one[one > 0].astype(np.float32)
    list(executor(WORKERS).map(lambda _: np.sort(high), range(count), 2 * WORKERS))


def permuted_ols(design: Floats, tested: int, least: int, most: int, **options: object) -> float:
    """nilearn's time for :data:`PERMUTATIONS`, from the difference between two counts, with one process or two."""
    import nibabel
    from nilearn.maskers import NiftiMasker
    from nilearn.mass_univariate import permuted_ols as peer

    image = nibabel.Nifti1Image(ellipsoid(SHAPE, VOXELS).astype(np.uint8), np.diag([3.0, 3, 3, 1]))
    masker = NiftiMasker(mask_img=image).fit()
    others = np.delete(design, tested, axis=1)
    found = []
    for jobs in (1, 2):
        times = []
        for count in (least, most):

            def run(count: int = count, jobs: int = jobs) -> None:
                peer(
                    design[:, [tested]],
                    maps(len(design)),
                    confounding_vars=others if others.shape[1] else None,
                    model_intercept=False,
                    n_perm=count,
                    two_sided_test=False,
                    random_state=1,
                    n_jobs=jobs,
                    masker=masker,
                    output_type="dict",
                    **options,
                )

            times.append(min(seconds(run) for _ in range(2)))
        found.append((times[1] - times[0]) * PERMUTATIONS / (most - least))
    return min(found)


def permutation_rows() -> list[Row]:
    """Sign flips of 16 maps under each control, then designs that are less simple."""
    ones, flips = np.ones((16, 1)), rows(16, "sign-flip")
    tests = {
        name: inference(ones, [1.0], flips, names)
        for name, names in {
            "voxel": ("voxel",),
            "cluster": ("voxel", "cluster-size", "cluster-mass"),
            "tfce": ("voxel", "tfce"),
        }.items()
    }
    two = replace(tests["tfce"], controls=replace(tests["tfce"].controls, alternative="two-sided"))
    four = inference(ones, [1.0], flips, ALL)
    every = inference(ones, [1.0], flips, ("voxel",), exhaustive=True)
    subject, side = np.tile(np.arange(16), 2), np.repeat([1.0, -1], 16)
    paired_design = np.column_stack([side, subject[:, None] == np.arange(16)])
    paired = inference(paired_design, [1.0, *[0.0] * 16], within(subject, "permute"), ("voxel",))
    groups = np.column_stack([np.repeat(np.eye(2), 8, axis=0), np.linspace(-1, 1, 16) ** 2])
    two_sample = inference(groups, [1.0, -1, 0], rows(16, "permute"), ("voxel",))
    few = 256  # relabellings with TFCE, and a multiple of the chunk
    scale = PERMUTATIONS / few

    def row(name: str, test: Inference, count: int = PERMUTATIONS, peer: Callable[[], float] | None = None) -> Row:
        return Row(name, lambda: null(test, count), lambda: product(test, count), peer)

    def enhanced(name: str, test: Inference, peer: Callable[[], float] | None = None) -> Row:
        return Row(name, lambda: null(test, few), lambda: sorted_maps(test, few), peer, scale, scale)

    return [
        row("flips, voxel", tests["voxel"], peer=lambda: permuted_ols(ones, 0, 100, 1100)),
        row("flips, cluster", tests["cluster"], peer=lambda: permuted_ols(ones, 0, 50, 250, threshold=FORMING)),
        enhanced("flips, TFCE", tests["tfce"], lambda: permuted_ols(ones, 0, 5, 25, tfce=True)),
        enhanced("flips, TFCE two-sided", two),
        enhanced("flips, all four two-sided", four),
        row("all 65,536 flips, voxel", every, 65_536),
        row("paired 32 x 17, voxel", paired, peer=lambda: permuted_ols(paired_design, 0, 100, 1100)),
        row("two-sample and covariate, voxel", two_sample, peer=lambda: permuted_ols(groups, 0, 100, 1100)),
    ]


# first level


@cache
def runs() -> tuple[tuple[Floats, Floats], ...]:
    """Design (191, 13) and data (191, 40,000) of two runs; noise of AR(1), a different one in each voxel."""
    found = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        scans = np.arange(SCANS)
        drift = [np.cos(np.pi * k * (2 * scans + 1) / (2 * SCANS)) for k in range(5)]
        slow = gaussian_filter(rng.standard_normal((SCANS, 8)), (2, 0))
        rho = np.clip(rng.normal(0.25, 0.12, IN_RUN), -0.1, 0.65)
        data = rng.standard_normal((SCANS, IN_RUN)).astype(np.float32)
        for scan in range(1, SCANS):
            data[scan] += rho * data[scan - 1]
        found.append((np.column_stack([slow / slow.std(axis=0), *drift]), 100 + data))
    return tuple(found)


CONTRASTS = np.eye(13)[:7] - np.eye(13)[1:8]
F_ROWS = np.eye(13)[:5]


def first_level(order: int) -> list[Floats]:
    """Two fits, seven t and an F over both, as z; block by block over the workers."""
    prepared = [prepare_design(design) for design, _ in runs()]
    dof = float(sum(each.dof for each in prepared))

    def block(start: int) -> Floats:
        part = slice(start, start + BLOCK)
        fits = [
            fit_ar(design, data[:, part].astype(np.float64), order=order)
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


def nilearn_first_level(noise: str) -> float:
    """nilearn's fit and z of the same contrasts, from arrays: the time of its masker is left out."""
    from nilearn.glm.contrasts import compute_contrast
    from nilearn.glm.first_level import run_glm

    found = []
    for jobs in (1, 2):

        def run(jobs: int = jobs) -> None:
            fitted = [run_glm(data, design, noise_model=noise, n_jobs=jobs, random_state=0) for design, data in runs()]
            for weights in [*CONTRASTS, F_ROWS]:
                kind = "t" if weights.ndim == 1 else "F"
                parts = [compute_contrast(*each, weights, kind) for each in fitted]
                ((parts[0] + parts[1]) * 0.5).z_score()

        found.append(min(seconds(run) for _ in range(2)))
    return min(found)


# tails and closed testing


def tail_rows() -> list[Row]:
    """t and F of a map to z."""
    t = np.random.default_rng(3).standard_t(356, VOXELS)
    f = np.random.default_rng(4).f(5, 356, VOXELS)

    def peer() -> float:
        from nilearn.glm.contrasts import Contrast

        def run() -> None:
            made = Contrast(t[None], np.ones(VOXELS), dof=356, stat_type="t")
            made.z_score()

        return min(seconds(run) for _ in range(5))

    return [
        Row("t to z, a map", lambda: t_to_z(t, 356.0), lambda: np.exp(t), peer),
        Row("F to z, a map", lambda: f_to_z(f, 5.0, 356.0), lambda: np.exp(f)),
    ]


def closed_rows() -> list[Row]:
    """z (230,000 voxels) with some eight hundred clusters."""
    mask = ellipsoid(LARGE, MANY)
    noise = gaussian_filter(np.random.default_rng(5).standard_normal(LARGE), 0.8)
    blob = np.zeros(LARGE)
    blob[30:45, 40:60, 40:60] = 3.0
    z = noise / noise.std() * 1.3 + gaussian_filter(blob, 3)
    p = norm.sf(z[mask])
    clusters = label(z[mask], 3.0, prepare_neighbours(mask, "faces"), "greater").labels

    def peer() -> float:
        import nibabel
        from nilearn.glm import cluster_level_inference

        affine = np.diag([2.0, 2, 2, 1])
        images = [nibabel.Nifti1Image(each, affine) for each in (z * mask, mask.astype(np.uint8))]
        return min(seconds(lambda: cluster_level_inference(images[0], images[1], [3.0], 0.05)) for _ in range(3))

    def ours() -> object:
        return true_discoveries_by_label(prepare_closed(p, 0.05), clusters)

    return [Row(f"closed testing, {clusters.max()} clusters", ours, lambda: np.sort(p), peer)]


def first_level_rows() -> list[Row]:
    """Fits with autocorrelated noise and their contrasts."""
    return [
        Row(
            f"AR({order}), 2 runs, 8 contrasts",
            lambda order=order: first_level(order),
            one_pass,
            lambda order=order: nilearn_first_level(f"ar{order}"),
        )
        for order in (1, 3)
    ]


SECTIONS: dict[str, Callable[[], list[Row]]] = {
    "permutations": permutation_rows,
    "first level": first_level_rows,
    "tails": tail_rows,
    "closed testing": closed_rows,
}


def line(row: Row, repeats: int, peers: bool) -> str:
    """A row of the table; ours and the floor are timed in turn."""
    ours, floor = [], []
    row.ours()
    row.floor()
    for _ in range(repeats):
        ours.append(seconds(row.ours) * row.ours_times)
        floor.append(seconds(row.floor) * row.floor_times)
    middle = statistics.median(ours)
    mark = "~" if row.ours_times != 1 else ""
    peer = row.peer() if peers and row.peer else None
    cells = [
        row.name,
        f"{mark}{middle:.3g}",
        f"{min(ours):.3g} to {max(ours):.3g}",
        f"{min(floor):.3g}",
        f"{min(ours) / min(floor):.1f}",
        f"{peer:.3g}" if peer else "",
        f"{peer / middle:.0f}" if peer else "",
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", action="store_true", help="time nilearn too: minutes")
    parser.add_argument("--only", default="", help="rows whose name holds this")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"{platform.machine()}, {os.cpu_count()} cores, {WORKERS} workers, Python {platform.python_version()}\n")
    print("| work | median s | range s | floor s | x floor | nilearn s | x faster |\n|---|---|---|---|---|---|---|")
    with threadpool_limits(1, user_api="blas"):
        for section in SECTIONS.values():
            for row in section():
                if asked.only in row.name:
                    print(line(row, asked.repeats, asked.peers), flush=True)


if __name__ == "__main__":
    main()
