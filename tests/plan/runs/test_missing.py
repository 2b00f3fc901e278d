"""Runs that some subjects lack: refused, accepted, or a reason to leave the subject out."""

from __future__ import annotations

import pytest

from glmspec.plan.runs import RunFiles, missing_runs

from .written import document


def runs(*keys, names=("subject", "run")):
    """A run for each key, a character a name."""
    return [RunFiles(key[-1], dict(zip(names, key, strict=True)), ("inputs", "runs"), f"{key}.nii") for key in keys]


def judged(given, policy=""):
    """What stays, problems and notes."""
    problems, checks = [], []
    made = document(more=f"missing: {{run: {policy}}}" if policy else "")
    stay = missing_runs(given, made, problems, checks)
    return [run.bold for run in stay], [str(entry) for entry in problems], [check.text for check in checks]


def test_where_every_subject_has_every_run_nothing_is_said():
    given = runs("a1", "a2", "b1", "b2")
    assert judged(given) == ([run.bold for run in given], [], [])


def test_runs_that_never_vary_within_a_subject_are_not_expected_of_others():
    given = runs("a1", "b2")
    assert judged(given) == (["a1.nii", "b2.nii"], [], [])


@pytest.mark.parametrize("names", [("run",), ("session", "run")])
def test_without_subjects_nothing_is_expected(names):
    given = [RunFiles("1", dict.fromkeys(names, number), (), number) for number in "12"]
    assert judged(given) == (["1", "2"], [], [])


def test_a_run_that_others_have_is_an_error():
    assert judged(runs("a1", "a2", "b1", "b2", "c2"))[1] == [
        (
            "[E318] at inputs.runs: 1 of 3 subjects lacks a run that others have: c (1); "
            "nothing is dropped in silence: complete the data, leave subjects out by `select`, "
            "or write `missing: {run: accept}`, or exclude"
        )
    ]


def test_runs_are_expected_by_session_as_they_were_seen():
    """A session with more runs than another lacks nothing; a subject without it does."""
    given = runs("ax1", "ax2", "ay1", "bx1", "bx2", names=("subject", "session", "run"))
    assert judged(given)[1] == [
        (
            "[E318] at inputs.runs: 1 of 2 subjects lacks a run that others have: b (y 1); "
            "nothing is dropped in silence: complete the data, leave subjects out by `select`, "
            "or write `missing: {run: accept}`, or exclude"
        )
    ]


def test_accepted_runs_are_counted_and_named():
    given = runs("a1", "a2", "b1", "c2")
    assert judged(given, "accept") == (
        [run.bold for run in given],
        [],
        ["2 of 3 subjects lack a run that others have: b (2), c (1)."],
    )


def test_a_subject_that_lacks_a_run_is_left_out_counted_and_named():
    assert judged(runs("a1", "a2", "b1"), "exclude") == (
        ["a1.nii", "a2.nii"],
        [],
        ["1 of 2 subjects is left out, for lack of a run that others have: b (2)."],
    )


def test_leaving_every_subject_out_is_an_error():
    stay, problems, _ = judged(runs("a1", "a2", "b2", "b3"), "exclude")
    assert stay == []
    assert problems == [
        (
            "[E318] at missing.run: no subject has every run that others have, so that all are left out; "
            "write `missing: {run: accept}`, or complete the data"
        )
    ]
