"""Artifacts -> the files of the results folder, and the index that lists them with their checksums."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from glmspec.execution.design_tables import texts
from glmspec.execution.executors import executor
from glmspec.execution.facts import facts
from glmspec.execution.folder import ResultsFolder
from glmspec.execution.store import Artifact, Store
from glmspec.execution.tsv import tsv
from glmspec.images.volumes import write_volume
from glmspec.plan.analysis import Analysis, SecondLevel
from glmspec.plan.contrasts import json_dof
from glmspec.plan.designs import Question
from glmspec.plan.keys import digest_of
from glmspec.plan.steps import FitPlan, Output
from glmspec.spec.resolve import resolved_text

RESOLVED = "resolved.yaml"
KEYS = ("path", "kind", "contrast", "inference", "stat", "run", "subject", "session", "fit", "control", "sha256")


def planned(plan: FitPlan) -> list[str]:
    """The files that a fit will have, report and index aside."""
    return [*(output.path for output in plan.outputs), *(path for path, _, _ in texts(plan.analysis)), RESOLVED]


def publish(plan: FitPlan, store: Store, folder: ResultsFolder, jobs: int) -> dict[str, Any]:
    """Write every file of a fit but the report and the provenance, some at a time; the index without them.

    Paths in the index start at the fit's own folder.
    """
    analysis = plan.analysis
    names = known_names(analysis)
    mask = store.load(plan.named["mask"].key)
    digests = executor(jobs).map(lambda output: _write(output, plan, store, folder, mask), plan.outputs, 2 * jobs)
    outputs = [{**_entry(*each), **names} for each in zip(plan.outputs, digests, strict=True)]
    for path, text, keys in texts(analysis):
        digest = folder.write_text(within(analysis, path), text)
        outputs.append({**listed(path, "design", digest), **keys, **names})
    resolved = folder.write_text(within(analysis, RESOLVED), resolved_text(analysis.document))
    outputs.append({**listed(RESOLVED, "document", resolved), **names})
    contrasts = {question.name: question_entry(question, analysis) for question in analysis.questions}
    return {"glmspec": 1, "outputs": outputs, "contrasts": contrasts, "analysis": facts(plan, store)}


def within(analysis: Analysis, path: str) -> str:
    """A file of a fit, from the results folder."""
    return f"{analysis.folder}/{path}" if analysis.folder else path


def known_names(analysis: Analysis) -> dict[str, str | None]:
    """What all outputs of a fit are listed under."""
    names = {name: analysis.fit.get(name) for name in ("subject", "session")}
    return {**names, "fit": analysis.folder or None}


def _write(output: Output, plan: FitPlan, store: Store, folder: ResultsFolder, mask: Artifact) -> str:
    double = plan.analysis.document.report.precision == "double"
    mask_step = plan.named["mask"]
    path = within(plan.analysis, output.path)
    if output.kind == "table":
        rows = store.load(output.step.key).facts
        return folder.write_text(path, tsv(rows["columns"], rows["rows"]))
    if output.kind == "null":
        return folder.write_text(path, _null(store.load(output.step.key)))
    kind = (
        "float32"
        if output.stat == "background"
        else "uint8"
        if output.kind == "mask"
        else "float64"
        if double
        else "float32"
    )
    source = digest_of([output.step.key, output.item, mask_step.key, kind])

    def fill(target: Any) -> None:
        artifact = store.load(output.step.key)
        values = np.asarray(artifact.arrays[output.item])
        if "affine" in artifact.facts:  # a volume on a grid of its own
            write_volume(target, values.astype(kind), np.array(artifact.facts["affine"]), kind)
        else:
            volume = _filled(values, np.asarray(mask.arrays["mask"]), kind)
            write_volume(target, volume, np.array(mask.facts["affine"]), kind)

    return folder.write(path, source, fill)


def _null(artifact: Artifact) -> str:
    """The maximum of each relabelling, a column a control; the identity is the first line."""
    names = list(artifact.facts["null_columns"])
    return tsv(names, [dict(zip(names, map(float, line), strict=True)) for line in artifact.arrays["null"]])


def _filled(values: Any, mask: Any, kind: str) -> Any:
    """Values (V,) as a volume of the type that is written; outside the mask is zero."""
    volume = np.zeros(mask.shape, dtype=kind)
    with np.errstate(over="ignore"):  # what the type cannot hold is infinite, as everywhere in results
        volume[mask] = values
    return volume


def _entry(output: Output, digest: str) -> dict[str, Any]:
    known = {"contrast": output.contrast, "inference": output.inference, "stat": output.stat, **output.keys}
    return {**dict.fromkeys(KEYS), "path": output.path, "kind": output.kind, **known, "sha256": digest}


def listed(path: str, kind: str, digest: str | None) -> dict[str, Any]:
    """An output that belongs to no contrast."""
    return {**dict.fromkeys(KEYS), "path": path, "kind": kind, "sha256": digest}


def finish_index(index: dict[str, Any], report: str | None, names: Mapping[str, str | None]) -> str:
    """The index with report and provenance, as text. The checksum of a provenance would change with its dates."""
    extra = [listed("report.html", "report", report)] if report else []
    extra.append(listed("provenance.json", "provenance", None))
    outputs = [*index["outputs"], *({**entry, **names} for entry in extra)]
    return json.dumps({**index, "outputs": outputs}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def question_entry(question: Question, analysis: Analysis) -> dict[str, Any]:
    """A contrast in the index; degrees of freedom are null where they are infinite or a map."""
    dof: list[float | None] = [None] if question.by_voxel else json_dof(question)
    found = {
        "test": question.kind,
        "scale": question.scale,
        "dof": _whole(dof[0]) if question.kind == "t" else [_whole(entry) for entry in dof],
        "title": question.title,
        "expression": question.text,
    }
    if isinstance(analysis, SecondLevel):
        found["weights"] = analysis.weights[question.name].weights.tolist()
    return found


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number
