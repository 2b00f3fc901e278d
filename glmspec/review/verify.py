"""Whether results are what they say: checksums of their files and of their inputs, and where two files first differ."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter

from glmspec.errors import GlmspecError, wrong_input
from glmspec.execution.results import PROVENANCE, Results
from glmspec.images.geometry import same_grid, to_mm
from glmspec.images.volumes import read_header, read_volume
from glmspec.plan.data import DataFolder, file_digest
from glmspec.review.comparison import COMPARED, outputs_of
from glmspec.spec.fields import DocumentPath

State = Literal["missing", "altered", "not listed", "differs"]


@dataclass(frozen=True)
class Fault:
    """A file that is not what it should be."""

    path: str
    state: State
    what: Literal["result", "input", "recomputed"]
    detail: str = ""

    @property
    def words(self) -> str:
        """For people."""
        return f"{self.what} {self.path}: {self.state}" + (f", {self.detail}" if self.detail else "")

    @property
    def data(self) -> dict[str, Any]:
        """For programs."""
        return {"path": self.path, "state": self.state, "what": self.what, "detail": self.detail}


@dataclass(frozen=True)
class Verdict:
    """What was verified, and what is wrong."""

    results: int
    """Files of results whose checksums were compared."""
    inputs: int | None
    """Input files, None where their folder was not named."""
    recomputed: int | None
    """Files that were computed again and compared byte for byte, None where nothing was."""
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


def check_results(results: Results) -> tuple[int, list[Fault]]:
    """Every file of the index against its checksum; how many, and what is wrong."""
    found, number = [], 0
    for path, entry in outputs_of(results).items():
        if entry["sha256"] is None:  # the provenance, whose dates would be part of it
            continue
        number += 1
        file = results.folder / path
        if not file.is_file():
            found.append(Fault(path, "missing", "result"))
        elif file_digest(file) != entry["sha256"]:
            found.append(Fault(path, "altered", "result"))
    return number, found


def check_inputs(results: Results, data: DataFolder) -> tuple[int, list[Fault]]:
    """Every input file against the checksum that it had when the analysis was run."""
    inputs = {name: digest for fit in results.fits.values() for name, digest in fit.analysis["inputs"].items()}
    found = []
    for name, digest in inputs.items():
        try:
            same = file_digest(data.path(name, ("inputs",))) == digest
        except (GlmspecError, OSError, ValueError):  # a name of a stranger's index is one file of the folder or none
            found.append(Fault(name, "missing", "input"))
            continue
        if not same:
            found.append(Fault(name, "altered", "input"))
    return len(inputs), found


def check_recomputed(results: Results, again: Results) -> tuple[int, list[Fault]]:
    """Every file that holds results against the same one computed anew."""
    before, after = ({p: e for p, e in outputs_of(side).items() if e["kind"] in COMPARED} for side in (results, again))
    found = [Fault(path, "not listed", "recomputed") for path in after if path not in before]
    for path in before:
        old, new = results.folder / path, again.folder / path
        if path not in after:
            found.append(Fault(path, "missing", "recomputed"))
        elif old.is_file() and old.read_bytes() != new.read_bytes():
            found.append(Fault(path, "differs", "recomputed", first_difference(old, new)))
    return len(before), found


def parts_of(results: Results) -> dict[str, str]:
    """Texts of the documents whose contrasts the maps were, by their paths from the document of the results.

    Raises
    ------
    InputError
        E320 where something else stands there; results may come from a stranger.
    """
    try:
        told = _parts.validate_python(results.provenance["document"].get("parts", {}))
    except (KeyError, AttributeError, ValueError):
        message = f"`{PROVENANCE}` in `{results.folder}` does not say which documents the maps were taken from"
        raise wrong_input("E320", message) from None
    return told


_parts = TypeAdapter(dict[DocumentPath, str])


def first_difference(one: Path, other: Path) -> str:
    """Where two files first differ: a voxel with its place and both values, a line and column, or a byte."""
    if one.name.endswith((".nii", ".nii.gz")):
        try:
            return _first_voxel(one, other)
        except GlmspecError:
            return _first_byte(one.read_bytes(), other.read_bytes())
    return _first_line(one, other)


def _first_voxel(one: Path, other: Path) -> str:
    grids = [read_header(path, name=path.name).grid for path in (one, other)]
    if not same_grid(*grids):
        return "another grid"
    a, b = (read_volume(path, name=path.name) for path in (one, other))
    unequal = np.argwhere(~((a == b) | (np.isnan(a) & np.isnan(b))))
    if not len(unequal):
        packed = [path.read_bytes() for path in (one, other)]
        plain = [gzip.decompress(data) if path.suffix == ".gz" else data
                 for path, data in zip((one, other), packed, strict=True)]  # fmt: skip
        return "only in how it is compressed" if plain[0] == plain[1] else _first_byte(*plain)
    place = tuple(int(index) for index in unequal[0])
    mm = ", ".join(f"{value:.4g}" for value in to_mm(grids[0].affine, place))
    values = f"{a[place]:.9g} and {b[place]:.9g}"
    return f"first at voxel {place}, {mm} mm: {values}; {len(unequal):,} voxels in all"


def _first_line(one: Path, other: Path) -> str:
    lines = zip_longest(*(path.read_bytes().splitlines(keepends=True) for path in (one, other)), fillvalue=b"")
    for number, (a, b) in enumerate(lines, 1):
        if a != b:
            column = next(
                (index for index, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
            )
            return f"first at line {number}, column {column + 1}"
    return ""


def _first_byte(one: bytes, other: bytes) -> str:
    at = next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return f"first at byte {at + 1:,}"


def versions_note(results: Results, now: dict[str, str]) -> Iterator[str]:
    """Versions that are not those of the run: bytes are promised for one set of versions."""
    before = results.provenance.get("versions", {})
    changed = [
        f"{name} {before[name]} then, {now[name]} now" for name in now if name in before and before[name] != now[name]
    ]
    if changed:
        yield "versions differ, and the last digits may: " + ", ".join(changed)
