"""The report of an analysis that was not run: with its data, and with no image on disk."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from glmspec.registering import page_of
from glmspec.review.lock import read_lock

from .study import DOCUMENT, glmspec, write, write_image, write_maps
from .test_lints import RUNS

pytestmark = pytest.mark.whole

PLANNED = DOCUMENT + "sample: {planned_n: 12}\n"
GROUPS = """\
glmspec: 1
name: groups
level: second
inputs: {maps: "maps/{subject}.nii.gz", variables: people.tsv, mask: mask.nii.gz}
design: {formula: "1 + group + age"}
contrasts: {more: "group[b] - group[a]", any: {test: F, term: group}}
inference: {flips: {method: permutation, control: voxel, permutations: 500, seed: 1}}
"""


def known(folder, name="press.yaml"):
    return json.loads(glmspec(folder, "preview", name, "-o", "page.html", "--format", "json").stdout)


def text(folder) -> str:
    page = (folder / "page.html").read_text("utf-8")
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))


def people(folder, count=20):
    rng = np.random.default_rng(4)
    lines = [f"S{n:02d}\t{'ab'[n % 2]}\t{rng.integers(20, 60)}" for n in range(count)]
    (folder / "people.tsv").write_text("participant_id\tgroup\tage\n" + "\n".join(lines) + "\n", "utf-8")


def test_without_an_image_the_planned_number_makes_the_design(tmp_path):
    write(tmp_path, PLANNED)
    found = known(tmp_path)
    assert found["without_images"]
    (fit,) = found["fits"]
    assert fit["contrasts"]["mean"]["dof"] == 11
    assert fit["designs"][0]["efficiency"]["mean"] == pytest.approx(12)
    told = fit["relabellings"]["mean/flips"]
    assert (told["scheme"], told["used"], told["smallest_p"]) == ("sign-flip", 101, pytest.approx(1 / 101))
    assert not any("voxels of" in check[2] for check in fit["checks"])  # no grid is there to be told of
    assert list(tmp_path.iterdir()) != []
    assert {path.name for path in tmp_path.iterdir()} == {"press.yaml", "page.html"}


def test_a_preview_is_what_the_run_will_be(tmp_path):
    """The design and relabellings that are previewed without images are those of the plan with them."""
    people(tmp_path)
    write(tmp_path, GROUPS, "groups.yaml")
    before = known(tmp_path, "groups.yaml")
    (tmp_path / "maps").mkdir()
    for number in range(20):
        write_image(tmp_path / f"maps/S{number:02d}.nii.gz", np.random.default_rng(number).normal(size=(4, 4, 4)))
    write_image(tmp_path / "mask.nii.gz", np.ones((4, 4, 4)))
    after = known(tmp_path, "groups.yaml")
    assert (before["without_images"], after["without_images"]) == (True, False)
    for key in ("contrasts", "designs", "relabellings"):
        assert before["fits"][0][key] == after["fits"][0][key]
    matrix = np.loadtxt(  # efficiency by hand
        [
            f"1 {int(n % 2)} {line.split()[2]}"
            for n, line in enumerate((tmp_path / "people.tsv").read_text().splitlines()[1:])
        ]
    )
    variance = np.linalg.inv(matrix.T @ matrix)[1, 1]
    assert after["fits"][0]["designs"][0]["efficiency"]["more"] == pytest.approx(1 / variance)


def test_a_first_level_needs_its_events_and_a_number_of_scans(tmp_path):
    lines = [f"{20 + 40 * n}\t20\ttask" for n in range(9)]
    (tmp_path / "events.tsv").write_text("onset\tduration\ttrial_type\n" + "\n".join(lines) + "\n", "utf-8")
    write(tmp_path, RUNS, "blocks.yaml")
    told = glmspec(tmp_path, "preview", "blocks.yaml", code=3).stderr
    assert "nothing says how many scans it will have" in told
    assert "expect: [{what: n_scans, equals: 200}]" in told
    write(tmp_path, RUNS + "expect: [{what: n_scans, equals: 200}]\n", "blocks.yaml")
    found = known(tmp_path, "blocks.yaml")
    assert found["fits"][0]["designs"][0]["run"] == "one"
    assert found["fits"][0]["contrasts"]["task"]["dof"] == 200 - 1 - 1 - 8  # task, constant, cosines up to 0.01 Hz
    assert "1 run of 200 scans will enter a first-level analysis" in text(tmp_path)


def test_the_methods_are_in_the_future_tense_and_the_document_stays_as_it_is(tmp_path):
    title = "title: What was left and had gone\n"
    write(tmp_path, PLANNED + title + 'exclusions: [{rule: "Was asleep, and had moved"}]\n')
    known(tmp_path)
    said = text(tmp_path)
    methods = said[said.index("12 maps of 12 subjects") : said.index("The analysis will be computed")]
    assert "will enter a second-level analysis" in methods
    rest = methods.replace("Was asleep, and had moved", "")
    assert not re.search(r"\b(was|were|had|entered|gave)\b", rest)
    assert "Was asleep, and had moved" in said
    assert "What was left and had gone" in said


def test_a_preview_has_works_cited_and_what_the_document_declares(tmp_path):
    more = 'preprocessing: "fMRIPrep, no smoothing"\nregistration: {data_status: not-collected}\n'
    hypothesis = "hypotheses: {H1: {statement: It answers., contrast: mean, inference: fdr}}\n"
    write(tmp_path, PLANNED + more + hypothesis)
    known(tmp_path)
    said = text(tmp_path)
    assert "Works cited above" in said
    assert "Controlling the false discovery rate" in said
    assert "fMRIPrep, no smoothing" in said[said.index("Declared by the document") :]
    assert said.count("It answers. mean by fdr") == 1
    assert "It answers. mean fdr" not in said  # a second table of hypotheses
    assert "what is from the run here is what its plan knows beforehand" in said


def test_what_nothing_tells_is_refused_in_one_sentence(tmp_path):
    write(tmp_path)
    told = glmspec(tmp_path, "preview", "press.yaml", code=3).stderr
    assert told.count("error[") == 1
    assert "nothing says how many subjects are planned" in told
    assert "sample: {planned_n: 16}" in told
    write(tmp_path, PLANNED.replace("{subject}.nii", "{subject}_{task}.nii"))
    assert "which values `task` will have" in glmspec(tmp_path, "preview", "press.yaml", code=3).stderr


def test_a_wrong_image_is_not_taken_for_one_that_is_not_there(tmp_path):
    write_maps(tmp_path)
    (tmp_path / "maps/S03.nii.gz").write_bytes(b"no image")
    write(tmp_path, PLANNED)
    assert "error[E301]" in glmspec(tmp_path, "preview", "press.yaml", code=3).stderr


def test_a_lock_without_images_has_the_relabellings_that_were_planned(tmp_path):
    write(tmp_path, PLANNED + "registration: {data_status: not-collected}\n")
    glmspec(tmp_path, "lock", "press.yaml")
    found = read_lock(tmp_path / "press.lock.yaml")
    assert found.inputs is None
    assert found.relabellings["mean/flips"]["distinct"] == 4096


@pytest.mark.parametrize(
    ("out", "page"),
    [
        (None, "press-preview.html"),
        ("there", "there/press-preview.html"),
        ("new/folder/", "new/folder/press-preview.html"),
        ("a.page", "a.page/press-preview.html"),
        ("page.html", "page.html"),
        ("new/page.HTML", "new/page.HTML"),
        ("is.html", "is.html/press-preview.html"),
    ],
)
def test_a_page_goes_into_a_folder_unless_it_is_named(tmp_path, monkeypatch, out, page):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "is.html").mkdir()
    assert page_of("press", None if out is None else Path(out)) == Path(page)


def test_the_folder_of_a_preview_is_made(tmp_path):
    write(tmp_path, PLANNED, "plan.yaml")
    assert glmspec(tmp_path, "preview", "plan.yaml", "-o", "new/folder").stdout == (
        "preview: new/folder/press-preview.html\n"
    )
    assert (tmp_path / "new/folder/press-preview.html").is_file()


def test_a_preview_that_cannot_be_written_is_one_message(tmp_path):
    write(tmp_path, PLANNED)
    (tmp_path / "taken").write_text("a file", "utf-8")
    told = glmspec(tmp_path, "preview", "press.yaml", "-o", "taken", code=5).stderr
    assert told.count("error[E504]") == 1


def test_a_preview_makes_no_request_and_escapes_what_a_document_says(tmp_path):
    write(tmp_path, PLANNED + "title: '<img src=x onerror=alert(1)>'\n")
    known(tmp_path)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "<img src=x" not in page
    assert "nothing has been computed" in page
