"""What was looked at before a run, and what came out: shown by plan and report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """Something that was looked at, and what came out."""

    name: str
    state: Literal["ok", "note", "warning"]
    text: str
