"""Steps for the charts of the report: where the peaks of a contrast are, and what is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glmspec.plan.analysis import Analysis, FirstLevel, ModelledRun, SecondLevel, SingleMap
from glmspec.plan.builder import Builder, Inputs
from glmspec.plan.contrasts import json_dof
from glmspec.plan.designs import Question
from glmspec.plan.names import effects_path, timecourses_path
from glmspec.plan.steps import Output, Step
from glmspec.spec.noise import FixedEffects

MOST = 12
"""Peaks of a contrast that have a chart."""


def chart(builder: Builder) -> None:
    """The steps that follow all inferences."""
    CHARTED[type(builder.analysis)](builder)


def _groups(builder: Builder) -> None:
    _residuals(builder)
    for question in builder.analysis.questions:
        _group_effects(builder, question, _peaks(builder, question))


def _runs(builder: Builder) -> None:
    peaks = {question.name: _peaks(builder, question) for question in builder.analysis.questions}
    for question in builder.analysis.questions:
        _run_effects(builder, question, peaks[question.name])
    for run in builder.analysis.runs:
        _timecourses(builder, run, {name: peaks[name] for name in run.weights if name in peaks})


def _nothing(builder: Builder) -> None:
    """An image made elsewhere says nothing of what it was made from."""


CHARTED: dict[type[Analysis], Callable[[Builder], None]] = {
    SecondLevel: _groups,
    FirstLevel: _runs,
    SingleMap: _nothing,
}
"""Level -> its steps."""


def _peaks(builder: Builder, question: Question) -> Step:
    """Where charts are drawn: by the first inference that has a table of clusters."""
    tables = {
        name: builder.named[key]
        for name in builder.document.inference
        if (key := f"clusters/{question.name}/{name}") in builder.named
    }
    inputs: Inputs = {"contrast": builder.named[f"contrast/{question.name}"], "mask": builder.named["mask"]}
    inputs |= {f"table_{index:05d}": step for index, step in enumerate(tables.values())}
    params = {"kind": question.kind, "inferences": list(tables), "most": MOST}
    step = builder.step("peaks@1", params, inputs, f"peaks of {question.name}", question.origin)
    builder.named[f"peaks/{question.name}"] = step
    return step


def _residuals(builder: Builder) -> None:
    """What residuals say of the maps; fixed effects estimate nothing from how maps differ, and have no such step."""
    if "fit" not in builder.named or "residuals" in builder.named:  # or maps went by, and theirs were counted
        return
    matrix = builder.analysis.design.matrix
    params = {"matrix": matrix.tolist(), "groups": list(builder.analysis.groups or ())}
    inputs: Inputs = {"fit": builder.named["fit"], **builder.values}
    step = builder.step("group_residuals@1", params, inputs, "residuals", ("design",), rows=len(matrix))
    builder.named["residuals"] = step


def _publish(builder: Builder, question: Question, step: Step) -> None:
    builder.named[f"effects/{question.name}"] = step
    builder.outputs.append(Output(effects_path(question.name), "table", step, "effects", question.name, stat="effects"))


def _group_effects(builder: Builder, question: Question, peaks: Step) -> None:
    """The effects of a second level; what its estimator is, and what that needs, goes by the document."""
    analysis, estimator = builder.analysis, builder.document.design.estimator
    params: dict[str, Any] = {
        "kind": question.kind,
        "estimator": "groups" if analysis.groups else "ols",
        "matrix": analysis.design.matrix.tolist(),
        "weights": analysis.weights[question.name].weights.tolist(),
        "names": [row.label for row in analysis.rows],
    }
    inputs: Inputs = {"peaks": peaks, **builder.values}
    if not builder.values:  # maps that went by: there is what was fitted to them
        params["estimator"] = "fitted"
        inputs["fit"] = builder.named["fit"]
    if analysis.groups:
        params["groups"] = list(analysis.groups)
    if isinstance(estimator, FixedEffects):
        params |= {"estimator": "fixed-effects", "weighting": estimator.weights, "dof": json_dof(question)}
        params["map_dof"] = [row.dof for row in analysis.rows]
        inputs |= builder.variances
    step = builder.step("group_effects@1", params, inputs, f"effects at the peaks of {question.name}", question.origin)
    _publish(builder, question, step)


def _run_effects(builder: Builder, question: Question, peaks: Step) -> None:
    """The effects of every run that has a part in a contrast."""
    runs: list[ModelledRun] = [run for run in builder.analysis.runs if question.name in run.weights]
    design = builder.document.design
    params = {
        "names": [run.name for run in runs],
        "matrices": [run.design.matrix.tolist() for run in runs],
        "weights": [run.weights[question.name].weights.tolist() for run in runs],
        "noise": design.noise.model_dump(mode="json"),
        "weighting": design.across_runs.weights,
    }
    inputs: Inputs = {"peaks": peaks}
    inputs |= {f"fit_{index:05d}": builder.named[f"fit/{run.name}"] for index, run in enumerate(runs)}
    step = builder.step("run_effects@1", params, inputs, f"effects at the peaks of {question.name}", question.origin)
    _publish(builder, question, step)


def _timecourses(builder: Builder, run: ModelledRun, peaks: dict[str, Step]) -> None:
    """A run over time at the highest peak of each of its contrasts."""
    design = builder.document.design
    params = {
        "contrasts": list(peaks),
        "matrix": run.design.matrix.tolist(),
        "discard": run.model.discard,
        "censored": list(run.model.censored),
        "fwhm": builder.document.inputs.smoothing_fwhm,
        "scaling": design.scaling.model_dump(mode="json"),
    }
    inputs: Inputs = {
        "image": builder.file(run.model.run.bold),
        "mask": builder.named["mask"],
        "fit": builder.named[f"fit/{run.name}"],
        **{f"peaks_{index:05d}": step for index, step in enumerate(peaks.values())},
    }
    step = builder.step("timecourses@1", params, inputs, f"{run.title}: time courses at peaks", ("design",))
    builder.named[f"timecourses/{run.name}"] = step
    path, keys = timecourses_path(run.name), {"run": run.name}
    builder.outputs.append(Output(path, "table", step, "timecourses", stat="timecourses", keys=keys))
