"""A run that is killed: at every step and at every file it writes, and at any moment.

It is resumed to the same bytes, and nothing that was finished is computed twice.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from review.study import DOCUMENT, write, write_maps

from glmspec.execution.store import Store
from glmspec.workflow import compile as compile_document

from . import killing
from .killing import outputs

pytestmark = pytest.mark.whole

LONGER = DOCUMENT.replace("control: voxel, permutations: 100", "control: [voxel, tfce], permutations: all")
RUN = [sys.executable, "-m", "glmspec", "run", "press.yaml", "-o", "out", "-q", "--format", "json"]


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> Path:
    """A study whose run was left alone."""
    folder = write_maps(tmp_path_factory.mktemp("reference"))
    write(folder, LONGER)
    subprocess.run(RUN, cwd=folder, check=True, capture_output=True, timeout=120)
    return folder


def killed_at_every(kind: str, folder: Path) -> list[dict]:
    """What became of a study that was killed at every moment of a kind, each time anew."""
    studies = [folder / "killed", folder / "reference"]
    for study in studies:
        write(write_maps(study, subjects=6))
    line = [sys.executable, killing.__file__, *map(str, studies), kind]
    done = subprocess.run(line, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(text) for text in done.stdout.splitlines()]


def check_each(told: list[dict]) -> None:
    for found in told:
        moment = found["moment"]
        assert found["differing"] == [], moment
        assert found["leftovers"] == [], moment
        assert set(found["finished"]).isdisjoint(found["computed"]), moment
        assert set(found["finished"]) <= set(found["reused"]), moment
        assert sorted(found["computed"] + found["reused"]) == found["steps"], moment
        assert [found["computed"], found["reused"]] == found["told"], moment


def test_a_run_killed_at_every_step_is_resumed_to_the_same_bytes(tmp_path):
    """Before a step is stored, once it is written under a temporary name, and when it is there."""
    told = killed_at_every("step", tmp_path)
    check_each(told)
    steps = len(told[0]["steps"])
    kinds = Counter(found["moment"].split()[0] for found in told)
    assert kinds == {"computed": steps, "written": steps, "named": steps}
    assert {len(found["finished"]) for found in told} == set(range(steps + 1))


@pytest.mark.slow
def test_a_run_killed_at_every_file_is_resumed_to_the_same_bytes(tmp_path):
    """Once a result, an index or a memory is written under a temporary name, and when it has its own."""
    told = killed_at_every("file", tmp_path)
    check_each(told)
    named = {found["moment"].split()[2] for found in told if found["moment"].startswith("named")}
    assert named >= {Path(name).name for name in outputs(tmp_path / "reference")}


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
