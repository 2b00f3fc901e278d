"""The t of Welch for relabellings of a design: every group's residual sum of squares, without the residuals.

With D the relabelled columns, e the residuals of the nuisance and p = D'e, the residuals of the full model are e - D p.
Those of the rows of group g have the sum of squares |e_g|^2 - 2 p'D_g'e_g + p'D_g'D_g p, where D_g'e_g is a product
like p itself, and D_g'D_g is the same for every relabelling because a group goes where its rows of the design go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmspec.core.exchangeability import Numbers
from glmspec.core.least_squares import Floats, without_rounding
from glmspec.core.welch import VarianceGroups


@dataclass(frozen=True, eq=False)
class Unequal:
    """Variance groups of a design, ready for its relabellings; see :func:`prepare_unequal`.

    Attributes
    ----------
    groups : VarianceGroups
    shares : (G,)
        The variance of t's numerator is the sum over groups of shares times residual sums of squares.
    inner : (G, C, C)
        D_g'D_g of the columns that are relabelled.
    """

    groups: VarianceGroups
    shares: Floats
    inner: Floats


def prepare_unequal(groups: VarianceGroups, columns: Floats) -> Unequal:
    """Variance groups beside the columns (N, C) that are relabelled, orthonormal, the effect of interest first."""
    effect = without_rounding(columns[:, :1].T)
    shares = groups.sums(np.square(effect).T)[:, 0] / groups.dof
    parted = groups.members()[:, :, None] * columns
    return Unequal(groups, shares, np.swapaxes(parted, 1, 2) @ columns)


def relabelled_welch(
    unequal: Unequal, residuals: Floats, weights: Floats, orders: Numbers, doubtful: Floats, exact: Floats
) -> Floats:
    """t of several relabellings.

    Parameters
    ----------
    unequal : Unequal
    residuals : (N, V)
        Of the nuisance.
    weights : (n, C, N)
        The relabelled columns.
    orders : (n, N)
        Which row of the design each row of the data has.
    doubtful, exact : (V,)
        A group's sum of squares up to the first is computed anew from its residuals. Up to the second it is rounding,
        and counts as zero.

    Returns
    -------
    (n, V)
        NaN where no group that takes part has a variance.
    """
    count, columns, rows = weights.shape
    members = unequal.groups.members(orders)
    parted = weights[:, None] * members[:, :, None]
    products = (parted.reshape(-1, rows) @ residuals).reshape(count, -1, columns, residuals.shape[1])
    squares = (members.reshape(-1, rows) @ np.square(residuals)).reshape(count, -1, residuals.shape[1])
    whole = products.sum(axis=1)
    squares -= ((2 * products - unequal.inner @ whole[:, None]) * whole[:, None]).sum(axis=2)
    anew = squares <= doubtful
    for number, group in zip(*np.nonzero(anew.any(axis=2)), strict=True):
        own, some = members[number, group] == 1, anew[number, group]
        left = residuals[own][:, some] - weights[number][:, own].T @ whole[number][:, some]
        squares[number, group, some] = np.square(left).sum(axis=0)
    squares[squares <= exact] = 0.0
    variance = np.einsum("g,ngv->nv", unequal.shares, squares)
    return np.asarray(whole[:, 0] / np.sqrt(np.where(variance > 0, variance, np.nan)))
