"""The BIDS sidecar of a run's images: the JSON file beside them that says when scans are taken."""

from __future__ import annotations

import json
import os
import re
from typing import Any, NamedTuple

from glmspec.errors import InputError, Problem
from glmspec.plan.data import DataFolder
from glmspec.plan.runs.files import RunFiles

MOST_BYTES = 1 << 20
"""Sidecars are a few kilobytes."""

MOST_SECONDS = 1e9
"""Beyond any time that can be meant, and within what a double can hold."""

IMAGE = re.compile(r"\.nii(\.gz)?$", re.IGNORECASE)

HINT = "correct the sidecar, or take it away from beside the image"


class Sidecar(NamedTuple):
    """What a sidecar says, s; None where it does not."""

    repetition_time: float | None = None
    start_time: float | None = None
    """From the beginning of a volume to the time that all its slices were brought to, as fMRIPrep writes it."""


def sidecar_of(run: RunFiles, data: DataFolder) -> str | None:
    """The path of a run's sidecar: that of its images, ending in .json; None where there is nothing.

    A link that leads nowhere is something: content that was not fetched must not change what is computed.
    """
    path, endings = IMAGE.subn(".json", run.bold)
    return path if endings and os.path.lexists(data.root / path) else None


def read_sidecar(run: RunFiles, data: DataFolder) -> Sidecar:
    """What the sidecar of a run says; nothing where it has none.

    Raises
    ------
    InputError
        E306 or E315 for a link that leads nowhere or out of the data folder, E328 for what is no sidecar.
    """
    if run.sidecar is None:
        return Sidecar()
    path = data.path(run.sidecar, run.at("sidecar"))
    if path.stat().st_size > MOST_BYTES:
        raise _wrong(run, f"is larger than {MOST_BYTES >> 20} MB")
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _wrong(run, f"is not UTF-8 (byte {error.start})") from None
    except (ValueError, RecursionError):
        raise _wrong(run, "is not JSON") from None
    if not isinstance(content, dict):
        raise _wrong(run, "is not a JSON object")
    time, start = (_seconds(run, content, key) for key in ("RepetitionTime", "StartTime"))
    if time is not None and time <= 0:
        raise _wrong(run, f"has a `RepetitionTime` of {time:g} s, and time goes forward")
    return Sidecar(time, start)


def _seconds(run: RunFiles, content: dict[str, Any], key: str) -> float | None:
    """A number, or None where the key is not there."""
    if key not in content:
        return None
    value = content[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < MOST_SECONDS:
        raise _wrong(run, f"has a `{key}` that is no number of seconds")
    return float(value)


def _wrong(run: RunFiles, found: str) -> InputError:
    return InputError((Problem("E328", f"the sidecar `{run.sidecar}` {found}", run.at("sidecar"), hint=HINT),))
