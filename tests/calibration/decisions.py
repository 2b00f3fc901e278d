"""What each method says of one data set: the functions that a run calls, in the order in which it calls them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.closed_testing import prepare as prepare_closed
from glmspec.core.closed_testing import true_discoveries, true_discoveries_by_label
from glmspec.core.cluster_kernels import label
from glmspec.core.controls import Controls
from glmspec.core.derivation import Derived, derive
from glmspec.core.draws import relabellings
from glmspec.core.enumeration import count as distinct_relabellings
from glmspec.core.enumeration import moving
from glmspec.core.exchangeability import Group
from glmspec.core.least_squares import prepare as prepare_design
from glmspec.core.multiplicity import ADJUSTMENTS
from glmspec.core.neighbours import Neighbours, prepare_neighbours
from glmspec.core.partition import Partition, partition
from glmspec.core.permutation import BATCH, p_values, prepare, statistic_maps
from glmspec.core.tails import p_for, z_upper_tail
from glmspec.core.thresholds import t_threshold

from .simulation import Floats, Shape, Study

ALPHA = 0.05
ALTERNATIVE = "two-sided"
PERMUTATIONS = 500
"""Beside the identity."""

FORMING = 2.3
"""The z that forms clusters: a low one, so that noise has clusters of many sizes."""

HEIGHTS = (2.3, 3.1)
"""The z whose clusters are given bounds on their true discoveries."""

CONTROLS = ("voxel", "cluster-size", "cluster-mass", "tfce")
PARAMETRIC = ("bonferroni", "fdr", "all-resolutions")
ERRORS = ("bonferroni", "fdr", "any set", "all voxels", "clusters")
"""Of parametric methods beside an effect; see :func:`parametric_errors`."""


class Question(NamedTuple):
    """A contrast of a design, ready for data."""

    cut: Partition
    group: Group


def question(study: Study) -> Question:
    """Cut the design, and derive what may be exchanged, as the plan does."""
    cut = partition(prepare_design(study.matrix), study.weights)
    derived = derive(cut, study.subjects)
    assert isinstance(derived, Derived), derived.because
    return Question(cut, derived.group)


def parametric_t(data: Floats, asked: Question) -> Floats:
    """The t map (V,)."""
    (t,) = statistic_maps(prepare(data, *asked), relabellings(asked.group, 0, 0, 1))
    return t


def permutation_finds(
    data: Floats, asked: Question, seed: int, shape: Shape, permutations: int = PERMUTATIONS, early: bool = True
) -> dict[str, bool]:
    """Whether each control finds anything in data (N, V).

    Parameters
    ----------
    early : bool
        Leave out relabellings that can no longer change a decision. A maximum that is not computed is counted as
        minus infinity, which makes p smaller, so that where p is above alpha nevertheless, it is above it with all.
    """
    assert distinct_relabellings(asked.group, moving(asked.group, asked.cut)) > permutations
    neighbours = _neighbours(shape)
    height = float(t_threshold(z_upper_tail(FORMING), asked.cut.dof))
    # TFCE costs ten times the others, and so is decided by itself
    pending = [Controls(names, "t", ALTERNATIVE, neighbours, height) for names in (CONTROLS[:3], CONTROLS[3:])]
    prepared = prepare(data, *asked)
    (identity,) = statistic_maps(prepared, relabellings(asked.group, seed, 0, 1))
    observed = {controls: controls.observed(identity).max(axis=1) for controls in pending}
    null = {controls: np.full((1 + permutations, len(controls.names)), -np.inf) for controls in pending}
    for start in range(0, 1 + permutations, BATCH):
        stop = min(start + BATCH, 1 + permutations)
        some = relabellings(asked.group, seed, start, stop)
        for controls in pending:
            null[controls][start:stop] = controls.null(prepared, some, start)
        if early:
            pending = [controls for controls in pending if _p(observed[controls], null[controls]).min() <= ALPHA]
        if not pending:
            break
    return {
        name: bool(p <= ALPHA)
        for controls in null
        for name, p in zip(controls.names, _p(observed[controls], null[controls]), strict=True)
    }


def _p(observed: Floats, null: Floats) -> Floats:
    """The smallest corrected p (K,) of K controls."""
    return np.array([p_values(observed[k : k + 1], null[:, k])[0] for k in range(len(observed))])


@cache
def _neighbours(shape: Shape) -> Neighbours:
    return prepare_neighbours(np.ones(shape, dtype=bool), "faces")


def parametric_finds(t: Floats, dof: int) -> dict[str, bool]:
    """Whether each parametric method finds anything in a t map."""
    p = p_for("t", t, (dof,), ALTERNATIVE)
    found = {name: bool((ADJUSTMENTS[name](p) <= ALPHA).any()) for name in ("bonferroni", "fdr")}
    return {**found, "all-resolutions": true_discoveries(prepare_closed(p, ALPHA), np.ones(len(p), bool)) > 0}


def parametric_errors(t: Floats, dof: int, active: NDArray[np.bool_], shape: Shape) -> dict[str, float]:
    """What each parametric method says wrongly where some voxels are active.

    Returns
    -------
    dict
        ``bonferroni``: a voxel without effect passed. ``fdr``: the share of those that passed. ``any set``: a bound on
        true discoveries is too large for some set of voxels, which is so if and only if it is for all voxels without
        effect. ``all voxels``, ``clusters``: it is so for these sets. ``bound``: the bound on all voxels as a share of
        the truth, which is no error.
    """
    p = p_for("t", t, (dof,), ALTERNATIVE)
    passed = {name: ADJUSTMENTS[name](p) <= ALPHA for name in ("bonferroni", "fdr")}
    closed = prepare_closed(p, ALPHA)
    everywhere = true_discoveries(closed, np.ones(len(p), bool))
    clusters = [
        label(t, float(t_threshold(z_upper_tail(z), dof)), _neighbours(shape), ALTERNATIVE).labels for z in HEIGHTS
    ]
    return {
        "bonferroni": float((passed["bonferroni"] & ~active).any()),
        "fdr": float((passed["fdr"] & ~active).sum() / max(passed["fdr"].sum(), 1)),
        "any set": float(true_discoveries(closed, ~active) > 0),
        "all voxels": float(everywhere > active.sum()),
        "clusters": float(
            any((true_discoveries_by_label(closed, sets) > _truth(sets, active)).any() for sets in clusters)
        ),
        "bound": everywhere / int(active.sum()),
    }


def _truth(labels: NDArray[np.int32], active: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Active voxels in each of the sets 1 to K."""
    return np.bincount(labels[active], minlength=labels.max(initial=0) + 1)[1:]
