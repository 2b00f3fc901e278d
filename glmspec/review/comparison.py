"""How the files of two results differ: maps by correlation, largest difference and voxels that changed sides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glmspec.core.agreement import agreement, overlap
from glmspec.errors import GlmspecError, wrong_input
from glmspec.execution.folder import is_ours
from glmspec.execution.results import INDEX, Results
from glmspec.images.geometry import same_grid
from glmspec.images.volumes import read_header, read_volume

COMPARED = ("statmap", "mask", "table", "design", "null")
"""Kinds of outputs that hold results; reports and documents are words about them."""


@dataclass(frozen=True)
class FileDifference:
    """An output that is not the same in two results."""

    path: str
    state: str
    """only in the first, only in the second, another grid, differs"""
    numbers: Mapping[str, float | int | None]
    """How maps differ; empty for what is no map."""

    @property
    def words(self) -> str:
        """The state, and what was measured."""
        shown = [f"{name} {_number(value)}" for name, value in self.numbers.items()]
        return ": ".join(filter(None, (self.state, ", ".join(shown))))

    @property
    def data(self) -> dict[str, Any]:
        """The same for programs."""
        return {"path": self.path, "state": self.state, **self.numbers}


def _number(value: float | int | None) -> str:
    return "undefined" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def of_results(one: Results, other: Results) -> tuple[FileDifference, ...]:
    """Every output that differs, in the order of the index; what is the same to the byte is not opened.

    Raises
    ------
    InputError
        E320 where an index names a file that no result can be, E305 and others where an image cannot be read.
    """
    return tuple(_compared(one, other))


def outputs_of(results: Results) -> dict[str, dict[str, Any]]:
    """Path -> entry of the index, for what holds results.

    Raises
    ------
    InputError
        E320 where the index names a file that no result can be: it may come from a stranger.
    """
    found = {}
    for entry in results.index["outputs"]:
        path = entry.get("path") if isinstance(entry, Mapping) else None
        inside = isinstance(path, str) and is_ours(path)
        if not inside or not (results.folder / str(path)).resolve().is_relative_to(results.folder.resolve()):
            raise wrong_input("E320", f"`{INDEX}` in `{results.folder}` names a file that no result can be")
        found[str(path)] = dict(entry)
    return found


def _compared(one: Results, other: Results) -> Iterator[FileDifference]:
    before, after = ({p: e for p, e in outputs_of(side).items() if e["kind"] in COMPARED} for side in (one, other))
    for path in dict.fromkeys([*before, *after]):
        if path not in after:
            yield FileDifference(path, "only in the first", {})
        elif path not in before:
            yield FileDifference(path, "only in the second", {})
        elif before[path]["sha256"] != after[path]["sha256"]:
            yield _difference(one, other, path, str(before[path]["kind"]))


def _difference(one: Results, other: Results, path: str, kind: str) -> FileDifference:
    if kind not in ("statmap", "mask"):
        return FileDifference(path, "differs", {})
    files = [results.folder / path for results in (one, other)]
    for file, results in zip(files, (one, other), strict=True):
        if not file.is_file():
            raise wrong_input("E306", f"`{path}` is in the index of `{results.folder}`, and not in the folder")
    grids = [read_header(file, name=str(file)).grid for file in files]
    if not same_grid(*grids):
        return FileDifference(path, "another grid", {})
    maps = [read_volume(file, name=str(file)) for file in files]
    if kind == "mask" and not path.endswith("background.nii.gz"):
        found = overlap(maps[0] > 0, maps[1] > 0)
        return FileDifference(
            path, "differs", {"gained": found.gained, "lost": found.lost, "dice": _finite(found.dice)}
        )
    inside = _mask(one, path) & _mask(other, path)
    of_both = agreement(*(np.where(inside, values, np.nan) for values in maps))
    return FileDifference(
        path, "differs", {"correlation": _finite(of_both.correlation), "largest difference": of_both.largest}
    )


def _mask(results: Results, path: str) -> Any:
    """The voxels that were analysed; all of a grid that is not the maps' own."""
    try:
        name = "/".join([*path.split("/")[:-2], "maps/mask.nii.gz"])
        return read_volume(results.folder / name, name=name) > 0
    except GlmspecError:
        return np.True_


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
