"""Ordinary least squares for many voxels that share one design: prepare once, fit many times.

The design is factored by QR with column pivoting after its columns are brought to unit length, so that the units
of a covariate cannot decide what counts as rank. Normal equations and pseudo-inverses square or hide the
condition number: with their default cut-offs NIST's Filip loses every digit without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import qr, solve_triangular

Floats = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)

DOUBTFUL_DIAGONAL = EPS**0.5
"""A column whose new part is shorter than this share of itself leaves fewer than eight digits in a coefficient;
rank is then a matter of rounding in the covariates, and the user is told."""

COMBINATION_TOLERANCE = 1e-7
"""Relative size below which a combination of weights counts as zero. Larger than the error of an aliasing relation
in a design whose rank is not in doubt (EPS / DOUBTFUL_DIAGONAL), smaller than any weight a person writes."""


@dataclass(frozen=True, eq=False)
class PreparedDesign:
    """A factored design; see :func:`prepare`.

    Attributes
    ----------
    rows, columns : int
        N and P.
    rank, dof : int
        Rank of the design, and N - rank.
    kept, aliased : tuple of int
        Columns that carry a coefficient, in pivot order, and those that are combinations of them, ascending.
    rank_in_doubt : bool
        Whether some column is independent of the others by less than half of a double's digits.
    scales : (P,)
        Length of each column; 1 for a column of zeros.
    orthonormal : (N, rank)
        Q: an orthonormal basis of the column space.
    triangle : (rank, rank)
        R, upper triangular, of the scaled and kept columns.
    relations : (P, P - rank)
        Null space of the scaled design: one exact relation between columns for each aliased one.
    """

    rows: int
    columns: int
    rank: int
    dof: int
    kept: tuple[int, ...]
    aliased: tuple[int, ...]
    rank_in_doubt: bool
    scales: Floats
    orthonormal: Floats
    triangle: Floats
    relations: Floats


class Fit(NamedTuple):
    """Coefficients (P, V) and residual variance (V,), in the units of the data and their square."""

    coefficients: Floats
    residual_variance: Floats


def prepare(design: ArrayLike) -> PreparedDesign:
    """Factor a design matrix.

    Parameters
    ----------
    design : (N, P)
        Rows are maps or scans, columns are regressors, in any units.

    Raises
    ------
    ValueError
        If the design is not a matrix with at least one row and one column, or holds NaN or infinity.

    Notes
    -----
    X D P = Q R with D the reciprocal column lengths and P the pivoting (Golub and Van Loan, Matrix Computations,
    5.4.2). Rank is the number of diagonal entries of R above max(N, P) eps, what rounding alone can leave.
    """
    matrix = np.array(design, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"a design is a matrix with rows and columns, not an array of shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError("a design holds numbers only: NaN or infinity found")
    scales = _lengths(matrix)
    factors = qr(matrix / scales, mode="economic", pivoting=True)
    orthonormal, triangle = (np.asarray(factor, dtype=np.float64) for factor in factors[:2])
    pivots = np.asarray(factors[2], dtype=np.intp)
    diagonal = np.abs(np.diag(triangle))
    noise = max(matrix.shape) * EPS
    rank = int(np.count_nonzero(diagonal > noise))
    return PreparedDesign(
        rows=matrix.shape[0],
        columns=matrix.shape[1],
        rank=rank,
        dof=matrix.shape[0] - rank,
        kept=tuple(int(column) for column in pivots[:rank]),
        aliased=tuple(sorted(int(column) for column in pivots[rank:])),
        rank_in_doubt=bool(((diagonal > noise) & (diagonal < DOUBTFUL_DIAGONAL)).any()),
        scales=scales,
        orthonormal=np.ascontiguousarray(orthonormal[:, :rank]),
        triangle=np.ascontiguousarray(triangle[:rank, :rank]),
        relations=_relations(triangle, pivots, rank),
    )


def _lengths(matrix: Floats) -> Floats:
    """Euclidean length of each column, safe from overflow; 1 where a column is zero."""
    largest = np.abs(matrix).max(axis=0)
    largest[largest == 0] = 1.0
    lengths = largest * np.linalg.norm(matrix / largest, axis=0)
    return np.where(lengths == 0, 1.0, lengths)


def _relations(triangle: Floats, pivots: NDArray[np.intp], rank: int) -> Floats:
    """Null space of the scaled design: e_j minus the combination of kept columns that equals column j."""
    columns = len(pivots)
    relations = np.zeros((columns, columns - rank))
    if rank < columns:
        mixture = solve_triangular(triangle[:rank, :rank], triangle[:rank, rank:])
        mixture[np.abs(mixture) < COMBINATION_TOLERANCE] = 0.0  # rounding must not tie unrelated columns together
        relations[pivots[:rank]] = -mixture
        relations[pivots[rank:], np.arange(columns - rank)] = 1.0
    return relations


def fit(prepared: PreparedDesign, data: NDArray[np.floating]) -> Fit:
    """Least-squares coefficients and residual variance of every voxel.

    Parameters
    ----------
    prepared : PreparedDesign
    data : (N, V)
        float32 or float64; never modified. The arithmetic is float64.

    Returns
    -------
    Fit
        ``coefficients`` (P, V), 0 for aliased columns; ``residual_variance`` (V,) = SSE / (N - rank). A voxel that
        the design fits exactly has variance exactly 0; NaN everywhere if no degree of freedom is left. A voxel
        with NaN or infinity in any row is NaN in both, and no other voxel notices.

    Raises
    ------
    ValueError
        If data do not have the design's N rows.
    """
    if data.ndim != 2 or data.shape[0] != prepared.rows:
        raise ValueError(f"data of shape {data.shape} do not fit a design of {prepared.rows} rows")
    values = np.asarray(data, dtype=np.float64)
    broken = ~np.isfinite(values).all(axis=0)
    if broken.any():
        values = np.where(broken, 0.0, values)  # so that no product can carry a NaN elsewhere
    projected = prepared.orthonormal.T @ values
    coefficients = np.zeros((prepared.columns, values.shape[1]))
    kept = list(prepared.kept)
    if kept:
        coefficients[kept] = solve_triangular(prepared.triangle, projected) / prepared.scales[kept, None]
    variance = _residual_variance(prepared, values, projected)
    coefficients[:, broken] = np.nan
    variance[broken] = np.nan
    return Fit(coefficients, variance)


def _residual_variance(prepared: PreparedDesign, values: Floats, projected: Floats) -> Floats:
    """SSE / dof, from the residuals themselves: a difference of two sums of squares cancels."""
    if prepared.dof == 0:
        return np.full(values.shape[1], np.nan)
    residuals = prepared.orthonormal @ projected
    np.subtract(values, residuals, out=residuals)
    squares = np.einsum("nv,nv->v", residuals, residuals)
    total = np.einsum("nv,nv->v", values, values)
    squares[exactly_fitted(prepared, squares, total)] = 0.0
    return np.asarray(squares / prepared.dof)


def exactly_fitted(prepared: PreparedDesign, squares: Floats, total: Floats) -> NDArray[np.bool_]:
    """Where a sum of squared residuals (V,) is no more than rounding of data of this sum of squares (V,).

    Rounding in Q and in the projection leaves up to about N eps of the data's length in the residuals of a voxel
    that is fitted exactly. Noise so small cannot be told from that, so it is called zero.
    """
    return np.asarray(squares <= (prepared.rows * EPS) ** 2 * total)


def estimable(prepared: PreparedDesign, weights: ArrayLike) -> NDArray[np.bool_]:
    """Whether each contrast has one answer, however the aliased columns are resolved.

    Parameters
    ----------
    weights : (Q, P)
        One contrast a row.

    Returns
    -------
    (Q,) bool
        True where the weights lie in the row space of the design: w'n = 0 for every n with Xn = 0 (Searle, Linear
        Models, 5.4). Each relation is judged against the size of its own terms, so that the units of a column that
        takes no part cannot hide it.
    """
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    return np.asarray(~_violations(prepared, rows).any(axis=1))


def _violations(prepared: PreparedDesign, rows: Floats) -> NDArray[np.bool_]:
    """(Q, P - rank): which relations between columns each contrast contradicts."""
    if rows.shape[1] != prepared.columns:
        raise ValueError(f"{rows.shape[1]} weights do not fit a design of {prepared.columns} columns")
    scaled = rows / prepared.scales
    found = np.abs(scaled @ prepared.relations)
    size = np.abs(scaled) @ np.abs(prepared.relations)
    return np.asarray(found > COMBINATION_TOLERANCE * size)


def blamed_columns(prepared: PreparedDesign, weights: ArrayLike) -> tuple[int, ...]:
    """Columns on which a contrast falls outside the row space; empty if it is estimable.

    Parameters
    ----------
    weights : (P,)

    Returns
    -------
    tuple of int
        The columns, ascending, where the part of the weights that lies in the null space is not zero.
    """
    row = np.asarray(weights, dtype=np.float64)[None, :]
    contradicted = _violations(prepared, row)[0]
    if not contradicted.any():
        return ()
    relations = prepared.relations
    misfit = np.where(contradicted, (row / prepared.scales @ relations)[0], 0.0)
    outside = np.abs(relations @ np.linalg.solve(relations.T @ relations, misfit))
    return tuple(int(column) for column in np.flatnonzero(outside > COMBINATION_TOLERANCE * outside.max()))


def whitened_weights(prepared: PreparedDesign, weights: ArrayLike) -> Floats:
    """U (rank, Q) with U'U = W (X'X)^- W', for estimable contrasts W (Q, P).

    U = R^-T of the scaled, kept weights: no inverse is formed and no condition number squared.

    Raises
    ------
    ValueError
        If a contrast is not estimable.
    """
    rows = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    if not estimable(prepared, rows).all():
        raise ValueError("a contrast is not estimable in this design")
    kept = list(prepared.kept)
    scaled = (rows / prepared.scales)[:, kept].T
    return np.asarray(solve_triangular(prepared.triangle, scaled, trans="T")) if kept else scaled


def row_weights(prepared: PreparedDesign, weights: ArrayLike) -> Floats:
    """L (Q, N) with W b = L y: what each row of the data counts for in estimable contrasts W (Q, P).

    Returns
    -------
    (Q, N)
        L = W X^+ = U'Q', U being :func:`whitened_weights`; exactly zero where a row takes no part.

    Raises
    ------
    ValueError
        If a contrast is not estimable.
    """
    return without_rounding(whitened_weights(prepared, weights).T @ prepared.orthonormal.T)


def without_rounding(combinations: Floats) -> Floats:
    """Combinations of rows (Q, N), zero where rounding has left a little: it would bring in variances of other rows."""
    size = np.abs(combinations)
    return np.where(size <= COMBINATION_TOLERANCE * size.max(axis=1, keepdims=True), 0.0, combinations)
