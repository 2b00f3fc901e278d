"""The same document gives the same bytes, whatever the workers and the memory."""

from __future__ import annotations

import numpy as np
import pytest
from analyses.simulated import EXACT, LeastSquares, document_text, run, write_image, write_maps, write_table

from glmspec.plan.steps import BLOCK

SHAPE = (40, 40, 30)
AGES = np.array([31, 45, 28, 39, 52, 36, 47, 24, 33])
BOUNDS = [(1, 4 * 10**9), (1, 300 * 10**6), (2, 300 * 10**6), (2, 10**9), (3, 4 * 10**9)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The same analysis of 48,000 voxels, six blocks, with every bound into a folder of its own."""
    folder = tmp_path_factory.mktemp("determinism")
    volumes = np.random.default_rng(131).normal(size=(len(AGES), *SHAPE)).astype(np.float32)
    write_maps(folder, {f"maps/s{index}": volume for index, volume in enumerate(volumes)})
    write_image(folder / "mask.nii.gz", np.ones(SHAPE, np.uint8))
    write_table(folder / "ages.tsv", {"subject": [f"s{index}" for index in range(len(AGES))], "age": AGES})
    text = document_text(
        inputs="variables: ages.tsv\nmask: mask.nii.gz",
        design='formula: "age"',
        contrasts="age: age\nboth: {test: F, rows: [intercept, age]}",
        inference="fdr: {method: parametric, correction: fdr, alpha: 0.3}\n"
        "high: {method: parametric, correction: none, alpha: 0.001, minimum_cluster_size: {voxels: 2}}",
    )
    done = [run(folder, text, out=f"jobs-{jobs}-memory-{memory}", jobs=jobs, memory=memory) for jobs, memory in BOUNDS]
    return volumes, done


def contents(folder):
    """Every file, and every array and fact of the store, as bytes; but for the notes of when they were written."""
    paths = [
        path for path in folder.rglob("*") if path.is_file() and path.name not in ("provenance.json", "files.json")
    ]
    kept = [path for path in paths if ".store" not in path.parts or "artifacts" in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


def test_bytes_do_not_depend_on_workers_and_memory(runs):
    _, done = runs
    first = contents(done[0].folder)
    assert len(first) > 30
    for other in done[1:]:
        found = contents(other.folder)
        assert set(found) == set(first)
        assert [path for path in first if found[path] != first[path]] == []


def test_there_are_blocks_enough_to_tell(runs):
    assert runs[1][0].mask.sum() > 3 * BLOCK


def test_voxels_of_every_block_are_right(runs):
    volumes, done = runs
    model = LeastSquares(np.column_stack([np.ones(len(AGES)), AGES]), volumes.reshape(len(AGES), -1).astype(float))
    np.testing.assert_allclose(done[-1].stat("age", "t"), model.t([0, 1]), **EXACT)


def test_steps_are_said_in_one_order(runs):
    _, done = runs
    assert len({done_run.run.computed for done_run in done}) == 1
