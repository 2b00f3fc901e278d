"""A design cut in two by a contrast: the effect of interest, and everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import qr

from glmspec.core.contrasts import ROW_TOLERANCE
from glmspec.core.least_squares import COMBINATION_TOLERANCE, Floats, PreparedDesign, whitened_weights

REPEATS = 2
"""Projections until residuals are orthogonal to the nuisance in every digit: twice is enough (Giraud et al. 2005)."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Orthonormal bases that together span the design; see :func:`partition`.

    Attributes
    ----------
    test : {"t", "F"}
    effect : (N, K)
        The effect of interest: what the contrast adds to the model. K is 1 for t, and it points the way of t.
    nuisance : (N, R - K)
        The model under the null hypothesis: every mean X b with W b = 0.
    dof : int
        N - R.
    """

    test: Literal["t", "F"]
    effect: Floats
    nuisance: Floats
    dof: int


def partition(prepared: PreparedDesign, weights: ArrayLike) -> Partition:
    """Cut a design by an estimable contrast.

    Parameters
    ----------
    prepared : PreparedDesign
        Of N rows, P columns and rank R.
    weights : (P,) or (Q, P)
        One row of weights is a t contrast; a matrix is an F contrast, whose rows may repeat each other.

    Returns
    -------
    Partition
        With t = e'y / s, or F = |E'y|^2 / (K s^2), s^2 = (|y|^2 - |E'y|^2 - |Z'y|^2) / (N - R): the parametric
        statistic, for every design and contrast.

    Raises
    ------
    ValueError
        If all weights are zero or a row is not estimable.

    Notes
    -----
    The partition of Beckmann and Smith (in Ridgway 2009, and Winkler et al. 2014, appendix A), X D W' (W D W')^-1
    with D = (X'X)^-, spans Q U where X = Q R and U = R^-T W'. Nothing is inverted, the columns of U are reduced to
    the independent ones, and what is left of Q is the nuisance. A tool that instead drops every column with a
    weight from the nuisance tests another hypothesis wherever two weights are of one sign.
    """
    given = np.asarray(weights, dtype=np.float64)
    rows = np.atleast_2d(given)
    rows = rows[rows.any(axis=1)]
    if not len(rows):
        raise ValueError("a contrast needs a weight that is not zero")
    half = whitened_weights(prepared, rows)
    turn, triangle, _ = qr(half / np.linalg.norm(half, axis=0), pivoting=True)
    count = int(np.count_nonzero(np.abs(np.diag(triangle)) > ROW_TOLERANCE))
    turned = prepared.orthonormal @ (turn if triangle[0, 0] > 0 else -turn)
    return Partition(
        test="t" if given.ndim == 1 else "F",
        effect=np.ascontiguousarray(turned[:, :count]),
        nuisance=np.ascontiguousarray(turned[:, count:]),
        dof=prepared.dof,
    )


def residualise(data: Floats, basis: Floats) -> Floats:
    """What an orthonormal basis (N, C) leaves of data (N, V); float64, the data untouched."""
    residuals = np.array(data, dtype=np.float64)
    for _ in range(REPEATS if basis.shape[1] else 0):
        residuals -= basis @ (basis.T @ residuals)
    return residuals


def spans(basis: Floats, vectors: ArrayLike) -> bool:
    """Whether an orthonormal basis (N, C) holds every one of the vectors, (N,) or (N, M), up to rounding."""
    wanted = np.asarray(vectors, dtype=np.float64).reshape(len(basis), -1)
    left = np.linalg.norm(residualise(wanted, basis), axis=0)
    return bool((left <= COMBINATION_TOLERANCE * np.linalg.norm(wanted, axis=0)).all())
