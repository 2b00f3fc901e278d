"""Differences: between documents each with its class; between results also how the maps differ."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest

from glmspec.auditing import diff
from glmspec.errors import GlmspecError, InputError
from glmspec.review.differences import of_documents
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded

from .study import DOCUMENT, glmspec, write, write_maps

FIRST = """\
glmspec: 1
name: first
level: first
inputs: {runs: [{name: a, bold: a.nii.gz, events: a.tsv}], repetition_time: 2}
design: {drift: {model: cosine, high_pass: 0.008}}
contrasts: {x: face}
"""


def differences(before: str, after: str):
    found = of_documents(loaded(parse(before, "a.yaml")), loaded(parse(after, "b.yaml")))
    return [(entry.path, entry.before, entry.after, entry.kind) for entry in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("smoothing_fwhm: 4", "smoothing_fwhm: 4.0", []),
        ("correction: fdr, alpha: 0.05", "correction: fdr, alternative: two-sided, alpha: 0.05", []),
        ("alpha: 0.05", "alpha: 0.1", [("inference.fdr.alpha", 0.05, 0.1, "inferential")]),
        ("smoothing_fwhm: 4", "smoothing_fwhm: 5", [("inputs.smoothing_fwhm", 4.0, 5.0, "estimation")]),
        ("contrasts:", "title: A\ncontrasts:", [("title", None, "A", "text")]),
        (
            "contrasts:",
            "report: {precision: double}\ncontrasts:",
            [("report.precision", "single", "double", "display")],
        ),
        (
            "{mean: intercept}",
            "{mean: {expression: intercept, title: Mean}}",
            [("contrasts.mean.title", None, "Mean", "text")],
        ),
        (
            "{mean: intercept}",
            "{mean: intercept, minus: -intercept}",
            [("contrasts.minus", None, {"test": "t", "expression": "-intercept"}, "inferential")],
        ),
    ],
)  # fmt: skip
def test_a_difference_has_its_path_values_and_class(old, new, expected):
    assert old in DOCUMENT
    assert differences(DOCUMENT, DOCUMENT.replace(old, new, 1)) == expected


def test_a_choice_of_another_kind_differs_as_a_whole():
    changed = FIRST.replace("{model: cosine, high_pass: 0.008}", "{model: polynomial, order: 3}")
    expected = ({"model": "cosine", "high_pass": 0.008}, {"model": "polynomial", "order": 3})
    assert differences(FIRST, changed) == [("design.drift", *expected, "estimation")]


def test_what_differs_one_way_differs_the_other_way():
    changed = DOCUMENT.replace("alpha: 0.05", "alpha: 0.1") + "sample: {planned_n: 8}\n"
    there = differences(DOCUMENT, changed)
    assert [(path, after, before, kind) for path, before, after, kind in differences(changed, DOCUMENT)] == there


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two results that differ in the smoothing."""
    root = write_maps(tmp_path_factory.mktemp("diff"))
    write(root)
    write(root, DOCUMENT.replace("smoothing_fwhm: 4", "smoothing_fwhm: 7"), "other.yaml")
    for name, out in (("press", "one"), ("press", "same"), ("other", "two")):
        glmspec(root, "run", f"{name}.yaml", "-o", out, "-q")
    glmspec(root, "lock", "press.yaml")
    return root


def test_equal_things_end_with_0(folder):
    for one, other in (("press.yaml", "press.yaml"), ("press.yaml", "press.lock.yaml"), ("one", "same"),
                       ("press.lock.yaml", "one")):  # fmt: skip
        assert "no difference" in glmspec(folder, "diff", one, other).stdout


def test_results_are_compared_map_by_map(folder):
    found = diff(folder / "one", folder / "two")
    assert [entry.path for entry in found.differences] == ["inputs.smoothing_fwhm"]
    files = {entry.path: entry for entry in found.files}
    path = "maps/contrast-mean_stat-t_statmap.nii.gz"
    a, b = (nib.load(folder / out / path).get_fdata().ravel() for out in ("one", "two"))
    numbers = files[path].numbers
    assert numbers["correlation"] == pytest.approx(np.corrcoef(a, b)[0, 1], rel=1e-9)
    assert numbers["largest difference"] == pytest.approx(np.abs(a - b).max(), rel=1e-9)
    path = "maps/contrast-mean_desc-fdr_mask.nii.gz"
    a, b = (nib.load(folder / out / path).get_fdata().ravel() > 0 for out in ("one", "two"))
    dice = 2 * (a & b).sum() / (a.sum() + b.sum())
    expected = {"gained": (b & ~a).sum(), "lost": (a & ~b).sum(), "dice": pytest.approx(dice)}
    assert files[path].numbers == expected
    assert numbers["correlation"] < 1
    assert expected["gained"] + expected["lost"] > 0


def test_text_json_and_markdown_say_the_same(folder):
    text = glmspec(folder, "diff", "one", "two", code=1).stdout
    assert "inputs.smoothing_fwhm: 4.0 -> 7.0" in text
    assert "voxel" not in text.splitlines()[0]
    data = json.loads(glmspec(folder, "diff", "one", "two", "--format", "json", code=1).stdout)
    assert data["counts"] == {"inferential": 0, "estimation": 1, "display": 0, "text": 0}
    assert {"path": "inputs.smoothing_fwhm", "before": 4.0, "after": 7.0, "class": "estimation"} in data["differences"]
    marked = glmspec(folder, "diff", "one", "two", "--format", "markdown", code=1).stdout
    assert "| `inputs.smoothing_fwhm` | `4.0` | `7.0` |" in marked
    assert len(data["files"]) == marked.count("statmap.nii.gz`") + marked.count("_mask.nii.gz`") + marked.count(".tsv`")


def test_what_a_document_says_is_no_markup(folder):
    write(folder, DOCUMENT + "title: 'a | b `c` <img src=x> **d**'\n", "marked.yaml")
    line = glmspec(folder, "diff", "press.yaml", "marked.yaml", "--format", "markdown", code=1).stdout.splitlines()[-1]
    assert line == "| `title` | `not there` | `` a \\| b `c` <img src=x> **d** `` |"


def test_a_wrong_document_is_told_with_its_line(folder):
    write(folder, DOCUMENT.replace("formula", "formular"), "wrong.yaml")
    told = glmspec(folder, "diff", "press.yaml", "wrong.yaml", code=2).stderr
    assert "wrong.yaml:8:10" in told
    assert "formular" in told
    assert "E226" in glmspec(folder, "diff", "press.yaml", code=2).stderr


def test_an_index_from_a_stranger_names_no_place_outside(folder, tmp_path):
    stolen = tmp_path / "stolen"
    shutil.copytree(folder / "one", stolen)
    index = json.loads((stolen / "results.json").read_text("utf-8"))
    index["outputs"][0]["path"] = "../../../etc/passwd"
    (stolen / "results.json").write_text(json.dumps(index), "utf-8")
    with pytest.raises(InputError, match="no result can be"):
        diff(folder / "one", stolen)
    (stolen / "resolved.yaml").unlink()
    with pytest.raises(GlmspecError):
        diff(folder / "one", stolen)


def test_git_shows_it_as_a_diff(folder, tmp_path):
    def git(*words: str) -> str:
        line = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words]
        return subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60).stdout

    git("init", "-q")
    git("config", "diff.glmspec.command", f"{sys.executable} -m glmspec diff")
    (tmp_path / ".gitattributes").write_text("*.yaml diff=glmspec\n", "utf-8")
    write(tmp_path)
    git("add", ".")
    git("commit", "-qm", "one")
    write(tmp_path, DOCUMENT.replace("alpha: 0.05", "alpha: 0.1"))
    told = git("diff")
    assert told.splitlines()[0] == "press.yaml -> press.yaml: 1 difference: 1 inferential"
    assert "inference.fdr.alpha: 0.05 -> 0.1" in told
