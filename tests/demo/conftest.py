"""The data set, written once for all tests of it: the part that group analyses need apart from the runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from glmspec.demo.runs import write_runs
from glmspec.demo.simulate import write_group


@pytest.fixture(scope="session")
def told() -> list[str]:
    """What the group's part reported while it was written."""
    return []


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> Path:
    """The folder of the data set, without the runs."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    write_group(folder, told.append)
    return folder


@pytest.fixture(scope="session")
def fiac(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the runs."""
    folder = tmp_path_factory.mktemp("runs") / "fiac"
    write_runs(folder)
    return folder
