"""Results against their checksums, their inputs, and themselves computed again."""

from __future__ import annotations

import json
import shutil

import nibabel as nib
import numpy as np
import pytest

from glmspec.auditing import verify
from glmspec.errors import DocumentError, InputError
from glmspec.review.verify import first_difference

from .study import glmspec, write, write_image, write_maps

T = "maps/contrast-mean_stat-t_statmap.nii.gz"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = write_maps(tmp_path_factory.mktemp("verify"))
    write(folder)
    glmspec(folder, "run", "press.yaml", "-o", "out", "-q")
    return folder


@pytest.fixture
def folder(done, tmp_path):
    shutil.copytree(done, tmp_path / "study")
    return tmp_path / "study"


def test_what_was_written_is_verified(folder):
    found = verify(folder / "out", folder)
    assert not found.faults
    index = json.loads((folder / "out/results.json").read_text("utf-8"))
    assert found.results == sum(entry["sha256"] is not None for entry in index["outputs"]) > 10
    assert found.inputs == 9
    assert "inputs: not verified" in glmspec(folder, "verify", "out").stdout


def test_a_file_that_is_altered_or_gone_is_found(folder):
    with (folder / "out" / T).open("ab") as file:
        file.write(b"x")
    (folder / "out/tables/contrast-mean_desc-fdr_clusters.tsv").unlink()
    told = glmspec(folder, "verify", "out", code=1).stdout
    assert f"result {T}: altered" in told
    assert "clusters.tsv: missing" in told
    data = json.loads(glmspec(folder, "verify", "out", "--format", "json", code=1).stdout)
    assert [fault["state"] for fault in data["faults"]] == ["altered", "missing"]


def test_an_input_that_is_altered_or_gone_is_found(folder):
    write_image(folder / "maps/S02.nii.gz", np.zeros((8, 8, 6)))
    (folder / "maps/S03.nii.gz").unlink()
    assert [(fault.path, fault.state) for fault in verify(folder / "out", folder).faults] == [
        ("maps/S02.nii.gz", "altered"),
        ("maps/S03.nii.gz", "missing"),
    ]


def test_everything_is_computed_again_to_the_byte(folder):
    found = verify(folder / "out", folder, recompute=True)
    assert not found.faults
    assert found.recomputed >= 12
    with pytest.raises(DocumentError, match="E226"):
        verify(folder / "out", recompute=True)


FIRST = """\
glmspec: 1
name: first
level: second
fit_per: [subject]
inputs: {maps: "maps/{subject}_{run}.nii.gz", mask: mask.nii.gz}
design: {formula: "1"}
contrasts: {mean: intercept}
"""
GROUP = """\
glmspec: 1
name: group
level: second
inputs: {maps: {analysis: levels/first.yaml, contrast: mean}, mask: levels/mask.nii.gz}
design: {formula: "1"}
contrasts: {mean: intercept}
"""


@pytest.mark.parametrize("beside", [True, False], ids=["data beside each document", "data named"])
def test_maps_of_another_document_are_computed_again_wherever_that_is_now(tmp_path, beside):
    """What the other document said is part of the results; where its data start is as it was in the run."""
    documents, data = tmp_path / "documents", tmp_path / ("documents" if beside else "data")
    rng = np.random.default_rng(3)
    for name in [f"maps/{subject}_{run}" for subject in "abc" for run in "12"]:
        path = data / ("levels" if beside else "") / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(path, rng.normal(size=(8, 8, 6)))
    for folder in {data / "levels", path.parent.parent}:
        folder.mkdir(exist_ok=True)
        write_image(folder / "mask.nii.gz", np.ones((8, 8, 6)))
    write(documents / "levels", FIRST, "first.yaml")
    write(documents, GROUP, "group.yaml")
    named = [] if beside else ["--data", data]
    glmspec(tmp_path, "run", documents / "group.yaml", *named, "-o", "out", "-q")
    (documents / "levels/first.yaml").unlink()
    (documents / "group.yaml").unlink()
    found = verify(tmp_path / "out", data, recompute=True)
    assert not found.faults
    assert found.recomputed >= 5
    assert found.inputs == 6 + (1 if beside else 2)


@pytest.mark.parametrize("parts", [{"../first.yaml": "x"}, {"/elsewhere/first.yaml": "x"}, {"first.yaml": 5}, [], 5])
def test_documents_of_a_strangers_results_are_written_nowhere_else(folder, parts):
    path = folder / "out/provenance.json"
    told = json.loads(path.read_text("utf-8"))
    told["document"]["parts"] = parts
    path.write_text(json.dumps(told), "utf-8")
    with pytest.raises(InputError, match="E320"):
        verify(folder / "out", folder, recompute=True)


def test_the_first_difference_is_located(folder):
    path = folder / "out" / T
    image = nib.load(path)
    values = np.asarray(image.get_fdata(), np.float32)
    was = values[3, 2, 1]
    values[3, 2, 1] = 7.25
    values[5, 5, 5] = 1
    nib.save(nib.Nifti1Image(values, image.affine), path)
    faults = {
        (fault.path, fault.state): fault.detail for fault in verify(folder / "out", folder, recompute=True).faults
    }
    assert (T, "altered") in faults
    assert faults[T, "differs"] == f"first at voxel (3, 2, 1), 9, 6, 3 mm: 7.25 and {was:.9g}; 2 voxels in all"


def test_a_line_and_a_byte_are_located(tmp_path):
    one, other = tmp_path / "a.tsv", tmp_path / "b.tsv"
    one.write_text("a\tb\n1\t2\n", "utf-8")
    other.write_text("a\tb\n1\t3\n", "utf-8")
    assert first_difference(one, other) == "first at line 2, column 3"
    other.write_text("a\tb\n", "utf-8")
    assert first_difference(one, other) == "first at line 2, column 1"
    for name in ("c.nii.gz", "d.nii.gz"):
        (tmp_path / name).write_bytes(b"no image" + name.encode())
    assert first_difference(tmp_path / "c.nii.gz", tmp_path / "d.nii.gz") == "first at byte 9"


def test_names_of_a_strangers_index_are_not_followed(folder, tmp_path):
    index = json.loads((folder / "out/results.json").read_text("utf-8"))
    index["analysis"]["inputs"] = {"../secret": "0" * 64, "/etc/passwd": "0" * 64}
    (folder / "out/results.json").write_text(json.dumps(index), "utf-8")
    (tmp_path / "secret").write_text("secret", "utf-8")
    states = {fault.path: fault.state for fault in verify(folder / "out", folder).faults if fault.what == "input"}
    assert states == {"../secret": "missing", "/etc/passwd": "missing"}
    index["outputs"][0]["path"] = "../../secret"
    (folder / "out/results.json").write_text(json.dumps(index), "utf-8")
    with pytest.raises(InputError, match="no result can be"):
        verify(folder / "out")
