"""Files beside the images belong to runs by the names that their patterns share."""

from __future__ import annotations

import pytest

from glmspec.plan.data import DataFolder
from glmspec.plan.runs import located_runs

from .written import document, outcome, write_bold, write_run, write_table


def located(folder, patterns, inputs=""):
    """Runs, problems and notes."""
    problems, checks = [], []
    runs = located_runs(document(patterns, inputs).inputs, DataFolder(folder), problems, checks)
    return runs, [str(problem) for problem in problems], [check.text for check in checks if check.state != "ok"]


def test_each_pattern_gives_a_run_its_file(tmp_path):
    for run in "12":
        for name in (f"bold_{run}.nii", f"mask_{run}.nii"):
            write_bold(tmp_path / name)
        for name in ("e", "c", "r", "x"):
            write_table(tmp_path / f"{name}_{run}.tsv", {"onset": [1]})
    patterns = (
        '{bold: "bold_{run}.nii", events: "e_{run}.tsv", confounds: "c_{run}.tsv", regressors: "r_{run}.tsv", '
        'mask: "mask_{run}.nii", design: {file: "x_{run}.tsv", array: X}}'
    )
    runs, problems, notes = located(tmp_path, patterns)
    assert problems == notes == []
    assert [run.files for run in runs][1] == (
        ("bold_2.nii", ("inputs", "runs", "bold")),
        ("e_2.tsv", ("inputs", "runs", "events")),
        ("c_2.tsv", ("inputs", "runs", "confounds")),
        ("r_2.tsv", ("inputs", "runs", "regressors")),
        ("mask_2.nii", ("inputs", "runs", "mask")),
        ("x_2.tsv", ("inputs", "runs", "design", "file")),
    )
    assert runs[1].design == ("x_2.tsv", "X")


def test_prefixes_do_not_tell_files_apart(tmp_path):
    """`run-1` in one path and `1` in the other are one run."""
    write_bold(tmp_path / "run-1.nii")
    write_table(tmp_path / "events_1.tsv", {"onset": [1]})
    runs, problems, _ = located(tmp_path, '{bold: "{run}.nii", events: "events_{run}.tsv"}')
    assert (problems, runs[0].events) == ([], "events_1.tsv")


def test_one_file_may_serve_all_runs(tmp_path):
    for run in "12":
        write_bold(tmp_path / f"bold_{run}.nii")
    write_table(tmp_path / "events.tsv", {"onset": [1]})
    runs, problems, notes = located(tmp_path, '{bold: "bold_{run}.nii", events: events.tsv}')
    assert problems == notes == []
    assert {run.events for run in runs} == {"events.tsv"}


def test_one_file_may_serve_all_runs_of_a_subject(tmp_path):
    for subject in "ab":
        for run in "12":
            write_bold(tmp_path / f"{subject}_{run}.nii")
        write_table(tmp_path / f"events_{subject}.tsv", {"onset": [1]})
    runs, problems, _ = located(tmp_path, '{bold: "{subject}_{run}.nii", events: "events_{subject}.tsv"}')
    assert problems == []
    assert [run.events for run in runs] == ["events_a.tsv"] * 2 + ["events_b.tsv"] * 2


def test_a_pattern_may_capture_more_than_the_images_do(tmp_path):
    write_bold(tmp_path / "1.nii")
    write_table(tmp_path / "faces_1.tsv", {"onset": [1]})
    runs, problems, _ = located(tmp_path, '{bold: "{run}.nii", events: "{task}_{run}.tsv"}')
    assert (problems, runs[0].events) == ([], "faces_1.tsv")


def test_a_run_without_its_file_is_named_with_the_pattern_filled_in(tmp_path):
    write_run(tmp_path / "run-1")
    write_bold(tmp_path / "run-2/bold.nii")
    write_table(tmp_path / "run-2/event.tsv", {"onset": [1]})
    found = outcome(tmp_path)
    assert found.problems == [
        (
            "[E306] at inputs.runs.events: run-2 has no events: no file fits `run-2/events.tsv`; "
            "did you mean `run-2/event.tsv`? the folder `run-2` is there, `events.tsv` is not in it"
        )
    ]


def test_several_runs_without_files_are_one_problem(tmp_path):
    write_run(tmp_path / "run-1")
    for run in "234":
        write_bold(tmp_path / f"run-{run}/bold.nii")
    _, problems, _ = located(tmp_path, '{bold: "run-{run}/bold.nii", events: "run-{run}/*.tsv"}')
    assert problems == [
        (
            "[E306] at inputs.runs.events: 3 runs (run-2, run-3, run-4) have no events: no file fits `run-2/*.tsv`; "
            "every run has one; runs are left out by `select`"
        )
    ]


def test_a_run_that_is_not_selected_needs_no_files(tmp_path):
    write_run(tmp_path / "run-1")
    write_bold(tmp_path / "run-2/bold.nii")
    patterns = '{bold: "run-{run}/bold.nii", events: "run-{run}/events.tsv"}'
    runs, problems, notes = located(tmp_path, patterns, "select: {run: 1}")
    assert problems == []
    assert notes == ["1 of 2 runs are selected."]
    assert [run.name for run in runs] == ["1"]


def test_two_files_for_one_run(tmp_path):
    write_run(tmp_path / "run-1")
    write_table(tmp_path / "run-1/other.tsv", {"onset": [1]})
    _, problems, _ = located(tmp_path, '{bold: "run-{run}/bold.nii", events: "run-{run}/*.tsv"}')
    assert problems == [
        (
            "[E308] at inputs.runs.events: run-1 has 2 files of events: `run-1/events.tsv`, `run-1/other.tsv`; "
            "a captured name must tell them apart; `*` may stand only where exactly one file fits"
        )
    ]


def test_two_images_for_one_run(tmp_path):
    for name in ("bold", "other"):
        write_bold(tmp_path / f"run-1/{name}.nii")
    _, problems, _ = located(tmp_path, '{bold: "run-{run}/*.nii"}')
    assert problems == [
        (
            "[E308] at inputs.runs.bold: there are 2 images for one run (run-1): `run-1/bold.nii`, `run-1/other.nii`; "
            "a name must tell them apart; `*` may stand only where exactly one file fits"
        )
    ]


def test_files_that_belong_to_no_run_are_counted_and_named(tmp_path):
    write_run(tmp_path / "run-1")
    for run in "23":
        write_table(tmp_path / f"run-{run}/events.tsv", {"onset": [1]})
    _, problems, notes = located(tmp_path, '{bold: "run-{run}/bold.nii", events: "run-{run}/events.tsv"}')
    assert problems == []
    assert notes == ["2 files of `events` belong to no run: run-2/events.tsv, run-3/events.tsv."]


@pytest.mark.parametrize("key", ["bold", "events"])
def test_a_pattern_without_a_file(tmp_path, key):
    write_run(tmp_path / "run-1")
    patterns = {"bold": "run-{run}/bold.nii", "events": "run-{run}/events.tsv", key: "run-{run}/nothing"}
    text = "{" + ", ".join(f'{name}: "{pattern}"' for name, pattern in patterns.items()) + "}"
    _, problems, _ = located(tmp_path, text)
    assert problems == [
        (
            f"[E307] at inputs.runs.{key}: no file fits the pattern `run-{{run}}/nothing`; "
            "the data folder holds run-1; paths start at the document's folder, or at the one given with --data"
        )
    ]


def test_a_pattern_that_could_fit_in_too_many_ways_is_blamed_itself(tmp_path):
    """Names that stand twice multiply the ways in which the others can be divided."""
    write_bold(tmp_path / f"{'a' * 120}.nii")
    pattern = "a".join(f"{{x{index % 6}}}" for index in range(12)) + "b.nii"
    _, problems, _ = located(tmp_path, f'{{bold: "{pattern}"}}')
    assert problems == [
        f"[E307] at inputs.runs.bold: `{pattern}` may fit in too many ways; take a `*` or a captured name out of it"
    ]
