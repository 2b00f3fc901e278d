"""Rules on what reviewers ask for: expectations, exclusions and policies that mean something at their level."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.errors import DocPath, Problem
from glmspec.spec.checks import part
from glmspec.spec.document import LEVELS, Document
from glmspec.spec.problems import suggestion
from glmspec.spec.quantities import QUANTITIES, known_at


def check_review(document: Document) -> list[Problem]:
    """What is wrong with them, whatever the data."""
    return [*_expectations(document), *_exclusions(document), *_policies(document), *_deviations(document)]


OF_A_LOCK = ("data", "parts", "versions")
"""What a lock holds beside the document, and a deviation may name."""


def _deviations(document: Document) -> Iterator[Problem]:
    """Paths that begin at a section of the document, or at what a lock holds beside it."""
    for index, entry in enumerate(part(document, "deviations")):
        head = entry.path.split(".")[0].split("[")[0]
        known = list(dict.fromkeys([*(name for level in LEVELS.values() for name in level.model_fields), *OF_A_LOCK]))
        if head not in known:
            hint = suggestion(head, known, "a path begins with one of")
            message = f"`{entry.path}` is no path of a document"
            yield Problem("E208", message, ("deviations", index, "path"), hint=hint)


def _expectations(document: Document) -> Iterator[Problem]:
    """Quantities that the level has, each narrowed down by what it is about."""
    level = getattr(document, "level", None)
    known = known_at(level)
    for index, entry in enumerate(part(document, "expect")):
        here: DocPath = ("expect", index)
        quantity = QUANTITIES.get(entry.what)
        if quantity is None or entry.what not in known:
            hint = suggestion(entry.what, known, f"at `level: {level}`")
            message = f"`what` cannot be `{entry.what}`"
            if quantity is not None:
                message += f": it belongs to {' and '.join(f'`level: {other}`' for other in quantity.levels)}"
            yield Problem("E203", message, (*here, "what"), hint=hint)
            continue
        for key in ("columns", "contrasts"):
            if getattr(entry, key) is not None and quantity.about != key:
                hint = f"{entry.what}: {quantity.meaning}"
                message = f"`{key}` says nothing about `{entry.what}`"
                yield Problem("E205", message, (*here, key), hint=hint, on="key")


def _exclusions(document: Document) -> Iterator[Problem]:
    """Rules are judged where there are variables and subjects."""
    level = getattr(document, "level", None)
    for index, entry in enumerate(part(document, "exclusions")):
        here: DocPath = ("exclusions", index)
        if level != "second" and entry.variable is not None:
            hint = "name the subjects, `subjects: [...]`, or judge the rule at the second level"
            message = f"the {'runs' if level == 'first' else 'map'} of this level "
            message += f"{'have' if level == 'first' else 'has'} no variables"
            yield Problem("E205", message, (*here, "variable"), hint=hint, on="key")
        if level == "map" and entry.subjects is not None:
            hint = "leave the subjects out where the map was made"
            yield Problem("E205", "a single map has no subjects", (*here, "subjects"), hint=hint, on="key")


_POLICIES: dict[str, dict[str, tuple[str, ...]]] = {
    "first": {"subject": ("exclude",), "variable": ("exclude",)},
    "second": {"condition": ("exclude-run",)},
    "map": {"condition": ("exclude", "exclude-run"), "run": ("accept", "exclude"),
            "subject": ("exclude",), "variable": ("exclude",)},
}  # fmt: skip
"""Level -> policies that mean nothing there."""

_INSTEAD = {
    "first": "at a first level a run or a condition can be missing: write `run` or `condition`",
    "second": "at a second level write `condition: exclude`, which leaves the subject out",
    "map": "a single map has no rows that could be missing",
}


def _policies(document: Document) -> Iterator[Problem]:
    """Policies for what can be missing at the level."""
    missing, level = getattr(document, "missing", None), str(getattr(document, "level", None))
    for key, refused in _POLICIES.get(level, {}).items():
        given = getattr(missing, key, None)
        if given in refused:
            yield Problem("E205", f"`{key}: {given}` has no use at `level: {level}`", ("missing", key),
                          hint=_INSTEAD[level])  # fmt: skip
