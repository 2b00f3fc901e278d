"""Tables of events: what holds whatever the conditions are."""

from __future__ import annotations

import pytest

from .written import EVENTS, outcome, write_bold, write_run, write_table

HERE = "at inputs.runs.events: "
WHERE = "`run-1/events.tsv`"
"""What stands in parentheses at the end is the line that is pointed to."""
POINT = "numbers have a decimal point; write n/a where nothing is known"


def with_column(name, values):
    """The usual events with one column changed, or left out."""
    changed = {key: entry for key, entry in EVENTS.items() if key != name}
    return changed if values is None else {**changed, name: values}


REFUSED = {
    "no onset": (
        ("onset", None),
        [f"[E310] {HERE}{WHERE} has no column `onset`; columns: duration, trial_type"],
    ),
    "no trial type": (
        ("trial_type", None),
        [f"[E310] {HERE}{WHERE} has no column `trial_type`; columns: onset, duration"],
    ),
    "no duration": (
        ("duration", None),
        [
            f"[E310] {HERE}{WHERE} has no column `duration`; "
            f"the duration of `{name}` is read there: write it, or leave such events out by `where`\n"
            "columns: onset, trial_type"
            for name in ("face", "house")
        ],
    ),
    "onsets that are missing": (
        ("onset", [4, None, None]),
        [f"[E310] {HERE}line 3 of {WHERE} has no `onset`; the same in line 4 (@3)"],
    ),
    "an onset that is text": (
        ("onset", [4, "1:30", 60]),
        [f"[E310] {HERE}line 3 of {WHERE} has `1:30` as `onset`, where a number belongs; {POINT} (@3)"],
    ),
    "an onset beyond a double": (
        ("onset", [4, 5, "1e999"]),
        [f"[E310] {HERE}line 4 of {WHERE} has `1e999` as `onset`, where a number belongs; {POINT} (@4)"],
    ),
    "onsets that are not sorted": (
        ("onset", [4, 60, 30]),
        [
            (
                f"[E310] {HERE}line 4 of {WHERE} begins at 30 s, and line 3 before it at 60 s; "
                "sort the events by their onsets: an order that jumps is often a mistake in the table (@4)"
            )
        ],
    ),
    "a duration that is text": (
        ("duration", [6, "six", 6]),
        [f"[E310] {HERE}line 3 of {WHERE} has `six` as `duration`, where a number belongs; {POINT} (@3)"],
    ),
    "durations that are negative": (
        ("duration", [-1, 6, -2]),
        [
            (
                f"[E310] {HERE}line 2 of {WHERE} has a negative duration, -1 s; "
                "an event lasts 0 s or longer\nthe same in line 4 (@2)"
            )
        ],
    ),
    "a duration that is missing": (
        ("duration", [6, None, 6]),
        [
            (
                f"[E310] {HERE}line 3 of {WHERE} has no `duration`; "
                "the duration of `house` is read there: write it, or leave such events out by `where` (@3)"
            )
        ],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_that_cannot_be_meant(tmp_path, case):
    change, problems = REFUSED[case]
    write_run(tmp_path / "run-1", with_column(*change))
    assert [problem.replace("(run-1/events.tsv:", "(@") for problem in outcome(tmp_path).problems] == problems


def test_an_empty_table(tmp_path):
    write_run(tmp_path / "run-1", dict.fromkeys(EVENTS, ()))
    assert outcome(tmp_path).problems == [
        f"[E310] {HERE}{WHERE} has no events; a run without events has no table of events"
    ]


def test_everything_wrong_with_a_table_is_said_at_once(tmp_path):
    write_run(tmp_path / "run-1", {"onset": [4, "x"], "duration": [-1, 2], "type": ["a", "b"]})
    problems = outcome(tmp_path).problems
    assert [problem.split(";")[0] for problem in problems] == [
        f"[E310] {HERE}line 2 of {WHERE} has a negative duration, -1 s",
        f"[E310] {HERE}line 3 of {WHERE} has `x` as `onset`, where a number belongs",
        f"[E310] {HERE}{WHERE} has no column `trial_type`",
    ]


def test_one_table_for_all_runs_is_told_once_for_each(tmp_path):
    """The same problem at the same place: whoever prints says it once."""
    for run in "12":
        write_bold(tmp_path / f"run-{run}/bold.nii")
    write_table(tmp_path / "events.tsv", with_column("onset", [4, None, 60]))
    problems = outcome(tmp_path, runs='{bold: "run-{run}/bold.nii", events: events.tsv}').problems
    assert len(set(problems)) == 1


def test_onsets_may_be_equal_in_different_conditions(tmp_path):
    write_run(tmp_path / "run-1", {"onset": [4, 4], "duration": [6, 3], "trial_type": ["face", "cue"]})
    assert outcome(tmp_path).model.task == ("cue", "face")
