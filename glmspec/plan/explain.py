"""Why a step would run: it is new, one of its settings or inputs changed, or something it builds on did."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glmspec.plan.keys import canonical
from glmspec.plan.memory import remember
from glmspec.plan.steps import FileInput, Plan, Step
from glmspec.spec.resolve import resolved_text

LEDGERS = "ledgers"
"""The folder of a store that holds what the last run of each document was."""
_SHORT = 40


class Ledger:
    """What the steps of the last run were, by what they are called."""

    def __init__(self, store: Path, name: str) -> None:
        self.path = store / LEDGERS / f"{name}.json"

    def read(self) -> dict[str, Any]:
        """The last run's steps; empty where there was none."""
        steps = self._remembered().get("steps")
        return steps if isinstance(steps, dict) else {}

    def document(self) -> str | None:
        """The resolved document of the last run."""
        text = self._remembered().get("document")
        return text if isinstance(text, str) else None

    def _remembered(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.path.read_text("utf-8")))
        except (OSError, ValueError, TypeError, RecursionError):
            return {}

    def write(self, plan: Plan) -> None:
        """Remember this plan's document and steps."""
        steps = {step.label: summary(step) for step in plan.steps}
        remember(self.path, {"document": resolved_text(plan.study.document), "steps": steps})

    def reasons(self, plan: Plan, missing: set[str]) -> dict[str, str]:
        """Key -> reused, new, or changed because of what."""
        before = self.read()
        found: dict[str, str] = {}
        for step in plan.steps:
            if step.key not in missing:
                found[step.key] = "reused"
            elif step.label not in before:
                found[step.key] = "new"
            elif before[step.label]["key"] == step.key:
                found[step.key] = "missing from the store"
            else:
                found[step.key] = "changed because of " + _difference(step, before[step.label])
        return found


def summary(step: Step) -> dict[str, Any]:
    """What the key of a step is made from, with the names of its inputs."""
    inputs = {
        name: [entry.path if isinstance(entry, FileInput) else entry.label, entry.identity]
        for name, entry in step.inputs.items()
    }
    return {"key": step.key, "op": step.op, "params": dict(step.params), "inputs": inputs}


def _difference(step: Step, before: Mapping[str, Any]) -> str:
    """The settings and inputs that differ, the settings first."""
    now = summary(step)
    if now["op"] != before["op"]:
        return f"the method, {before['op']} to {now['op']}"
    changed = [
        _change(name, before["params"].get(name), value)
        for name, value in now["params"].items()
        if canonical(value) != canonical(before["params"].get(name))
    ]
    inputs = [
        entry[0] for name, entry in now["inputs"].items() if before["inputs"].get(name, [None, None])[1] != entry[1]
    ]
    inputs += [f"{entry[0]} (gone)" for name, entry in before["inputs"].items() if name not in now["inputs"]]
    listed = ", ".join(dict.fromkeys(inputs[:3])) + (f" and {len(inputs) - 3} more" if len(inputs) > 3 else "")
    return "; ".join([*changed, *([listed] if listed else [])]) or "its settings"


def _change(name: str, before: Any, now: Any) -> str:
    """`fwhm 6.0 to 8.0`; the name alone where the values are long."""
    texts = ["nothing" if value is None else canonical(value) for value in (before, now)]
    return name if max(map(len, texts)) > _SHORT else f"{name} {texts[0]} to {texts[1]}"
