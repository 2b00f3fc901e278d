"""The results folder, written: under a temporary name, then renamed; never through a link; one run at a time."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from glmspec.errors import Problem, StepError

PRIVATE = ".store"
WRITTEN = "written.json"


@dataclass
class ResultsFolder:
    """A folder that files are written into; remembers what it wrote from what, so that nothing is written twice."""

    root: Path
    _written: dict[str, list[object]] = field(default_factory=dict)

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
            yield
        finally:
            lock.release()

    def _recall(self) -> None:
        try:
            self._written = dict(json.loads((self.private / WRITTEN).read_text("utf-8")))
        except (OSError, ValueError):
            self._written = {}

    def write(self, relative: str, source: str, fill: Callable[[Path], None]) -> str:
        """Let ``fill`` write a file, unless it is there already from the same ``source``; its sha256.

        ``source`` says what the file's content is a function of.
        """
        path = self.root / relative
        entry = self._written.get(relative)
        if entry is not None and entry[0] == source and self._untouched(path, entry):
            return str(entry[1])
        temporary = path.with_name(f".{secrets.token_hex(6)}-{path.name}")
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
            if self._untouched(path, entry):
                path.unlink()
        temporary = self.private / f".{secrets.token_hex(6)}-{WRITTEN}"  # a known name could be a link by now
        _write_bytes(temporary, json.dumps(self._written, indent=0, sort_keys=True).encode())
        temporary.replace(self.private / WRITTEN)

    def _untouched(self, path: Path, entry: list[object]) -> bool:
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
