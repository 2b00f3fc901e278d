"""The table of classes has every field of the language, and nothing else."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from glmspec.review.classes import CLASSES, TABLE, class_at, class_of_field, gravest
from glmspec.spec.document import LEVELS
from glmspec.spec.reference import sections
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded

MODELS = [*LEVELS.values(), *(model for level in LEVELS.values() for model in sections(level))]

DOCUMENT = """\
glmspec: 1
name: press
level: second
title: One
inputs: {maps: "{subject}.nii.gz", smoothing_fwhm: 8}
design: {formula: "1"}
contrasts: {mean: {expression: intercept, title: Mean}}
inference: {fdr: {method: parametric, correction: fdr, alpha: 0.05}}
sample: {planned_n: 16, power: enough}
report: {precision: double}
"""


@pytest.mark.parametrize("model", dict.fromkeys(MODELS), ids=lambda model: model.__name__)
def test_every_field_has_one_class(model: type[BaseModel]) -> None:
    listed = [name for names in TABLE[model.__name__].values() for name in names.split()]
    assert sorted(set(listed)) == sorted(listed)
    # the three levels share a table, and none has a field that the others' table lacks
    missing = set(model.model_fields) - set(listed)
    assert not missing, f"{model.__name__}.{', '.join(missing)}: give it a class in glmspec/review/classes.py"
    assert set(TABLE[model.__name__]) <= set(CLASSES)


def test_the_table_has_nothing_that_the_language_lacks() -> None:
    names = {model.__name__: model for model in MODELS}
    assert set(TABLE) == set(names)
    for name, table in TABLE.items():
        known = set(names[name].model_fields)
        if names[name] in LEVELS.values():
            known = {field for level in LEVELS.values() for field in level.model_fields}
        assert {field for fields in table.values() for field in fields.split()} <= known


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("title",), "text"),
        (("inputs", "smoothing_fwhm"), "estimation"),
        (("inputs",), "inferential"),  # it has `select`
        (("contrasts", "mean", "title"), "text"),
        (("contrasts", "mean"), "inferential"),
        (("inference", "fdr", "alpha"), "inferential"),
        (("sample", "power"), "text"),
        (("sample",), "inferential"),
        (("report", "precision"), "display"),
        (("design", "estimator"), "estimation"),
    ],
)
def test_a_part_has_the_gravest_class_of_what_stands_there(path: tuple[str, ...], expected: str) -> None:
    assert class_at(loaded(parse(DOCUMENT, "press.yaml")), path) == expected


def test_a_name_of_a_map_is_what_the_design_is_built_from() -> None:
    text = DOCUMENT.replace('"{subject}.nii.gz"', "[{map: a.nii.gz, task: go}]")
    document = loaded(parse(text, "press.yaml"))
    row = document.inputs.maps[0]  # type: ignore[attr-defined]
    assert class_of_field(type(row), "task") == "estimation"
    assert class_at(document, ("inputs", "maps", 0, "task")) == "estimation"
    assert gravest(["text", "display"]) == "display"
