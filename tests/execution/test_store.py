"""Finished steps are kept: a second run computes nothing, an edit computes what depends on it and no more."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from analyses.simulated import document_text, failure, noise, run, write_image, write_maps
from filelock import FileLock

import glmspec
from glmspec.execution.operations import OPERATIONS
from glmspec.execution.store import Store

NAMES = [f"s{index}" for index in range(5)]
MAPS = {f"map {name}" for name in NAMES}
INPUTS = "mask: {compute: intersection}\nsmoothing_fwhm: 6"
CONTRASTS = "up: intercept\ndown: {weights: {intercept: -1}}"
INFERENCE = "first: {method: parametric, correction: none, alpha: 0.01}"
MASKS = {"mask: intersection", "mask: voxels without NaN"}
FIT = {"fit: least squares", "smoothness"}
CHARTED = ("peaks", "effects at the peaks")


def after(*contrasts, inference="first"):
    """The steps of contrasts and all that follows from them."""
    found = set()
    for contrast in contrasts:
        found |= {f"contrast {contrast}", f"{inference} of {contrast}", f"clusters: {inference} of {contrast}"}
        found |= {f"{what} of {contrast}" for what in CHARTED}
    return found


FIT_AND_MORE = {*FIT, "residuals"}
EVERYTHING = {*MASKS, *MAPS, *FIT_AND_MORE, *after("up", "down")}


def text(inputs=INPUTS, contrasts=CONTRASTS, inference=INFERENCE, more="", **sections):
    return document_text(inputs=inputs, contrasts=contrasts, inference=inference, more=more, **sections)


@pytest.fixture
def folder(tmp_path):
    write_maps(tmp_path, {f"maps/{name}": volume for name, volume in zip(NAMES, noise(121, 5), strict=True)})
    return tmp_path


@pytest.fixture
def first(folder):
    """A first run of the document."""
    done = run(folder, text())
    assert set(done.run.computed) == EVERYTHING
    assert done.run.reused == ()
    return done


def times(done):
    """When each file of the folder was written."""
    paths = [path for path in done.folder.rglob("*") if path.is_file() and ".store" not in path.parts]
    return {path.relative_to(done.folder).as_posix(): path.stat().st_mtime_ns for path in paths}


def changed(before, done):
    """The files that were written since."""
    now = times(done)
    return {path for path in now if now[path] != before.get(path)}


def test_a_second_run_computes_nothing_and_writes_no_result_again(folder, first):
    before = times(first)
    second = run(folder, text())
    assert second.run.computed == ()
    assert set(second.run.reused) == EVERYTHING
    assert changed(before, second) <= {"provenance.json", "results.json"}


def test_a_second_run_leaves_the_index_alone(folder, first):
    before = times(first)
    assert "results.json" not in changed(before, run(folder, text()))


def test_a_title_changes_the_text_and_no_number(folder, first):
    before = times(first)
    second = run(folder, text(more='title: "Another title"'))
    assert second.run.computed == ()
    assert changed(before, second) == {"report.html", "resolved.yaml", "results.json", "provenance.json"}


def test_a_report_setting_that_changes_files_computes_nothing(folder, first):
    second = run(folder, text(more="report: {precision: double}"))
    assert second.run.computed == ()
    assert second.image("maps/contrast-up_stat-t_statmap.nii.gz").dtype == np.float64


def test_smoothing_changes_all_but_the_mask(folder, first):
    before = times(first)
    second = run(folder, text(inputs=INPUTS.replace("6", "8")))
    assert set(second.run.computed) == EVERYTHING - MASKS
    assert set(second.run.reused) == MASKS
    assert "maps/mask.nii.gz" not in changed(before, second)
    assert "maps/contrast-up_stat-t_statmap.nii.gz" in changed(before, second)


def test_a_contrast_changes_itself_alone(folder, first):
    second = run(folder, text(contrasts=CONTRASTS.replace("-1", "-2")))
    assert set(second.run.computed) == after("down")


def test_an_inference_changes_thresholds_and_tables_alone(folder, first):
    second = run(folder, text(inference=INFERENCE.replace("0.01", "0.02")))
    assert set(second.run.computed) == {
        f"{what} of {contrast}" for what in ("first", "clusters: first", *CHARTED) for contrast in ("up", "down")
    }


def test_a_name_changes_files_and_computes_nothing(folder, first):
    second = run(folder, text(contrasts=CONTRASTS.replace("up", "upward")))
    assert second.run.computed == ()
    assert (first.folder / "maps/contrast-upward_stat-t_statmap.nii.gz").is_file()


def test_an_input_changes_its_own_values_and_what_depends_on_them(folder):
    """With a mask of its own, the other maps stay."""
    write_image(folder / "mask.nii.gz", (noise(122, 1)[0] != 0).astype(np.uint8))
    document = text(inputs="mask: mask.nii.gz")
    run(folder, document)
    write_image(folder / "maps/s3.nii.gz", noise(123, 1)[0])
    second = run(folder, document)
    assert set(second.run.computed) == {"map s3", *FIT_AND_MORE, *after("up", "down")}
    assert set(second.run.reused) == {"mask", *MAPS} - {"map s3"}


def test_a_file_that_is_only_touched_changes_nothing(folder, first):
    content = (folder / "maps/s1.nii.gz").read_bytes()
    (folder / "maps/s1.nii.gz").unlink()
    (folder / "maps/s1.nii.gz").write_bytes(content)
    assert run(folder, text()).run.computed == ()


def test_files_of_a_contrast_that_is_gone_go_with_it(folder, first):
    second = run(folder, text(contrasts="up: intercept"))
    assert second.run.computed == ()
    left = [path for path in times(second) if "contrast-down" in path]
    assert left == []


def test_a_stranger_in_the_results_folder_is_left_alone(folder, first):
    mine = {"notes.txt": "mine", "maps/my-map.nii.gz": "mine too", "tables/contrast-down_desc-first_note.tsv": "this"}
    for path, content in mine.items():
        (first.folder / path).write_text(content, "utf-8")
    run(folder, text(contrasts="up: intercept"))
    assert {path: (first.folder / path).read_text("utf-8") for path in mine} == mine


def test_a_result_that_somebody_changed_is_written_again(folder, first):
    table = first.folder / "tables/contrast-up_desc-first_clusters.tsv"
    content = table.read_text("utf-8")
    table.write_text("edited by hand", "utf-8")
    (first.folder / "maps/mask.nii.gz").unlink()
    second = run(folder, text())
    assert second.run.computed == ()
    assert table.read_text("utf-8") == content
    assert second.mask.any()


def test_two_documents_share_a_store(folder):
    store = folder / "kept"
    run(folder, text(), store=store)
    assert run(folder, text(name="other"), out="other", store=store).run.computed == ()
    third = run(folder, text(name="third", contrasts="up: intercept\ntwice: 2*intercept"), out="third", store=store)
    assert set(third.run.computed) == after("twice")
    assert not (folder / "results/out/.store/artifacts").exists()


def fails_once(monkeypatch, operation):
    """An operation that raises the first time."""
    works, calls = OPERATIONS[operation], []

    def fail(params, context):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("the power failed")
        return works(params, context)

    monkeypatch.setitem(OPERATIONS, operation, fail)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_fails_keeps_what_was_finished(folder, monkeypatch, jobs):
    fails_once(monkeypatch, "contrast_t@2")
    error = failure(folder, text(), jobs=jobs)
    assert (error.exit_code, [problem.code for problem in error.problems]) == (5, ["E501"])
    assert "the power failed" in error.problems[0].message
    assert not (folder / "results/out/results.json").exists()
    second = run(folder, text(), jobs=jobs)
    assert {*MASKS, *MAPS, *FIT} <= set(second.run.reused)
    assert set(second.run.computed) <= {"residuals", *after("up", "down")}
    fresh = run(folder, text(), out="fresh")
    assert [entry["sha256"] for entry in second.index["outputs"]] == [
        entry["sha256"] for entry in fresh.index["outputs"]
    ]


def test_a_step_that_fails_is_blamed_on_its_part_of_the_document(folder, monkeypatch):
    fails_once(monkeypatch, "threshold@1")
    assert failure(folder, text()).problems[0].path[:2] == ("inference", "first")


class Listener:
    """Remembers what it is told."""

    def __init__(self):
        self.told = []

    def begin(self, steps, reused):
        self.told.append(("begin", steps, reused))

    def finished(self, step, seconds):
        self.told.append(step.label)

    def note(self, text):
        self.told.append(text)

    def end(self):
        self.told.append("end")


def test_progress_ends_also_where_a_step_fails(folder, monkeypatch):
    """Else a bar on a terminal would go on over the message."""
    fails_once(monkeypatch, "fit_ols@1")
    listener = Listener()
    failure(folder, text(), progress=listener)
    assert listener.told[0] == ("begin", len(EVERYTHING), 0)
    assert set(listener.told[1:-1]) == MASKS | MAPS
    assert listener.told[-1] == "end"


def test_progress_is_told_of_each_step_when_it_is_done_and_not_when_all_are(folder, monkeypatch):
    listener, works = Listener(), OPERATIONS["map_values@1"]

    def watch(params, context):
        seen.append(len(listener.told))
        return works(params, context)

    seen = []
    monkeypatch.setitem(OPERATIONS, "map_values@1", watch)
    run(folder, text(), progress=listener)
    assert len(set(seen)) == len(NAMES)


def test_two_runs_into_one_folder_are_refused(folder, first):
    with FileLock(first.folder / ".store/lock"):
        error = failure(folder, text())
    assert (error.exit_code, [problem.code for problem in error.problems]) == (5, ["E502"])
    assert run(folder, text()).run.computed == ()


def test_too_little_memory_is_said_before_anything_is_computed(folder):
    error = failure(folder, text(), memory=10**6)
    assert (error.exit_code, [problem.code for problem in error.problems]) == (5, ["E503"])
    assert not (folder / "results/out/.store/artifacts").exists()


def test_a_step_that_is_missing_from_the_store_is_computed_again(folder, first):
    plan, places = glmspec.compile(folder / "analysis.yaml", out=first.folder)
    shutil.rmtree(Store(places.store).folder(plan.fits[0].named["contrast/up"].key))
    assert set(run(folder, text()).run.computed) == {"contrast up"}


def test_digests_of_inputs_are_remembered_by_size_and_time(folder, first):
    run(folder, text())
    assert len(json.loads((first.folder / ".store/digests.json").read_text("utf-8"))) == len(NAMES)
