"""Small JSON files that glmspec keeps for itself. They only save work: whatever is not as expected is forgotten."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from glmspec.temporary import beside


def remembered(path: Path, kinds: tuple[type, ...]) -> dict[str, list[Any]]:
    """Name -> values of these kinds; empty where there is no such file, and without entries of another shape."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: entry for name, entry in data.items() if _fits(entry, kinds)}


def remember(path: Path, data: Any) -> None:
    """Write such a file, under another name first; one that cannot be written is not worth a failure."""
    temporary = beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("x", encoding="utf-8") as file:
            json.dump(data, file, indent=0, sort_keys=True)
        temporary.replace(path)
    except OSError:
        return
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _fits(entry: Any, kinds: tuple[type, ...]) -> bool:
    if not isinstance(entry, list) or len(entry) != len(kinds):
        return False
    return all(type(value) is kind for value, kind in zip(entry, kinds, strict=True))
