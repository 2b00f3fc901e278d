"""A disk that takes no more: one clear message, and afterwards the same bytes as if nothing had been.

A small disk is mounted where that is allowed. Everywhere, files beyond a size are refused by the system instead.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from review.study import write, write_maps

from glmspec.execution.store import Store
from glmspec.workflow import compile as compile_document

from .killing import outputs
from .test_killed import LONGER, RUN, reference  # noqa: F401  # a fixture

pytestmark = pytest.mark.whole

SIZES = (0, 100, 700, 2_000, 5_000, 12_000, 30_000, 80_000)
DISK = 4 * 2**20
SPACES = (0, 20_000, 120_000, 400_000)
"""What is left of the disk, in bytes. The whole run takes 700,000."""


def refused(folder: Path, before: Callable[[], None] | None = None) -> None:
    """A run that ends for want of space: one problem, its exit code, no results that would seem whole."""
    full = subprocess.run(RUN, cwd=folder, capture_output=True, text=True, timeout=120, check=False, preexec_fn=before)
    assert "Traceback" not in full.stderr
    assert full.returncode == 5, full.stdout + full.stderr
    (problem,) = json.loads(full.stdout)["problems"]
    assert problem["code"] == "E504"
    assert problem["hint"].startswith("free some space")
    assert not (folder / "out/results.json").exists()


def resumed(folder: Path, reference: Path) -> dict[str, Any]:  # noqa: F811
    """The same run with space enough."""
    done = subprocess.run(RUN, cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    assert outputs(folder) == outputs(reference)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("size", SIZES)
def test_what_cannot_be_written_is_said_and_resumed(tmp_path: Path, reference: Path, size: int) -> None:  # noqa: F811
    write_maps(tmp_path)
    write(tmp_path, LONGER)
    refused(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    resumed(tmp_path, reference)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("there is no mount on this system")
    line = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "glmspec-test", str(folder)]
    mounted = subprocess.run(line, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("space", SPACES)
def test_a_full_disk_loses_nothing_that_was_finished(disk: Path, reference: Path, space: int) -> None:  # noqa: F811
    write_maps(disk)
    write(disk, LONGER)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(disk).free - space))
    refused(disk)
    plan, places = compile_document(disk / "press.yaml", None, disk / "out")
    there = {step.label for step in plan.steps if Store(places.store).has(step.key)}
    assert bool(there) == (space >= 20_000)
    ballast.unlink()
    told = resumed(disk, reference)
    assert there == set(told["reused"])
    assert there.isdisjoint(told["computed"])
