"""The data folder: paths that stay inside it, headers read once, digests remembered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

from glmspec.errors import DocPath, InputError, Problem
from glmspec.images.header import Header, read_header
from glmspec.plan.memory import remember, remembered

_READ = 1 << 20
_ALIKE = 0.75  # S99 is no slip for S09, `participant` is one for `participants`
_MOST_COMPARED = 2000  # names of a folder, where the nearest to a missing one is looked for


@dataclass
class DataFolder:
    """Where the document's paths start. ``digests`` is the file that remembers digests by path, size and time."""

    root: Path
    digests: Path | None = None
    chosen: bool = False
    """Whether the folder was named; otherwise it is the document's own."""
    _headers: dict[str, Header] = field(default_factory=dict)
    _known: dict[str, list[Any]] | None = None

    def path(self, relative: str, origin: DocPath) -> Path:
        """The file, once it is known to exist inside the folder. Links are followed while they stay inside.

        Raises
        ------
        InputError
            E306 if there is no such file, E315 if it lies outside.
        """
        path = self.root / relative
        if not _there(path):
            raise InputError((Problem("E306", f"there is no file `{relative}`", origin, hint=self._look(relative)),))
        if not path.resolve().is_relative_to(self.root.resolve()):
            hint = "links are followed while they stay inside; name a folder that holds all data with --data"
            raise InputError(
                (Problem("E315", f"`{relative}` is a link that leaves the data folder", origin, hint=hint),)
            )
        if not path.is_file():
            hint = "it is a folder: name a file in it" if path.is_dir() else "name a file that holds data"
            raise InputError((Problem("E306", f"`{relative}` is not a file", origin, hint=hint),))
        return path

    def at(self, root: Path) -> DataFolder:
        """The folder where the paths of another document start; this one where it is the same."""
        return self if root == self.root else DataFolder(root, self.digests, self.chosen)

    def imagined(self, pattern: str) -> list[str]:
        """Files that a pattern would find once they are there; a folder of data imagines none."""
        return []

    def _look(self, relative: str) -> str:
        """How far the path exists, and what stands there that may be meant."""
        parts = Path(relative).parts
        end = next((end for end in range(len(parts) - 1, 0, -1) if _there(self.root / Path(*parts[:end]))), 0)
        folder = "/".join(parts[:end])
        try:
            names = [entry.name for entry in islice((self.root / folder).iterdir(), _MOST_COMPARED)]
        except OSError:
            names = []
        stems = {name.split(".")[0]: name for name in sorted(names)}  # endings are alike where nothing else is
        alike = get_close_matches(parts[end].split(".")[0], stems, n=1, cutoff=_ALIKE)
        near = stems[alike[0]] if alike else None
        meant = f"did you mean `{folder}/{near}`? " if near and folder else f"did you mean `{near}`? " if near else ""
        if folder:
            return f"{meant}the folder `{folder}` is there, `{parts[end]}` is not in it"
        return f"{meant}paths start at the document's folder, or at the one given with --data"

    def header(self, relative: str, origin: DocPath) -> Header:
        """The header of an image."""
        if relative not in self._headers:
            path = self.path(relative, origin)
            try:
                self._headers[relative] = read_header(path, name=relative)
            except InputError as error:
                raise InputError(tuple(problem.under(origin) for problem in error.problems)) from None
        return self._headers[relative]

    def digest(self, relative: str, origin: DocPath) -> str:
        """The sha256 of a file's bytes."""
        path = self.path(relative, origin)
        known = self._remembered()
        status = path.stat()
        stamp = [status.st_size, status.st_mtime_ns]
        entry = known.get(str(path.resolve()))
        if entry is not None and entry[:2] == stamp:
            return str(entry[2])
        digest = file_digest(path)
        known[str(path.resolve())] = [*stamp, digest]
        return digest

    def _remembered(self) -> dict[str, list[Any]]:
        if self._known is None:
            self._known = remembered(self.digests, (int, int, str)) if self.digests is not None else {}
        return self._known

    def remember(self) -> None:
        """Write the digests down, if there is a place for them."""
        if self.digests is None or self._known is None or not self.digests.parent.is_dir():
            return
        if self.digests.parent.is_symlink():  # a memory is not worth writing through a link
            return
        remember(self.digests, self._known)


def _there(path: Path) -> bool:
    """Whether there is something at a path; not where the path is none: too long, or with a NUL in it."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def file_digest(path: Path) -> str:
    """The sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_READ):
            digest.update(chunk)
    return digest.hexdigest()
