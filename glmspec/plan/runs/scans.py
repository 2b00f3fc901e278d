"""When the scans of a run are taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmspec.errors import DesignError, DocPath, InputError, Problem
from glmspec.images.geometry import Grid
from glmspec.plan.data import DataFolder
from glmspec.plan.designs import Floats
from glmspec.plan.runs.facts import Fact
from glmspec.plan.runs.files import RunFiles
from glmspec.spec.document import FirstLevelDocument

LONGEST = 100.0
"""s. No scan takes longer; a repetition time in ms would be some hundreds at least."""

SAME = 1e-3
"""Repetition times are one within this share: headers hold seven digits, documents two or three."""

FEWEST = 2
"""Scans of a run: time needs a step."""

DISCARD: DocPath = ("inputs", "discard", "initial")


@dataclass(frozen=True, eq=False)
class Scans:
    """The scans of a run.

    Attributes
    ----------
    grid : Grid
    volumes : int
        Those in the file.
    discard : int
        Left out at the start.
    repetition_time : float or None
        s; None where nothing says so.
    reference : float
        When within a scan its time is, as a share of the repetition time.
    """

    grid: Grid
    volumes: int
    discard: int
    repetition_time: float | None
    reference: float

    @property
    def count(self) -> int:
        """N: the scans that are analysed."""
        return self.volumes - self.discard

    @property
    def step(self) -> float:
        """The repetition time, s, once :func:`known_time` has found one."""
        assert self.repetition_time is not None
        return self.repetition_time

    @property
    def frame_times(self) -> Floats:
        """When each scan is taken (N,), s on the file's clock."""
        return np.asarray((self.discard + np.arange(self.count) + self.reference) * self.step)

    @property
    def end(self) -> float:
        """When the last scan ends, s on the file's clock."""
        return self.volumes * self.step


def read_scans(document: FirstLevelDocument, run: RunFiles, data: DataFolder) -> tuple[Scans, list[Fact]]:
    """The scans of a run, as header and document tell.

    Raises
    ------
    GlmspecError
        E309 for a single volume, E319 for a repetition time that cannot be meant, E403 where no scans are left.
    """
    header = data.header(run.bold, run.at("bold"))
    if header.volumes < FEWEST:
        hint = "a run is a 4D image"
        raise InputError((Problem("E309", f"`{run.bold}` is a single volume", run.at("bold"), hint=hint),))
    discard = document.inputs.discard.initial if document.inputs.discard is not None else 0
    if header.volumes - discard < FEWEST:
        message = f"{run.title} has {header.volumes} scans, and {discard} are discarded"
        raise DesignError((Problem("E403", message, DISCARD, hint="at least 2 scans are needed"),))
    time, facts = _repetition_time(document, run, header.repetition_time)
    reference = document.design.slice_time_reference or 0.0
    return Scans(header.grid, header.volumes, discard, time, reference), facts


def _repetition_time(
    document: FirstLevelDocument, run: RunFiles, in_header: float | None
) -> tuple[float | None, list[Fact]]:
    """The row's, else the document's, else the header's."""
    given = run.repetition_time or document.inputs.repetition_time
    if given is None:
        if in_header is not None and in_header > LONGEST:
            message = f"the header of `{run.bold}` says {in_header:g} s from scan to scan"
            raise InputError((Problem("E319", message, run.at("bold"), hint=_HINT),))
        return in_header, []
    if given > LONGEST:
        here = run.at("repetition_time") if run.repetition_time is not None else ("inputs", "repetition_time")
        message = f"a repetition time of {given:g} s is longer than any scan takes"
        raise InputError((Problem("E319", message, here, hint=f"in seconds: {given / 1000:g}?"),))
    if in_header is None or abs(given - in_header) <= SAME * given:
        return given, []
    sentence = "The repetition time is the document's, and the header has another"
    detail = f"{given:g} s, in the header {in_header:g} s"
    return given, [Fact("Repetition time", "warning", sentence, run.title, detail)]


def known_time(scans: Scans, run: RunFiles) -> None:
    """Refuse what needs a repetition time and has none.

    Raises
    ------
    InputError
        E319.
    """
    if scans.repetition_time is None:
        message = f"the header of `{run.bold}` does not say how long it takes from scan to scan"
        raise InputError((Problem("E319", message, run.at("bold"), hint=_HINT),))


_HINT = "write it in seconds, as `repetition_time: 2.0` under `inputs`"
