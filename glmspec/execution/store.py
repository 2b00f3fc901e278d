"""Content-addressed artifacts: arrays as .npy, facts as JSON; written under a temporary name, then renamed.

An artifact is a folder named by its step's key. It is there whole or not at all, so a killed run loses nothing that
was finished. Arrays are never pickled.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmspec.errors import Problem, StepError

FACTS = "facts.json"
ABANDONED = 3600.0
"""Seconds after which a half-written artifact belongs to nobody: writing one takes seconds."""


@dataclass(frozen=True, eq=False)
class Artifact:
    """What a step left: named arrays and named facts."""

    arrays: Mapping[str, NDArray[Any]]
    facts: Mapping[str, Any]


class StoredArrays(Mapping[str, NDArray[Any]]):
    """The arrays of a stored artifact, mapped into memory when asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> NDArray[Any]:
        path = self._folder / f"{name}.npy"
        if not path.is_file():
            raise KeyError(name)
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array

    def __iter__(self) -> Any:
        return iter(sorted(path.stem for path in self._folder.glob("*.npy")))

    def __len__(self) -> int:
        return len(list(self._folder.glob("*.npy")))


class Store:
    """A folder of artifacts."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, key: str) -> Path:
        """Where an artifact is, or will be."""
        return self.root / "artifacts" / key[:2] / key

    def has(self, key: str) -> bool:
        """Whether the artifact is there."""
        return (self.folder(key) / FACTS).is_file()

    def load(self, key: str) -> Artifact:
        """An artifact.

        Raises
        ------
        KeyError
            If it is not there.
        """
        if not self.has(key):
            raise KeyError(key)
        folder = self.folder(key)
        return Artifact(StoredArrays(folder), json.loads((folder / FACTS).read_text("utf-8")))

    def save(self, key: str, artifact: Artifact) -> None:
        """Write an artifact; the same key written twice at once is harmless."""
        folder = self.folder(key)
        temporary = self.root / "artifacts" / f"new-{secrets.token_hex(8)}"
        try:
            temporary.mkdir(parents=True)
            for name, array in artifact.arrays.items():
                np.save(temporary / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
            (temporary / FACTS).write_text(json.dumps(dict(artifact.facts), sort_keys=True, allow_nan=False), "utf-8")
            folder.parent.mkdir(exist_ok=True)
            if not folder.exists():
                temporary.rename(folder)
        except OSError as error:
            if not self.has(key):
                message = f"the store cannot be written: {error.strerror or error}"
                hint = "free some space, or choose another place with --store"
                raise StepError((Problem("E504", message, hint=hint),)) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def clean(self) -> None:
        """Remove what killed runs left half-written; what is younger may belong to a run that is still writing."""
        for folder in (self.root / "artifacts").glob("new-*"):
            if time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)
