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
from glmspec.plan.runs.sidecar import Sidecar, read_sidecar
from glmspec.spec.document import FirstLevelDocument

LONGEST = 100.0
"""s. No scan takes longer; a repetition time in ms would be some hundreds at least."""

SAME = 1e-3
"""Repetition times are one within this share: headers hold seven digits, documents two or three."""

SAME_SHARE = 0.05
"""Slice time references are one within this share of a scan: half of it and the middle one of ten slices are."""

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
    """The scans of a run, as document, sidecar and header tell.

    Raises
    ------
    GlmspecError
        E309 for a single volume, E319 for a repetition time that cannot be meant, E328 for a sidecar that is none,
        E403 where no scans are left.
    """
    header = data.header(run.bold, run.at("bold"))
    if header.volumes < FEWEST:
        hint = "a run is a 4D image"
        raise InputError((Problem("E309", f"`{run.bold}` is a single volume", run.at("bold"), hint=hint),))
    discard = document.inputs.discard.initial if document.inputs.discard is not None else 0
    if header.volumes - discard < FEWEST:
        message = f"{run.title} has {header.volumes} scans, and {discard} are discarded"
        raise DesignError((Problem("E403", message, DISCARD, hint="at least 2 scans are needed"),))
    sidecar = read_sidecar(run, data)
    time, facts = _repetition_time(document, run, sidecar, header.repetition_time)
    reference, more = _reference(document, run, sidecar, time)
    return Scans(header.grid, header.volumes, discard, time, reference), [*facts, *more]


def _repetition_time(
    document: FirstLevelDocument, run: RunFiles, sidecar: Sidecar, in_header: float | None
) -> tuple[float | None, list[Fact]]:
    """The row's, else the document's, else the sidecar's, else the header's; and where they contradict each other."""
    said = {
        "document": run.repetition_time or document.inputs.repetition_time,
        "sidecar": sidecar.repetition_time,
        "header": in_header,
    }
    known = {who: time for who, time in said.items() if time is not None}
    if not known:
        return None, []
    first = next(iter(known))
    used = known.pop(first)
    if used > LONGEST:
        raise InputError((_too_long(first, used, run),))
    facts: list[Fact] = []
    if first == "sidecar":
        facts.append(Fact("Repetition time", "note", "The repetition time is the sidecar's", run.title, f"{used:g} s"))
    others = {who: time for who, time in known.items() if abs(used - time) > SAME * used}
    if others:
        have = f"{' and '.join(f'the {who}' for who in others)} {'has' if len(others) == 1 else 'have'} another"
        detail = ", ".join([f"{used:g} s", *(f"in the {who} {time:g} s" for who, time in others.items())])
        sentence = f"The repetition time is the {first}'s, and {have}"
        facts.append(Fact("Repetition time", "warning", sentence, run.title, detail))
    return used, facts


def _too_long(who: str, time: float, run: RunFiles) -> Problem:
    """A time that is likely one in milliseconds."""
    if who == "document":
        here = run.at("repetition_time") if run.repetition_time is not None else ("inputs", "repetition_time")
        message = f"a repetition time of {time:g} s is longer than any scan takes"
        return Problem("E319", message, here, hint=f"in seconds: {time / 1000:g}?")
    said = f"the sidecar `{run.sidecar}`" if who == "sidecar" else f"the header of `{run.bold}`"
    return Problem("E319", f"{said} says {time:g} s from scan to scan", run.at("bold"), hint=_HINT)


def _reference(
    document: FirstLevelDocument, run: RunFiles, sidecar: Sidecar, time: float | None
) -> tuple[float, list[Fact]]:
    """When within a scan its time is: as the document says, else as the sidecar does, else at its beginning."""
    given = document.design.slice_time_reference
    if run.design is not None or sidecar.start_time is None or time is None:
        return given or 0.0, []
    share = sidecar.start_time / time
    said = f"{sidecar.start_time:g} s, {share:.3g} of the repetition time"
    if given is not None:
        if abs(share - given) <= SAME_SHARE:
            return given, []
        sentence = "The slice time reference is the document's, and `StartTime` of the sidecar is another"
        return given, [Fact(_TIMING, "warning", sentence, run.title, f"{given:g}; in the sidecar {said}")]
    if not 0 <= share <= 1:
        sentence = "`StartTime` of the sidecar lies in no scan, so that scans are taken at their beginning"
        return 0.0, [Fact(_TIMING, "warning", sentence, run.title, said)]
    return share, [Fact(_TIMING, "note", "Scans are taken at `StartTime` of the sidecar", run.title, said)]


def known_time(scans: Scans, run: RunFiles) -> None:
    """Refuse what needs a repetition time and has none.

    Raises
    ------
    InputError
        E319.
    """
    if scans.repetition_time is None:
        silent = f"the header of `{run.bold}` does not say"
        if run.sidecar is not None:
            silent = f"neither `{run.sidecar}` nor the header of `{run.bold}` says"
        message = f"{silent} how long it takes from scan to scan"
        raise InputError((Problem("E319", message, run.at("bold"), hint=_HINT),))


_TIMING = "Time of the scans"
_HINT = "write it in seconds, as `repetition_time: 2.0` under `inputs`"
