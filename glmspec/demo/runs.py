"""Writes the two runs of scans of one simulated subject, with all that an analysis of them may ask for.

What they hold is in :mod:`~glmspec.demo.sentences`, :mod:`~glmspec.demo.movement` and :mod:`~glmspec.demo.scans`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glmspec.demo.movement import confounds, movement
from glmspec.demo.scans import Head, head, scans
from glmspec.demo.sentences import CONDITIONS, REPETITION_TIME, RUNS, SCANS, Event, design, schedule
from glmspec.demo.tables import write_table
from glmspec.images.volumes import write_volume, write_volumes


def write_runs(folder: Path) -> None:
    """Write the runs into ``folder``, which is made if need be.

    The files are ``mask.nii.gz`` and, for ``run-1`` and ``run-2``, ``_bold.nii.gz``, ``_events.tsv``,
    ``_confounds.tsv`` and ``_design.npz`` with the arrays ``X`` and ``conditions``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    subject = head()
    write_volume(folder / "mask.nii.gz", subject.brain.astype(np.uint8), subject.where.box.affine, "uint8")
    for run in RUNS:
        write_run(folder / f"run-{run}", run, subject)


def write_run(start: Path, run: int, subject: Head) -> None:
    """Write the files of one run, whose names begin as ``start``."""
    heard, moved = schedule(run), movement(run)
    values = scans(subject, run, heard, moved)
    write_volumes(
        start.with_name(f"{start.name}_bold.nii.gz"),
        volumes(values, subject.seen),
        subject.where.box.affine,
        number=SCANS,
        repetition_time=REPETITION_TIME,
    )
    np.savez(start.with_name(f"{start.name}_design.npz"), X=design(heard), conditions=np.array(CONDITIONS))
    write_table(start.with_name(f"{start.name}_events.tsv"), Event._fields, map(event_row, heard))
    columns = confounds(moved, values[:, subject.fluid].mean(axis=1))
    rows = (map(cell, scan) for scan in zip(*columns.values(), strict=True))
    write_table(start.with_name(f"{start.name}_confounds.tsv"), tuple(columns), map(tuple, rows))


def volumes(values: NDArray[np.int16], seen: NDArray[np.bool_]) -> Iterator[NDArray[np.int16]]:
    """Scans (N, V) as volumes (X, Y, Z), 0 outside the head."""
    for scan in values:
        volume = np.zeros(seen.shape, dtype=np.int16)
        volume[seen] = scan
        yield volume


def event_row(event: Event) -> tuple[str, str, str]:
    """A line of the table of events."""
    return f"{event.onset:.1f}", f"{event.duration:.1f}", event.trial_type


def cell(value: float) -> str:
    """A number of the table of confounds; where there is none, BIDS writes n/a."""
    return "n/a" if np.isnan(value) else f"{value:.8g}"
