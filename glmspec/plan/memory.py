"""Small JSON files that glmspec keeps for itself. They only save work: whatever is not as expected is forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def remembered(path: Path, kinds: tuple[type, ...]) -> dict[str, list[Any]]:
    """Name -> values of these kinds; empty where there is no such file, and without entries of another shape."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: entry for name, entry in data.items() if _fits(entry, kinds)}


def _fits(entry: Any, kinds: tuple[type, ...]) -> bool:
    if not isinstance(entry, list) or len(entry) != len(kinds):
        return False
    return all(type(value) is kind for value, kind in zip(entry, kinds, strict=True))
