"""Every code that is used is explained, and every one explained is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from glmspec.cli.explaining import explain_text
from glmspec.codes import CODES

from .documents import ROOT

SOURCE = {path: path.read_text("utf-8") for path in (ROOT / "glmspec").rglob("*.py") if path.name != "codes.py"}
USED = {code for text in SOURCE.values() for code in re.findall(r"\b(?:E[1-5]|W[24])\d\d\b", text)}


def test_the_codes_that_are_used_are_those_explained() -> None:
    assert set(CODES) == USED


def test_every_code_is_met_in_some_test() -> None:
    """As a code that a test expects, or in the message of a bad document."""
    files = [path for kind in ("*.py", "*.txt") for path in (ROOT / "tests").rglob(kind) if path != Path(__file__)]
    met = {code for path in files for code in re.findall(r"\b[EW]\d\d\d\b", path.read_text("utf-8"))}
    assert set(CODES) - met == set()


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_explained_by_cause_and_cure(code: str) -> None:
    text = explain_text(code)
    assert code in text
    assert all(re.sub(r"\s+", " ", part) in re.sub(r"\s+", " ", text) for part in CODES[code])
