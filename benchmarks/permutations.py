"""Permutation tests in memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from arrays import LARGE, SMALL, Floats, Shape, ellipsoid, maps, neighbours
from scipy.stats import t as student
from timing import Measured, Row, Work, better, difference, timed

from glmspec.core.controls import Control, Controls
from glmspec.core.draws import relabellings
from glmspec.core.enumeration import Enumeration
from glmspec.core.exchangeability import Group, rows, within
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.partition import partition
from glmspec.core.permutation import Alternative, Prepared, prepare, statistic_maps
from glmspec.execution.executors import executor
from glmspec.execution.permutations import CHUNK, NullParts, Series

WORKERS = 2
PERMUTATIONS = 10_000
FORMING = 0.001
ALL: tuple[Control, ...] = ("voxel", "cluster-size", "cluster-mass", "tfce")
CLUSTERS: tuple[Control, ...] = ("voxel", "cluster-size", "cluster-mass")


@dataclass(frozen=True)
class Inference:
    """Data and what is drawn for them."""

    prepared: Prepared
    controls: Controls
    series: Series


def inference(
    design: Floats,
    weights: list[float],
    group: Group,
    names: tuple[Control, ...],
    tail: Alternative = "greater",
    *,
    space: tuple[Shape, int] = SMALL,
    exhaustive: bool = False,
) -> Inference:
    """A permutation test of the first maps."""
    parts = partition(prepare_design(design), weights)
    prepared = prepare(maps(len(design), space), parts, group)
    controls = Controls(names, "t", tail, neighbours(space), float(student.isf(FORMING, parts.dof)))
    if exhaustive:
        every = Enumeration(group, prepared.columns)
        return Inference(prepared, controls, Series(every.relabellings, every.mirrored))
    return Inference(prepared, controls, Series(lambda start, stop: relabellings(group, 1, start, stop), False))


def null(test: Inference, count: int) -> Floats:
    """Maxima (count, K), part by part over the workers as the program has it."""
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


def nilearn(
    design: Floats, tested: int, counts: tuple[int, int], space: tuple[Shape, int] = SMALL, **options: object
) -> dict[str, Work]:
    """nilearn's test of one column, the others beside it; with one process or two, whichever is quicker."""
    import nibabel
    from nilearn.maskers import NiftiMasker
    from nilearn.mass_univariate import permuted_ols

    def run(count: int, jobs: int) -> None:
        others = np.delete(design, tested, axis=1)
        image = nibabel.Nifti1Image(ellipsoid(*space).astype(np.uint8), np.diag([3.0, 3, 3, 1]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            permuted_ols(
                design[:, [tested]],
                maps(len(design), space),
                confounding_vars=others if others.shape[1] else None,
                model_intercept=False,
                n_perm=count,
                two_sided_test=False,
                random_state=1,
                n_jobs=jobs,
                masker=NiftiMasker(mask_img=image).fit(),
                output_type="dict",
                **options,
            )

    few, more = counts
    settings = [difference(lambda count, jobs=jobs: run(count, jobs), few, more, PERMUTATIONS) for jobs in (1, 2)]
    return {"nilearn": better(settings)}


def tfce_package(test: Inference, count: int) -> dict[str, Work]:
    """The PyPI package `tfce`, on maps that are there already; nothing if it is not installed."""
    try:
        import tfce
    except ImportError:
        return {}
    volumes = np.zeros((*SMALL[0], count), np.float32, order="F")
    volumes[ellipsoid(*SMALL)] = np.array(list(statistic_maps(test.prepared, test.series.numbered(0, count)))).T

    def run(jobs: int) -> Work:
        return timed(
            lambda: tfce.tfce(volumes, connectivity=6, two_sided=False, n_jobs=jobs), times=PERMUTATIONS / count
        )

    return {"tfce, maps given": better([run(1), run(2)])}


def permutation_rows() -> dict[str, Callable[[], Row]]:
    """Each made when its turn comes."""
    return {
        "10,000 flips of 16 maps, max-T": _voxel,
        "the same, cluster size and mass": _cluster,
        "the same, exact TFCE": _tfce,
        "all four in one pass, two-sided": _two_sided,
        "all 65,536 flips of 16 maps, max-T": _every_flip,
        "paired, 32 maps, 17 columns, voxel and clusters": _paired,
        "two groups and a covariate, max-T": _two_sample,
        "100 maps at 2 mm, clusters": _large_clusters,
        "100 maps at 2 mm, exact TFCE": _large_tfce,
    }


ONES, FLIPS = np.ones((16, 1)), rows(16, "sign-flip")
FEW = 512
"""Relabellings with TFCE, and a multiple of the chunk."""


def _voxel() -> Row:
    test = inference(ONES, [1.0], FLIPS, ("voxel",))
    ours, floor = timed(lambda: null(test, PERMUTATIONS)), timed(lambda: product(test, PERMUTATIONS))
    peers = nilearn(ONES, 0, (100, 1100))
    return Row(ours, peers, floor, least=40)


def _cluster() -> Row:
    test = inference(ONES, [1.0], FLIPS, CLUSTERS)
    ours, floor = timed(lambda: null(test, PERMUTATIONS)), timed(lambda: product(test, PERMUTATIONS))
    peers = nilearn(ONES, 0, (50, 250), threshold=FORMING)
    return Row(ours, peers, floor, least=80)


def _tfce() -> Row:
    test, times = inference(ONES, [1.0], FLIPS, ("voxel", "tfce")), PERMUTATIONS / FEW
    ours, floor = timed(lambda: null(test, FEW), times), timed(lambda: sorted_maps(test, FEW), times)
    peers = nilearn(ONES, 0, (5, 25), tfce=True) | tfce_package(test, 64)
    return Row(ours, peers, floor, least=100, scaled=True)


def _two_sided() -> Row:
    four = inference(ONES, [1.0], FLIPS, ALL, "two-sided")
    alone = inference(ONES, [1.0], FLIPS, ("tfce",), "two-sided")
    times = PERMUTATIONS / FEW
    peers = {"our TFCE alone": timed(lambda: null(alone, FEW), times)}
    return Row(timed(lambda: null(four, FEW), times), peers, most=1.3, scaled=True)


def _every_flip() -> Row:
    test = inference(ONES, [1.0], FLIPS, ("voxel",), exhaustive=True)
    ours = timed(lambda: null(test, 2**16))
    return Row(ours, floor=timed(lambda: product(test, 2**15)))


def _paired() -> Row:
    subject, side = np.tile(np.arange(16), 2), np.repeat([1.0, -1], 16)
    design = np.column_stack([side, subject[:, None] == np.arange(16)])
    test = inference(design, [1.0, *[0.0] * 16], within(subject, "permute"), CLUSTERS)
    ours, floor = timed(lambda: null(test, PERMUTATIONS)), timed(lambda: product(test, PERMUTATIONS))
    peers = nilearn(design, 0, (50, 250), threshold=FORMING)
    return Row(ours, peers, floor, least=40)


def _two_sample() -> Row:
    groups = np.column_stack([np.repeat(np.eye(2), 8, axis=0), np.linspace(-1, 1, 16) ** 2])
    test = inference(groups, [1.0, -1, 0], rows(16, "permute"), ("voxel",))
    ours, floor = timed(lambda: null(test, PERMUTATIONS)), timed(lambda: product(test, PERMUTATIONS))
    return Row(ours, nilearn(groups, 0, (100, 1100)), floor)


def _large(
    names: tuple[Control, ...], count: int, counts: tuple[int, int], **options: object
) -> tuple[Work, dict[str, Work]]:
    ones = np.ones((100, 1))
    made: list[Inference] = []

    def ours() -> None:
        if not made:  # 184 MB of maps, made when their turn has come
            made.append(inference(ones, [1.0], rows(100, "sign-flip"), names, space=LARGE))
        null(made[0], count)

    return timed(ours, PERMUTATIONS / count), nilearn(ones, 0, counts, LARGE, **options)


def _large_clusters() -> Row:
    ours, peers = _large(CLUSTERS, 1024, (10, 60), threshold=FORMING)
    return Row(ours, peers, least=80, scaled=True)


def _large_tfce() -> Row:
    ours, peers = _large(("voxel", "tfce"), 128, (1, 6), tfce=True)
    return Row(ours, peers, least=100, scaled=True)


__all__ = ["Measured", "inference", "null", "permutation_rows"]
