"""Changing one field re-runs exactly the steps that depend on it, and `why` names the field: over all fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from glmspec.auditing import why
from glmspec.plan.explain import Ledger
from glmspec.plan.steps import Plan, Step
from glmspec.review.classes import TABLE
from glmspec.review.deviations import path_of
from glmspec.review.differences import of_documents
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded
from glmspec.workflow import compile_source

from .changes import GROUP, GROUP_CHANGES, RUNS, RUNS_CHANGES
from .study import DOCUMENT, glmspec, write, write_image, write_maps

IDS = [*GROUP_CHANGES, *(f"runs-{field}" for field in RUNS_CHANGES)]
ALL = [*((GROUP, field, *change) for field, change in GROUP_CHANGES.items()),
       *((RUNS, field, *change) for field, change in RUNS_CHANGES.items())]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """What both documents need, and what their changes need."""
    root = tmp_path_factory.mktemp("fields")
    rng = np.random.default_rng(5)
    shape = (8, 8, 6)
    for folder in ("maps", "other"):
        (root / folder).mkdir()
        for number in range(1, 13):
            for task in ("go", "stop"):
                write_image(root / folder / f"S{number:02d}_{task}.nii.gz", rng.normal(size=shape))
    write_image(root / "mask.nii.gz", np.ones(shape))
    write_image(root / "part.nii.gz", np.arange(384.0).reshape(shape) % 2)
    write_image(root / "atlas.nii.gz", 1 + np.arange(384.0).reshape(shape) % 2)
    for name, words in (("atlas", "A B"), ("names", "C D")):
        one, two = words.split()
        (root / f"{name}.tsv").write_text(f"index\tname\n1\t{one}\n2\t{two}\n", "utf-8")
    for name, years in (("people", 20), ("older", 22)):
        lines = [f"S{n:02d}\t{'fm'[n % 2]}\t{years + n * n % 17}" for n in range(1, 13)]
        (root / f"{name}.tsv").write_text("subject\tsex\tage\n" + "\n".join(lines) + "\n", "utf-8")
    for name in ("one", "two", "other"):
        write_image(root / f"{name}.nii.gz", 100 + rng.normal(size=(*shape, 40)))
    for shift, name in enumerate(("one", "two")):
        kinds = ["face", "house", "cue", "rest"] * 3
        rows = [
            f"{5 * n + shift}\t1\t{kind}\t{1 + n * n % 5}\t{1 + n % 4}\t{n}\t{int(n != 8)}"
            for n, kind in enumerate(kinds)
        ]
        head = "onset\tduration\ttrial_type\tload\tweight\tother\tok"
        (root / f"{name}.tsv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
        table(root / f"{name}-c.tsv", ["x", "y1", "fd"], rng.uniform(size=(40, 3)))
        table(root / f"{name}-r.tsv", ["pulse", "breath"], rng.normal(size=(40, 2)))
    return root


def table(path: Path, names: list[str], values: np.ndarray) -> None:
    rows = ["\t".join(map(repr, map(float, row))) for row in values]
    path.write_text("\n".join(["\t".join(names), *rows]) + "\n", "utf-8")


def planned(text: str, data: Path, store: Path | None = None) -> Plan:
    return compile_source(parse(text, "document.yaml"), data / "document.yaml", data, data / "out", store)[0]


@pytest.fixture(scope="module")
def before(data) -> dict[str, Plan]:
    return {text: planned(text, data) for text in (GROUP, RUNS)}


def changed_text(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def from_roots(plan: Plan, roots: set[Step]) -> set[str]:
    """Keys of the roots and of all that builds on them."""
    found = {step.key for step in roots}
    for step in plan.steps:  # inputs first
        if any(isinstance(entry, Step) and entry.key in found for entry in step.inputs.values()):
            found.add(step.key)
    return found


@pytest.mark.parametrize(
    ("text", "field", "old", "new", "operations"), ALL, ids=[f"{t[17:22]}-{f}" for t, f, *_ in ALL]
)
def test_changing_a_field_runs_again_what_depends_on_it(text, field, old, new, operations, data, before):
    after = planned(changed_text(text, old, new), data)
    known = {step.key for step in before[text].steps}
    again = {step.key for step in after.steps if step.key not in known}
    roots = {step for step in after.steps if step.key in again and own_part_differs(step, before[text])}
    assert {step.op for step in roots} == operations
    assert again == from_roots(after, roots)  # nothing else runs again, and nothing that builds on it is left out


def own_part_differs(step: Step, before: Plan) -> bool:
    """Whether a step differs in more than the keys of the steps that it builds on: settings, files, or which steps."""
    return own_part(step) not in {own_part(other) for other in before.steps}


def own_part(step: Step) -> str:
    inputs = {name: entry.label if isinstance(entry, Step) else entry.digest for name, entry in step.inputs.items()}
    return json.dumps([step.op, dict(step.params), inputs], sort_keys=True)


@pytest.mark.parametrize(
    ("text", "field", "old", "new", "operations"), ALL, ids=[f"{t[17:22]}-{f}" for t, f, *_ in ALL]
)
def test_why_names_the_field(text, field, old, new, operations, data, before, tmp_path):
    if not operations or field in RENAMING:
        return
    Ledger(tmp_path, before[text].name).write(before[text])
    after = changed_text(text, old, new)
    plan = planned(after, data, tmp_path)
    known = {step.key for step in before[text].steps}
    step = next(step for step in plan.steps if step.key not in known and step.op in operations)
    found = why(parse(after, "document.yaml"), data / "document.yaml", step.label, data, data / "out", tmp_path)
    named = {difference.path for entry in found for difference in entry.fields}
    assert named == set(PARENTS.get(field, field).split())


RENAMING = {"inputs.runs[0].name": "the step is called otherwise, and is new"}
PARENTS = {
    "inputs.select": "inputs.select.task",
    "inputs.mask": "inputs.mask.above",
    "design.conditions.face.where": "design.conditions.face.where.ok",
    "design.conditions.face.modulators": "design.conditions.face.modulators.load.column",
    "design.factors": "design.factors.sex.levels",
    "contrasts.age.weights": "contrasts.age.weights.age",
    "contrasts.sex.term": "contrasts.sex.term contrasts.sex.rows",
    "inference.raw.threshold": "inference.raw.threshold.p inference.raw.threshold.z",
    "inference.flips.cluster_forming": "inference.flips.cluster_forming.p",
    "inference.bounds.cluster_forming": "inference.bounds.cluster_forming[0].z",
    "inference.fdr.minimum_cluster_size": "inference.fdr.minimum_cluster_size.voxels",
}
"""Fields whose value is a section: what is named is the smallest part that differs."""


def test_the_command_tells_field_file_and_what_is_reused(tmp_path):
    write_maps(tmp_path)
    write(tmp_path)
    glmspec(tmp_path, "run", "press.yaml", "-o", "out", "-q")
    told = glmspec(tmp_path, "why", "press.yaml", "fdr of mean", "-o", "out").stdout
    assert told == "fdr of mean: reused\n"
    write(tmp_path, DOCUMENT.replace("fwhm: 4", "fwhm: 5").replace("fdr, alpha: 0.05", "fdr, alpha: 0.1"))
    write_image(tmp_path / "maps/S03.nii.gz", np.ones((8, 8, 6)))
    told = glmspec(tmp_path, "why", "press.yaml", "fdr of mean", "-o", "out").stdout
    assert "  field inputs.smoothing_fwhm: 4.0 -> 5.0\n  field inference.fdr.alpha: 0.05 -> 0.1\n" in told
    assert "  file maps/S03.nii.gz\n" in told
    data = json.loads(glmspec(tmp_path, "why", "press.yaml", "map S03", "-o", "out", "--format", "json").stdout)
    assert data[0]["step"] == "map S03"
    assert [field["path"] for field in data[0]["fields"]] == ["inputs.smoothing_fwhm"]
    assert "E208" in glmspec(tmp_path, "why", "press.yaml", "frobnicate", "-o", "out", code=2).stderr


def touched(text: str, old: str, new: str) -> set[tuple[str, str]]:
    """The fields on the way to what a change changes: section and name."""
    one, other = (loaded(parse(each, "document.yaml")) for each in (text, changed_text(text, old, new)))
    found = set()
    for difference in of_documents(one, other):
        for document in (one, other):
            value: Any = document
            for part in path_of(difference.path):
                if isinstance(value, BaseModel):
                    found.add((type(value).__name__, str(part)))
                    value = getattr(value, str(part), None)
                elif isinstance(value, dict | tuple) and (not isinstance(value, dict) or part in value):
                    value = value[part]  # type: ignore[index]
                else:
                    break
            found |= {(type(value).__name__, name) for name in getattr(value, "model_fields_set", ())}
    return found


def test_every_field_of_the_language_has_its_change_or_is_listed():
    listed = [(section, names) for section, fields in TABLE.items() for names in fields.values()]
    every = {(kind(section), name) for section, names in listed for name in names.split()}
    seen = {(kind(section), name) for text, _, old, new, _ in ALL for section, name in touched(text, old, new)}
    assert every - seen == {(section, name) for section, names in WITHOUT.items() for name in names.split()}


def kind(section: str) -> str:
    """The three levels share their outermost fields."""
    return "Document" if section.endswith("Document") else section


WITHOUT = {
    "AllResolutions": "alternative connectivity contrasts method within",
    "AnalysisMaps": "analysis contrast",
    "AnyOf": "any",
    "AutoregressiveNoise": "quantize",
    "BidsMaps": "bids",
    "BidsMapsQuery": "contrast root stat task",
    "BidsRuns": "bids",
    "BidsRunsQuery": "derivatives root sessions space subjects task",
    "Censor": "below confound",
    "ClusterSize": "mm3",
    "ComputedGroupMask": "compute",
    "ComputedRunMask": "compute",
    "Contrast": "runs test",
    "CosineDrift": "period",
    "Document": "fit_per glmspec level",
    "Exclusion": "below equals variable",
    "Expectation": "above at_most below columns contrasts equals what",
    "Fir": "delays model",
    "FirstLevelDesign": "columns orthogonalize unmodelled unnamed",
    "FirstLevelInputs": "select space",
    "FixedEffects": "model weights",
    "GrandMean": "model",
    "MapInputs": "mask scale space statistic",
    "MapRow": "dof map variance",
    "Modulator": "power",
    "NoDrift": "model",
    "NoHrf": "model",
    "NoScaling": "model",
    "Ols": "model",
    "Parametric": "method",
    "PercentSignal": "model",
    "Permutation": "alternative connectivity contrasts family method within",
    "RatioDof": "dof",
    "Registration": "lock",
    "RunDesign": "array file",
    "RunPatterns": "bold confounds design events mask regressors",
    "RunRow": "design mask repetition_time session subject",
    "Scale": "F t z",
    "SecondLevelDesign": "estimator matrix variance_groups",
    "SecondLevelInputs": "dof variances",
    "StackMaps": "stack",
    "StatisticDof": "dof",
    "TableMaps": "table",
    "Threshold": "F t",
    "ThresholdedMask": "image",
    "WholeBlocks": "whole",
}
"""Fields of kinds of input, design and scale that neither document here has, and choices that are one of a kind."""
