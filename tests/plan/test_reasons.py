"""What a plan says of each step: new, changed because of what, or reused."""

from __future__ import annotations

import pytest
from analyses.simulated import document_text, noise, run, write_image, write_maps, write_table

from glmspec.workflow import compile as compile_document
from glmspec.workflow import plan_states

NAMES = [f"s{index}" for index in range(4)]


@pytest.fixture
def folder(tmp_path):
    write_maps(tmp_path, {f"maps/{name}": volume for name, volume in zip(NAMES, noise(141, 4), strict=True)})
    write_image(tmp_path / "mask.nii.gz", (noise(142, 1)[0] != 0).astype("uint8"))
    return tmp_path


def text(fwhm=6, alpha=0.01, contrasts="mean: intercept", more=""):
    return document_text(
        inputs=f"mask: mask.nii.gz\nsmoothing_fwhm: {fwhm}",
        contrasts=contrasts,
        inference=f"one: {{method: parametric, correction: none, alpha: {alpha}}}",
        more=more,
    )


def states(folder, document):
    """Label -> state, without running."""
    path = folder / "analysis.yaml"
    path.write_text(document, "utf-8")
    plan, places = compile_document(path, out=folder / "results/out")
    found = plan_states(plan, places)
    return {step.label: found[step.key] for step in plan.steps}


STEPS = {"mask", *(f"map {name}" for name in NAMES), "fit: least squares", "contrast mean", "one of mean"}
STEPS |= {"clusters: one of mean", "peaks of mean", "effects at the peaks of mean", "residuals", "smoothness"}


def test_before_the_first_run_every_step_is_new(folder):
    assert states(folder, text()) == dict.fromkeys(STEPS, "new")


def test_after_a_run_every_step_is_reused(folder):
    run(folder, text())
    assert states(folder, text()) == dict.fromkeys(STEPS, "reused")


def test_a_changed_setting_is_named_with_its_values_and_followed_to_what_depends_on_it(folder):
    run(folder, text())
    found = states(folder, text(fwhm=8))
    assert found["mask"] == "reused"
    assert {found[f"map {name}"] for name in NAMES} == {"changed because of fwhm 6.0 to 8.0"}
    assert found["fit: least squares"] == "changed because of map s0, map s1, map s2 and 1 more"
    assert found["contrast mean"] == "changed because of fit: least squares"
    assert found["one of mean"] == "changed because of contrast mean"


def test_a_changed_input_is_named(folder):
    run(folder, text())
    write_image(folder / "maps/s2.nii.gz", noise(143, 1)[0])
    found = states(folder, text())
    assert found["map s2"] == "changed because of maps/s2.nii.gz"
    assert found["map s1"] == "reused"
    assert found["fit: least squares"] == "changed because of map s2"


def test_a_changed_inference_touches_itself_and_its_table(folder):
    run(folder, text())
    found = states(folder, text(alpha=0.05))
    assert found.pop("one of mean") == "changed because of alpha 0.01 to 0.05"
    assert found.pop("clusters: one of mean") == "changed because of one of mean"
    assert found.pop("peaks of mean") == "changed because of clusters: one of mean"
    assert found.pop("effects at the peaks of mean") == "changed because of peaks of mean"
    assert set(found.values()) == {"reused"}


def test_a_new_contrast_is_new_and_a_changed_one_changed(folder):
    run(folder, text())
    found = states(folder, text(contrasts="mean: 2*intercept\nother: 3*intercept"))
    assert found["contrast mean"] == "changed because of weights [[1.0]] to [[2.0]]"
    assert found["contrast other"] == "new"


def test_long_settings_are_named_without_their_values(folder):
    write_table(folder / "ages.tsv", {"subject": NAMES, "age": [1, 2, 3, 5]})
    run(folder, text())
    second = text().replace("mask: mask", "variables: ages.tsv\n  mask: mask").replace('"1"', "age")
    assert states(folder, second)["fit: least squares"] == "changed because of matrix"


def test_a_title_changes_no_step(folder):
    run(folder, text())
    assert set(states(folder, text(more="title: Another")).values()) == {"reused"}


def test_a_subject_that_left_is_named(folder):
    run(folder, text())
    (folder / "maps/s3.nii.gz").unlink()
    assert "map s3 (gone)" in states(folder, text())["fit: least squares"]


def test_a_plan_reads_no_voxel(folder):
    """Behind the header of each map there is nothing to be read."""
    import gzip

    for name in NAMES:
        path = folder / f"maps/{name}.nii.gz"
        content = bytearray(gzip.decompress(path.read_bytes()))
        content[352:] = b"\xff" * (len(content) - 352)  # every voxel NaN
        path.write_bytes(gzip.compress(bytes(content)))
    assert set(states(folder, text()).values()) == {"new"}
