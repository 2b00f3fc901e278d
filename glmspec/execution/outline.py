"""What is known of results before anything is computed: the index and the texts of a plan that was not run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glmspec.execution.design_tables import texts
from glmspec.execution.facts import facts
from glmspec.execution.publish import RESOLVED, question_entry
from glmspec.execution.results import PROVENANCE, Results
from glmspec.execution.store import Artifact, Store
from glmspec.plan.steps import FitPlan
from glmspec.spec.resolve import resolved_text


class _Unknown(dict[str, Any]):
    """What a step would tell: nothing yet."""

    def __missing__(self, key: str) -> int:
        return 0


class _NotRun(Store):
    """A store of steps that were not computed."""

    def load(self, key: str) -> Artifact:
        """Nothing is known of any step."""
        return Artifact({}, _Unknown())


def outline(plan: FitPlan, folder: Path, provenance: dict[str, Any]) -> Results:
    """The results of a fit as far as they follow from document and tables; texts are written into ``folder``."""
    analysis = plan.analysis
    told = facts(plan, _NotRun(folder))
    told |= {
        "checks": [[check.name, check.state, check.text] for check in analysis.checks],
        "expectations": [entry for entry in told["expectations"] if entry["what"] != "n_voxels"],
        "mask": {"voxels": None, "mm3": None, "excluded": 0},
        "outlook": list(_outlook(told, [run.title for run in getattr(analysis, "runs", ())])),
    }
    for path, text in ((path, text) for path, text, _ in texts(analysis)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    (folder / RESOLVED).write_text(resolved_text(analysis.document), "utf-8")
    (folder / PROVENANCE).write_text(json.dumps(provenance), "utf-8")
    contrasts = {question.name: question_entry(question, analysis) for question in analysis.questions}
    return Results(folder, {"glmspec": 1, "outputs": [], "contrasts": contrasts, "analysis": told})


KEYS = ("condition_number", "vif", "efficiency")


def _outlook(told: dict[str, Any], titles: list[str]) -> Iterator[dict[str, Any]]:
    """Of each design: variance inflation of columns that are weighed, and the efficiency of every contrast."""
    for title, run in zip(titles, told.get("runs", ()), strict=True):
        yield {"run": title, **{key: run["design"][key] for key in KEYS}}
    if "design" in told:
        yield {"run": "", **{key: told["design"][key] for key in KEYS}}
