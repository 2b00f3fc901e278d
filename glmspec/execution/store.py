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
from numpy.lib.format import header_data_from_array_1_0, write_array_header_1_0
from numpy.typing import NDArray

from glmspec.errors import Problem, StepError
from glmspec.plan.data import file_digest
from glmspec.plan.explain import LEDGERS
from glmspec.plan.memory import remembered
from glmspec.temporary import sweep

FACTS = "facts.json"
FILES = "files.json"
"""Size, time and checksum of each file of an artifact."""
ABANDONED = 3600.0
"""Seconds after which a half-written artifact belongs to nobody: writing one takes seconds."""


@dataclass(frozen=True, eq=False)
class Artifact:
    """What a step left: named arrays and named facts."""

    arrays: Mapping[str, NDArray[Any]]
    facts: Mapping[str, Any]


class StoredArrays(Mapping[str, NDArray[Any]]):
    """The arrays of a stored artifact, each mapped into memory when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mapped: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._mapped:
            path = self._folder / f"{name}.npy"
            if not path.is_file():
                raise KeyError(name)
            self._mapped[name] = np.load(path, mmap_mode="r", allow_pickle=False)
        return self._mapped[name]

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
        """Whether the artifact is there, whole and as it was written.

        A file whose size and time are those of its writing is believed; another one is read and held against its
        checksum, so that a copied store is as good as the first, and one that was cut short or altered is made anew.
        """
        folder = self.folder(key)
        known = remembered(folder / FILES, (int, int, str))
        return FACTS in known and all(_as_written(folder / name, *entry) for name, entry in known.items())

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
                _write_array(temporary / f"{name}.npy", np.asarray(array))
            (temporary / FACTS).write_text(json.dumps(dict(artifact.facts), sort_keys=True, allow_nan=False), "utf-8")
            (temporary / FILES).write_text(
                json.dumps({path.name: _stamp(path) for path in temporary.iterdir()}), "utf-8"
            )
            folder.parent.mkdir(exist_ok=True)
            if folder.exists() and not self.has(key):
                shutil.rmtree(folder, ignore_errors=True)
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
        """Remove what killed runs left half-written.

        A young artifact may belong to a run that is still writing; a memory that such a run loses is no loss.
        """
        for folder in (self.root, self.root / LEDGERS):
            sweep(folder)
        for folder in (self.root / "artifacts").glob("new-*"):
            if time.time() - folder.stat().st_mtime > ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)


def _write_array(path: Path, array: NDArray[Any]) -> None:
    """An array as numpy saves it; but a disk that takes no more raises, where numpy's own writer may cut it short."""
    if array.dtype.hasobject:
        raise TypeError("arrays of objects are not stored")
    contiguous = np.asarray(array, order="C")
    with path.open("xb") as file:
        write_array_header_1_0(file, header_data_from_array_1_0(contiguous))
        file.write(contiguous.tobytes() if not contiguous.size else memoryview(contiguous.data).cast("B"))


def _stamp(path: Path) -> list[Any]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, file_digest(path)]


def _as_written(path: Path, size: int, time_ns: int, digest: str) -> bool:
    try:
        status = path.stat()
        return status.st_size == size and (status.st_mtime_ns == time_ns or file_digest(path) == digest)
    except (OSError, ValueError):
        return False
