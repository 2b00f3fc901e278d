"""Maps that go by leave the numbers of maps that are stored, whatever the machine; and nothing smoothed."""

from __future__ import annotations

import numpy as np
import pytest

import glmspec
from glmspec.execution import streaming
from glmspec.plan.streaming import MOST_STORED

from .simulated import brain, document_text, failure, noise, run, write_image, write_maps, write_table

NAMES = [f"s{number:02d}" for number in range(12)]
AGE = np.linspace(20, 42, 12).round(1)
INPUTS = "mask: mask.nii.gz\nvariables: people.tsv\nsmoothing_fwhm: 5.0"
CONTRASTS = """
mean: intercept
age: center(age)
both: {test: F, rows: [intercept, center(age)]}
"""
TEXT = document_text(inputs=INPUTS, design='formula: "1 + center(age)"', contrasts=CONTRASTS)


@pytest.fixture
def group(tmp_path):
    """Maps with a mean, on a grid with a margin around the brain."""
    maps = noise(9, 12) + 0.3 * brain().astype("f4")
    write_maps(tmp_path, {f"maps/{name}": volume for name, volume in zip(NAMES, maps, strict=True)})
    write_image(tmp_path / "mask.nii.gz", brain().astype(np.uint8))
    write_table(tmp_path / "people.tsv", {"subject": NAMES, "age": AGE})
    return tmp_path


@pytest.fixture
def streamed(monkeypatch):
    """Every group that can be streamed is."""
    monkeypatch.setattr("glmspec.plan.streaming.MOST_STORED", 0)


def maps_of(done):
    """Every statistical map of both contrasts."""
    return {path.name: done.image(f"maps/{path.name}") for path in (done.folder / "maps").glob("*_statmap.nii.gz")}


def test_the_numbers_are_those_of_stored_maps(group, monkeypatch):
    stored = run(group, TEXT, out="stored")
    monkeypatch.setattr("glmspec.plan.streaming.MOST_STORED", 0)
    streamed = run(group, TEXT, out="streamed")
    one, other = maps_of(stored), maps_of(streamed)
    assert set(one) == set(other) and len(one) == 13
    for name, values in one.items():
        np.testing.assert_allclose(other[name], values, rtol=1e-8, atol=1e-11, err_msg=name)
    facts, others = (done.index["analysis"] for done in (stored, streamed))
    assert others["smoothness"] == {name: pytest.approx(value, rel=1e-9) for name, value in facts["smoothness"].items()}
    assert others["residuals"].pop("every") == 1
    assert others["residuals"] == facts["residuals"]
    assert others["constant"] == facts["constant"] == 0


def test_the_same_bytes_on_any_machine(group, streamed):
    one = run(group, TEXT, out="one", jobs=1)
    two = run(group, TEXT, out="two", jobs=2, memory=200_000_000)
    checksums = [[output["sha256"] for output in done.index["outputs"]] for done in (one, two)]
    assert checksums[0] == checksums[1]


def test_no_map_is_stored(group, streamed):
    done = run(group, TEXT)
    kept = [path for path in (done.folder / ".store").rglob("*.npy") if path.stat().st_size >= 4 * 12 * brain().sum()]
    operations = [op for _, op, _ in done.index["analysis"]["steps"]]
    assert not kept and "map_values@1" not in operations and operations.count("fit_streamed@1") == 1


def test_what_is_shown_of_peaks_is_what_was_fitted(group, monkeypatch):
    """The lines of single maps are left out; the others are the same."""
    tables = []
    for bound, out in ((MOST_STORED, "stored"), (0, "streamed")):
        monkeypatch.setattr("glmspec.plan.streaming.MOST_STORED", bound)
        done = run(group, TEXT, out=out)
        tables.append([row for row in done.table("tables/contrast-age_effects.tsv") if row["of"] != "map"])
        assert ("single maps were not kept" in (done.folder / "report.html").read_text("utf-8")) == (bound == 0)
        assert ("Streaming: 12 maps on this grid take" in done.checks) == (bound == 0)
    assert len(tables[0]) == len(tables[1]) > 0
    for one, other in zip(*tables, strict=True):
        assert {key: value for key, value in one.items() if key not in ("value", "low", "high")} == {
            key: value for key, value in other.items() if key not in ("value", "low", "high")
        }
        for key in ("value", "low", "high"):
            assert float(other[key]) == pytest.approx(float(one[key]), rel=1e-8, abs=1e-12)


def test_residuals_are_counted_at_some_voxels(group, streamed, monkeypatch):
    """Where all of them would not fit."""
    monkeypatch.setattr(streaming, "KEPT", 12 * 100)
    done = run(group, TEXT)
    facts = done.index["analysis"]["residuals"]
    every = int(np.ceil(brain().sum() / 100))
    assert facts["every"] == every
    assert sum(facts["counts"]) == 12 * len(range(0, int(brain().sum()), every))
    assert f"Counted at one voxel in {every}" in (done.folder / "report.html").read_text("utf-8")


def test_volumes_of_a_stack(group, monkeypatch):
    write_image(group / "stack.nii.gz", np.stack([*noise(9, 12)], axis=-1))
    text = document_text(
        maps="{stack: stack.nii.gz}", inputs="mask: mask.nii.gz", design='formula: "1"', contrasts="mean: intercept"
    )
    stored = maps_of(run(group, text, out="stored"))
    monkeypatch.setattr("glmspec.plan.streaming.MOST_STORED", 0)
    for name, values in maps_of(run(group, text, out="streamed", jobs=2)).items():
        np.testing.assert_allclose(values, stored[name], rtol=1e-8, atol=1e-11)


def test_everything_that_is_wrong_with_maps_is_told_at_once(group, streamed):
    bad = noise(9, 12)[0]
    bad[7, 8, 6] = np.nan
    write_maps(group, {"maps/s02": bad, "maps/s09": bad})
    whole = (group / "maps/s05.nii.gz").read_bytes()
    (group / "maps/s05.nii.gz").write_bytes(whole[:-20])
    problems = failure(group, TEXT, jobs=2).problems
    assert [problem.code for problem in problems] == ["E314", "E305", "E314"]
    assert [problem.path for problem in problems] == [("inputs", "maps")] * 3
    assert "maps/s09.nii.gz` is NaN" in problems[2].message


@pytest.mark.parametrize(
    "changed",
    [
        {"inference": "p: {method: permutation, control: [voxel], permutations: 100, seed: 1}"},
        {"design": 'formula: "group"\nvariance_groups: group', "contrasts": "d: group[a] - group[b]"},
    ],
)
def test_what_needs_a_second_look_is_stored(group, streamed, changed):
    write_table(group / "people.tsv", {"subject": NAMES, "group": ["a", "b"] * 6})
    settings = {"design": 'formula: "1"', "contrasts": "mean: intercept", **changed}
    (group / "analysis.yaml").write_text(document_text(inputs=INPUTS, **settings), "utf-8")
    plan, _ = glmspec.compile(group / "analysis.yaml")
    assert sum(step.op == "map_values@1" for step in plan.steps) == 12
