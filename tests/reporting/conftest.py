"""Small studies, run once for all tests of the report."""

from __future__ import annotations

import json

import pytest

from glmspec.execution.results import Results
from reporting.small_study import HOSTILE, IMG, LONG, analysed, document


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The small study."""
    return analysed(tmp_path_factory.mktemp("small"), document())


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The same with hostile words wherever a document or its tables may have words of their own."""
    words = json.dumps(HOSTILE, ensure_ascii=False)
    more = f"description: {words}\npreprocessing: {words}\nauthors: [{words}]\nreferences: [{words}]\n"
    text = document(title=HOSTILE, mean=LONG + IMG, report=", background: head.nii.gz", more=more)
    return analysed(tmp_path_factory.mktemp("hostile"), text, region=IMG)
