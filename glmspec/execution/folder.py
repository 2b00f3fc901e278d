"""The results folder, written: under a temporary name, then renamed; never through a link; one run at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from glmspec.errors import Problem, StepError
from glmspec.execution.results import FIT
from glmspec.plan.memory import remembered
from glmspec.temporary import beside, sweep

PRIVATE = ".store"
WRITTEN = "written.json"
CLAIMED = "claimed.json"
"""What was written from what, and the names that a run is about to write."""
INDEX = "results.json"
FOLDERS = ("maps", "tables", "design", "nulls")
"""Where results go, beside the files of the folder itself."""


def is_ours(name: str) -> bool:
    """Whether a name can be that of a result: what a file says of itself is not believed."""
    parts = PurePosixPath(name).parts
    if "\\" in name or PurePosixPath(name).is_absolute():
        return False
    while len(parts) > 1 and FIT.fullmatch(parts[0]):
        parts = parts[1:]
    return ".." not in parts and (len(parts) == 1 or (len(parts) == 2 and parts[0] in FOLDERS))


def _listed(index: Path) -> set[str]:
    """The files of an earlier run, by its index, and the index itself."""
    try:
        data = json.loads(index.read_text("utf-8"))
        return {INDEX, *(str(entry["path"]) for entry in data["outputs"])} if data["glmspec"] == 1 else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


@dataclass
class ResultsFolder:
    """A folder that files are written into; remembers what it wrote from what, so that nothing is written twice."""

    root: Path
    _written: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def private(self) -> Path:
        """Where glmspec keeps its own things."""
        return self.root / PRIVATE

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out.

        Raises
        ------
        StepError
            E502 if another run writes here, E504 if the folder cannot be written.
        """
        try:
            self._make(self.private)
            lock = FileLock(self.private / "lock")
            lock.acquire(timeout=0)
        except Timeout:
            message = f"another run is writing into `{self.root}`"
            raise StepError((Problem("E502", message, hint="wait for it, or choose another folder with -o"),)) from None
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._recall()
            self._sweep()
            yield
        finally:
            lock.release()

    def _recall(self) -> None:
        entries = remembered(self.private / WRITTEN, (str, str, int, int))
        self._written = {name: entry for name, entry in entries.items() if is_ours(name)}

    def _sweep(self) -> None:
        """Remove what runs that were ended before their time had begun to write under temporary names."""
        folders = {(self.root / name).parent for name in (*self._claimed(), *self._written)}
        for folder in [folder for folder in folders if not self._through_link(folder / "x")]:
            sweep(folder)
        sweep(self.private)

    def claim(self, planned: Iterable[str], inputs: Iterable[Path]) -> None:
        """Make sure that nothing is replaced but what an earlier run wrote here.

        Raises
        ------
        StepError
            E506 for a file of somebody else's where one of ours would go, or an input of the analysis.
        """
        listed = _listed(self.root / INDEX) | self._claimed()
        sources = {path.resolve() for path in inputs}
        planned = list(planned)
        for relative in planned:
            path = self.root / relative
            if path.is_symlink() or not path.exists():
                continue
            if path.resolve() in sources or not (relative in self._written or relative in listed):
                message = f"`{relative}` is in the results folder already, and was not written by glmspec"
                raise StepError(
                    (Problem("E506", message, hint="choose another folder with -o; nothing is overwritten"),)
                )

        self._save(CLAIMED, {name: [] for name in {*planned, *self._claimed()}})

    def _claimed(self) -> set[str]:
        """What a run that was ended before its time had begun to write here."""
        return {name for name in remembered(self.private / CLAIMED, ()) if is_ours(name)}

    def _save(self, name: str, entries: dict[str, list[Any]]) -> None:
        temporary = beside(self.private / name)  # a known name could be a link by now
        try:
            _write_bytes(temporary, json.dumps(entries, indent=0, sort_keys=True).encode())
            temporary.replace(self.private / name)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            temporary.unlink(missing_ok=True)

    def write(self, relative: str, source: str, fill: Callable[[Path], None]) -> str:
        """Let ``fill`` write a file, unless it is there already from the same ``source``; its sha256.

        ``source`` says what the file's content is a function of.
        """
        path = self.root / relative
        entry = self._written.get(relative)
        if entry is not None and entry[0] == source and self._untouched(path, entry):
            return str(entry[1])
        temporary = beside(path)
        try:
            self._make(path.parent)
            fill(temporary)
            digest = hashlib.sha256(temporary.read_bytes()).hexdigest()
            self._refuse_link(path)
            temporary.replace(path)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            temporary.unlink(missing_ok=True)
        status = path.stat()
        self._written[relative] = [source, digest, status.st_size, status.st_mtime_ns]
        return digest

    def write_text(self, relative: str, text: str) -> str:
        """A text file."""
        source = hashlib.sha256(text.encode()).hexdigest()
        return self.write(relative, source, lambda path: _write_bytes(path, text.encode()))

    def finish(self, keep: set[str]) -> None:
        """Remove files that an earlier run wrote and this one does not, and remember the rest."""
        for relative in [name for name in self._written if name not in keep]:
            entry = self._written.pop(relative)
            path = self.root / relative
            if self._untouched(path, entry) and not self._through_link(path):
                path.unlink()
        for relative in self._claimed() - keep:  # a run that was ended before its time had begun to write it
            path = self.root / relative
            if path.is_file() and not path.is_symlink() and not self._through_link(path):
                path.unlink()
        self._save(CLAIMED, {})
        self._save(WRITTEN, self._written)

    def _untouched(self, path: Path, entry: list[Any]) -> bool:
        if path.is_symlink() or not path.is_file():
            return False
        status = path.stat()
        return [status.st_size, status.st_mtime_ns] == entry[2:]

    def _make(self, folder: Path) -> None:
        """A folder below the root, no part of which is a link."""
        self.root.mkdir(parents=True, exist_ok=True)
        current = self.root
        for part in folder.relative_to(self.root).parts:
            current = current / part
            self._refuse_link(current)
            current.mkdir(exist_ok=True)

    def _through_link(self, path: Path) -> bool:
        """Whether a folder on the way to a file is a link."""
        return any((self.root / part).is_symlink() for part in path.relative_to(self.root).parents)

    def _refuse_link(self, path: Path) -> None:
        if path.is_symlink():
            message = f"`{path.relative_to(self.root)}` in the results folder is a link; nothing is written through one"
            raise StepError((Problem("E505", message, hint="remove the link, or choose another folder with -o"),))

    def _unwritable(self, error: OSError) -> StepError:
        message = f"the results folder cannot be written: {error.strerror or error}"
        return StepError((Problem("E504", message, hint="free some space, or choose another folder with -o"),))


def _write_bytes(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
