"""A run's design matrix from its named parts.

Columns stand in nilearn's order: conditions, each with its derivatives or delays and then its modulators; regressors;
confounds; censored scans; drifts; the constant. Unlike nilearn's, the matrix is never changed to make it full rank.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glmspec.core.drift import constant
from glmspec.core.hrf import OVERSAMPLING, Basis
from glmspec.core.regressors import MIN_ONSET, Events, regressors

Floats = NDArray[np.float64]

CONSTANT = "constant"


@dataclass(frozen=True, eq=False)
class Columns:
    """Named columns: ``names`` (P) and ``matrix`` (N, P)."""

    names: tuple[str, ...]
    matrix: Floats


@dataclass(frozen=True, eq=False)
class Condition:
    """Events of a condition, and what modulates them.

    Attributes
    ----------
    name : str
    events : Events
        E of them.
    modulators : mapping of str to (E,)
        Name -> amplitudes, as :func:`glmspec.core.regressors.modulator` makes them. They scale the events' own.
    """

    name: str
    events: Events
    modulators: Mapping[str, Floats] = field(default_factory=dict)


def condition_columns(
    condition: Condition,
    frame_times: ArrayLike,
    basis: Basis,
    *,
    oversampling: int = OVERSAMPLING,
    min_onset: float = MIN_ONSET,
) -> Columns:
    """Columns of a condition and of its modulators.

    Parameters
    ----------
    condition : Condition
    frame_times : (N,)
        s.
    basis : Basis
    oversampling, min_onset
        As in :func:`glmspec.core.regressors.regressors`.

    Returns
    -------
    Columns
        ``face``, ``face_derivative``, ...; ``face:age``, ``face:age_derivative``, ...

    Raises
    ------
    ValueError
        If a modulator does not have a number for each event.
    """
    happening = {condition.name: condition.events}
    for name, amplitudes in condition.modulators.items():
        if np.shape(amplitudes) != condition.events.onsets.shape or not np.isfinite(amplitudes).all():
            raise ValueError(f"modulator {condition.name}:{name} needs a number for each of the events")
        scaled = condition.events._replace(amplitudes=condition.events.amplitudes * amplitudes)
        happening[f"{condition.name}:{name}"] = scaled
    matrices = [
        regressors(each, frame_times, basis, oversampling=oversampling, min_onset=min_onset)
        for each in happening.values()
    ]
    return Columns(tuple(name + suffix for name in happening for suffix in basis.suffixes), np.hstack(matrices))


def given_columns(columns: Mapping[str, ArrayLike], scans: int) -> Columns:
    """Columns (N,) that are given by name: regressors of interest or confounds.

    Raises
    ------
    ValueError
        If a column has another length or holds NaN or infinity.
    """
    matrix = np.zeros((scans, len(columns)))
    for place, (name, values) in enumerate(columns.items()):
        column = np.asarray(values, dtype=np.float64)
        if column.shape != (scans,):
            raise ValueError(f"column {name} of shape {column.shape} does not fit {scans} scans")
        if not np.isfinite(column).all():
            raise ValueError(f"column {name} has NaN or infinity in {np.count_nonzero(~np.isfinite(column))} scans")
        matrix[:, place] = column
    return Columns(tuple(columns), matrix)


def censored_columns(rows: Sequence[int], scans: int, *, first_scan: int = 1) -> Columns:
    """An indicator column for each scan that is taken out.

    Parameters
    ----------
    rows : sequence of int
        Rows of the design, from 0; each counts once, in ascending order.
    scans : int
        N.
    first_scan : int
        The number of row 0 in names: 1, and more where initial scans were discarded.

    Returns
    -------
    Columns
        ``censored_17`` is 1 in the seventeenth scan of the file and 0 elsewhere.

    Raises
    ------
    ValueError
        If a row is not in the design.
    """
    chosen = sorted(set(rows))
    if chosen and not 0 <= chosen[0] <= chosen[-1] < scans:
        raise ValueError(f"censored rows are 0 to {scans - 1}, not {chosen[0]} to {chosen[-1]}")
    matrix = np.zeros((scans, len(chosen)))
    matrix[chosen, np.arange(len(chosen))] = 1.0
    return Columns(tuple(f"censored_{row + first_scan}" for row in chosen), matrix)


def drift_columns(drift: Floats) -> Columns:
    """``drift_1``, ``drift_2``, ... of a drift (N, K)."""
    return Columns(tuple(f"drift_{number}" for number in range(1, drift.shape[1] + 1)), drift)


def join(parts: Sequence[Columns]) -> Columns:
    """Parts side by side.

    Raises
    ------
    ValueError
        If two columns have one name, or parts differ in their number of scans.
    """
    names = tuple(name for part in parts for name in part.names)
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ValueError(f"two columns have one name: {', '.join(repeated)}")
    if len({len(part.matrix) for part in parts}) > 1:
        raise ValueError(f"parts of {', '.join(str(len(part.matrix)) for part in parts)} scans do not fit")
    return Columns(names, np.hstack([part.matrix for part in parts]))


def first_level_design(
    frame_times: ArrayLike,
    basis: Basis,
    conditions: Sequence[Condition] = (),
    *,
    regressors: Mapping[str, ArrayLike] | None = None,
    confounds: Mapping[str, ArrayLike] | None = None,
    censored: Columns | None = None,
    drift: Floats | None = None,
) -> Columns:
    """The design matrix of a run.

    Parameters
    ----------
    frame_times : (N,)
        When each scan is taken, on the events' clock, s: (discarded + i + slice-time reference) TR.
    basis : Basis
        Made for the same repetition time.
    conditions : sequence of Condition
        In the order of their columns; nilearn's is alphabetical.
    regressors, confounds : mapping of str to (N,)
    censored : Columns
        See :func:`censored_columns`.
    drift : (N, K)
        From a function of :data:`glmspec.core.drift.DRIFTS`.

    Returns
    -------
    Columns
        ``constant`` is the last. The matrix may be rank-deficient.

    Raises
    ------
    ValueError
        If two columns have one name, or a part does not fit the scans or holds NaN.
    """
    scans = len(np.asarray(frame_times))
    parts = [
        *(condition_columns(condition, frame_times, basis) for condition in conditions),
        given_columns(regressors or {}, scans),
        given_columns(confounds or {}, scans),
        censored or censored_columns((), scans),
        drift_columns(np.zeros((scans, 0)) if drift is None else drift),
        Columns((CONSTANT,), constant(frame_times)),
    ]
    return join(parts)
