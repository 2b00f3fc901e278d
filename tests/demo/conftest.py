"""The data set, written once for all tests of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from glmspec.demo.simulate import write_demo_data


@pytest.fixture(scope="session")
def told() -> list[str]:
    """What the data set reported while it was written."""
    return []


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> Path:
    """The folder of the data set."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    write_demo_data(folder, told.append)
    return folder
