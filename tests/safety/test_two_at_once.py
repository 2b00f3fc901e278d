"""Two runs at once: into one folder the second is told to wait; over one store both come to the same bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from review.study import write, write_maps

from .killing import outputs
from .test_killed import LONGER, RUN, reference  # noqa: F401  # a fixture

pytestmark = pytest.mark.whole

SHARED = [*RUN, "--store", "../store"]


def started(line: list[str], folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str], code: int) -> dict:
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err
    assert process.returncode == code, out + err
    return dict(json.loads(out))


def test_a_folder_takes_one_run_at_a_time(tmp_path: Path, reference: Path) -> None:  # noqa: F811
    write(write_maps(tmp_path), LONGER)
    first = started(RUN, tmp_path)
    until = time.monotonic() + 60
    while not list((tmp_path / "out/.store/artifacts").glob("??/*")):
        assert first.poll() is None
        assert time.monotonic() < until
        time.sleep(0.002)
    first.send_signal(signal.SIGSTOP)
    try:
        (problem,) = ended(started(RUN, tmp_path), 5)["problems"]
    finally:
        first.send_signal(signal.SIGCONT)
    assert problem["code"] == "E502"
    assert "another run is writing" in problem["message"]
    told = ended(first, 0)
    assert told["reused"] == []
    assert outputs(tmp_path) == outputs(reference)
    assert ended(started(RUN, tmp_path), 0)["computed"] == []


def test_a_store_takes_several_runs_at_a_time(tmp_path: Path, reference: Path) -> None:  # noqa: F811
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        write(write_maps(folder), LONGER)
    both = [started(SHARED, folder) for folder in folders]
    told = [ended(process, 0) for process in both]
    for folder, steps in zip(folders, told, strict=True):
        assert outputs(folder) == outputs(reference)
        assert len(steps["computed"]) + len(steps["reused"]) == len(told[0]["computed"]) + len(told[0]["reused"])
    assert ended(started(SHARED, folders[0]), 0)["computed"] == []
    assert list((tmp_path / "store/artifacts").glob("new-*")) == []
