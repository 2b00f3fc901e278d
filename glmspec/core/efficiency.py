"""How precisely a design can estimate a contrast, before there are data."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def efficiency(design: ArrayLike, weights: ArrayLike) -> float:
    """One over the variance that an effect has with errors of unit variance: 1 / trace(c (X'X)^+ c').

    Parameters
    ----------
    design : (N, P)
    weights : (Q, P)
        Of an F the rows count together (Dale 1999; Friston et al. 1999). Efficiencies compare designs for one
        contrast; between contrasts they depend on how the weights are scaled.
    """
    matrix, rows = np.asarray(design, dtype=np.float64), np.atleast_2d(np.asarray(weights, dtype=np.float64))
    variance = float(np.trace(rows @ np.linalg.pinv(matrix.T @ matrix, hermitian=True) @ rows.T))
    return 1 / variance if variance > 0 else float("inf")
