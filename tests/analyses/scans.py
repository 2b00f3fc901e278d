"""Small simulated runs of scans, and first-level documents on them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent, indent

import nibabel as nib
import numpy as np

from .simulated import STRAIGHT, brain, write_image, write_table

SHAPE = (8, 9, 7)
SCANS = 64
TR = 2.0
ONSETS = {"face": [4.0, 31.0, 70.5, 99.0], "house": [17.0, 45.0, 84.0, 112.0], "tool": [10.0, 58.0, 92.0, 120.0]}


def correlated(seed: int, scans: int = SCANS, rho: float = 0.35) -> np.ndarray:
    """AR(1) noise, (X, Y, Z, N)."""
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(*SHAPE, scans))
    for scan in range(1, scans):
        series[..., scan] += rho * series[..., scan - 1]
    return series


def boxcar(onsets: Sequence[float], scans: int = SCANS, length: float = 6.0, delay: float = 5.0) -> np.ndarray:
    """1 in the scans that an event can be seen in."""
    times = np.arange(scans) * TR
    return sum(((times >= onset + delay) & (times < onset + delay + length)).astype(float) for onset in onsets)


def write_run(
    folder: Path,
    name: str,
    seed: int,
    *,
    shift: float = 0.0,
    scans: int = SCANS,
    dtype: type = np.float64,
    repetition_time: float = TR,
) -> np.ndarray:
    """Images, events and confounds of a run; the scans (X, Y, Z, N)."""
    inside = brain(SHAPE)[..., None]
    signal = 3 * boxcar(np.array(ONSETS["face"]) + shift, scans) + 1.5 * boxcar(
        np.array(ONSETS["house"]) + shift, scans
    )
    base = 500 + 40 * np.random.default_rng(seed + 1).normal(size=(*SHAPE, 1))
    data = np.where(inside, base + signal + 3 * correlated(seed, scans), 0).astype(dtype)
    image = nib.Nifti1Image(data, STRAIGHT)
    image.header.set_zooms((3, 3, 3, repetition_time))
    image.header.set_xyzt_units("mm", "sec")
    path = folder / f"{name}_bold.nii.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(image, path)
    shown = [(onset + shift, trial) for trial, onsets in ONSETS.items() for onset in onsets]
    events = sorted(event for event in shown if event[0] + 6 < scans * repetition_time)
    table = {
        "onset": [onset for onset, _ in events],
        "duration": [6.0] * len(events),
        "trial_type": [trial for _, trial in events],
    }
    write_table(folder / f"{name}_events.tsv", table)
    motion = np.random.default_rng(seed + 2).normal(size=(scans, 2)).cumsum(axis=0) / 10
    speed = [None, *np.abs(np.diff(motion[:, 0]))]
    write_table(
        folder / f"{name}_confounds.tsv",
        {"trans_x": motion[:, 0], "trans_y": motion[:, 1], "trans_x_derivative1": speed},
    )
    return data


def write_mask(folder: Path) -> None:
    """The mask of all runs."""
    write_image(folder / "mask.nii.gz", brain(SHAPE).astype(np.uint8))


PATTERNS = '{bold: "{run}_bold.nii.gz", events: "{run}_events.tsv", confounds: "{run}_confounds.tsv"}'


def first_text(
    *,
    runs: str = PATTERNS,
    inputs: str = "mask: mask.nii.gz",
    design: str = "noise: {model: ar, order: 1}",
    contrasts: str = "difference: face - house",
    inference: str = "uncorrected: {method: parametric, correction: none, alpha: 0.01}",
    more: str = "report: {precision: double}",
) -> str:
    """A document of the first level; sections are given as the lines inside them."""
    sections = {
        "inputs": f"runs: {runs}\n{dedent(inputs).strip()}",
        "design": design,
        "contrasts": contrasts,
        "inference": inference,
    }
    text = "glmspec: 1\nname: simulated\nlevel: first\n"
    for key, content in sections.items():
        text += f"{key}:\n" + indent(dedent(content).strip(), "  ") + "\n"
    return text + dedent(more).strip() + "\n"
