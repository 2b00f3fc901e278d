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
from .fields_data import write_fields_data
from .kinds import STUDIES
from .study import DOCUMENT, glmspec, write, write_image, write_maps

pytestmark = pytest.mark.whole

ALL = [(text, field, *change)
       for text, changes in [(GROUP, GROUP_CHANGES), (RUNS, RUNS_CHANGES), *STUDIES.values()]
       for field, change in changes.items()]  # fmt: skip
IDS = [f"{text.split()[3]}-{field}" for text, field, *_ in ALL]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return write_fields_data(tmp_path_factory.mktemp("fields"))


def planned(text: str, data: Path, store: Path | None = None) -> Plan:
    return compile_source(parse(text, "document.yaml"), data / "document.yaml", data, data / "out", store)[0]


@pytest.fixture(scope="module")
def before(data) -> dict[str, Plan]:
    return {text: planned(text, data) for text in {text for text, *_ in ALL}}


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


@pytest.mark.parametrize(("text", "field", "old", "new", "operations"), ALL, ids=IDS)
def test_changing_a_field_runs_again_what_depends_on_it(text, field, old, new, operations, data, before):
    after = planned(changed_text(text, old, new), data)
    known = {step.key for step in before[text].steps}
    again = {step.key for step in after.steps if step.key not in known}
    roots = {step for step in after.steps if step.key in again and own_part_differs(step, before[text])}
    assert {operation(step) for step in roots} == operations
    assert again == from_roots(after, roots)  # nothing else runs again, and nothing that builds on it is left out


def operation(step: Step) -> str:
    """What a step does, whatever version does it."""
    return step.op.partition("@")[0]


def own_part_differs(step: Step, before: Plan) -> bool:
    """Whether a step differs in more than the keys of the steps that it builds on: settings, files, or which steps."""
    return own_part(step) not in {own_part(other) for other in before.steps}


def own_part(step: Step) -> str:
    inputs = {name: entry.label if isinstance(entry, Step) else entry.digest for name, entry in step.inputs.items()}
    return json.dumps([step.op, dict(step.params), inputs], sort_keys=True)


@pytest.mark.parametrize(("text", "field", "old", "new", "operations"), ALL, ids=IDS)
def test_why_names_the_field(text, field, old, new, operations, data, before, tmp_path):
    if not operations or field in RENAMING:
        return
    Ledger(tmp_path, before[text].name).write(before[text])
    after = changed_text(text, old, new)
    plan = planned(after, data, tmp_path)
    known = {step.key for step in before[text].steps}
    step = next(step for step in plan.steps if step.key not in known and operation(step) in operations)
    found = why(parse(after, "document.yaml"), data / "document.yaml", step.label, data, data / "out", tmp_path)
    named = {difference.path for entry in found for difference in entry.fields}
    assert named == set((PARENTS.get(f"{before[text].name}-{field}") or PARENTS.get(field, field)).split())


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
    "inference.fdr.minimum_cluster_size.mm3": (
        "inference.fdr.minimum_cluster_size.voxels inference.fdr.minimum_cluster_size.mm3"
    ),
    "inference.raw.threshold.t": "inference.raw.threshold.p inference.raw.threshold.t",
    "second-inference.raw.threshold": "inference.raw.threshold.t",
    "inference.flips.exchangeability.blocks.whole": "inference.flips.exchangeability.blocks",
    "second-inputs.mask": "inputs.mask.image inputs.mask.compute",
    "second-design": "design.formula design.matrix contrasts.sex.expression contrasts.twice.expression",
    "map-inputs.scale": "inputs.scale.z inputs.scale.t",
    "map-inputs.mask": "inputs.mask.image",
    "patterns-inputs.mask": "inputs.mask.image inputs.mask.compute",
    "plain-inputs.mask": "inputs.mask.image inputs.mask.compute",
    "patterns-design.unmodelled": "design.conditions.cue design.unmodelled",
    "patterns-contrasts.runs.runs": "contrasts.runs.runs.two",
    "inputs.runs.design": "inputs.runs.design.file",
    "inference.fdr.minimum_cluster_size": "inference.fdr.minimum_cluster_size.voxels",
}
"""Fields whose value is a section, or that cannot stand alone: what is named are the smallest parts that differ."""


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
    "Document": "glmspec level",  # one version so far; another level is another document
    "BidsMaps": "bids",  # queries of BIDS data are refused in this version, so that no plan depends on them
    "BidsMapsQuery": "contrast root stat task",
    "BidsRuns": "bids",
    "BidsRunsQuery": "derivatives root sessions space subjects task",
}
"""Fields that cannot be changed alone, and why."""
