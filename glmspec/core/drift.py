"""Slow drifts of a run: discrete cosines and polynomials of time. The constant is a column of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glmspec.core.regressors import orthogonalize

Floats = NDArray[np.float64]

WHOLE_COSINES = 1e-9
"""A count of cosines within this share of a whole number is that number: 2 x 375 scans x 0.01 Hz x 0.8 s is 6."""


def cosine(frame_times: ArrayLike, *, high_pass: float) -> Floats:
    """Discrete cosines of unit length up to a cut-off.

    Parameters
    ----------
    frame_times : (N,)
        When each scan is taken, s; equally spaced.
    high_pass : float
        Cut-off, Hz; the reciprocal of a cut-off period.

    Returns
    -------
    (N, K)
        sqrt(2 / N) cos(pi k (n + 1/2) / N) for k = 1 to K, with K = floor(2 N high_pass TR), at most N - 1. They are
        orthogonal to each other and to the constant.

    Raises
    ------
    ValueError
        If the cut-off is not a positive number or there are fewer than two scans.

    Notes
    -----
    The DCT-II of SPM12's spm_filter (cut-off 1 / high_pass) and nilearn's create_cosine_drift. Those count in
    rounded arithmetic and lose the last cosine in one of a hundred cases where 2 N high_pass TR is whole.
    """
    times = _times(frame_times)
    if not (high_pass > 0 and np.isfinite(high_pass)):
        raise ValueError(f"a cut-off is a positive number of Hz, not {high_pass}")
    scans = len(times)
    spacing = (times[-1] - times[0]) / (scans - 1)
    count = min(scans - 1, int(np.floor(2 * scans * high_pass * spacing * (1 + WHOLE_COSINES))))
    phase = (np.pi / scans) * (np.arange(scans) + 0.5)
    return np.asarray(np.sqrt(2.0 / scans) * np.cos(np.outer(phase, np.arange(1, count + 1))))


def polynomial(frame_times: ArrayLike, *, order: int) -> Floats:
    """Powers of time, each orthogonal to the constant and to the lower ones.

    Parameters
    ----------
    frame_times : (N,)
        When each scan is taken, s.
    order : int
        The highest power, 0 (no column) to N - 1.

    Returns
    -------
    (N, order)
        (t / max t)^k less its projection on the lower powers, k = 1 to order: nilearn's polynomial drift.

    Raises
    ------
    ValueError
        If the order is negative or not below the number of scans.
    """
    times = _times(frame_times)
    if not 0 <= order < len(times):
        raise ValueError(f"the order of a polynomial drift of {len(times)} scans is 0 to {len(times) - 1}, not {order}")
    return orthogonalize(np.vander(times / times.max(), order + 1, increasing=True))[:, 1:]


def none(frame_times: ArrayLike) -> Floats:
    """No drift: (N, 0)."""
    return np.zeros((len(_times(frame_times)), 0))


def constant(frame_times: ArrayLike) -> Floats:
    """The constant: (N, 1) ones."""
    return np.ones((len(_times(frame_times)), 1))


def _times(frame_times: ArrayLike) -> Floats:
    times = np.asarray(frame_times, dtype=np.float64)
    if times.ndim != 1 or len(times) < 2 or not (np.diff(times) > 0).all():
        raise ValueError("scan times are two or more ascending numbers of seconds")
    return times


DRIFTS: Mapping[str, Callable[..., Floats]] = {"cosine": cosine, "polynomial": polynomial, "none": none}
"""Name -> function of the scan times and the fields of that name in a document."""
