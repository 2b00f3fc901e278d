"""Runs together: policies, names that collide, everything wrong at once, and what a reader is told."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.plan.data import DataFolder
from glmspec.plan.runs import located_runs, run_model, run_models
from glmspec.spec.document import FirstLevelDocument

from .written import EVENTS, WITH_CONFOUNDS, document, motion, outcome, write_bold, write_run, write_table

WITHOUT_HOUSE = {**EVENTS, "trial_type": ["face"] * 3}
HINT = (
    "complete the events, or write `missing: {condition: exclude-run}`, which leaves such runs out, "
    "or `exclude`, which leaves the condition out of them"
)


@pytest.fixture
def folder(tmp_path):
    """Two runs, of which the second has no houses."""
    write_run(tmp_path / "run-1")
    write_run(tmp_path / "run-2", WITHOUT_HOUSE)
    return tmp_path


@pytest.mark.parametrize("design", ["{}", "{conditions: {house: {}, face: {}}}"])
def test_a_condition_that_a_run_lacks_is_an_error(folder, design):
    assert outcome(folder, design=design).problems == [
        f"[E321] at inputs.runs.events: run-2 has no events of `house` that its scans could hear; {HINT}"
    ]


def test_runs_without_a_condition_may_be_left_out_counted_and_named(folder):
    found = outcome(folder, more="missing: {condition: exclude-run}\n")
    assert found.problems == []
    assert [model.run.name for model in found.models] == ["1"]
    assert found.notes == [
        "Missing conditions [note]: Runs without events of some condition are left out (in 1 of 2 runs): run-2 (house)."
    ]


def test_a_condition_may_be_left_out_of_the_runs_that_lack_it(folder):
    found = outcome(folder, more="missing: {condition: exclude}\n")
    assert found.problems == []
    assert [model.task for model in found.models] == [("face", "house"), ("face",)]
    assert found.notes == [
        (
            "Missing conditions [note]: A condition without events has no column in the run (in 1 of 2 runs): "
            "run-2 (house)."
        )
    ]


def test_what_is_wrong_with_a_run_is_said_though_it_would_be_left_out(folder):
    write_run(folder / "run-2", {**WITHOUT_HOUSE, "onset": [4, 5, 6]})
    problems = outcome(folder, more="missing: {condition: exclude-run}\n").problems
    assert [problem[:6] for problem in problems] == ["[E310]"]


def test_a_run_by_itself_is_what_it_is_among_others(folder):
    made, problems, checks = document(design="{conditions: {face: {}}, unmodelled: [house]}"), [], []
    data = DataFolder(folder)
    runs = located_runs(made.inputs, data, [], [])
    together = run_models(made, runs, data, [], [])[0]
    alone = run_model(made, runs[0], data, problems, checks)
    assert problems == []
    assert alone is not None
    assert alone.columns == together.columns
    np.testing.assert_array_equal(alone.matrix, together.matrix)
    assert [check.text for check in checks] == [
        "60 scans, 3 columns, rank 3, 57 degrees of freedom (in 1 of 1 run): run-1."
    ]


@pytest.mark.parametrize(("policy", "code"), [("error", "[E321]"), ("exclude-run", "")])
def test_a_run_by_itself_that_lacks_a_condition(folder, policy, code):
    """Whether others have it cannot be known: nothing is called misspelt."""
    design = "{conditions: {face: {}, house: {}}}"
    made = document(design=design, more=f"missing: {{condition: {policy}}}\n")
    problems, checks = [], []
    run = located_runs(made.inputs, DataFolder(folder), [], [])[1]
    assert run_model(made, run, DataFolder(folder), problems, checks) is None
    assert "".join(str(problem)[:6] for problem in problems) == code
    assert len(checks) == (0 if code else 1)


def test_runs_of_one_size_are_one_check(folder):
    found = outcome(folder, design="{conditions: {face: {}}, unmodelled: [house]}")
    assert [check.text for check in found.checks] == [
        "2 runs.",
        "60 scans, 3 columns, rank 3, 57 degrees of freedom (in 2 of 2 runs): run-1, run-2.",
    ]


OWN = (
    "conditions, regressors, confounds, drifts and the constant need names of their own: "
    "rename a condition, or leave a column out"
)


@pytest.mark.parametrize("name", ["face", "drift_1", "constant", "censored_17"])
def test_two_columns_of_one_name(tmp_path, name):
    table = {name: range(60), "fd": [9 if scan == 16 else 0 for scan in range(60)]}
    write_run(tmp_path / "run-1", confounds=table)
    design = f"{{confounds: [{name}], censor: [{{confound: fd, above: 1}}]}}"
    assert outcome(tmp_path, runs=WITH_CONFOUNDS, design=design).problems == [
        f"[E402] at design: two columns of run-1 are called `{name}`; {OWN}"
    ]


def test_a_condition_with_the_name_of_another_ones_derivative(tmp_path):
    write_run(tmp_path / "run-1", {**EVENTS, "trial_type": ["face", "face_derivative", "face"]})
    design = "{hrf: {model: glover, derivatives: [time]}}"
    assert outcome(tmp_path, design=design).problems == [
        f"[E402] at design: two columns of run-1 are called `face_derivative`; {OWN}"
    ]


def test_a_condition_that_is_zero_at_every_scan(tmp_path):
    """Impulses between the scans, and no response that would reach them."""
    write_run(tmp_path / "run-1", {"onset": [4.5, 30], "duration": [0, 6], "trial_type": ["cue", "face"]})
    assert outcome(tmp_path, design="{hrf: none}").problems == [
        (
            "[E324] at design.conditions.cue: the columns of `cue` are zero at every scan of run-1; "
            "no scan hears the events: those of 0 s without a response fall between the scans"
        )
    ]


def test_a_rank_deficient_design_is_legal_and_names_its_columns(tmp_path):
    table = {**motion(), "sum": np.add(*motion().values()).tolist()}
    write_run(tmp_path / "run-1", confounds=table)
    found = outcome(tmp_path, runs=WITH_CONFOUNDS, design="{confounds: [motion_*, sum]}")
    assert found.problems == []
    assert found.model.design.aliased
    assert "not independent of the others: " in found.notes[0]


def test_mistakes_in_several_tables_come_out_together(tmp_path):
    write_run(tmp_path / "run-1", {**EVENTS, "onset": [4, "x", 60]}, confounds={"a": [1] * 60})
    write_run(tmp_path / "run-2", EVENTS, confounds={"a": range(10)})
    write_run(tmp_path / "run-3", {**EVENTS, "duration": [90, 6, 6]}, confounds={"b": range(60)})
    problems = outcome(tmp_path, runs=WITH_CONFOUNDS, design="{confounds: [a], hrf: {model: fir, delays: []}}").problems
    assert {problem.split(";")[0] for problem in problems} == {
        "[E310] at inputs.runs.events: line 3 of `run-1/events.tsv` has `x` as `onset`, where a number belongs",
        "[E324] at design.confounds[0]: the confound `a` of run-1 is 1 in every scan that is analysed",
        "[E310] at inputs.runs.confounds: `run-2/confounds.tsv` has 10 lines, and `run-2/bold.nii` has 60 volumes",
        (
            "[E310] at inputs.runs.events: line 4 of `run-3/events.tsv` begins at 60 s, "
            "while `face` of line 2 lasts from 4 to 94 s"
        ),
        "[E310] at design.confounds[0]: no column of `run-3/confounds.tsv` fits `a`",
        "[E203] at design.hrf: delays are numbers of scans, 0 or more, each once, not []",
    }


def test_a_matrix_is_of_doubles_in_the_order_of_its_rows(tmp_path):
    write_run(tmp_path / "run-1")
    matrix = outcome(tmp_path).model.matrix
    assert matrix.dtype == np.float64
    assert matrix.flags.c_contiguous


def test_events_keep_the_clock_of_the_file(tmp_path):
    write_run(tmp_path / "run-1")
    model = outcome(tmp_path, inputs="discard: {initial: 3}").model
    assert model.conditions["face"].onsets.tolist() == [4, 60]
    assert model.conditions["face"].durations.tolist() == [6, 6]


def test_a_document_of_which_a_section_is_wrong_has_no_models(folder):
    """What is left of it after validation: the section is told, and nothing is guessed."""
    made = document()
    runs = located_runs(made.inputs, DataFolder(folder), [], [])
    left = FirstLevelDocument.model_construct(inputs=made.inputs)
    del left.__dict__["design"]
    problems = []
    assert run_models(left, runs, DataFolder(folder), problems, []) == problems == []


def test_an_order_of_noise_that_the_scans_cannot_give(tmp_path):
    write_run(tmp_path / "run-1")
    assert outcome(tmp_path, design="{noise: {model: ar, order: 20}}").problems == []
    write_bold(tmp_path / "run-1/bold.nii", 40)
    write_table(tmp_path / "run-1/events.tsv", EVENTS)
    assert outcome(tmp_path, design="{noise: {model: ar, order: 19}}").problems == []
    assert outcome(tmp_path, design="{noise: {model: ar, order: 20}}").problems == [
        (
            "[E403] at design.noise.order: run-1 has 40 scans, too few for noise of order 20; an order is less than "
            "half of the scans: its coefficients come from scans that are so far apart"
        )
    ]
