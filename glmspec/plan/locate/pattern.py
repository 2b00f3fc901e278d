"""Files by a pattern: `{subject}` captures letters, digits, `+` and `-`; `*` matches anything but a slash."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from glmspec.errors import DocPath, InputError, Problem
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.fitting import fit
from glmspec.plan.rows import Row, same
from glmspec.spec.fields import PATTERN_NAME, captured_names

MAPS: DocPath = ("inputs", "maps")
MOST_FILES = 200_000


def by_pattern(pattern: str, data: DataFolder) -> list[Row]:
    """A row for each file that fits, sorted by path.

    Raises
    ------
    InputError
        E307 if no file fits, E308 if several do and the pattern captures nothing that tells them apart.
    """
    found = matches(pattern, data, MAPS)
    if len(found) > 1 and not captured_names(pattern):
        message = f"{len(found)} files fit `{pattern}`, and it captures no name that tells them apart"
        hint = "write {subject}, for example, where they differ; `*` may stand where exactly one file fits"
        raise InputError((Problem("E308", message, MAPS, hint=hint),))
    return [Row(path, MAPS, names) for path, names in found]


def matches(pattern: str, data: DataFolder, origin: DocPath) -> list[tuple[str, dict[str, str]]]:
    """The files that fit a pattern and the names they capture, sorted by path."""
    found = []
    for path in sorted({*_walk(data.root, pattern.split("/")), *data.imagined(pattern)}):
        captured = fit(pattern, path)
        if captured is not None:
            data.path(path, origin)
            found.append((path, {name: same(name, captured[name]) for name in captured_names(pattern)}))
    if not found:
        hint = _how_far(data.root, pattern)
        raise InputError((Problem("E307", f"no file fits the pattern `{pattern}`", origin, hint=hint),))
    return found


def _walk(root: Path, parts: list[str]) -> list[str]:
    """Files that fit the pattern part by part; only folders that fit are entered, one level after the other."""
    *folders, last = parts
    paths = [""]
    for part in folders:
        paths = _below(root, paths, part, Path.is_dir)
    return _below(root, paths, last, Path.is_file)


def _below(root: Path, folders: list[str], part: str, wanted: Callable[[Path], bool]) -> list[str]:
    """What fits one part of the pattern in each folder."""
    found: list[str] = []
    for folder in folders:
        for name in _names(root / folder, part):
            path = f"{folder}/{name}" if folder else name
            try:
                found += [path] if wanted(root / path) else []
            except OSError:  # a name that no file can have
                continue
        if len(found) > MOST_FILES:
            raise InputError((Problem("E307", f"more than {MOST_FILES:,} files fit the pattern", MAPS),))
    return found


def _names(folder: Path, part: str) -> list[str]:
    if "{" not in part and "*" not in part:
        return [part]
    try:
        return [entry.name for entry in folder.iterdir() if fit(part, entry.name) is not None]
    except OSError:
        return []


def _how_far(root: Path, pattern: str) -> str:
    """Which folder of a pattern exists, and what is in it."""
    fixed: list[str] = []
    for part in pattern.split("/")[:-1]:
        if PATTERN_NAME.search(part) or "*" in part or not (root / Path(*fixed, part)).is_dir():
            break
        fixed.append(part)
    folder = "/".join(fixed)
    shown = f"the folder `{folder}`" if folder else "the data folder"
    try:
        entries = sorted(entry.name for entry in (root / folder).iterdir())
    except OSError:
        return "the data folder cannot be read; name it with --data"
    if not entries:
        return f"{shown} is empty; name another data folder with --data"
    listed = ", ".join(entries[:5]) + (f" and {len(entries) - 5} more" if len(entries) > 5 else "")
    return f"{shown} holds {listed}; paths start at the document's folder, or at the one given with --data"
