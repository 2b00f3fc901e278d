"""What a run does otherwise than its lock: told in the index, refused by --locked without a rationale."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import glmspec as package
from glmspec.errors import DocumentError
from glmspec.registering import lock
from glmspec.review.deviations import covers
from glmspec.spec.source import read

from .study import DOCUMENT, glmspec, write, write_image, write_maps

CHANGED = DOCUMENT.replace("smoothing_fwhm: 4", "smoothing_fwhm: 6").replace("alpha: 0.05", "alpha: 0.01")
TITLED = DOCUMENT + "title: Another\n"
WHY = "deviations:\n  - {path: inputs.smoothing_fwhm, rationale: Noisier than thought.}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = write(write_maps(tmp_path))
    lock(read(path), path)
    return tmp_path


def ran(folder: Path, text: str, **options: bool):
    results = package.run(write(folder, text), None, folder / "out", **options).results
    return results.analysis["deviations"], results


def test_without_a_lock_there_is_nothing_to_deviate_from(tmp_path):
    assert ran(write_maps(tmp_path), DOCUMENT)[0] is None
    with pytest.raises(DocumentError, match="E225"):
        ran(tmp_path, DOCUMENT, locked=True)


def test_as_registered_there_are_none(folder):
    assert ran(folder, DOCUMENT, locked=True)[0] == []


def test_each_is_told_with_both_values_class_and_rationale(folder):
    found, _ = ran(folder, CHANGED + WHY)
    assert found == [
        {"path": "inputs.smoothing_fwhm", "locked": 4.0, "run": 6.0, "class": "estimation",
         "rationale": "Noisier than thought."},
        {"path": "inference.fdr.alpha", "locked": 0.05, "run": 0.01, "class": "inferential", "rationale": None},
    ]  # fmt: skip


def test_locked_refuses_what_carries_no_rationale(folder):
    with pytest.raises(DocumentError) as error:
        ran(folder, CHANGED + WHY, locked=True)
    (problem,) = error.value.problems
    assert problem.code == "E223"
    assert problem.path == ("inference", "fdr", "alpha")
    assert not (folder / "out").exists()
    done = glmspec(folder, "run", "press.yaml", "--locked", code=2)
    assert "error[E223]: `inference.fdr.alpha` deviates from the lock, and no rationale is given" in done.stderr
    assert "press.yaml:11:" in done.stderr


def test_locked_lets_pass_what_changes_words_alone(folder):
    found, _ = ran(folder, TITLED, locked=True)
    assert [entry["class"] for entry in found] == ["text"]


def test_a_subject_that_is_gone_and_one_that_changed_are_deviations(folder):
    (folder / "maps/S08.nii.gz").unlink()
    write_image(folder / "maps/S01.nii.gz", np.ones((8, 8, 6)))
    found, _ = ran(folder, DOCUMENT)
    assert [(entry["path"], entry["class"]) for entry in found] == [
        ("data.gone", "inferential"),
        ("data.changed.maps/S01.nii.gz", "estimation"),
    ]
    assert found[0]["locked"] == ["maps/S08.nii.gz"]
    with pytest.raises(DocumentError, match="E223"):
        ran(folder, DOCUMENT, locked=True)
    ran(folder, DOCUMENT + "deviations: [{path: data, rationale: Moved.}]\n", locked=True)


def test_the_planned_number_is_held_against_who_was_analysed(tmp_path):
    text = DOCUMENT + "sample: {planned_n: 10}\nregistration: {data_status: not-collected}\n"
    path = write(tmp_path, text)
    lock(read(path), path)
    write_maps(tmp_path)
    found, _ = ran(tmp_path, text)
    assert found == [
        {"path": "sample.planned_n", "locked": 10, "run": 8, "class": "inferential", "rationale": None},
    ]
    # that the document now says so too is the same deviation, not another one
    assert ran(tmp_path, text.replace("planned_n: 10", "planned_n: 8"))[0] == found


def test_another_version_of_numpy_is_a_deviation(folder, monkeypatch):
    found = {"glmspec": "9.9"}
    real = package.review.deviations.versions()
    monkeypatch.setattr("glmspec.review.deviations.versions", lambda: {**real, **found})
    (entry,), _ = ran(folder, DOCUMENT)
    assert (entry["path"], entry["run"], entry["class"]) == ("versions.glmspec", "9.9", "estimation")


def test_a_declared_deviation_that_is_none_is_noticed(folder):
    _, results = ran(folder, DOCUMENT + WHY)
    text = "`inputs.smoothing_fwhm` is declared as a deviation, and is as registered."
    assert ["Deviation", "warning", text] in results.analysis["checks"]


def test_a_lock_that_the_registration_names_must_be_there(tmp_path):
    write_maps(tmp_path)
    with pytest.raises(DocumentError, match="E208"):
        ran(tmp_path, DOCUMENT + "registration: {lock: other.lock.yaml}\n")


def test_results_with_a_lock_are_the_same_bytes_for_any_number_of_workers(folder):
    write(folder, CHANGED + WHY)
    for jobs in (1, 2):
        glmspec(folder, "run", "press.yaml", "-o", f"out{jobs}", "--jobs", jobs, "-q")
    one, two = (json.loads((folder / f"out{jobs}/results.json").read_text("utf-8")) for jobs in (1, 2))
    assert one == two


@pytest.mark.parametrize(
    ("declared", "path", "expected"),
    [
        ("design.drift", "design.drift.high_pass", True),
        ("design.drift.high_pass", "design.drift.high_pass", True),
        ("design.drift.model", "design.drift", True),
        ("design.drift.order", "design.drift", False),
        ("design.dri", "design.drift", False),
        ("expect", "expect[0].below", True),
        ("versions", "versions.numpy", True),
        ("inference.a", "inference.ab", False),
    ],
)
def test_a_rationale_covers_what_stands_below_it(declared, path, expected):
    assert covers(declared, path) is expected
