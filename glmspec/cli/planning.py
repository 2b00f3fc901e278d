"""`glmspec plan`: rows, design, contrasts and steps, as text and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from glmspec.execution.execute import LEAST_MEMORY, shown
from glmspec.plan.steps import Plan, Step
from glmspec.spec.resolve import resolved_digest


def plan_text(plan: Plan, states: Mapping[str, str]) -> str:
    """The plan for people."""
    return "\n".join([*_head(plan), "", *_design(plan), "", *_contrasts(plan), "", *_steps(plan, states)])


def _head(plan: Plan) -> Iterator[str]:
    analysis = plan.analysis
    document = analysis.document
    yield f"{document.name}" + (f": {document.title}" if document.title else "")
    yield f"document sha256 {resolved_digest(document)[:12]}"
    for check in analysis.checks:
        yield f"{check.name.lower()}: {check.text}"
    yield f"inputs: {len(analysis.digests)} files, {shown(analysis.bytes)}"
    for name in dict.fromkeys(name for row in analysis.rows for name in row.names):
        values = list(dict.fromkeys(row.names[name] for row in analysis.rows))
        listed = ", ".join(values[:8]) + (f" and {len(values) - 8} more" if len(values) > 8 else "")
        yield f"{name} ({len(values)}): {listed}"


def _design(plan: Plan) -> Iterator[str]:
    design = plan.analysis.design
    yield f"design: {plan.analysis.document.design.formula or plan.analysis.document.design.matrix}"
    yield f"  columns ({len(design.columns)}): {', '.join(design.columns)}"
    yield f"  rank {design.rank}, {design.dof} degrees of freedom"


def _contrasts(plan: Plan) -> Iterator[str]:
    yield "contrasts, all estimable:"
    columns = plan.analysis.design.columns
    for contrast in plan.analysis.contrasts:
        yield f"  {contrast.name} ({contrast.kind}): {contrast.text}"
        for row in contrast.weights:
            weights = [f"{weight:+.4g} {name}" for name, weight in zip(columns, row, strict=True) if weight]
            yield "    " + "  ".join(weights[:8]) + (f"  and {len(weights) - 8} more" if len(weights) > 8 else "")


def _steps(plan: Plan, states: Mapping[str, str]) -> Iterator[str]:
    """Steps with their reasons; maps that share one reason share a line."""
    to_do = [step for step in plan.steps if states[step.key] != "reused"]
    most = max((step.memory for step in to_do), default=0)
    left = sum(step.size for step in to_do)
    counts = f"{len(plan.steps)} steps: {len(to_do)} to compute, {len(plan.steps) - len(to_do)} reused"
    yield counts + (f"; up to {shown(most + LEAST_MEMORY)} of memory, up to {shown(left)} of store" if to_do else "")
    for (op, state), group in groupby(plan.steps, key=lambda step: (step.op, states[step.key])):
        steps = list(group)
        first = steps[0].label
        label = first if len(steps) < 4 else f"{first} ... {steps[-1].label} ({len(steps)} steps)"
        for line in [step.label for step in steps] if len(steps) < 4 else [label]:
            needs = "" if state == "reused" else f", up to {shown(steps[0].memory)}"
            yield f"  {line} [{op}{needs}] {state}"


def plan_data(plan: Plan, states: Mapping[str, str]) -> dict[str, Any]:
    """The plan for programs."""
    analysis = plan.analysis
    design = analysis.design
    return {
        "name": analysis.document.name,
        "document_sha256": resolved_digest(analysis.document),
        "rows": [{"map": row.map, "volume": row.volume, "names": dict(row.names)} for row in analysis.rows],
        "design": {
            "columns": list(design.columns),
            "matrix": design.matrix.tolist(),
            "rank": design.rank,
            "dof": design.dof,
        },
        "contrasts": {
            contrast.name: {"test": contrast.kind, "weights": contrast.weights.tolist(), "estimable": True}
            for contrast in analysis.contrasts
        },
        "checks": [{"name": check.name, "state": check.state, "text": check.text} for check in analysis.checks],
        "steps": [_step(step, states[step.key]) for step in plan.steps],
        "outputs": [output.path for output in plan.outputs],
    }


def _step(step: Step, state: str) -> dict[str, Any]:
    return {
        "label": step.label,
        "op": step.op,
        "key": step.key,
        "reason": state,
        "memory": step.memory,
        "size": step.size,
    }
