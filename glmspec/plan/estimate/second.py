"""Maps -> effects of a group: least squares, with one variance or one a group, or fixed effects."""

from __future__ import annotations

from glmspec.plan.analysis import Made
from glmspec.plan.builder import Builder, Inputs
from glmspec.plan.contrasts import json_dof
from glmspec.plan.designs import ContrastWeights
from glmspec.plan.estimate.masks import Rows, mask_step
from glmspec.plan.rows import Row
from glmspec.plan.steps import FileInput, Step
from glmspec.plan.streaming import streamed
from glmspec.spec.noise import FixedEffects

STATS = {"t": ("effect", "variance", "t", "z", "p"), "z": ("effect", "variance", "z", "p"), "F": ("F", "z", "p")}
"""What is written of a contrast, by the scale of its statistic."""


def estimate_group(builder: Builder) -> None:
    """The steps of a second level."""
    images, rows = _images(builder, [row.map for row in builder.analysis.rows])
    mask = mask_step(builder, images, rows)
    builder.mask(mask)
    if streamed(builder.analysis):
        _streamed(builder, images, rows)
        return
    builder.values = _values(builder, "map", [row.map for row in builder.analysis.rows], images, mask)
    if isinstance(builder.document.design.estimator, FixedEffects):
        _fixed_effects(builder, mask)
    else:
        _least_squares(builder)


def _least_squares(builder: Builder) -> None:
    """One fit, and a step for each contrast."""
    analysis = builder.analysis
    matrix = {"matrix": analysis.design.matrix.tolist()}
    rows, columns = analysis.design.matrix.shape
    size = {"rows": rows, "columns": columns}
    grouped = {"groups": list(analysis.groups)} if analysis.groups else {}
    kind = "groups" if grouped else "ols"
    label = "fit: a variance for each group" if grouped else "fit: least squares"
    fit = builder.step(f"fit_{kind}@1", {**matrix, **grouped}, builder.values, label, ("design",), **size)
    builder.named["fit"] = fit
    builder.named["smoothness"] = builder.step(
        "smoothness@2", matrix, {**builder.values, "mask": builder.named["mask"]}, "smoothness", ("design",), rows=rows
    )
    _contrasts(builder, fit, grouped)


def _streamed(builder: Builder, images: Inputs, rows: Rows) -> None:
    """One fit that the maps go by, which also says what their residuals are like."""
    matrix = builder.analysis.design.matrix
    params = {"matrix": matrix.tolist(), "fwhm": builder.document.inputs.smoothing_fwhm, "rows": rows}
    inputs: Inputs = {"mask": builder.named["mask"], **images}
    label, origin, size = "fit: least squares, map by map", ("inputs", "maps"), matrix.shape
    fit = builder.step("fit_streamed@1", params, inputs, label, origin, rows=size[0], columns=size[1])
    builder.named["fit"] = builder.named["residuals"] = fit
    inputs = {"fit": fit, "mask": builder.named["mask"]}
    builder.named["smoothness"] = builder.step(
        "streamed_smoothness@1", {"matrix": matrix.tolist()}, inputs, "smoothness", ("design",)
    )
    _contrasts(builder, fit, {})


def _contrasts(builder: Builder, fit: Step, grouped: dict[str, list[str]]) -> None:
    """A step for each contrast of a fit."""
    analysis = builder.analysis
    matrix = {"matrix": analysis.design.matrix.tolist()}
    for question in analysis.questions:
        weights: ContrastWeights = analysis.weights[question.name]
        params = {**matrix, **grouped, "weights": weights.weights.tolist()}
        op = f"contrast_{question.kind}{'_welch' if grouped else ''}@2"
        columns = analysis.design.matrix.shape[1]
        step = builder.step(op, params, {"fit": fit}, f"contrast {question.name}", question.origin, columns=columns)
        builder.contrast(question.name, step, (*STATS[question.scale], *(("dof",) if grouped else ())))


def _fixed_effects(builder: Builder, mask: Step) -> None:
    """Every contrast from the maps and their variances."""
    analysis = builder.analysis
    names = [row.variance or row.map for row in analysis.rows]
    images, _ = _images(builder, names, "variance")
    builder.variances = _values(builder, "variance", names, images, mask)
    rows, columns = analysis.design.matrix.shape
    for question in analysis.questions:
        params = {
            "matrix": analysis.design.matrix.tolist(),
            "weights": analysis.weights[question.name].weights.tolist(),
            "weighting": builder.document.design.estimator.weights,
            "dof": json_dof(question),
        }
        op, label = f"fixed_effects_{question.kind}@2", f"fixed effects: {question.name}"
        inputs = {**builder.values, **builder.variances}
        step = builder.step(op, params, inputs, label, question.origin, rows=rows, columns=columns)
        builder.contrast(question.name, step, STATS[question.scale])


def _images(builder: Builder, names: list[str], stat: str = "effect") -> tuple[Inputs, Rows]:
    """Each image once, and which volume of which image is which row."""
    distinct = {name: index for index, name in enumerate(dict.fromkeys(names))}
    images = {f"image_{index:05d}": _image(builder, name, stat) for name, index in distinct.items()}
    return images, [[distinct[name], row.volume] for name, row in zip(names, builder.analysis.rows, strict=True)]


def _image(builder: Builder, name: str, stat: str) -> Step | FileInput:
    """A file, or the map of another document's contrast."""
    made: Made | None = builder.analysis.made.get(name)
    if made is None:
        return builder.file(name)
    other = builder.other(made.analysis)
    contrast, mask = other.named[f"contrast/{made.contrast}"], other.named["mask"]
    inputs: Inputs = {"contrast": contrast, "mask": mask}
    label = f"{stat} of {name}"
    return builder.step("spread@1", {"stat": stat, "name": name}, inputs, label, ("inputs", "maps"))


def _values(builder: Builder, prefix: str, names: list[str], images: Inputs, mask: Step) -> Inputs:
    """The voxels of every row in the mask: a step a map, or one for a stack."""
    settings = {"fwhm": builder.document.inputs.smoothing_fwhm, **({"variance": True} if prefix == "variance" else {})}
    rows: list[Row] = builder.analysis.rows
    if rows[0].volume is not None:
        params = {**settings, "rows": [[0, row.volume] for row in rows]}
        inputs: Inputs = {"mask": mask, **images}
        step = builder.step("stack_values@1", params, inputs, f"{prefix}s", rows[0].origin, rows=len(rows))
        return {f"{prefix}s": step}
    distinct = list(dict.fromkeys(names))
    found: Inputs = {}
    for index, (name, row) in enumerate(zip(names, rows, strict=True)):
        image = images[f"image_{distinct.index(name):05d}"]
        label = f"{prefix} {row.label}"
        found[f"{prefix}_{index:05d}"] = builder.step(
            "map_values@1", settings, {"map": image, "mask": mask}, label, row.origin
        )
    return found
