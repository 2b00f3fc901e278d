"""Warnings: what they find, what they leave alone, and that they stop nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from glmspec.spec.lints import lint
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded
from glmspec.workflow import compile_source

from .fields_data import write_table
from .study import DOCUMENT, glmspec, write, write_image, write_maps

GROUP = """\
glmspec: 1
name: group
level: second
inputs: {maps: "maps/{subject}.nii.gz", variables: people.tsv}
design: {formula: "1 + age + weight"}
contrasts: {CONTRASTS}
inference: {INFERENCE}
regions: {REGIONS}
"""
ONE = "a: {method: parametric, correction: fdr, alpha: 0.05, alternative: greater}"
TWO = "a: {method: parametric, correction: fdr, alpha: 0.05}"
LESS = "b: {method: parametric, correction: fdr, alpha: 0.05, alternative: less}"
RAW = "a: {method: parametric, correction: none, alpha: 0.001}"
SIZED = "a: {method: parametric, correction: none, %s, minimum_cluster_size: {voxels: 10}}"
WITHIN = "a: {method: parametric, correction: fdr, alpha: 0.05, within: r}"


def found(contrasts="mean: intercept", inference=TWO, regions="") -> list[str]:
    text = GROUP.replace("CONTRASTS", contrasts).replace("INFERENCE", inference).replace("REGIONS", regions)
    return [problem.code for problem in lint(loaded(parse(text, "group.yaml")))]


@pytest.mark.parametrize(
    ("contrasts", "inference", "expected"),
    [
        ("up: age - weight, down: weight - age", ONE, ["W201"]),
        ("up: age - weight, down: -(age - weight)", ONE, ["W201"]),
        ("up: {weights: {age: 1}}, down: {weights: {age: -1}}", ONE, ["W201"]),
        ("up: age - weight, down: weight - age", TWO, []),
        ("up: age - weight, down: 2*weight - 2*age", ONE, []),
        ("up: age, down: weight", ONE, []),
        ("up: age", f"{ONE}, {LESS}", ["W201"]),
        ("up: age, down: -age", ONE.replace("alpha", "contrasts: up, alpha"), []),
    ],
)
def test_a_contrast_and_its_negative_both_one_sided(contrasts, inference, expected):
    assert found(contrasts, inference) == expected


@pytest.mark.parametrize(
    ("contrasts", "inference", "expected"),
    [
        ("a: age, b: weight, c: intercept", RAW, ["W202"]),
        ("a: age, b: weight", RAW, []),
        ("a: age, b: weight, c: intercept", f"{RAW}, {LESS.replace('less', 'two-sided')}", []),
    ],
)
def test_many_contrasts_uncorrected(contrasts, inference, expected):
    assert found(contrasts, inference) == expected


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [("alpha: 0.01", ["W203"]), ("alpha: 0.001", []), ("threshold: {z: 2.3}", ["W203"]), ("threshold: {z: 3.1}", []),
     ("threshold: {p: 0.005}", ["W203"])],
)  # fmt: skip
def test_clusters_of_a_lenient_threshold(threshold, expected):
    assert found(inference=SIZED % threshold) == expected
    assert found(inference=(SIZED % threshold).replace(", minimum_cluster_size: {voxels: 10}", "")) == []


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("results/x/maps/contrast-mean_desc-fdr_mask.nii.gz", ["W204"]),
        ("contrast-mean_stat-t_statmap.nii", ["W204"]),
        ("atlas/motor_mask.nii.gz", []),
    ],
)
def test_a_region_that_is_a_result(image, expected):
    assert found(inference=WITHIN, regions=f"r: {{image: {image}}}") == expected
    assert found(regions=f"r: {{image: {image}}}") == []  # nothing is confined to it


def test_validate_shows_warnings_and_ends_with_0(tmp_path):
    text = DOCUMENT.replace("correction: fdr, alpha: 0.05", "correction: none, alpha: 0.01, "
                            "minimum_cluster_size: {voxels: 5}")  # fmt: skip
    write(tmp_path, text)
    done = glmspec(tmp_path, "validate", "press.yaml")
    assert done.stdout == "press.yaml: valid\n"
    assert done.stderr.startswith("warning[W203]: `fdr` forms clusters at p 0.01, and keeps them by their size\n")
    assert "press.yaml:11:3" in done.stderr
    assert "nothing was computed" not in done.stderr
    (judged,) = json.loads(glmspec(tmp_path, "validate", "press.yaml", "--format", "json").stdout)["documents"]
    assert (judged["valid"], [each["code"] for each in judged["warnings"]]) == (True, ["W203"])
    assert glmspec(tmp_path, "validate", "press.yaml", "--format", "github").stdout.startswith("::warning file=")
    assert "Form clusters at p 0.001" in glmspec(tmp_path, "explain", "W203").stdout


def planned(folder, text) -> list[tuple[str, str]]:
    plan, _ = compile_source(parse(text, "a.yaml"), folder / "a.yaml", folder, folder / "out")
    return [(check.name, check.text) for check in plan.fits[0].analysis.checks if check.name.startswith("Warning")]


def test_collinear_columns_that_are_tested(tmp_path):
    write_maps(tmp_path, 20)
    rng = np.random.default_rng(1)
    age = rng.normal(40, 5, 20)
    for noise, expected in ((0.5, ["Warning W401"]), (8.0, [])):
        lines = [f"S{n + 1:02d}\t{a:.6f}\t{a + noise * rng.normal():.6f}" for n, a in enumerate(age)]
        (tmp_path / "people.tsv").write_text("subject\tage\tweight\n" + "\n".join(lines) + "\n", "utf-8")
        text = GROUP.replace("CONTRASTS", "age: age").replace("INFERENCE", TWO).replace("REGIONS", "")
        warnings = planned(tmp_path, text)
        assert [name for name, _ in warnings] == expected
    assert planned(tmp_path, text.replace("age: age", "mean: weight - weight + intercept")) == []


def test_few_subjects_and_few_sign_flips(tmp_path):
    write_maps(tmp_path, 5)
    warnings = dict(planned(tmp_path, DOCUMENT.replace("seed: 1", "seed: 1, alternative: greater")))
    assert warnings["Warning W404"].startswith("`flips` of `mean` has 32 sign flips, so that p is 0.0312 at least")
    assert warnings["Warning W403"].startswith("4 degrees of freedom")
    write_maps(tmp_path, 10)
    assert [name for name, _ in planned(tmp_path, DOCUMENT)] == ["Warning W403"]
    write_maps(tmp_path, 11)
    assert planned(tmp_path, DOCUMENT) == []


RUNS = """\
glmspec: 1
name: blocks
level: first
inputs: {runs: [{name: one, bold: bold.nii.gz, events: events.tsv}], repetition_time: 2, mask: mask.nii.gz}
design: {drift: {model: cosine, high_pass: 0.01}, hrf: glover}
contrasts: {task: task}
"""


@pytest.mark.parametrize(("block", "expected"), [(20, []), (100, ["Warning W402"])])
def test_a_design_as_slow_as_the_drift(tmp_path, block, expected):
    """Blocks of 20 s on and off come round at 0.025 Hz; of 100 s at 0.005 Hz, below the high-pass of 0.01 Hz."""
    write_image(tmp_path / "bold.nii.gz", 100 + np.random.default_rng(1).normal(size=(8, 8, 6, 200)))
    write_image(tmp_path / "mask.nii.gz", np.ones((8, 8, 6)))
    onsets = range(block, 400 - block, 2 * block)
    write_table(tmp_path / "numbers.tsv", ["onset", "duration"], np.array([[onset, block] for onset in onsets], float))
    lines = (tmp_path / "numbers.tsv").read_text("utf-8").splitlines()
    text = "\n".join([lines[0] + "\ttrial_type", *(line + "\ttask" for line in lines[1:])]) + "\n"
    (tmp_path / "events.tsv").write_text(text, "utf-8")
    assert [name for name, _ in planned(tmp_path, RUNS)] == expected
    if expected:
        assert planned(tmp_path, RUNS.replace("high_pass: 0.01", "high_pass: 0.002")) == []
