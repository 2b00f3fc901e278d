"""Null distributions of maxima over relabellings of a design, and the p values they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glmspec.core import screening
from glmspec.core.enumeration import moving
from glmspec.core.exchangeability import Group, Relabelling
from glmspec.core.least_squares import EPS, Floats
from glmspec.core.partition import Partition, residualise
from glmspec.core.relabelled_welch import Unequal, prepare_unequal, relabelled_welch
from glmspec.core.welch import VarianceGroups

Alternative = Literal["greater", "less", "two-sided"]
MapMaximum = Callable[[Floats], float]
"""The control's measure of a map (V,): its largest value, cluster or score in the upper tail. NaN is below all."""

BATCH = 16
"""Relabellings in one matrix product. Each has its place in it by its number, whoever asks for it and whatever is
asked for beside it, so that not even rounding depends on how the work is shared out."""

VOXELS = 4096
"""Voxels in one matrix product: a batch of products stays in the cache."""

CANCELLATION = 1e-6
"""Where the residual sum of squares is a smaller share of the whole than this, the difference that gives it has lost
six of its sixteen digits, and it is computed from the residuals themselves."""

TIES = 1e-9
"""Two statistics are equal if they differ by no more than this share of the larger, or of 1 where both are smaller:
the same sum in another order differs by 1e-15 of its terms, and no statistic of real data is measured so finely."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Data, made ready for all relabellings; see :func:`prepare`.

    Attributes
    ----------
    test : {"t", "F"}
    residuals : (N, V)
        Of the nuisance.
    squares : (V,)
        Their sum of squares. NaN where a voxel has NaN or infinity in any row, or the nuisance fits exactly.
    doubtful, exact : (V,)
        A residual sum of squares up to the first is computed anew from the residuals. Up to the second it is
        rounding: the statistic is then NaN, as the parametric one is.
    columns : (N, K + M)
        The effect of interest, then the nuisance that relabellings move.
    effects, dof : int
        K, and the degrees of freedom of the residuals.
    unequal : Unequal or None
        The variance groups, ready for t; None if all rows have one variance.
    """

    test: Literal["t", "F"]
    residuals: Floats
    squares: Floats
    doubtful: Floats
    exact: Floats
    columns: Floats
    effects: int
    dof: int
    unequal: Unequal | None

    @cached_property
    def fixed(self) -> screening.Fixed:
        """What kernels know of it, to look at few voxels; of no use where variances are unequal."""
        return self._fixed(screening.GROUP)

    @cached_property
    def wide(self) -> screening.Fixed:
        """The same, to look at all voxels."""
        return self._fixed(screening.WIDE)

    def _fixed(self, width: int) -> screening.Fixed:
        limits = self.squares, self.doubtful, self.exact
        return screening.fixed_of(self.residuals, limits, self.effects, self.dof, self.test == "t", width)

    @cached_property
    def units(self) -> screening.Singles:
        """(V, N): residuals of length 1, in single precision."""
        return screening.unit_length(self.residuals, self.squares)


def prepare(
    data: NDArray[np.floating], partition: Partition, group: Group, variances: VarianceGroups | None = None
) -> Prepared:
    """Residualise data on the nuisance, once for all relabellings.

    Parameters
    ----------
    data : (N, V)
        float32 or float64, never modified. The arithmetic is float64.
    partition : Partition
    group : Group
    variances : VarianceGroups, optional
        Of the same design. The statistic is then that of :func:`glmspec.core.welch.t_contrast_welch`, for a t alone.

    Raises
    ------
    ValueError
        If the rows of data, partition, group and variances differ in number, no degree of freedom is left, or variance
        groups are given for an F.

    Notes
    -----
    Freedman and Lane (1983), as in Winkler et al. (2014): the model is fitted anew to P R_Z y + H_Z y, for which
    E'P R_Z y is the effect and |R_Z y|^2 - |E'P R_Z y|^2 - |Z'P R_Z y|^2 the residual sum of squares. Here it is the
    design that is relabelled, which gives the same products; the variance groups go with it.

    Where variances differ, sign flips of independent symmetric errors are as good as ever, and so are permutations
    within variance groups. Permutations across them are right in large samples, because the statistic is studentized,
    and approximate in small ones (see :mod:`glmspec.core.derivation`); with the pooled t they are so only where groups
    are of one size.
    """
    if not len(data) == len(partition.effect) == len(group.unit):
        raise ValueError(f"{len(data)} rows of data, {len(partition.effect)} of design, {len(group.unit)} to exchange")
    if variances is not None and len(variances.number) != len(data):
        raise ValueError(f"variance groups of {len(variances.number)} rows do not fit {len(data)} rows of data")
    if variances is not None and partition.test == "F":
        raise ValueError("unequal variances are for t contrasts: their F is not known here")
    if partition.dof == 0:
        raise ValueError("the design leaves no degree of freedom")
    values = np.asarray(data, dtype=np.float64)
    broken = ~np.isfinite(values).all(axis=0)
    values = np.where(broken, 0.0, values) if broken.any() else values
    exact = (len(values) * EPS) ** 2 * np.einsum("nv,nv->v", values, values)
    residuals = residualise(values, partition.nuisance)
    squares = np.einsum("nv,nv->v", residuals, residuals)
    squares[broken | (squares <= exact)] = np.nan
    doubtful = np.maximum(CANCELLATION * squares, exact)
    effects = partition.effect.shape[1]
    columns = moving(group, partition)
    unequal = None if variances is None else prepare_unequal(variances, columns)
    return Prepared(partition.test, residuals, squares, doubtful, exact, columns, effects, partition.dof, unequal)


def statistic_maps(prepared: Prepared, relabellings: Sequence[Relabelling], first: int = 0) -> Iterator[Floats]:
    """The t or F map of each relabelling.

    Parameters
    ----------
    prepared : Prepared
        Of V voxels.
    relabellings : sequence of Relabelling
        Consecutive ones.
    first : int
        The number of the first of them. Parts that begin at multiples of :data:`BATCH` waste nothing.

    Yields
    ------
    (V,)
        float64, in order; at the identity the parametric statistic. NaN where a voxel is NaN or infinite in any row,
        or is fitted exactly.
    """
    done = 0
    while done < len(relabellings):
        place = (first + done) % BATCH
        some = relabellings[done : done + BATCH - place]
        yield from _batch(prepared, some, place)
        done += len(some)


def _batch(prepared: Prepared, relabellings: Sequence[Relabelling], place: int) -> Floats:
    """(n, V) maps of up to BATCH relabellings, which stand in the product from ``place`` on."""
    rows, columns = prepared.columns.shape
    weights, orders = np.zeros((BATCH, columns, rows)), np.tile(np.arange(rows), (BATCH, 1))
    for number, (order, signs) in enumerate(relabellings, start=place):
        weights[number] = (prepared.columns[order] * signs[:, None]).T
        orders[number] = order
    used = slice(place, place + len(relabellings))
    maps = np.empty((len(relabellings), len(prepared.squares)))
    for start in range(0, maps.shape[1], VOXELS):
        voxels = slice(start, start + VOXELS)
        residuals = prepared.residuals[:, voxels]
        if prepared.unequal is None:
            products = (weights.reshape(-1, rows) @ residuals).reshape(BATCH, columns, -1)[used]
            maps[:, voxels] = _statistic(prepared, products, weights[used], voxels)
        else:
            limits = prepared.doubtful[voxels], prepared.exact[voxels]
            maps[:, voxels] = relabelled_welch(prepared.unequal, residuals, weights, orders, *limits)[used]
    return maps


def _statistic(prepared: Prepared, products: Floats, weights: Floats, voxels: slice) -> Floats:
    """(n, v) t or F from the products (n, K + M, v) of relabelled columns and residuals."""
    explained = _sum_of_squares(products[:, : prepared.effects])
    left = prepared.squares[voxels] - explained
    if products.shape[1] > prepared.effects:
        left -= _sum_of_squares(products[:, prepared.effects :])
    doubtful = left <= prepared.doubtful[voxels]
    if doubtful.any():
        for number, voxel in zip(*np.nonzero(doubtful), strict=True):
            residual = prepared.residuals[:, voxels][:, voxel] - products[number, :, voxel] @ weights[number]
            left[number, voxel] = residual @ residual
        left[left <= prepared.exact[voxels]] = np.nan
    left /= prepared.dof
    if prepared.test == "t":
        return np.asarray(np.divide(products[:, 0], np.sqrt(left, out=left), out=left))
    return np.asarray(np.divide(explained, left, out=left) / prepared.effects)


def _sum_of_squares(products: Floats) -> Floats:
    """(n, v), over the columns of (n, C, v)."""
    total = np.square(products[:, 0])
    for column in range(1, products.shape[1]):
        total += np.square(products[:, column])
    return total


def relabelled_columns(prepared: Prepared, relabellings: Sequence[Relabelling]) -> Floats:
    """(n, C, N): the columns that take part in the statistic of each relabelling."""
    orders, signs = (np.array(each) for each in zip(*relabellings, strict=True))
    return np.ascontiguousarray(np.swapaxes(prepared.columns[orders] * signs[:, :, None], 1, 2))


def null_maxima(
    prepared: Prepared,
    relabellings: Sequence[Relabelling],
    maxima: Mapping[str, MapMaximum],
    alternative: Alternative,
    first: int = 0,
) -> dict[str, Floats]:
    """The maximum of every relabelling, for each control.

    Parameters
    ----------
    prepared : Prepared
    relabellings : sequence of Relabelling
        The whole null distribution begins with the identity, whose maximum is the observed one.
    maxima : mapping
        What is controlled (``voxel``, ``cluster-size``, ...) and how a map is measured in its upper tail.
    alternative : {"greater", "less", "two-sided"}
        The tail of t. Two-sided is the larger of both tails, each measured by itself: clusters never join signs.
        An F has one tail, and is asked for as two-sided or greater.
    first : int
        The number of the first of these relabellings.

    Returns
    -------
    dict of (n,)
        In order. Any split of the relabellings gives the same numbers, bit for bit.

    Raises
    ------
    ValueError
        If the lower tail of an F is asked for.
    """
    tails = _tails(prepared.test, alternative)
    found = {name: np.empty(len(relabellings)) for name in maxima}
    for number, statistic in enumerate(statistic_maps(prepared, relabellings, first)):
        for name, measure in maxima.items():
            found[name][number] = max(measure(tail * statistic) for tail in tails)
    return found


def directed(test: Literal["t", "F"], statistic: Floats, alternative: Alternative) -> Floats:
    """The statistic (V,) as the alternative has it: t, -t or the absolute t; an F as it is."""
    tails = _tails(test, alternative)
    return np.abs(statistic) if len(tails) == 2 else tails[0] * statistic


def _tails(test: Literal["t", "F"], alternative: Alternative) -> tuple[float, ...]:
    if test == "F":
        if alternative == "less":
            raise ValueError("an F is tested in its upper tail")
        return (1.0,)
    return {"greater": (1.0,), "less": (-1.0,), "two-sided": (1.0, -1.0)}[alternative]


def largest(statistic: Floats) -> float:
    """The largest value of a map; NaN is passed over, and without any value it is minus infinity."""
    return float(np.fmax.reduce(statistic, initial=-np.inf))


def p_values(observed: Floats, null: Floats) -> Floats:
    """The share of a null distribution that is at least as extreme.

    Parameters
    ----------
    observed : (n,)
        Statistics of voxels, or sizes or masses of clusters, in the direction of the alternative.
    null : (m,)
        Maxima of all relabellings, the identity among them.

    Returns
    -------
    (n,)
        Corrected for all voxels or clusters. With the identity and m - 1 random relabellings it is (1 + count) /
        (1 + (m - 1)) (Phipson and Smyth 2010); with all relabellings it is the exact share. Ties count, under the
        tolerance :data:`TIES`. NaN where the observation is NaN.
    """
    ordered = np.sort(null)
    below = np.searchsorted(ordered, least_tied(observed), side="left")
    return np.where(np.isnan(observed), np.nan, (len(null) - below) / len(null))


def critical_value(null: Floats, alpha: float) -> float:
    """What an observation must exceed for its corrected p to be at most ``alpha``.

    Parameters
    ----------
    null : (m,)
        Maxima of all relabellings, the identity among them.
    alpha : float
        Above 0 and below 1.

    Returns
    -------
    float
        The value of rank floor(alpha m) + 1 from above; infinite where alpha m is below 1, as no p is below 1 / m. An
        observation that is tied with it, under the tolerance of :func:`p_values`, does not pass.
    """
    passing = int(np.count_nonzero(np.arange(1, len(null) + 1) / len(null) <= alpha))
    return float(np.sort(null)[len(null) - 1 - passing]) if passing else float("inf")


def least_tied(observed: Floats) -> Floats:
    """The smallest value that counts as equal to, or beyond, an observed one."""
    return np.asarray(observed - TIES * np.maximum(np.abs(observed), 1.0))
