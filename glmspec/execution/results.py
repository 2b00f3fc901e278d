"""A results folder, read: the index, its tables and its maps. Nothing is computed here."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.errors import wrong_input
from glmspec.images.geometry import Grid
from glmspec.images.volumes import read_header, read_volume

INDEX = "results.json"
PROVENANCE = "provenance.json"
REPORT = "report.html"


FIT = re.compile("[A-Za-z_][A-Za-z0-9_]*-[A-Za-z0-9+-]+")
"""A folder of one fit: `sub-01`, `ses-pre`."""


def is_fit_folder(name: str) -> bool:
    """Whether a path can be the folder of a fit: ``sub-01/ses-pre``."""
    return all(FIT.fullmatch(part) for part in name.split("/"))


@dataclass(frozen=True, eq=False)
class Results:
    """The files of one finished analysis."""

    folder: Path
    index: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Results:
        """The results in a folder.

        Raises
        ------
        InputError
            If it is not a results folder.
        """
        path = folder / INDEX
        if not path.is_file():
            hint = "name the folder that `glmspec run` wrote; it holds results.json"
            raise wrong_input("E306", f"`{folder}` holds no results", hint=hint)
        try:
            index = json.loads(path.read_text("utf-8"))
            shape = (index["outputs"], list), (index["contrasts"], dict), (index["analysis"], dict)
            if index["glmspec"] != 1 or not all(isinstance(value, kind) for value, kind in shape):
                raise ValueError("another version")
        except (ValueError, KeyError, TypeError):
            raise wrong_input("E320", f"`{path.name}` in `{folder}` is not an index of results") from None
        return cls(folder, index)

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """When, where, from what text and with what versions."""
        return dict(json.loads((self.folder / PROVENANCE).read_text("utf-8")))

    @property
    def contrasts(self) -> dict[str, dict[str, Any]]:
        """Name -> test, dof, text, weights."""
        return dict(self.index["contrasts"])

    @property
    def analysis(self) -> dict[str, Any]:
        """What the analysis was: rows, mask, design, checks, steps."""
        return dict(self.index["analysis"])

    @property
    def fits(self) -> dict[str, Results]:
        """The fits of a document by their folder; a single one has none of its own, and is called ''."""
        folders = [str(fit["folder"]) for fit in self.analysis.get("fits", ())]
        if not all(is_fit_folder(name) for name in folders):  # an index from a stranger may name any place
            raise wrong_input("E320", f"`{INDEX}` in `{self.folder}` names folders that no fit can have")
        return {name: Results.open(self.folder / name) for name in folders} if folders else {"": self}

    def find(self, kind: str, **keys: str | None) -> dict[str, Any] | None:
        """The first output of a kind with these keys."""
        for output in self.index["outputs"]:
            if output["kind"] == kind and all(output[key] == value for key, value in keys.items()):
                return dict(output)
        return None

    def volume(self, kind: str, **keys: str | None) -> NDArray[Any] | None:
        """The image of an output."""
        output = self.find(kind, **keys)
        return None if output is None else read_volume(self.folder / output["path"], name=output["path"])

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """The analysed voxels."""
        volume = self.volume("mask", contrast=None, stat=None)
        assert volume is not None
        return volume > 0

    @cached_property
    def grid(self) -> Grid:
        """The grid of every map."""
        return read_header(self.folder / "maps/mask.nii.gz", name="mask").grid

    def table(self, **keys: str | None) -> list[dict[str, str]]:
        """The rows of a table, as text."""
        output = self.find("table", **keys)
        if output is None:
            return []
        with (self.folder / output["path"]).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t"))

    def text(self, path: str) -> str:
        """A text file of the folder."""
        return (self.folder / path).read_text("utf-8")
