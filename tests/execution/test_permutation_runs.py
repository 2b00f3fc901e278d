"""Permutations neither depend on who computes them nor are made again for nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from analyses.simulated import document_text, noise, run, write_maps

from glmspec.core.permutation import BATCH
from glmspec.execution.local import COMPILING
from glmspec.execution.permutations import screened

from .test_determinism import contents

BOUNDS = [(1, 4 * 10**9), (2, 4 * 10**9), (2, 200 * 10**6)]
ENTRY = (
    "perm: {{method: permutation, control: [voxel, cluster-size, cluster-mass, tfce], cluster_forming: {{z: 2.3}}, "
    "permutations: {count}, seed: {seed}, alpha: {alpha}}}"
)


def text(count=150, seed=1, alpha=0.05):
    """The document, with a parametric inference beside the permutations."""
    other = "none: {method: parametric, correction: none, alpha: 0.01}\n"
    return document_text(inference=other + ENTRY.format(count=count, seed=seed, alpha=alpha))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("permutations")
    write_maps(place, {f"maps/S{index}": volume for index, volume in enumerate(noise(7, 12))})
    return place


def null(done):
    rows = done.table("nulls/contrast-mean_desc-perm_null.tsv")
    return np.array([[float(cell) for cell in row.values()] for row in rows])


def test_bytes_do_not_depend_on_workers_and_memory(folder):
    done = [run(folder, text(), out=f"j{jobs}-{memory}", jobs=jobs, memory=memory) for jobs, memory in BOUNDS]
    first = contents(done[0].folder)
    for other in done[1:]:
        found = contents(other.folder)
        assert set(found) == set(first)
        assert [path for path in first if found[path] != first[path]] == []


def test_more_permutations_begin_with_the_same_ones(folder):
    few, more = null(run(folder, text(70), out="few")), null(run(folder, text(100), out="more"))
    assert (len(few), len(more)) == (71, 101)
    np.testing.assert_array_equal(more[: len(few)], few)


def test_another_seed_draws_others(folder):
    one, two = null(run(folder, text(70), out="one")), null(run(folder, text(70, seed=2), out="two"))
    np.testing.assert_array_equal(one[0], two[0])
    assert (one[1:] != two[1:]).any(axis=1).all()


def test_another_alpha_draws_none_anew(folder):
    run(folder, text(), out="alpha")
    again = run(folder, text(alpha=0.1), out="alpha")
    assert list(again.run.computed) == ["perm of mean", "peaks of mean", "effects at the peaks of mean"]


@pytest.mark.whole
def test_the_first_run_on_a_machine_says_that_it_compiles(folder, tmp_path):
    """Once: the second finds what it needs in the cache."""
    document = folder / "compiled.yaml"
    document.write_text(text(20), "utf-8")
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    said = []
    for number in range(2):
        out = str(tmp_path / f"out-{number}")
        command = [sys.executable, "-m", "glmspec", "run", str(document), "-o", out]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        said.append(done.stderr.count(COMPILING))
    assert said == [1, 0]


@pytest.mark.parametrize(("rows", "voxels", "step"), [(16, 45_012, 1024), (1000, 230_000, 128), (10_000, 230_000, 64)])
def test_large_groups_are_parted_further(rows, voxels, step):
    assert screened(rows, voxels) == step
    assert step % BATCH == 0
