"""Departures from the registered document: what a run's index says of them.

``analysis["deviations"]`` of an index is absent or null where no lock stands beside the document, and else a list with
an entry for every setting that differs::

    {"path": "inference.family.alpha", "locked": 0.05, "run": 0.1, "class": "inferential", "rationale": null}

``locked`` or ``run`` is null where a setting is not there at all, which the language has no other use for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Class = Literal["inferential", "estimation", "display", "text"]
CLASSES: dict[Class, str] = {
    "inferential": "can change a p-value or a claim",
    "estimation": "can change an estimate",
    "display": "changes pictures and tables alone",
    "text": "changes words alone",
}
"""What a deviation can change, the gravest first."""
GRAVE = ("inferential", "estimation")
ABSENT = "not there"


@dataclass(frozen=True)
class Deviation:
    """A setting that is not as it was registered."""

    path: str
    """Where it stands in the document: ``inference.family.alpha``."""
    locked: str
    run: str
    kind: Class
    rationale: str | None

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Deviation:
        """An entry of the index."""
        if entry["class"] not in CLASSES:
            raise ValueError(f"{entry['class']} is no class of deviations")
        locked, run = _written(entry.get("locked")), _written(entry.get("run"))
        return cls(str(entry["path"]), locked, run, entry["class"], entry.get("rationale") or None)

    @property
    def grave(self) -> bool:
        """Whether a number can be another because of it."""
        return self.kind in GRAVE


def deviations(analysis: Mapping[str, Any]) -> tuple[Deviation, ...] | None:
    """Those of an index, the gravest first; None where nothing was registered to deviate from."""
    entries = analysis.get("deviations")
    if entries is None:
        return None
    order = list(CLASSES)
    return tuple(sorted(map(Deviation.read, entries), key=lambda found: order.index(found.kind)))


def _written(value: Any) -> str:
    """A value as a document has it."""
    if value is None:
        return ABSENT
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
