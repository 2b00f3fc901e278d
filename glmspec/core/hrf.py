"""Haemodynamic responses sampled on a fine grid: SPM's, Glover's, their derivatives, and finite impulse responses.

A double gamma is written once. SPM and nilearn differ in its parameters, in the grid they sample and in where time
zero lies: nilearn's responses begin one step of the grid late, which is why its `spm` is some 4 % off SPM's own.
All of that is in a :class:`Response`, and a further shift may be asked for with ``onset``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

OVERSAMPLING = 50
"""Steps of the fine grid in one repetition time, as in nilearn."""

DISPERSION_STEP = 0.01
"""Change of the peak's dispersion from which its derivative is taken: SPM's and nilearn's."""

WHOLE_STEPS = 1e-9
"""A length within this share of a whole number of steps is that number: 32 s / 0.04 s is 800 steps, not 799."""


@dataclass(frozen=True)
class Response:
    """A difference of two gamma densities.

    Attributes
    ----------
    peak_delay, undershoot_delay : float
        Delay of each density relative to onset, s.
    peak_dispersion, undershoot_dispersion : float
        Dispersion (scale) of each density, s; a density's shape is delay / dispersion.
    undershoot_ratio : float
        Size of the undershoot relative to the peak.
    length : float
        Where the response is cut, s.
    derivative_step : float
        Shift from which the time derivative is taken, s.
    times : callable
        (step, length) -> the times that are sampled, s.
    late_steps : int
        Steps of the grid by which the response begins late.
    derivative_undershoot : float
        Dispersion of the undershoot, s, in the two responses whose difference is the dispersion derivative.
    """

    peak_delay: float
    undershoot_delay: float
    peak_dispersion: float
    undershoot_dispersion: float
    undershoot_ratio: float
    length: float
    derivative_step: float
    times: Callable[[float, float], Floats]
    late_steps: int
    derivative_undershoot: float


def whole_steps(step: float, length: float) -> Floats:
    """0, step, 2 step, ... up to and with ``length``: SPM's grid."""
    return step * np.arange(np.floor(length / step * (1 + WHOLE_STEPS)) + 1)


def spread_evenly(step: float, length: float) -> Floats:
    """round(length / step) times from 0 to ``length``, so a little further apart than ``step``: nilearn's grid."""
    return np.linspace(0.0, length, int(np.rint(length / step)))


SPM = Response(6.0, 16.0, 1.0, 1.0, 1 / 6, 32.0, 1.0, whole_steps, 0, 1.0)
"""SPM12's spm_hrf and spm_get_bf."""

GLOVER = Response(6.0, 12.0, 0.9, 0.9, 0.48, 32.0, 0.1, spread_evenly, 1, 1.0)
"""Glover, NeuroImage 9 (1999) 416, as nilearn parametrises it. nilearn takes the dispersion derivative from responses
whose undershoot has dispersion 1 instead of 0.9, 1e-5 of the derivative; so does this, as columns are to agree."""

NILEARN_SPM = Response(6.0, 16.0, 1.0, 1.0, 0.167, 32.0, 0.1, spread_evenly, 1, 1.0)
"""What nilearn calls `spm`, for comparison with it alone."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Kernels that events are convolved with, one for each column of a condition.

    Attributes
    ----------
    kernels : (K, L)
        Samples at multiples of the fine grid's step, padded with zeros.
    suffixes : tuple of str
        K endings of the columns' names.
    lead : int
        Steps by which the convolution is read ahead of a scan: a finite impulse response averages the events over
        the scan that begins there.
    orthogonalize : bool
        Whether each column is made orthogonal to those before it.
    """

    kernels: Floats
    suffixes: tuple[str, ...]
    lead: int = 0
    orthogonalize: bool = False


def _gamma_density(x: Floats, shape: float, scale: float) -> Floats:
    """Density of a gamma distribution of shape above 1; 0 for x <= 0."""
    inside = np.maximum(x, 0.0) / scale
    return np.asarray(np.exp(special.xlogy(shape - 1, inside) - inside - special.gammaln(shape)) / scale)


def double_gamma(times: ArrayLike, response: Response = SPM, *, onset: float = 0.0) -> Floats:
    """A response sampled at given times.

    Parameters
    ----------
    times : (L,)
        s after an event.
    response : Response
        Its densities' parameters.
    onset : float
        When the response begins, s.

    Returns
    -------
    (L,)
        g(t; a1, b1) - c g(t; a2, b2) with g the gamma density, a delay / dispersion, b dispersion and c the ratio;
        scaled to a sum of 1. 0 before the onset.

    Notes
    -----
    Friston et al., NeuroImage 7 (1998) 30; spm_hrf.m of SPM12.
    """
    after = np.asarray(times, dtype=np.float64) - onset
    peak = _gamma_density(after, response.peak_delay / response.peak_dispersion, response.peak_dispersion)
    undershoot_shape = response.undershoot_delay / response.undershoot_dispersion
    undershoot = _gamma_density(after, undershoot_shape, response.undershoot_dispersion)
    samples = peak - response.undershoot_ratio * undershoot
    return np.asarray(samples / samples.sum())


def _time(times: Floats, response: Response, onset: float) -> Floats:
    """The response minus one that begins later, a second of it."""
    later = double_gamma(times, response, onset=onset + response.derivative_step)
    return (double_gamma(times, response, onset=onset) - later) / response.derivative_step


def _dispersion(times: Floats, response: Response, onset: float) -> Floats:
    """The response minus one of wider peak, a unit of dispersion."""
    narrow = replace(response, undershoot_dispersion=response.derivative_undershoot)
    wide = replace(narrow, peak_dispersion=response.peak_dispersion + DISPERSION_STEP)
    difference = double_gamma(times, narrow, onset=onset) - double_gamma(times, wide, onset=onset)
    return np.asarray(difference / DISPERSION_STEP)


DERIVATIVES: Mapping[str, tuple[str, Callable[[Floats, Response, float], Floats]]] = {
    "time": ("_derivative", _time),
    "dispersion": ("_dispersion", _dispersion),
}
"""Name -> ending of the column's name, and the function."""


def double_gamma_basis(
    response: Response,
    repetition_time: float,
    oversampling: int = OVERSAMPLING,
    *,
    derivatives: Sequence[str] = (),
    onset: float = 0.0,
) -> Basis:
    """A response and its derivatives.

    Parameters
    ----------
    response : Response
    repetition_time : float
        s.
    oversampling : int
        Steps of the fine grid in one repetition time.
    derivatives : sequence of {"time", "dispersion"}
        In the order of their columns.
    onset : float
        A shift of the response, s, beside the response's own.

    Returns
    -------
    Basis
        Columns are made orthogonal in this order, as SPM (on the kernels) and nilearn (on the columns) do.

    Raises
    ------
    ValueError
        If a derivative is unknown or named twice.
    """
    unknown = [name for name in derivatives if name not in DERIVATIVES]
    if unknown or len(set(derivatives)) < len(derivatives):
        raise ValueError(f"derivatives are {' and '.join(DERIVATIVES)}, each once, not {list(derivatives)}")
    step = repetition_time / oversampling
    times, begin = response.times(step, response.length), onset + response.late_steps * step
    chosen = [DERIVATIVES[name] for name in derivatives]
    shapes = [double_gamma(times, response, onset=begin)]
    shapes += [function(times, response, begin) for _, function in chosen]
    return Basis(np.array(shapes), ("", *(suffix for suffix, _ in chosen)), orthogonalize=True)


def spm(repetition_time: float, oversampling: int = OVERSAMPLING, *, derivatives: Sequence[str] = ()) -> Basis:
    """SPM's double gamma; see :func:`double_gamma_basis`."""
    return double_gamma_basis(SPM, repetition_time, oversampling, derivatives=derivatives)


def glover(repetition_time: float, oversampling: int = OVERSAMPLING, *, derivatives: Sequence[str] = ()) -> Basis:
    """Glover's double gamma in nilearn's parametrisation; see :func:`double_gamma_basis`."""
    return double_gamma_basis(GLOVER, repetition_time, oversampling, derivatives=derivatives)


def fir(repetition_time: float, oversampling: int = OVERSAMPLING, *, delays: Sequence[int]) -> Basis:
    """Finite impulse responses: no shape is assumed.

    Parameters
    ----------
    repetition_time : float
        s; not used, as delays are in scans.
    delays : sequence of int
        In scans, 0 or more, each once.

    Returns
    -------
    Basis
        Column d is the mean of the events over the repetition time that begins d scans before a scan.

    Raises
    ------
    ValueError
        If there is no delay, or one is negative or named twice.
    """
    if not len(delays) or min(delays) < 0 or len(set(delays)) < len(delays):
        raise ValueError(f"delays are numbers of scans, 0 or more, each once, not {list(delays)}")
    kernels = np.zeros((len(delays), (max(delays) + 1) * oversampling))
    for row, delay in enumerate(delays):
        kernels[row, delay * oversampling : (delay + 1) * oversampling] = 1.0 / oversampling
    return Basis(kernels, tuple(f"_delay_{delay}" for delay in delays), lead=oversampling - 1)


def none(repetition_time: float, oversampling: int = OVERSAMPLING) -> Basis:
    """No response: events enter as they are."""
    return Basis(np.ones((1, 1)), ("",))


HRFS: Mapping[str, Callable[..., Basis]] = {"spm": spm, "glover": glover, "fir": fir, "none": none}
"""Name -> function of the repetition time, the oversampling and the fields of that name in a document."""
