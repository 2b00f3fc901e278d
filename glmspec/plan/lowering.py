"""Inference -> steps: every method on every contrast that it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glmspec.plan.builder import Builder, Inputs
from glmspec.plan.contrasts import json_dof
from glmspec.plan.designs import Question
from glmspec.plan.left_out import in_digits
from glmspec.plan.names import corrected_path, mask_path, null_path, proportion_path, table_path
from glmspec.plan.steps import Output, Step
from glmspec.spec.inference import AllResolutions, Parametric, Permutation
from glmspec.spec.quantities import BOUNDS


def lower(builder: Builder) -> None:
    """The steps of all inferences, after what is expected of the mask."""
    _expected_voxels(builder)
    for contrast in builder.analysis.questions:
        for name, entry in builder.document.inference.items():
            if entry.contrasts is None or contrast.name in entry.contrasts:
                LOWER[type(entry)](builder, contrast, name, entry)


def _expected_voxels(builder: Builder) -> None:
    """A step for each expectation of the number of voxels, which stops a run that does not meet it."""
    for index, entry in enumerate(builder.document.expect):
        if entry.what == "n_voxels":
            bound, limit = entry.bound
            params = {"bound": bound, "limit": limit, "otherwise": entry.otherwise}
            inputs = {"mask": builder.named["mask"]}
            label = f"expectation: n_voxels {BOUNDS[bound]} {in_digits(limit)}"
            builder.named[f"expect/{index}"] = builder.step(
                "expect_voxels@1", params, inputs, label, ("expect", index, bound)
            )


def parametric(builder: Builder, contrast: Question, name: str, entry: Parametric) -> None:
    """Threshold and clusters of one contrast by one parametric inference."""
    here = ("inference", name)
    params: dict[str, Any] = {
        "kind": contrast.kind,
        "correction": entry.correction,
        "alpha": entry.alpha,
        "threshold": entry.threshold.model_dump(mode="json", exclude_none=True) if entry.threshold else None,
        "alternative": entry.alternative,
        "connectivity": entry.connectivity,
        "minimum": entry.minimum_cluster_size.model_dump(mode="json", exclude_none=True)
        if entry.minimum_cluster_size
        else None,
        "dof": json_dof(contrast),
    }
    inputs = _tested(builder, contrast, entry.within)
    label = f"{name} of {contrast.name}"
    passed = builder.step("threshold@1", params, inputs, label, here)
    builder.named[f"threshold/{contrast.name}/{name}"] = passed
    found: Inputs = {**inputs, "threshold": passed}
    found.pop("within", None)
    if builder.document.report.atlas:
        found["atlas"] = builder.region(builder.document.report.atlas)
    settings = {"connectivity": entry.connectivity, "kind": contrast.kind}
    table = builder.step("clusters@1", settings, found, f"clusters: {label}", here)
    builder.named[f"clusters/{contrast.name}/{name}"] = table
    builder.outputs += [
        Output(mask_path(contrast.name, name), "mask", passed, "passed", contrast.name, name),
        Output(table_path(contrast.name, name), "table", table, "clusters", contrast.name, name),
    ]


def all_resolutions(builder: Builder, contrast: Question, name: str, entry: AllResolutions) -> None:
    """Bounds on true discoveries of one contrast, in clusters and regions."""
    params: dict[str, Any] = {
        "kind": contrast.kind,
        "alpha": entry.alpha,
        "thresholds": [threshold.model_dump(mode="json", exclude_none=True) for threshold in entry.cluster_forming],
        "regions": list(entry.regions),
        "alternative": entry.alternative,
        "connectivity": entry.connectivity,
        "dof": json_dof(contrast),
    }
    inputs = _tested(builder, contrast, entry.within)
    inputs |= {f"region_{index:05d}": builder.region(region) for index, region in enumerate(entry.regions)}
    if builder.document.report.atlas:
        inputs["atlas"] = builder.region(builder.document.report.atlas)
    step = builder.step("all_resolutions@1", params, inputs, f"{name} of {contrast.name}", ("inference", name))
    builder.named[f"threshold/{contrast.name}/{name}"] = step
    builder.named[f"clusters/{contrast.name}/{name}"] = step
    path = proportion_path(contrast.name, name)
    builder.outputs += [
        Output(mask_path(contrast.name, name), "mask", step, "passed", contrast.name, name),
        Output(path, "statmap", step, "tdp", contrast.name, name, stat="tdp"),
        Output(table_path(contrast.name, name), "table", step, "clusters", contrast.name, name),
    ]


def permutation(builder: Builder, contrast: Question, name: str, entry: Permutation) -> None:
    """Corrected p of one contrast by the maxima over relabellings, for each control."""
    maxima = _null_maxima(builder, contrast, name, entry)
    family = builder.analysis.exchanges[contrast.name, name].family
    params: dict[str, Any] = {
        "kind": contrast.kind,
        "alpha": entry.alpha,
        "alternative": entry.alternative,
        "connectivity": entry.connectivity,
        "controls": list(entry.control),
        "height": builder.analysis.exchanges[contrast.name, name].height,
        "dof": json_dof(contrast),
    }
    inputs = {**_tested(builder, contrast, entry.within), "maxima": maxima}
    if len(family) > 1:
        inputs["joint"] = _joint_maxima(builder, family, name, entry)
    if builder.document.report.atlas:
        inputs["atlas"] = builder.region(builder.document.report.atlas)
    step = builder.step("permutation@2", params, inputs, f"{name} of {contrast.name}", ("inference", name))
    builder.named[f"threshold/{contrast.name}/{name}"] = step
    builder.named[f"clusters/{contrast.name}/{name}"] = step
    for control in entry.control:
        keys = {"control": control}
        passed, corrected = (path(contrast.name, name, control) for path in (mask_path, corrected_path))
        builder.outputs += [
            Output(passed, "mask", step, f"passed_{control}", contrast.name, name, keys=keys),
            Output(corrected, "statmap", step, f"logp_{control}", contrast.name, name, stat="logp", keys=keys),
        ]
    builder.outputs += [
        Output(null_path(contrast.name, name), "null", step, "null", contrast.name, name),
        Output(table_path(contrast.name, name), "table", step, "clusters", contrast.name, name),
    ]


def _joint_maxima(builder: Builder, family: tuple[str, ...], name: str, entry: Permutation) -> Step:
    """The maximum of each relabelling over contrasts that share their relabellings."""
    questions = {question.name: question for question in builder.analysis.questions}
    inputs: Inputs = {
        f"contrast_{index:05d}": _null_maxima(builder, questions[contrast], name, entry)
        for index, contrast in enumerate(family)
    }
    label = f"one maximum over {len(family)} contrasts: {name}"
    return builder.step("joint_maxima@1", {}, inputs, label, ("inference", name))


def _null_maxima(builder: Builder, contrast: Question, name: str, entry: Permutation) -> Step:
    """The null distributions; alpha does not enter, so that another alpha costs nothing."""
    known = f"maxima/{contrast.name}/{name}"
    if known not in builder.named:
        builder.named[known] = _null_distributions(builder, contrast, name, entry)
    return builder.named[known]


def _null_distributions(builder: Builder, contrast: Question, name: str, entry: Permutation) -> Step:
    exchange = builder.analysis.exchanges[contrast.name, name]
    group = exchange.group
    params: dict[str, Any] = {
        "kind": contrast.kind,
        "matrix": builder.analysis.design.matrix.tolist(),
        "weights": builder.analysis.weights[contrast.name].weights.tolist(),
        "scheme": group.scheme,
        "blocks": group.blocks,
        "unit": group.unit.tolist(),
        "place": group.place.tolist(),
        "sets": group.sets.tolist(),
        "exhaustive": exchange.exhaustive,
        "used": exchange.used,
        "seed": None if exchange.exhaustive else entry.seed,
        "controls": list(entry.control),
        "alternative": entry.alternative,
        "connectivity": entry.connectivity,
        "height": exchange.height,
        "mass": entry.cluster_mass,
        "exponents": [entry.tfce.E, entry.tfce.H],
        **({"groups": list(builder.analysis.groups)} if builder.analysis.groups else {}),
    }
    if exchange.exhaustive and len(exchange.family) > 1:  # what is drawn is a function of the group alone
        params["family"] = [builder.analysis.weights[member].weights.tolist() for member in exchange.family]
    inputs = {**builder.values, "mask": builder.named["mask"]}
    if entry.within:
        inputs["within"] = builder.region(entry.within)
    label = f"{exchange.used:,} relabellings: {name} of {contrast.name}"
    shape = builder.analysis.design.matrix.shape
    here = ("inference", name)
    return builder.step("null_maxima@1", params, inputs, label, here, rows=shape[0], columns=shape[1])


def _tested(builder: Builder, contrast: Question, within: str | None) -> Inputs:
    """What every inference on a map builds on."""
    inputs: Inputs = {
        "contrast": builder.named[f"contrast/{contrast.name}"],
        "mask": builder.named["mask"],
    }
    if within:
        inputs["within"] = builder.region(within)
    return inputs


LOWER: dict[type, Callable[[Builder, Question, str, Any], None]] = {
    Parametric: parametric,
    AllResolutions: all_resolutions,
    Permutation: permutation,
}
"""Inference method -> the steps it becomes."""
