"""`glmspec plan`: rows, design, contrasts and steps, as text and as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from glmspec.execution.execute import LEAST_MEMORY, shown
from glmspec.plan.analysis import Analysis, FirstLevel, SecondLevel, SingleMap
from glmspec.plan.check import Check
from glmspec.plan.designs import ContrastWeights, Design
from glmspec.plan.durations import duration, likely_memory
from glmspec.plan.runs.words import listed
from glmspec.plan.steps import FitPlan, Plan, Step
from glmspec.spec.resolve import resolved_digest


def plan_text(plan: Plan, states: Mapping[str, str]) -> str:
    """The plan for people."""
    document = plan.study.document
    lines = [f"{document.name}" + (f": {document.title}" if document.title else "")]
    lines.append(f"document sha256 {resolved_digest(document)[:12]}")
    lines += [f"{check.name.lower()}: {check.text}" for check in plan.study.checks]
    for fit in plan.fits:
        lines += ["", f"fit {fit.analysis.folder}"] if len(plan.fits) > 1 else []
        lines += [*_head(fit.analysis), "", *DESCRIBED[type(fit.analysis)](fit.analysis)]
    return "\n".join([*lines, "", *_steps(plan, states)])


def _head(analysis: Analysis) -> Iterator[str]:
    for check in analysis.checks:
        yield f"{check.name.lower()}: {check.text}"
    yield f"inputs: {len(analysis.digests)} files, {shown(analysis.bytes)}"


def _second(analysis: SecondLevel) -> Iterator[str]:
    for name in dict.fromkeys(name for row in analysis.rows for name in row.names):
        values = list(dict.fromkeys(row.names[name] for row in analysis.rows))
        listed = ", ".join(values[:8]) + (f" and {len(values) - 8} more" if len(values) > 8 else "")
        yield f"{name} ({len(values)}): {listed}"
    design = analysis.document.design  # type: ignore[attr-defined]
    yield f"design: {design.formula or design.matrix}"
    yield from _columns(analysis.design)
    yield ""
    yield "contrasts, all estimable:"
    yield from _weights(analysis.design, analysis.weights)


def _first(analysis: FirstLevel) -> Iterator[str]:
    for run in analysis.runs:
        time = run.model.repetition_time
        yield f"{run.title}: {run.model.scans} scans" + (f", repetition time {time:g} s" if time else "")
        yield from _columns(run.design)
    yield ""
    alike: dict[str, list[str]] = {}
    for run in analysis.runs:
        alike.setdefault("\n".join(_weights(run.design, run.weights)), []).append(run.title)
    for text, runs in alike.items():
        yield f"contrasts of {listed(runs)}, all estimable:"
        yield text


def _single(analysis: SingleMap) -> Iterator[str]:
    yield f"statistic: {analysis.statistic}"


DESCRIBED: dict[type[Analysis], Callable[[Any], Iterator[str]]] = {
    SecondLevel: _second,
    FirstLevel: _first,
    SingleMap: _single,
}
"""Level -> what the plan says of it."""


def _columns(design: Design) -> Iterator[str]:
    yield f"  columns ({len(design.columns)}): {', '.join(design.columns)}"
    yield f"  rank {design.rank}, {design.dof} degrees of freedom"


def _weights(design: Design, contrasts: Mapping[str, ContrastWeights]) -> Iterator[str]:
    for contrast in contrasts.values():
        yield f"  {contrast.name} ({contrast.kind}): {contrast.text}"
        for row in contrast.weights:
            weights = [f"{weight:+.4g} {name}" for name, weight in zip(design.columns, row, strict=True) if weight]
            yield "    " + "  ".join(weights[:8]) + (f"  and {len(weights) - 8} more" if len(weights) > 8 else "")


def _steps(plan: Plan, states: Mapping[str, str]) -> Iterator[str]:
    """Steps with their reasons; maps that share one reason share a line."""
    to_do = [step for step in plan.steps if states[step.key] != "reused"]
    most = max((step.memory for step in to_do), default=0)
    left = sum(step.size for step in to_do)
    counts = f"{len(plan.steps)} steps: {len(to_do)} to compute, {len(plan.steps) - len(to_do)} reused"
    yield counts + (f"; up to {shown(most + LEAST_MEMORY)} of memory, up to {shown(left)} of store" if to_do else "")
    if to_do:
        yield f"likely {_time(duration(plan, to_do))} on one core, and {shown(likely_memory(to_do))} of memory"
    for (op, state), group in groupby(plan.steps, key=lambda step: (step.op, states[step.key])):
        steps = list(group)
        first = steps[0].label
        label = first if len(steps) < 4 else f"{first} ... {steps[-1].label} ({len(steps)} steps)"
        for line in [step.label for step in steps] if len(steps) < 4 else [label]:
            needs = "" if state == "reused" else f", up to {shown(steps[0].memory)}"
            yield f"  {line} [{op}{needs}] {state}"


def _time(seconds: float) -> str:
    """Seconds as a person reads them; an estimate has no more than two digits."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def plan_data(plan: Plan, states: Mapping[str, str]) -> dict[str, Any]:
    """The plan for programs; what is told of a single fit stands at the top as well."""
    fits = [_fit_data(fit) for fit in plan.fits]
    return {
        "name": plan.name,
        "document_sha256": resolved_digest(plan.study.document),
        **(fits[0] if len(fits) == 1 else {}),
        "fits": fits,
        "likely": _likely(plan, states),
        "notes": [_check(check) for check in plan.study.checks],
        "steps": [_step(step, states[step.key]) for step in plan.steps],
    }


def _likely(plan: Plan, states: Mapping[str, str]) -> dict[str, float]:
    """What a run with one worker takes, about: seconds, and bytes of memory."""
    to_do = [step for step in plan.steps if states[step.key] != "reused"]
    return {"seconds": round(duration(plan, to_do), 1), "memory": likely_memory(to_do)}


def _fit_data(plan: FitPlan) -> dict[str, Any]:
    analysis = plan.analysis
    return {
        "folder": analysis.folder,
        "fit": dict(analysis.fit),
        **DATA[type(analysis)](analysis),
        "checks": [_check(check) for check in analysis.checks],
        "outputs": [output.path for output in plan.outputs],
    }


def _check(check: Check) -> dict[str, str]:
    return {"name": check.name, "state": check.state, "text": check.text}


def _second_data(analysis: SecondLevel) -> dict[str, Any]:
    return {
        "rows": [{"map": row.map, "volume": row.volume, "names": dict(row.names)} for row in analysis.rows],
        **_design_data(analysis.design, analysis.weights),
    }


def _first_data(analysis: FirstLevel) -> dict[str, Any]:
    return {
        "runs": [
            {
                "name": run.name,
                "names": dict(run.model.run.names),
                "bold": run.model.run.bold,
                "scans": run.model.scans,
                "repetition_time": run.model.repetition_time,
                **_design_data(run.design, run.weights),
            }
            for run in analysis.runs
        ]
    }


def _design_data(design: Design, weights: Mapping[str, ContrastWeights]) -> dict[str, Any]:
    return {
        "design": {
            "columns": list(design.columns),
            "matrix": design.matrix.tolist(),
            "rank": design.rank,
            "dof": design.dof,
        },
        "contrasts": {
            contrast.name: {"test": contrast.kind, "weights": contrast.weights.tolist(), "estimable": True}
            for contrast in weights.values()
        },
    }


def _single_data(analysis: SingleMap) -> dict[str, Any]:
    return {"statistic": analysis.statistic, "scale": dict(analysis.given)}


DATA: dict[type[Analysis], Callable[[Any], dict[str, Any]]] = {
    SecondLevel: _second_data,
    FirstLevel: _first_data,
    SingleMap: _single_data,
}
"""Level -> what the plan says of it to programs."""


def _step(step: Step, state: str) -> dict[str, Any]:
    return {
        "label": step.label,
        "op": step.op,
        "key": step.key,
        "reason": state,
        "memory": step.memory,
        "size": step.size,
        "seconds": round(step.seconds, 3),
    }
