"""Ordinary least squares where the variance differs between groups of rows: the tests of Welch and Satterthwaite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glmspec.core.exchangeability import Numbers, numbered
from glmspec.core.least_squares import EPS, Floats, PreparedDesign, fit, row_weights
from glmspec.core.partition import residualise

LEAST_DOF = 1e-6
"""Fewer degrees of freedom than this are rounding: a row with a column of its own leaves 1e-15 of one."""


@dataclass(frozen=True, eq=False)
class VarianceGroups:
    """Rows of a design that share a variance; made by :func:`variance_groups`.

    Attributes
    ----------
    number : (N,) int
        The group of each row, numbered in the order of first appearance.
    dof : (G,)
        tr(R_gg): the degrees of freedom that the rows of each group leave to its variance. They add up to N - rank.
    """

    number: Numbers
    dof: Floats

    def members(self, order: Numbers | None = None) -> Floats:
        """(..., G, N): 1 where a row is of the group, else 0.

        With ``order`` (..., N), of data whose row n has row ``order[..., n]`` of the design: groups go with the design.
        """
        number = self.number if order is None else self.number[order]
        return np.asarray(number[..., None, :] == np.arange(len(self.dof))[:, None], dtype=np.float64)

    def sums(self, values: Floats) -> Floats:
        """Sums (G, V) over the rows of each group, of values (N, V)."""
        return np.asarray(self.members() @ values)


class GroupFit(NamedTuple):
    """Coefficients (P, V) and the residual variance (G, V) of each group, in the units of the data and their square."""

    coefficients: Floats
    residual_variances: Floats


class WelchContrast(NamedTuple):
    """Effect, its variance, t and the degrees of freedom of t, each (V,)."""

    effect: Floats
    variance: Floats
    t: Floats
    dof: Floats


def variance_groups(prepared: PreparedDesign, labels: ArrayLike) -> VarianceGroups:
    """Rows by variance, and what a design leaves of each group.

    Parameters
    ----------
    prepared : PreparedDesign
        Of N rows.
    labels : (N,)
        Rows of one label have one variance.

    Returns
    -------
    VarianceGroups
        With dof tr(R_gg) = n_g - |Q_g|^2: R = I - QQ' forms residuals, and R_gg is its block of the group's rows.

    Raises
    ------
    ValueError
        If there is not one label a row, or the design fits a group exactly, so that it has no variance of its own.
    """
    names = np.asarray(labels)
    if names.shape != (prepared.rows,):
        raise ValueError(f"variance groups of shape {names.shape} do not fit a design of {prepared.rows} rows")
    number = numbered(names)
    free = 1.0 - np.einsum("nr,nr->n", prepared.orthonormal, prepared.orthonormal)
    dof = np.asarray(np.bincount(number, weights=free), dtype=np.float64)
    for group in np.flatnonzero(dof < LEAST_DOF):
        name = names[np.argmax(number == group)]
        raise ValueError(f"the design fits the rows of group {name} exactly: they have no variance of their own")
    return VarianceGroups(number, dof)


def fit_groups(prepared: PreparedDesign, data: NDArray[np.floating], groups: VarianceGroups) -> GroupFit:
    """Least-squares coefficients, and the residual variance of each group of rows, of every voxel.

    Parameters
    ----------
    prepared : PreparedDesign
    data : (N, V)
        float32 or float64; never modified. The arithmetic is float64.
    groups : VarianceGroups
        Of this design.

    Returns
    -------
    GroupFit
        ``coefficients`` (P, V) as in :func:`glmspec.core.least_squares.fit`; ``residual_variances`` (G, V) = the sum of
        squared residuals of the group over its tr(R_gg). A group that is fitted exactly has variance exactly 0 in that
        voxel. A voxel with NaN or infinity in any row is NaN in all, and no other voxel notices.

    Raises
    ------
    ValueError
        If data do not have the design's N rows.

    Notes
    -----
    Where groups share no column the variances are unbiased. Where they do (one covariate for all), each is unbiased if
    variances are equal, and otherwise mixes in a little of the others.
    """
    coefficients = fit(prepared, data).coefficients
    values = np.asarray(data, dtype=np.float64)
    broken = ~np.isfinite(values).all(axis=0)
    values = np.where(broken, 0.0, values) if broken.any() else values
    squares = groups.sums(np.square(residualise(values, prepared.orthonormal)))
    rounding = (prepared.rows * EPS) ** 2 * np.einsum("nv,nv->v", values, values)
    squares[squares <= rounding] = 0.0
    squares[:, broken] = np.nan
    return GroupFit(coefficients, squares / groups.dof[:, None])


def t_contrast_welch(
    prepared: PreparedDesign, groups: VarianceGroups, fit: GroupFit, weights: ArrayLike
) -> WelchContrast:
    """One combination of coefficients, tested against zero without taking variances as equal.

    Parameters
    ----------
    prepared : PreparedDesign
    groups : VarianceGroups
    fit : GroupFit
        Of V voxels.
    weights : (P,)

    Returns
    -------
    WelchContrast
        effect = w'b = L y with L = w'X^+; variance = sum_g s_g^2 |L_g|^2; t = effect / sqrt(variance);
        dof = (sum_g s_g^2 |L_g|^2)^2 / sum_g (s_g^2 |L_g|^2)^2 / tr(R_gg), of each voxel. t and dof are NaN where the
        variance is zero or NaN. A group without any variance counts as known exactly, as long as another that takes
        part in the contrast has some.

    Raises
    ------
    ValueError
        If the weights are all zero or the contrast is not estimable.

    Notes
    -----
    For two groups, a mean each, this is Welch (1947), t and degrees of freedom; the degrees of freedom in general are
    Satterthwaite's (1946), between the smallest tr(R_gg) that takes part and N - rank. For one group it is the pooled
    test. Winkler et al. (2014) generalise Aspin and Welch otherwise: their v takes the variance w'(X'D^-1 X)^- w, D the
    variances of rows, for the same effect. The two are one where each column lives in one group of rows (a mean and
    slopes for each group). Where groups share a column, sum_g s_g^2 |L_g|^2 is the variance of the least-squares effect
    itself, and w'(X'D^-1 X)^- w that of the weighted estimate, never larger.
    """
    row = np.asarray(weights, dtype=np.float64)
    if not row.any():
        raise ValueError("a contrast needs a weight that is not zero")
    squared = np.square(row_weights(prepared, row)).T
    parts = fit.residual_variances * groups.sums(squared)
    variance = parts.sum(axis=0)
    positive = np.where(variance > 0, variance, np.nan)
    effect = row @ fit.coefficients
    dof = 1.0 / (np.square(parts / positive) / groups.dof[:, None]).sum(axis=0)
    return WelchContrast(effect, variance, effect / np.sqrt(positive), dof)
