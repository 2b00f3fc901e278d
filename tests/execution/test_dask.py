"""The same plan on processes of dask.distributed: the same bytes, whoever dies on the way."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from importlib import import_module

import numpy as np
import pytest
from analyses.scans import SHAPE, first_text, write_mask, write_run
from analyses.simulated import brain, document_text, failure, noise, run, write_image, write_maps

from glmspec.execution import clusters
from glmspec.execution.execute import execute
from glmspec.execution.progress import Silent
from glmspec.execution.store import Store
from glmspec.workflow import compile

from .test_determinism import contents

pytestmark = pytest.mark.whole

SUBJECTS = [f"{number:02}" for number in range(1, 25)]
FIRST = first_text(
    runs='{bold: "{subject}_bold.nii.gz", events: "{subject}_events.tsv", confounds: "{subject}_confounds.tsv"}',
    contrasts="difference: face - house\nboth: {test: F, rows: [face, house]}",
)
GROUP = (
    "perm: {method: permutation, control: [voxel, cluster-size, cluster-mass, tfce], cluster_forming: {z: 2.3}, "
    "permutations: 10000, seed: 1, alpha: 0.05}"
)


@pytest.fixture(scope="module")
def cluster():
    """Four worker processes; a nanny starts a new one for each that dies."""
    made = import_module("distributed").LocalCluster(
        n_workers=4, threads_per_worker=1, memory_limit=0, dashboard_address=None, silence_logs=50
    )
    yield made
    made.close()


class Kills(Silent):
    """Ends a worker, without a word to it, as soon as it is at a task with a part of a label."""

    def __init__(self, cluster, part):
        self.cluster = cluster
        self.part = part
        self.killed = []
        self.over = False
        self.watch = threading.Thread(target=self.look)

    def begin(self, steps, reused):
        self.watch.start()

    def look(self):
        with import_module("distributed").Client(self.cluster, set_as_default=False) as client:
            while not self.over and not self.killed:
                for address, keys in client.processing().items():
                    if any(self.part in key for key in keys):
                        pid = {worker.worker_address: worker.pid for worker in self.cluster.workers.values()}[address]
                        os.kill(pid, signal.SIGKILL)
                        self.killed.append(pid)
                        return
                time.sleep(0.002)

    def end(self):
        self.over = True
        self.watch.join()


def executed(folder, text, name, executor="local", progress=None):
    """A plan and its store after every step was computed."""
    document = folder / "analysis.yaml"
    document.write_text(text, "utf-8")
    plan, _ = compile(document)
    store = Store(folder / name)
    execute(plan, store, executor, 1, 4 * 10**9, progress or Silent())
    return plan, store


def assert_same(one, other):
    """Every array and every fact, as bytes."""
    first, found = contents(one.root), contents(other.root)
    assert set(found) == set(first) != set()
    assert [path for path in first if found[path] != first[path]] == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="only some systems kill without a word")
def test_bytes_are_those_of_a_serial_run_though_workers_die(tmp_path, cluster):
    """First levels of 24 subjects, then a group model with 10,000 permutations; a worker is killed in each of them."""
    address = f"dask:{cluster.scheduler_address}"
    write_mask(tmp_path)
    for seed, subject in enumerate(SUBJECTS):
        write_run(tmp_path, subject, 10 * seed, scans=48)
    plan, serial = executed(tmp_path, FIRST, "first-serial")
    killing = Kills(cluster, ": fit-")
    _, dask = executed(tmp_path, FIRST, "first-dask", address, killing)
    assert len(killing.killed) == 1
    assert_same(serial, dask)
    for subject, fit in zip(SUBJECTS, plan.fits, strict=True):
        volume = np.zeros(SHAPE)
        volume[brain(SHAPE)] = dask.load(fit.named["contrast/difference"].key).arrays["effect"]
        write_image(tmp_path / "maps" / f"{subject}.nii.gz", volume)
    group = document_text(inputs="mask: mask.nii.gz", inference=GROUP)
    _, serial = executed(tmp_path, group, "group-serial")
    killing = Kills(cluster, "10,001 relabellings: perm of mean-")
    _, dask = executed(tmp_path, group, "group-dask", address, killing)
    assert len(killing.killed) == 1
    assert_same(serial, dask)


def test_a_local_cluster_is_made_and_ended(tmp_path):
    """Without an address: as many processes as jobs. What is wrong with two maps is told at once, as ever."""
    write_maps(tmp_path, {f"maps/S{index}": volume for index, volume in enumerate(noise(7, 8))})
    whole = run(tmp_path, document_text(), out="dask", jobs=2, executor="dask")
    assert whole.folder.joinpath("report.html").is_file()
    for name in ("S1", "S2"):
        (tmp_path / "maps" / f"{name}.nii.gz").write_bytes(b"nothing")
    told = failure(tmp_path, document_text(), out="other", jobs=2, executor="dask")
    assert "S1" in str(told) and "S2" in str(told)


@pytest.mark.parametrize(
    ("executor", "code", "said"),
    [
        ("slurm", "E507", "there is no executor `slurm`"),
        ("dask:tcp://127.0.0.1:9", "E508", "nobody answers at `tcp://127.0.0.1:9`"),
    ],
)
def test_who_is_not_there(tmp_path, monkeypatch, executor, code, said):
    """A name that nobody has, and an address at which nobody listens."""
    monkeypatch.setattr(clusters, "SECONDS", "1s")
    write_maps(tmp_path, {f"maps/S{index}": volume for index, volume in enumerate(noise(7, 8))})
    (problem,) = failure(tmp_path, document_text(), executor=executor).problems
    assert (problem.code, said in problem.message) == (code, True)


def test_without_the_extra(tmp_path, monkeypatch):
    """One sentence, and what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    write_maps(tmp_path, {f"maps/S{index}": volume for index, volume in enumerate(noise(7, 8))})
    (problem,) = failure(tmp_path, document_text(), executor="dask").problems
    assert (problem.code, problem.hint) == ("E507", "pip install 'glmspec[dask]', or leave --executor out")
