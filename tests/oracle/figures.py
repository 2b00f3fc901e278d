"""Reads the reference figures beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def figures(name: str) -> Any:
    """The content of ``data/<name>.json``."""
    return json.loads((Path(__file__).parent / "data" / f"{name}.json").read_text(encoding="utf-8"))
