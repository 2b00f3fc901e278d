"""What the report needs beside the files of a fit: a function of document and data alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glmspec.core.collinearity import condition_number, efficiency, variance_inflation
from glmspec.core.least_squares import prepare
from glmspec.execution.store import Store
from glmspec.images.geometry import voxel_volume
from glmspec.plan.analysis import Analysis, FirstLevel, ModelledRun, SecondLevel, SingleMap
from glmspec.plan.designs import ContrastWeights, Design
from glmspec.plan.expected import Expected, Found
from glmspec.plan.left_out import Exclusions
from glmspec.plan.residuals import without_residuals
from glmspec.plan.rows import Row
from glmspec.plan.steps import FitPlan
from glmspec.spec.resolve import resolved_digest

LISTS = frozenset({"rows", "columns", "null_columns"})
"""Facts of a step that are written as files of their own."""


def facts(plan: FitPlan, store: Store) -> dict[str, Any]:
    """Of all levels, then of this one."""
    analysis = plan.analysis
    mask = store.load(plan.named["mask"].key).facts
    of_mask = [
        Expected(entry, (Found(mask["voxels"]),)) for entry in analysis.document.expect if entry.what == "n_voxels"
    ]
    return {
        "name": analysis.document.name,
        "level": analysis.document.level,  # type: ignore[attr-defined]
        "fit": dict(analysis.fit),
        "document_sha256": resolved_digest(analysis.document),
        "inputs": dict(sorted(analysis.digests.items())),
        "mask": {"voxels": mask["voxels"], "mm3": mask["voxels"] * _voxel(plan), "excluded": mask.get("excluded", 0)},
        **OF_LEVEL[type(analysis)](plan, store),
        "undefined": {
            question.name: store.load(plan.named[f"contrast/{question.name}"].key).facts["undefined"]
            for question in analysis.questions
        },
        "checks": [[check.name, check.state, check.text] for check in (*analysis.checks, *(e.check for e in of_mask))],
        "expectations": [_expected(entry) for entry in (*analysis.expectations, *of_mask)],
        "exclusions": _exclusions(analysis.exclusions),
        "left_out": {key: getattr(analysis.exclusions, key) for key in ("excluded", "of", "counted")},
        "inference": _inference(plan, store),
        "peaks": {
            question.name: store.load(plan.named[f"peaks/{question.name}"].key).facts["inference"]
            for question in analysis.questions
            if f"peaks/{question.name}" in plan.named
        },
        "steps": [[step.label, step.op, step.key] for step in plan.steps],
    }


def _voxel(plan: FitPlan) -> float:
    """Its volume in mm3."""
    return voxel_volume(plan.analysis.grid.affine)


def _exclusions(found: Exclusions) -> list[dict[str, Any]]:
    """Each rule and each absence, with everybody who fell to it."""
    return [
        {
            "rule": entry.rule,
            "kind": entry.kind,
            "bound": entry.bound,
            "excluded": list(entry.excluded),
            "of": entry.of,
            "counted": entry.counted,
        }
        for entry in found.entries
    ]


def _expected(found: Expected) -> dict[str, Any]:
    """An expectation, in words, and the values that are not as expected; null where one is infinite."""
    bound, limit = found.entry.bound
    return {
        "what": found.entry.what,
        "bound": bound,
        "limit": limit,
        "otherwise": found.entry.otherwise,
        "met": not found.failing,
        "words": found.words,
        "failing": [[where, _finite(value)] for value, where in found.failing],
    }


def _design(design: Design, weights: Mapping[str, ContrastWeights]) -> dict[str, Any]:
    """Its columns, and how well it tells those that contrasts weigh from the others; null stands for infinity."""
    prepared = prepare(design.matrix)
    weighed = np.any([(entry.weights != 0).any(axis=0) for entry in weights.values()], axis=0)
    inflation = variance_inflation(design.matrix)
    return {
        "columns": list(design.columns),
        "rank": design.rank,
        "dof": design.dof,
        "aliased": list(design.aliased),
        "condition_number": _finite(condition_number(design.matrix)),
        "vif": {design.columns[place]: _finite(float(inflation[place])) for place in np.flatnonzero(weighed)},
        "efficiency": {name: efficiency(prepared, contrast.weights) for name, contrast in weights.items()},
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _second(plan: FitPlan, store: Store) -> dict[str, Any]:
    analysis = plan.analysis
    assert isinstance(analysis, SecondLevel)
    fit = plan.named.get("fit")
    return {
        "rows": [_row(row) for row in analysis.rows],
        "design": _design(analysis.design, analysis.weights),
        **({} if analysis.groups is None else {"groups": list(analysis.groups)}),
        "constant": store.load(fit.key).facts["constant"] if fit else 0,
        **(
            {"residuals": store.load(plan.named["residuals"].key).facts["residuals"]}
            if "residuals" in plan.named
            else {}
        ),
        "smoothness": dict(store.load(plan.named["smoothness"].key).facts) if fit else _no_smoothness(analysis),
    }


def _row(row: Row) -> dict[str, Any]:
    known = {"map": row.map, "volume": row.volume, "names": dict(row.names)}
    return known if row.variance is None else {**known, "variance": row.variance, "dof": row.dof}


def _first(plan: FitPlan, store: Store) -> dict[str, Any]:
    analysis = plan.analysis
    assert isinstance(analysis, FirstLevel)
    runs = [_run(run, store.load(plan.named[f"fit/{run.name}"].key).facts) for run in analysis.runs]
    return {"runs": runs, "constant": sum(run["constant"] for run in runs)}


def _run(run: ModelledRun, found: Mapping[str, Any]) -> dict[str, Any]:
    model = run.model
    return {
        "name": run.name,
        "names": dict(model.run.names),
        "bold": model.run.bold,
        "matrix": None if model.run.design is None else model.run.design.file,
        "scans": model.scans,
        "discarded": model.discard,
        "repetition_time": model.repetition_time,
        "slice_time_reference": model.reference,
        "design": {**_design(run.design, run.weights), "task": list(model.task)},
        "weights": {name: contrast.weights.tolist() for name, contrast in run.weights.items()},
        "conditions": {
            name: {"onsets": events.onsets.tolist(), "durations": events.durations.tolist()}
            for name, events in model.conditions.items()
        },
        "censored": list(model.censored),
        "constant": found["constant"],
        "too_low": found["too_low"],
        "residuals": found["residuals"],
        "smoothness": found["smoothness"],
    }


def _single(plan: FitPlan, store: Store) -> dict[str, Any]:
    analysis = plan.analysis
    assert isinstance(analysis, SingleMap)
    smoothness = _no_smoothness(analysis)
    return {"statistic": analysis.statistic, "scale": dict(analysis.given), "constant": 0, "smoothness": smoothness}


def _no_smoothness(analysis: Analysis) -> dict[str, str]:
    return {"because": without_residuals(analysis.document)}


OF_LEVEL: dict[type[Analysis], Callable[[FitPlan, Store], dict[str, Any]]] = {
    SecondLevel: _second,
    FirstLevel: _first,
    SingleMap: _single,
}
"""Level -> what is told of it alone."""


def _inference(plan: FitPlan, store: Store) -> dict[str, Any]:
    """By contrast and inference: counts, heights, clusters, relabellings."""
    found = {}
    for name, step in plan.named.items():
        if not name.startswith("threshold/"):
            continue
        key = name.removeprefix("threshold/")
        told = {entry: value for entry, value in store.load(step.key).facts.items() if entry not in LISTS}
        clusters = store.load(plan.named[f"clusters/{key}"].key).facts["clusters"]
        found[key] = {**told, "clusters": clusters, **_exchange(plan.analysis, key)}
    return found


def _exchange(analysis: Analysis, name: str) -> dict[str, Any]:
    """How a permutation inference relabelled the rows; nothing for other inferences."""
    contrast, inference = name.split("/", 1)
    found = analysis.exchanges.get((contrast, inference)) if isinstance(analysis, SecondLevel) else None
    if found is None:
        return {}
    numbers = {"used": found.used, "exhaustive": found.exhaustive, "smallest_p": found.smallest_p}
    kind = {"scheme": found.group.scheme, "blocks": found.group.blocks, "because": found.because}
    words = {"how": found.how, "counted": found.counted, "nuisance": found.nuisance}
    return {"relabellings": {**kind, **numbers, **words, "family": list(found.family)}}
