"""Every code that is used is explained, and every one explained is used."""

from __future__ import annotations

import re

import pytest

from glmspec.cli.explaining import explain_text
from glmspec.codes import CODES

from .documents import ROOT

SOURCE = {path: path.read_text("utf-8") for path in (ROOT / "glmspec").rglob("*.py") if path.name != "codes.py"}
USED = {code for text in SOURCE.values() for code in re.findall(r"\b(?:E[1-5]|W[24])\d\d\b", text)}


def test_the_codes_that_are_used_are_those_explained() -> None:
    assert set(CODES) == USED


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_explained_by_cause_and_cure(code: str) -> None:
    text = explain_text(code)
    assert code in text
    assert all(re.sub(r"\s+", " ", part) in re.sub(r"\s+", " ", text) for part in CODES[code])
