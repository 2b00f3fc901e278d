from __future__ import annotations

from pathlib import Path

import pytest
from documents.data import write_data


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of its own, because attacks change it."""
    return write_data(tmp_path / "given" / "data")


@pytest.fixture(scope="session")
def still_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that is only read."""
    return write_data(tmp_path_factory.mktemp("safety") / "data")
