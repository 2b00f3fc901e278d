"""Which events a condition is made of, and whether every event has a place."""

from __future__ import annotations

import numpy as np
import pytest

from .written import EVENTS, outcome, write_run

TASK = {
    "onset": [4, 20, 36, 52, 68],
    "duration": [2, 2, 2, 2, 2],
    "trial_type": ["go", "stop", "go", "rest", "go"],
    "accuracy": [1, 0, "1.0", None, 0],
    "side": ["left", "right", "right", None, "left"],
}


def onsets(model):
    """When the events of each condition begin."""
    return {name: events.onsets.tolist() for name, events in model.conditions.items()}


def test_every_trial_type_is_a_condition_in_sorted_order(tmp_path):
    write_run(tmp_path / "run-1", TASK)
    model = outcome(tmp_path).model
    assert onsets(model) == {"go": [4, 36, 68], "rest": [52], "stop": [20]}
    assert model.task == ("go", "rest", "stop")


def test_what_is_unmodelled_is_no_condition(tmp_path):
    write_run(tmp_path / "run-1", TASK)
    assert list(outcome(tmp_path, design="{unmodelled: rest}").model.conditions) == ["go", "stop"]


def test_the_conditions_of_any_run_are_expected_in_every_run(tmp_path):
    write_run(tmp_path / "run-1", TASK)
    write_run(tmp_path / "run-2", {**EVENTS, "trial_type": ["go", "stop", "go"]})
    assert outcome(tmp_path).problems == [
        (
            "[E321] at inputs.runs.events: run-2 has no events of `rest` that its scans could hear; "
            "complete the events, or write `missing: {condition: exclude-run}`, which leaves such runs out, "
            "or `exclude`, which leaves the condition out of them"
        )
    ]


def test_conditions_stand_in_the_order_written(tmp_path):
    write_run(tmp_path / "run-1", TASK)
    design = "{conditions: {stop: {}, all: {trial_type: [go, stop, rest]}, go: {}}}"
    model = outcome(tmp_path, design=design).model
    assert onsets(model) == {"stop": [20], "all": [4, 20, 36, 52, 68], "go": [4, 36, 68]}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{accuracy: 1}", [4, 36]),
        ("{accuracy: [1.00]}", [4, 36]),
        ("{accuracy: [1, 0]}", [4, 36, 68]),
        ("{accuracy: 1, side: right}", [36]),
    ],
)
def test_where_compares_text_and_numbers_as_numbers(tmp_path, where, expected):
    write_run(tmp_path / "run-1", TASK)
    design = f"{{conditions: {{some: {{trial_type: go, where: {where}}}}}, unmodelled: [go, stop, rest]}}"
    assert onsets(outcome(tmp_path, design=design).model) == {"some": expected}


def test_where_finds_what_is_missing_by_its_name(tmp_path):
    write_run(tmp_path / "run-1", TASK)
    design = "{conditions: {idle: {trial_type: [go, rest], where: {side: n/a}}}, unmodelled: [go, stop]}"
    assert onsets(outcome(tmp_path, design=design).model) == {"idle": [52]}


def test_events_without_a_trial_type_may_be_unmodelled(tmp_path):
    write_run(tmp_path / "run-1", {**EVENTS, "trial_type": ["face", None, "house"]})
    assert list(outcome(tmp_path, design="{unmodelled: [n/a]}").model.conditions) == ["face", "house"]


HERE = "[E321] at design.conditions"
OTHERS = "design.unmodelled"
REFUSED = {
    "a misspelt name": (
        "{conditions: {go: {}, stopp: {}}, unmodelled: [rest, stop]}",
        [
            (f"{HERE}.stopp: no run has events of the trial type `stopp`; "
            "did you mean `stop`? trial types: go, rest, stop")
        ],
    ),
    "a misspelt trial type": (
        "{conditions: {a: {trial_type: [go, stopp]}}, unmodelled: [rest, stop]}",
        [
            (f"{HERE}.a.trial_type[1]: no run has events of the trial type `stopp`; "
            "did you mean `stop`? trial types: go, rest, stop")
        ],
    ),
    "a misspelt column": (
        "{conditions: {go: {where: {accurracy: 1}}}, unmodelled: [rest, stop, go]}",
        [
            (f"{HERE}.go.where.accurracy: no table of events has a column `accurracy`; "
            "did you mean `accuracy`? columns: accuracy, duration, onset, side, trial_type")
        ],
    ),
    "a misspelt value": (
        "{conditions: {go: {where: {side: [left, rihgt]}}}, unmodelled: [rest, stop, go]}",
        [f"{HERE}.go.where.side[1]: no event has side `rihgt`; did you mean `right`? values of side: left, right"],
    ),
    "a misspelt exception": (
        "{unmodelled: [rst]}",
        [("[E321] at design.unmodelled[0]: no run has events of the trial type `rst`; "
         "did you mean `rest`? trial types: go, rest, stop")],
    ),
    "trial types of no condition": (
        "{conditions: {go: {}}}",
        [
            ("[E322] at design.conditions: no condition is made of the trial types `stop`, `rest`; "
            "make them conditions, or write `unmodelled: [stop, rest]` to leave them to the baseline")
        ],
    ),
    "one more trial type of no condition": (
        "{conditions: {go: {}}, unmodelled: [rest]}",
        [
            ("[E322] at design.conditions: no condition is made of the trial type `stop`; "
            "make it a condition, or write `unmodelled: [rest, stop]` to leave them to the baseline")
        ],
    ),
    "events that fit no where": (
        "{conditions: {go: {where: {accuracy: 1}}}, unmodelled: [rest, stop]}",
        [
            ("[E322] at design.conditions: 1 event of the trial type `go` fits no `where`; "
            "the first is in line 6 of `run-1/events.tsv`\n"
            "make a condition of them, or write `unmodelled: [rest, stop, go]`")
        ],
    ),
    "both modelled and not": (
        "{conditions: {go: {}, other: {trial_type: [stop, rest]}}, unmodelled: [rest]}",
        [
            ("[E205] at design.unmodelled[0]: the trial type `rest` is unmodelled here, "
            "and the condition `other` is made of it; keep one of the two")
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_names_and_events_without_a_place(tmp_path, case):
    design, problems = REFUSED[case]
    write_run(tmp_path / "run-1", TASK)
    assert outcome(tmp_path, design=design).problems == problems


def test_events_without_a_trial_type_have_no_place(tmp_path):
    write_run(tmp_path / "run-1", {**EVENTS, "trial_type": ["face", None, "house"]})
    assert outcome(tmp_path).problems == [
        (
            "[E322] at inputs.runs.events: line 3 of `run-1/events.tsv` has no `trial_type`; "
            "name it, or write `unmodelled: [n/a]`"
        )
    ]


def test_a_column_of_where_that_one_table_lacks(tmp_path):
    write_run(tmp_path / "run-1", TASK)
    write_run(tmp_path / "run-2", {key: TASK[key] for key in ("onset", "duration", "trial_type")})
    design = "{conditions: {go: {where: {side: [left, right]}}}, unmodelled: [rest, stop]}"
    assert outcome(tmp_path, design=design).problems == [
        (
            "[E310] at inputs.runs.events: `run-2/events.tsv` has no column `side`; `go` is made of events by it\n"
            "columns: onset, duration, trial_type"
        )
    ]


def test_what_one_run_lacks_is_not_called_misspelt(tmp_path):
    """Its value of `where` is in another run: the run lacks events, and the document decides what that means."""
    write_run(tmp_path / "run-1", TASK)
    write_run(tmp_path / "run-2", {**TASK, "accuracy": [0, 0, 0, 0, 0]})
    design = "{conditions: {go: {where: {accuracy: 1}}}, unmodelled: [go, rest, stop]}"
    problems = outcome(tmp_path, design=design).problems
    assert [problem.split(";")[0] for problem in problems] == [
        "[E321] at inputs.runs.events: run-2 has no events of `go` that its scans could hear"
    ]


def test_nothing_is_called_absent_while_a_table_cannot_be_read(tmp_path):
    write_run(tmp_path / "run-1", {**TASK, "trial_type": ["go"] * 5})
    write_run(tmp_path / "run-2", {**TASK, "onset": [1, None, 3, 4, 5]})
    design = "{conditions: {go: {}, stop: {}, rest: {}}}"
    assert [problem[:6] for problem in outcome(tmp_path, design=design).problems] == ["[E321]", "[E310]"]


def test_conditions_written_in_any_order_have_the_same_columns(tmp_path):
    write_run(tmp_path / "run-1", TASK)
    one = outcome(tmp_path, design="{conditions: {go: {}, stop: {}, rest: {}}}").model
    two = outcome(tmp_path, design="{conditions: {rest: {}, go: {}, stop: {}}}").model
    for name in one.columns:
        np.testing.assert_array_equal(one.matrix[:, one.columns.index(name)], two.matrix[:, two.columns.index(name)])
