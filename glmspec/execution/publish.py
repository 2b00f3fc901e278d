"""Artifacts -> the files of the results folder, and the index that lists them with their checksums."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glmspec.execution.folder import ResultsFolder
from glmspec.execution.store import Artifact, Store
from glmspec.images.volumes import write_volume
from glmspec.plan.analysis import Analysis
from glmspec.plan.keys import digest_of
from glmspec.plan.steps import Output, Plan
from glmspec.spec.resolve import resolved_digest, resolved_text

DESIGN, CONTRASTS, RESOLVED = "design/design_matrix.tsv", "design/contrasts.tsv", "resolved.yaml"
TEXTS = (DESIGN, CONTRASTS, RESOLVED)
"""Files that are written of the analysis itself."""
KEYS = ("path", "kind", "contrast", "inference", "stat", "run", "subject", "session", "fit", "control", "sha256")
LISTS = frozenset({"rows", "columns", "null_columns"})
"""Facts of a step that are written as files of their own."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def publish(plan: Plan, store: Store, folder: ResultsFolder) -> dict[str, Any]:
    """Write every file but the report and the provenance; the index without them."""
    outputs = [_entry(output, _write(output, plan, store, folder)) for output in plan.outputs]
    design = _text_outputs(plan.analysis)
    outputs += [_listed(path, kind, folder.write_text(path, text)) for path, kind, text in design]
    return {"glmspec": 1, "outputs": outputs, "contrasts": _contrasts(plan), "analysis": _facts(plan, store)}


def _write(output: Output, plan: Plan, store: Store, folder: ResultsFolder) -> str:
    assert output.step is not None
    double = plan.analysis.document.report.precision == "double"
    mask_step = plan.named["mask"]
    if output.kind == "table":
        rows = store.load(output.step.key).facts
        return folder.write_text(output.path, _tsv(rows["columns"], rows["rows"]))
    if output.kind == "null":
        return folder.write_text(output.path, _null(store.load(output.step.key)))
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

    def fill(path: Any) -> None:
        artifact = store.load(output.step.key) if output.step else Artifact({}, {})
        mask_artifact = store.load(mask_step.key)
        mask, affine = np.asarray(mask_artifact.arrays["mask"]), np.array(mask_artifact.facts["affine"])
        values = np.asarray(artifact.arrays[output.item])
        if "affine" in artifact.facts:  # a volume on a grid of its own
            write_volume(path, values.astype(kind), np.array(artifact.facts["affine"]), kind)
        else:
            write_volume(path, _filled(values, mask, output.kind), affine, kind)

    return folder.write(output.path, source, fill)


def _null(artifact: Artifact) -> str:
    """The maximum of each relabelling, a column a control; the identity is the first line."""
    names = list(artifact.facts["null_columns"])
    return _tsv(names, [dict(zip(names, map(float, line), strict=True)) for line in artifact.arrays["null"]])


def _filled(values: Any, mask: Any, kind: str) -> Any:
    """Values (V,) as a volume; outside the mask is zero."""
    volume = np.zeros(mask.shape, dtype=np.uint8 if kind == "mask" else np.float64)
    volume[mask] = values
    return volume


def _entry(output: Output, digest: str) -> dict[str, Any]:
    known = {"contrast": output.contrast, "inference": output.inference, "stat": output.stat, **output.keys}
    return {**dict.fromkeys(KEYS), "path": output.path, "kind": output.kind, **known, "sha256": digest}


def _listed(path: str, kind: str, digest: str | None) -> dict[str, Any]:
    return {**dict.fromkeys(KEYS), "path": path, "kind": kind, "sha256": digest}


def finish_index(index: dict[str, Any], report: str | None) -> str:
    """The index with report and provenance, as text. The checksum of a provenance would change with its dates."""
    extra = [_listed("report.html", "report", report)] if report else []
    outputs = [*index["outputs"], *extra, _listed("provenance.json", "provenance", None)]
    return json.dumps({**index, "outputs": outputs}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _text_outputs(analysis: Analysis) -> list[tuple[str, str, str]]:
    design = analysis.design
    names = list(dict.fromkeys(name for row in analysis.rows for name in row.names))
    rows = [
        {**{name: row.names.get(name) for name in names}, **dict(zip(design.columns, map(float, values), strict=True))}
        for row, values in zip(analysis.rows, design.matrix, strict=True)
    ]
    keys = [name for name in names if name not in design.columns]
    contrasts = [
        {
            "contrast": contrast.name,
            "test": contrast.kind,
            **dict(zip(design.columns, map(float, weights), strict=True)),
        }
        for contrast in analysis.contrasts
        for weights in contrast.weights
    ]
    return [
        (DESIGN, "design", _tsv([*keys, *design.columns], rows)),
        (CONTRASTS, "design", _tsv(["contrast", "test", *design.columns], contrasts)),
        (RESOLVED, "document", resolved_text(analysis.document)),
    ]


def _tsv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """A table as text: `n/a` where nothing applies, numbers so that they read back as the same."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([_cell(column) for column in columns])
    writer.writerows([[_cell(row.get(column)) for column in columns] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> str:
    """Text that a spreadsheet would run as a formula is guarded by an apostrophe."""
    if value is None:
        return "n/a"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _contrasts(plan: Plan) -> dict[str, Any]:
    design = plan.analysis.design
    found = {}
    for contrast in plan.analysis.contrasts:
        dof: Any = design.dof if contrast.kind == "t" else [contrast.rank, design.dof]
        found[contrast.name] = {
            "test": contrast.kind,
            "dof": dof,
            "title": contrast.title,
            "expression": contrast.text,
            "weights": contrast.weights.tolist(),
        }
    return found


def _facts(plan: Plan, store: Store) -> dict[str, Any]:
    """What the report needs beside the files; a function of document and data alone."""
    analysis = plan.analysis
    design = analysis.design
    mask = store.load(plan.named["mask"].key).facts
    found = {
        name: {key: value for key, value in store.load(step.key).facts.items() if key not in LISTS}
        for name, step in plan.named.items()
        if name.startswith("threshold/")
    }
    clusters = {
        name: store.load(step.key).facts["clusters"]
        for name, step in plan.named.items()
        if name.startswith("clusters/")
    }
    undefined = {
        contrast.name: store.load(plan.named[f"contrast/{contrast.name}"].key).facts["undefined"]
        for contrast in analysis.contrasts
    }
    return {
        "name": analysis.document.name,
        "document_sha256": resolved_digest(analysis.document),
        "rows": [{"map": row.map, "volume": row.volume, "names": dict(row.names)} for row in analysis.rows],
        "inputs": dict(sorted(analysis.digests.items())),
        "mask": {"voxels": mask["voxels"], "excluded": mask.get("excluded", 0)},
        "design": {
            "columns": list(design.columns),
            "rank": design.rank,
            "dof": design.dof,
            "aliased": list(design.aliased),
        },
        "constant": store.load(plan.named["fit"].key).facts["constant"],
        "undefined": undefined,
        "checks": [[check.name, check.state, check.text] for check in analysis.checks],
        "inference": {
            name.removeprefix("threshold/"): {
                **facts,
                "clusters": clusters[name.replace("threshold/", "clusters/", 1)],
                **_exchange(analysis, name.removeprefix("threshold/")),
            }
            for name, facts in found.items()
        },
        "steps": [[step.label, step.op, step.key] for step in plan.steps],
    }


def _exchange(analysis: Analysis, name: str) -> dict[str, Any]:
    """How a permutation inference relabelled the rows; nothing for other inferences."""
    contrast, inference = name.split("/", 1)
    found = analysis.exchanges.get((contrast, inference))
    if found is None:
        return {}
    numbers = {"used": found.used, "exhaustive": found.exhaustive, "smallest_p": found.smallest_p}
    kind = {"scheme": found.group.scheme, "blocks": found.group.blocks, "because": found.because}
    return {"relabellings": {**kind, **numbers, "words": found.words}}
