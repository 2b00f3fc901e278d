"""From events to columns: sampled on a fine grid, convolved with a response, read at the scans.

The grid and its arithmetic are nilearn's (compute_regressor), so that columns agree to rounding even where an onset
falls on a point of the grid. Two things differ, both outside nilearn's documented meaning: an event that ended before
the grid begins adds nothing (nilearn puts an impulse on the first point), and amplitudes must be finite.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glmspec.core.hrf import OVERSAMPLING, Basis

Floats = NDArray[np.float64]

MIN_ONSET = -24.0
"""The fine grid begins this long, in s, before the first scan: nilearn's default."""

DEPENDENT = 1e-9
"""A column of which less than this share is left after projection is a combination of the others: what is left is
rounding (about 1e-13 after a convolution), and is called zero."""


EQUAL = 1e-12
"""Values whose range is below this share of them are equal: a power of a mean leaves some 1e-15."""


class Events(NamedTuple):
    """Events of one condition: onsets (E,) and durations (E,) in s on the clock of the scans, amplitudes (E,)."""

    onsets: Floats
    durations: Floats
    amplitudes: Floats


def events(onsets: ArrayLike, durations: ArrayLike = 0.0, amplitudes: ArrayLike = 1.0) -> Events:
    """Events from arrays, or numbers that hold for all.

    Parameters
    ----------
    onsets : (E,)
        s.
    durations, amplitudes : (E,) or float
        s, 0 for an impulse of one step of the fine grid; and the height of each event.

    Raises
    ------
    ValueError
        If lengths differ, a number is not finite, or a duration is negative.
    """
    begin = np.atleast_1d(np.asarray(onsets, dtype=np.float64))
    lasting, height = (np.asarray(values, dtype=np.float64) for values in (durations, amplitudes))
    if begin.ndim != 1 or lasting.shape not in ((), begin.shape) or height.shape not in ((), begin.shape):
        raise ValueError(f"{len(begin)} onsets do not fit durations {lasting.shape} and amplitudes {height.shape}")
    if not all(np.isfinite(values).all() for values in (begin, lasting, height)):
        raise ValueError("onsets, durations and amplitudes are numbers: NaN or infinity found")
    if (lasting < 0).any():
        raise ValueError("a duration is 0 s or longer")
    return Events(begin, np.broadcast_to(lasting, begin.shape), np.broadcast_to(height, begin.shape))


def repetition_time(frame_times: Floats) -> float:
    """The shortest time between two scans, s.

    Raises
    ------
    ValueError
        If there are fewer than two scans or their times do not ascend.
    """
    if frame_times.ndim != 1 or len(frame_times) < 2 or not (np.diff(frame_times) > 0).all():
        raise ValueError("scan times are two or more ascending numbers of seconds")
    return float(np.min(np.diff(frame_times)))


def fine_grid(frame_times: Floats, oversampling: int = OVERSAMPLING, min_onset: float = MIN_ONSET) -> Floats:
    """Times (G,) at which events are sampled, s: ``oversampling`` steps a scan, from ``min_onset`` before the first."""
    count, first, last = len(frame_times), frame_times.min(), frame_times.max()
    end = last * (1 + 1.0 / (count - 1))
    steps = (count - 1) * 1.0 / (last - first) * ((end - first - min_onset) * oversampling) + 1
    return np.linspace(first + min_onset, end, int(np.rint(steps)))


def sample_events(happening: Events, grid: Floats) -> Floats:
    """Height of the events at each time of a grid.

    Parameters
    ----------
    happening : Events
    grid : (G,)
        Ascending, s.

    Returns
    -------
    (G,)
        Sum of the amplitudes of the events that go on. An event lasts one step at least. Events outside the grid add
        nothing, and those that reach into it only what is inside.
    """
    last = len(grid) - 1
    ends = happening.onsets + happening.durations
    inside = (happening.onsets >= grid[0]) | (ends > grid[0])
    begin = np.minimum(np.searchsorted(grid, happening.onsets[inside]), last)
    end = np.minimum(np.searchsorted(grid, ends[inside]), last)
    end = np.where((end == begin) & (end < last), end + 1, end)
    heights = happening.amplitudes[inside]
    jumps = np.zeros(len(grid))
    np.add.at(jumps, begin, heights)
    np.subtract.at(jumps, end, heights)
    return np.cumsum(jumps)


def regressors(
    happening: Events,
    frame_times: ArrayLike,
    basis: Basis,
    *,
    oversampling: int = OVERSAMPLING,
    min_onset: float = MIN_ONSET,
) -> Floats:
    """Columns of one condition.

    Parameters
    ----------
    happening : Events
    frame_times : (N,)
        When each scan is taken, s.
    basis : Basis
        Made for the same repetition time and oversampling.
    oversampling : int
        Steps of the fine grid in one repetition time.
    min_onset : float
        Events are heard from this long before the first scan, s; not above 0.

    Returns
    -------
    (N, K)
        One column a kernel, in the units of the amplitudes.

    Raises
    ------
    ValueError
        If scan times do not ascend or ``min_onset`` is positive.
    """
    times = np.asarray(frame_times, dtype=np.float64)
    repetition_time(times)
    if min_onset > 0:
        raise ValueError(f"min_onset is 0 s or before the first scan, not {min_onset} s after it")
    grid = fine_grid(times, oversampling, min_onset)
    heights = sample_events(happening, grid)
    stop = len(grid) - basis.lead
    columns = [
        np.interp(times, grid[:stop], np.convolve(heights, kernel)[basis.lead : len(grid)]) for kernel in basis.kernels
    ]
    matrix = np.column_stack(columns)
    return orthogonalize(matrix) if basis.orthogonalize else matrix


def orthogonalize(columns: ArrayLike) -> Floats:
    """Each column less its projection on those before it; the first stays, and lengths are not changed to 1.

    Parameters
    ----------
    columns : (N, K)

    Returns
    -------
    (N, K)
        A column that is a combination of earlier ones is exactly zero.

    Notes
    -----
    Gram and Schmidt, twice, as once leaves digits of a nearly dependent column (Golub and Van Loan, 5.2.9).
    """
    matrix = np.array(columns, dtype=np.float64)
    for column in range(1, matrix.shape[1]):
        length = np.linalg.norm(matrix[:, column])
        for _ in range(2):
            matrix[:, column] -= _projection(matrix[:, :column], matrix[:, column])
        if np.linalg.norm(matrix[:, column]) <= DEPENDENT * length:
            matrix[:, column] = 0.0
    return matrix


def _projection(orthogonal: Floats, vector: Floats) -> Floats:
    """Projection of a vector (N,) on orthogonal columns (N, K), of which some may be zero."""
    squares = np.einsum("nk,nk->k", orthogonal, orthogonal)
    shares = np.divide(vector @ orthogonal, squares, out=np.zeros_like(squares), where=squares > 0)
    return np.asarray(orthogonal @ shares)


def modulator(values: ArrayLike, *, power: int = 1, center: bool = True) -> Floats:
    """Amplitudes of a parametric modulator.

    Parameters
    ----------
    values : (E,)
        One value for each event of the condition in the run, in any unit.
    power : int
        1 or more.
    center : bool
        Whether the mean over the run's events is removed, before the power is taken and again after it: the condition
        then stays the response at the mean value, and a square is not a copy of its linear term.

    Returns
    -------
    (E,)
        To be used in place of an event's amplitude of 1. All zero if the events do not differ.

    Raises
    ------
    ValueError
        If a value is NaN or infinite, or the power is below 1.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("a modulator has a number for every event: NaN or infinity found")
    if power < 1:
        raise ValueError(f"a modulator's power is 1 or more, not {power}")
    if not center or not numbers.size:
        return np.asarray(numbers**power)
    return _centred(_centred(numbers) ** power)


def _centred(values: Floats) -> Floats:
    """Values less their mean; exactly zero where they are equal but for rounding."""
    spread = np.ptp(values)
    return np.zeros_like(values) if spread <= EQUAL * np.abs(values).max() else values - values.mean()


def orthogonal_modulators(amplitudes: ArrayLike) -> Floats:
    """Modulators (M, E), each less its projection on those before it, over the events of the run.

    A modulator that is a combination of earlier ones is zero. See :func:`orthogonalize`.
    """
    return np.ascontiguousarray(orthogonalize(np.asarray(amplitudes, dtype=np.float64).T).T)
