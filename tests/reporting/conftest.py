"""Small studies, run once for all tests of the report."""

from __future__ import annotations

import json

import pytest

from glmspec.execution.results import Results
from reporting import small_runs
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


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two runs of one subject, a contrast that only one of them has a part in, and discarded scans."""
    text = small_runs.document(inputs="  discard: {initial: 2}")
    return small_runs.analysed(tmp_path_factory.mktemp("runs"), text)


@pytest.fixture(scope="session")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two subjects, whose fits have reports of their own and a page together."""
    return small_runs.analysed(tmp_path_factory.mktemp("subjects"), small_runs.several(), ("01", "02"))
