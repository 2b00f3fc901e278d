"""Kernels keep their machine code wherever they may, and work where they may not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import glmspec
from glmspec.core.compiled import plain

RUN = "from glmspec.core import cluster_kernels, tfce; print(tfce.__file__, tfce._power(9.0, 0.5))"


@pytest.fixture
def installation(tmp_path):
    """A copy of the package in whose core nothing can be cached.

    Permissions do not stop root, so a file stands where ``__pycache__`` would be.
    """
    package = tmp_path / "installed" / "glmspec"
    shutil.copytree(
        Path(glmspec.__file__).parent / "core", package / "core", ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / "__init__.py").touch()
    (package / "core" / "__pycache__").touch()
    return package


def run(installation, cache):
    """What the copy says, with ``cache`` for the user's cache folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {"PYTHONPATH": str(installation.parent), "HOME": str(cache), "XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-W", "error", "-c", RUN]
    done = subprocess.run(command, env=environment, cwd=installation.parent, capture_output=True, text=True, check=True)
    file, answer = done.stdout.split()
    assert Path(file).is_relative_to(installation)
    return float(answer)


def test_a_read_only_installation_caches_with_the_user(installation, tmp_path):
    """numba's own second choice."""
    assert run(installation, tmp_path / "cache") == 3.0
    assert list((tmp_path / "cache").rglob("*_power*.nbc"))


def test_where_nothing_can_be_written_kernels_still_run(installation, tmp_path):
    """A container without a home: compiled anew in each process."""
    (tmp_path / "file").touch()
    assert run(installation, tmp_path / "file" / "cache") == 3.0


@pytest.mark.parametrize("given", [np.ones(4, np.float32), np.ones(8)[::2], np.ones(4, ">f8"), [1, 1, 1, 1]])
def test_kernels_see_one_kind_of_array(given):
    """Any other would be compiled for once more."""
    flags = plain(given).flags
    assert plain(given).dtype == np.float64
    assert flags.c_contiguous and flags.writeable and flags.aligned


def test_a_plain_array_is_not_copied():
    """Ten thousand permutations pass through here."""
    values = np.ones(4)
    assert plain(values) is values
