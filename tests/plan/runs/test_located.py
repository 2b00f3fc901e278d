"""Which runs there are, and what they are called."""

from __future__ import annotations

import pytest

from glmspec.plan.data import DataFolder
from glmspec.plan.runs import located_runs

from .written import document, motion, outcome, write_bold, write_run, write_table

BIDS = '{bold: "sub-{subject}/ses-{session}/run-{run}_bold.nii"}'


def test_rows_are_runs_in_the_order_written(tmp_path):
    write_run(tmp_path / "a")
    write_run(tmp_path / "b")
    rows = (
        "[{name: run-2, bold: b/bold.nii, events: b/events.tsv}, {name: run-1, bold: a/bold.nii, events: a/events.tsv}]"
    )
    found = outcome(tmp_path, runs=rows)
    assert found.problems == []
    assert [(run.name, run.title, run.names, run.origin) for run in found.runs] == [
        ("run-2", "run-2", {"run": "2"}, ("inputs", "runs", 0)),
        ("run-1", "run-1", {"run": "1"}, ("inputs", "runs", 1)),
    ]
    assert found.checks[0].text == "2 runs."


def test_a_row_carries_all_its_files_with_their_places(tmp_path):
    for name in ("bold.nii", "mask.nii"):
        write_bold(tmp_path / name)
    for name in ("events", "confounds", "regressors"):
        write_table(tmp_path / f"{name}.tsv", {"onset": [1]})
    (tmp_path / "design.npz").write_bytes(b"")
    row = (
        "[{name: one, subject: sub-01, session: pre, bold: bold.nii, events: events.tsv, confounds: confounds.tsv, "
        "regressors: regressors.tsv, mask: mask.nii, design: {file: design.npz, array: X}, repetition_time: 1.5}]"
    )
    (run,) = located_runs(document(row).inputs, DataFolder(tmp_path), [], [])
    here = ("inputs", "runs", 0)
    assert dict(run.names) == {"subject": "01", "session": "pre", "run": "one"}
    assert run.title == "one of sub-01 ses-pre"
    assert run.repetition_time == 1.5
    assert run.design == ("design.npz", "X")
    assert run.files == (
        ("bold.nii", (*here, "bold")),
        ("events.tsv", (*here, "events")),
        ("confounds.tsv", (*here, "confounds")),
        ("regressors.tsv", (*here, "regressors")),
        ("mask.nii", (*here, "mask")),
        ("design.npz", (*here, "design", "file")),
    )


def test_patterns_are_sorted_and_named_by_their_run(tmp_path):
    for subject in ("02", "01"):
        for run in ("2", "1"):
            write_bold(tmp_path / f"sub-{subject}/run-{run}_bold.nii")
    checks = []
    made = document('{bold: "sub-{subject}/run-{run}_bold.nii"}')
    runs = located_runs(made.inputs, DataFolder(tmp_path), [], checks)
    assert [(run.name, run.title) for run in runs] == [
        ("1", "run-1 of sub-01"),
        ("2", "run-2 of sub-01"),
        ("1", "run-1 of sub-02"),
        ("2", "run-2 of sub-02"),
    ]
    assert checks[0].text == "4 runs of 2 subjects."


@pytest.mark.parametrize(
    ("fit_per", "names"), [(("subject", "session"), ["1", "1"]), (("subject",), ["post-1", "pre-1"]), ((), None)]
)
def test_a_run_is_called_by_what_its_fit_leaves_open(tmp_path, fit_per, names):
    """The run alone where that tells the runs of a fit apart, and all other captures where it does not."""
    for session in ("pre", "post"):
        write_bold(tmp_path / f"sub-01/ses-{session}/run-1_bold.nii")
    runs = located_runs(document(BIDS).inputs, DataFolder(tmp_path), [], [], fit_per=fit_per)
    assert [run.name for run in runs] == (names or ["01-post-1", "01-pre-1"])


def test_what_is_not_captured_as_run_names_it_as_well(tmp_path):
    for task in ("rest", "faces"):
        write_bold(tmp_path / f"sub-01_task-{task}_bold.nii")
    runs = located_runs(document('{bold: "sub-{subject}_task-{task}_bold.nii"}').inputs, DataFolder(tmp_path), [], [])
    assert [run.name for run in runs] == ["faces", "rest"]


def test_a_single_run_without_a_name_is_the_first(tmp_path):
    write_bold(tmp_path / "sub-01_bold.nii")
    (run,) = located_runs(document('{bold: "sub-{subject}_bold.nii"}').inputs, DataFolder(tmp_path), [], [])
    assert (run.name, run.title) == ("1", "run-1 of sub-01")


def test_a_query_of_a_bids_dataset_is_refused_elsewhere(tmp_path):
    problems = []
    assert located_runs(document("{bids: {root: raw}}").inputs, DataFolder(tmp_path), problems, []) == []
    assert problems == []


def test_rows_are_selected_by_their_names(tmp_path):
    write_run(tmp_path / "a")
    rows = "[{name: run-1, bold: a/bold.nii, events: a/events.tsv}, {name: run-2, bold: b/bold.nii, events: b.tsv}]"
    found = outcome(tmp_path, runs=rows, inputs="select: {run: run-1}")
    assert found.problems == []
    assert [run.name for run in found.runs] == ["run-1"]
    assert "Selection [note]: 1 of 2 runs are selected." in found.notes


@pytest.mark.parametrize(
    ("select", "problem"),
    [
        (
            "{run: run-3}",
            "[E313] at inputs.select.run[0]: no row has run `run-3`; values of run: 1, 2",
        ),
        (
            "{sesion: pre}",
            (
                "[E313] at inputs.select.sesion: no row has a `sesion` to select by; "
                "did you mean `session`? captured names and variables: run, session"
            ),
        ),
        (
            "{run: 1, session: post}",
            "[E313] at inputs.select.session[0]: no row has session `post`; values of session: pre",
        ),
    ],
)
def test_a_selection_that_selects_nothing(tmp_path, select, problem):
    write_bold(tmp_path / "pre_1.nii")
    write_bold(tmp_path / "post_2.nii")
    problems = []
    made = document('{bold: "{session}_{run}.nii"}', inputs=f"select: {select}")
    located_runs(made.inputs, DataFolder(tmp_path), problems, [])
    assert [str(entry) for entry in problems] == [problem]


REFUSED = {
    "two rows of one name": (
        "[{name: run-1, bold: a/bold.nii, events: a/events.tsv}, {name: 1, bold: b/bold.nii, events: b/events.tsv}]",
        (
            "[E308] at inputs.runs[1].bold: there are 2 images for one run (run-1): `a/bold.nii`, `b/bold.nii`; "
            "a name must tell them apart; `*` may stand only where exactly one file fits"
        ),
    ),
    "one image twice": (
        (
            "[{name: run-1, bold: a/bold.nii, events: a/events.tsv}, "
            "{name: run-2, bold: a/bold.nii, events: b/events.tsv}]"
        ),
        (
            "[E308] at inputs.runs[1].bold: `a/bold.nii` is the image of run-1 and of run-2; "
            "every run has an image of its own"
        ),
    ),
    "one label twice": (
        (
            "[{name: first-run, bold: a/bold.nii, events: a/events.tsv}, "
            "{name: firstRun, bold: b/bold.nii, events: b/events.tsv}]"
        ),
        (
            "[E207] at inputs.runs[1].name: the runs `first-run` and `firstRun` of one fit would "
            "name the same output files; "
            "names must still differ when hyphens and case are dropped; "
            "runs of several sessions are fitted apart with `fit_per: [subject, session]`"
        ),
    ),
    "two sessions in one fit": (
        (
            "[{name: run-1, session: a, bold: a/bold.nii, events: a/events.tsv}, "
            "{name: run-1, session: b, bold: b/bold.nii, events: b/events.tsv}]"
        ),
        (
            "[E207] at inputs.runs[1].name: the runs `run-1` and `run-1` of one fit would name the same output files; "
            "names must still differ when hyphens and case are dropped; "
            "runs of several sessions are fitted apart with `fit_per: [subject, session]`"
        ),
    ),
    "a row without a subject": (
        (
            "[{name: run-1, subject: S1, bold: a/bold.nii, events: a/events.tsv}, "
            "{name: run-1, bold: b/bold.nii, events: b/events.tsv}]"
        ),
        "[E202] at inputs.runs[1]: this row has no `subject`, and other rows have one; every row has the same names",
    ),
}


@pytest.mark.parametrize("rows", REFUSED)
def test_rows_that_do_not_tell_runs_apart(tmp_path, rows):
    text, problem = REFUSED[rows]
    write_run(tmp_path / "a")
    write_run(tmp_path / "b")
    assert outcome(tmp_path, runs=text).problems == [problem]


def test_every_file_that_is_missing_is_named(tmp_path):
    write_run(tmp_path / "a", confounds=motion())
    row = "[{name: run-1, bold: a/bold.nii, events: a/event.tsv, confounds: b/confounds.tsv}]"
    problems = []
    located_runs(document(row).inputs, DataFolder(tmp_path), problems, [])
    assert [str(problem) for problem in problems] == [
        (
            "[E306] at inputs.runs[0].events: there is no file `a/event.tsv`; "
            "did you mean `a/events.tsv`? the folder `a` is there, `event.tsv` is not in it"
        ),
        (
            "[E306] at inputs.runs[0].confounds: there is no file `b/confounds.tsv`; "
            "paths start at the document's folder, or at the one given with --data"
        ),
    ]
