"""A run that is killed, at any moment: resumed to the same bytes, with nothing that was finished computed twice."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from review.study import DOCUMENT, write, write_maps

from glmspec.execution.store import Store
from glmspec.workflow import compile as compile_document

LONGER = DOCUMENT.replace("control: voxel, permutations: 100", "control: [voxel, tfce], permutations: all")
RUN = [sys.executable, "-m", "glmspec", "run", "press.yaml", "-o", "out", "-q", "--format", "json"]


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Path:
    """A study whose run was left alone."""
    folder = write_maps(tmp_path_factory.mktemp("reference"))
    write(folder, LONGER)
    subprocess.run(RUN, cwd=folder, check=True, capture_output=True, timeout=120)
    return folder


def outputs(folder: Path) -> dict[str, bytes]:
    """Every file of the results but the provenance, which has dates."""
    root = folder / "out"
    paths = [path for path in root.rglob("*") if path.is_file() and ".store" not in path.parts]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths if path.name != "provenance.json"}


def killed_and_resumed(folder: Path, finished: int, delay: float) -> tuple[set[str], dict]:
    """Kill a run some time after so many steps are finished; the labels of those, and what resuming it computed."""
    process = subprocess.Popen(RUN, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    artifacts = folder / "out/.store/artifacts"
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if len(list(artifacts.glob("??/*"))) >= finished:
            break
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    process.wait()
    plan, places = compile_document(folder / "press.yaml", None, folder / "out")
    there = {step.label for step in plan.steps if Store(places.store).has(step.key)}
    done = subprocess.run(RUN, cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    return there, json.loads(done.stdout)


def check(folder: Path, reference: Path, seed: int) -> None:
    choose = random.Random(seed)
    write_maps(folder)
    write(folder, LONGER)
    finished = choose.randint(0, 19)
    there, resumed = killed_and_resumed(folder, finished, choose.uniform(0, 0.05))
    assert there.isdisjoint(resumed["computed"])
    assert there <= set(resumed["reused"])
    assert outputs(folder) == outputs(reference)
    leftovers = [path.name for path in (folder / "out").rglob(".*") if path.name != ".store"]
    assert leftovers == []


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_run_is_resumed_to_the_same_bytes(tmp_path, reference, seed):
    check(tmp_path, reference, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 53))
def test_fifty_killed_runs_are_resumed_to_the_same_bytes(tmp_path, reference, seed):
    check(tmp_path, reference, seed)
