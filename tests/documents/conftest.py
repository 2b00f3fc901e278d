from __future__ import annotations

from pathlib import Path

import pytest

from documents.data import write_data


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that the documents of ``plan/`` are about."""
    return write_data(tmp_path_factory.mktemp("documents") / "data")
