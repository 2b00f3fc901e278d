"""Estimates grow with what there is to do; how right they are is measured by benchmarks, not by tests."""

from __future__ import annotations

import pytest
from analyses.simulated import document_text, noise, run, write_maps

from glmspec.plan.durations import START, duration, likely_memory, seconds
from glmspec.plan.sizes import DOUBLES, Shape
from glmspec.workflow import compile

NULL = {
    "used": 1000,
    "controls": ["voxel", "tfce"],
    "alternative": "greater",
    "kind": "t",
    "exhaustive": False,
    "scheme": "sign-flip",
}


def null(rows=16, voxels=100_000, **changed):
    return seconds("null_maxima@1", {**NULL, **changed}, 0, Shape(voxels, rows, 1))


def test_permutations_voxels_and_tails_are_proportional():
    """But for what every step takes."""
    assert null(used=10_000) == pytest.approx(10 * null(), rel=0.01)
    assert null(voxels=1_000_000) == pytest.approx(10 * null(), rel=0.01)
    assert 1.8 < null(alternative="two-sided") / null() < 2.1
    assert null(controls=["voxel"]) < null() / 10


def test_half_of_all_flips_are_enough():
    assert null(exhaustive=True, controls=["voxel"], rows=100) < 0.6 * null(controls=["voxel"], rows=100)


def test_images_that_are_read_and_smoothed_cost_more():
    shape = Shape(100_000, 1, 1)
    none, read, smoothed = (
        seconds("map_values@1", {"fwhm": fwhm}, images, shape) for images, fwhm in ((0, 0), (1, 0), (1, 6.0))
    )
    assert none < read < smoothed


@pytest.mark.parametrize("op", sorted(DOUBLES))
def test_every_operation_takes_some_time(op):
    assert seconds(op, {}, 0, Shape(1000, 2, 2)) > 0


def test_what_is_there_already_costs_nothing(tmp_path):
    """And memory is that of the process alone."""
    write_maps(tmp_path, {f"maps/S{index}": volume for index, volume in enumerate(noise(7, 8))})
    run(tmp_path, document_text())
    plan, _ = compile(tmp_path / "analysis.yaml")
    assert duration(plan, []) == START
    assert duration(plan, plan.steps) > START + sum(step.seconds for step in plan.steps)
    assert likely_memory(plan.steps) > likely_memory([])
