"""Scans -> effects of a subject: a fit and the contrasts of each run, then fixed effects across the runs."""

from __future__ import annotations

from typing import Any

from glmspec.plan.analysis import ModelledRun
from glmspec.plan.builder import Builder, Inputs
from glmspec.plan.contrasts import json_dof
from glmspec.plan.designs import Question
from glmspec.plan.estimate.masks import Rows, mask_step
from glmspec.plan.estimate.second import STATS
from glmspec.plan.names import map_path, run_path
from glmspec.plan.steps import Output, Step
from glmspec.spec.noise import AutoregressiveNoise

RUN_STATS = ("residualVariance", "r2", "mean")
"""Maps of every run's fit, beside the autocorrelation of noise that has one."""


def estimate_runs(builder: Builder) -> None:
    """The steps of a first level."""
    runs: tuple[ModelledRun, ...] = builder.analysis.runs
    images, rows = _scans(builder, runs)
    mask = mask_step(builder, images, rows, [run.model.run.mask for run in runs])
    builder.mask(mask)
    fits = [_fit(builder, run, mask) for run in runs]
    for question in builder.analysis.questions:
        _contrast(builder, question, runs, fits)


def _scans(builder: Builder, runs: tuple[ModelledRun, ...]) -> tuple[Inputs, Rows]:
    """The 4D image of each run, and its scans that are analysed."""
    images = builder.numbered("image", [run.model.run.bold for run in runs])
    rows: Rows = [
        [index, volume] for index, run in enumerate(runs) for volume in range(run.model.discard, run.model.volumes)
    ]
    return images, rows


def _fit(builder: Builder, run: ModelledRun, mask: Step) -> Step:
    """The fit of one run, and what is published of it."""
    design = builder.document.design
    params: dict[str, Any] = {
        "matrix": run.design.matrix.tolist(),
        "discard": run.model.discard,
        "fwhm": builder.document.inputs.smoothing_fwhm,
        "scaling": design.scaling.model_dump(mode="json"),
        "noise": design.noise.model_dump(mode="json"),
    }
    inputs: Inputs = {"image": builder.file(run.model.run.bold), "mask": mask}
    scans, columns = run.design.matrix.shape
    label = f"{run.title}: fit"
    step = builder.step("fit_run@4", params, inputs, label, run.model.run.at("bold"), rows=scans, columns=columns)
    builder.named[f"fit/{run.name}"] = step
    order = design.noise.order if isinstance(design.noise, AutoregressiveNoise) else 0
    lags = ["autocorrelation", *(f"autocorrelation{lag}" for lag in range(2, order + 1))][:order]
    keys = {"run": run.name}
    builder.outputs += [
        Output(run_path(run.name, stat), "statmap", step, stat, stat=stat, keys=keys) for stat in (*RUN_STATS, *lags)
    ]
    return step


def _contrast(builder: Builder, question: Question, runs: tuple[ModelledRun, ...], fits: list[Step]) -> None:
    """A contrast in every run that has a part in it, and combined."""
    noise = builder.document.design.noise.model_dump(mode="json")
    parts: list[tuple[ModelledRun, Step, Step]] = []
    for run, fit in zip(runs, fits, strict=True):
        if question.name not in run.weights:
            continue
        params = {
            "matrix": run.design.matrix.tolist(),
            "weights": run.weights[question.name].weights.tolist(),
            "noise": noise,
        }
        label = f"{run.title}: contrast {question.name}"
        columns = len(run.design.columns)
        op = f"contrast_run_{question.kind}@2"
        step = builder.step(op, params, {"fit": fit}, label, question.origin, columns=columns)
        parts.append((run, fit, step))
        for stat in STATS[question.kind]:
            path = map_path(question.name, stat, run.name)
            keys = {"run": run.name}
            builder.outputs.append(Output(path, "statmap", step, stat, question.name, stat=stat, keys=keys))
    builder.contrast(question.name, _combined(builder, question, parts), STATS[question.kind])


def _combined(builder: Builder, question: Question, parts: list[tuple[ModelledRun, Step, Step]]) -> Step:
    """Fixed effects over the runs; a single run stands for itself."""
    if len(parts) == 1:
        return parts[0][2]
    params: dict[str, Any] = {
        "weighting": builder.document.design.across_runs.weights,
        "dof": json_dof(question),
    }
    label = f"{question.name}: fixed effects over {len(parts)} runs"
    if question.kind == "t":
        inputs: Inputs = {f"run_{index:05d}": step for index, (_, _, step) in enumerate(parts)}
    else:
        inputs = {f"fit_{index:05d}": fit for index, (_, fit, _) in enumerate(parts)}
        params["noise"] = builder.document.design.noise.model_dump(mode="json")
        params["matrices"] = [run.design.matrix.tolist() for run, _, _ in parts]
        params["weights"] = [run.weights[question.name].weights.tolist() for run, _, _ in parts]
    columns = max(len(run.design.columns) for run, _, _ in parts)
    return builder.step(f"combined_{question.kind}@2", params, inputs, label, question.origin, columns=columns)
