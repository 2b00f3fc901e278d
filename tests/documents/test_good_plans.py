"""What looks like a mistake and is none: documents that `plan` accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from glmspec.spec.source import parse
from glmspec.workflow import compile_source

PAIRED = """\
glmspec: 1
name: paired
level: second
inputs:
  maps: "tasks/{subject}_{condition}.nii.gz"
  variables: participants.tsv
  select: {subject: [S01, S02, S07, S08]}
  mask: mask.nii.gz
design: {formula: "FORMULA"}
contrasts: {asked: "CONTRAST"}
inference: {fdr: {method: parametric, correction: fdr, alpha: 0.05}}
"""


@pytest.mark.parametrize(
    ("formula", "contrast"),
    [
        ("0 + condition + subject", "condition[go]"),  # averaged over subjects: a mean that the columns can tell
        ("0 + condition + subject", "condition[go] - condition[stop]"),
        ("1 + condition + group + subject", "condition[go] - condition[stop]"),  # rank-deficient, and still estimable
        ("1 + condition*group + subject", "condition[go]:group[patient] - condition[stop]:group[patient]"),
        ("subject + condition", "`condition[T.stop]`"),
    ],
)
def test_an_estimable_contrast_is_accepted(formula: str, contrast: str, data: Path) -> None:
    text = PAIRED.replace("FORMULA", formula).replace("CONTRAST", contrast)
    plan, _ = compile_source(parse(text, "paired.yaml"), data / "paired.yaml", data)
    assert [found.name for found in plan.fits[0].analysis.questions] == ["asked"]
