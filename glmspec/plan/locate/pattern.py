"""Files by a pattern: `{subject}` captures letters, digits, `+` and `-`; `*` matches anything but a slash."""

from __future__ import annotations

import re
from pathlib import Path

from glmspec.errors import DocPath, InputError, Problem
from glmspec.plan.data import DataFolder
from glmspec.plan.rows import Row, same
from glmspec.spec.fields import PATTERN_NAME, captured_names

_CAPTURE = "[A-Za-z0-9+-]+"
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
    expression = _expression(pattern)
    found = []
    for path in sorted(_walk(data.root, pattern.split("/"))):
        match = expression.fullmatch(path)
        if match:
            data.path(path, origin)
            names = {name: same(name, match[f"n_{name}"]) for name in captured_names(pattern)}
            found.append((path, names))
    if not found:
        hint = _how_far(data.root, pattern)
        raise InputError((Problem("E307", f"no file fits the pattern `{pattern}`", origin, hint=hint),))
    return found


def _expression(pattern: str) -> re.Pattern[str]:
    """The whole pattern as a regular expression; a name that stands twice must be equal."""
    seen: set[str] = set()
    text = ""
    for index, piece in enumerate(re.split(r"(\{[^{}]*\}|\*)", pattern)):
        if index % 2 == 0:
            text += re.escape(piece)
        elif piece == "*":
            text += "[^/]*"
        else:
            name = piece[1:-1]
            text += f"(?P=n_{name})" if name in seen else f"(?P<n_{name}>{_CAPTURE})"
            seen.add(name)
    return re.compile(text)


def _walk(root: Path, parts: list[str], base: str = "") -> list[str]:
    """Paths that fit the pattern part by part; only folders that fit are entered."""
    head, rest = parts[0], parts[1:]
    if "{" not in head and "*" not in head:
        names = [head]
    else:
        fits = re.compile(_loose(head))
        try:
            names = [entry.name for entry in (root / base).iterdir() if fits.fullmatch(entry.name)]
        except OSError:
            return []
    found: list[str] = []
    for name in names:
        path = f"{base}/{name}" if base else name
        if rest and (root / path).is_dir():
            found += _walk(root, rest, path)
        elif not rest and (root / path).is_file():
            found.append(path)
        if len(found) > MOST_FILES:
            raise InputError((Problem("E307", f"more than {MOST_FILES:,} files fit the pattern", MAPS),))
    return found


def _loose(part: str) -> str:
    return "".join(
        re.escape(piece) if index % 2 == 0 else ("[^/]*" if piece == "*" else _CAPTURE)
        for index, piece in enumerate(re.split(r"(\{[^{}]*\}|\*)", part))
    )


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
