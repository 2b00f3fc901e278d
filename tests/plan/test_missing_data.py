"""Who is left out of a second level: by rules, and for lack of values, lines and maps; counted and named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from analyses.simulated import document_text, write_maps, write_table

from glmspec.errors import GlmspecError, Problem
from glmspec.plan.analysis import SecondLevel
from glmspec.spec.source import parse
from glmspec.workflow import compile_source

VOLUME = np.ones((3, 3, 3), np.float32)
PEOPLE = [f"S0{number}" for number in range(1, 9)]


def people(folder: Path, **columns: Sequence[object]) -> None:
    """Eight subjects with a map each, and a table."""
    write_maps(folder, {f"maps/{name}": VOLUME for name in PEOPLE})
    write_table(folder / "people.tsv", {"participant_id": PEOPLE, "age": [30, 41, 25, 38, 52, 47, 33, 29], **columns})


def cells(folder: Path, names: Sequence[str], without: Sequence[str] = ()) -> None:
    """Maps of each subject under several names, but for some."""
    wanted = [f"maps/{subject}_{name}" for subject in PEOPLE for name in names]
    write_maps(folder, {name: VOLUME for name in wanted if name.removeprefix("maps/") not in without})


def of_people(more: str = "", design: str = 'formula: "1"', **sections: str) -> str:
    return document_text(inputs="variables: people.tsv", design=design, more=more, **sections)


def of_cells(pattern: str, more: str = "", **sections: str) -> str:
    return document_text(maps=f'"maps/{pattern}.nii.gz"', more=more, **sections)


def planned(folder: Path, text: str) -> SecondLevel:
    plan, _ = compile_source(parse(text, "analysis.yaml"), folder / "analysis.yaml", folder)
    analysis = plan.fits[0].analysis
    assert isinstance(analysis, SecondLevel)
    return analysis


def refused(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(GlmspecError) as caught:
        planned(folder, text)
    return caught.value.problems


def subjects(analysis: SecondLevel) -> list[str]:
    return list(dict.fromkeys(row.names["subject"] for row in analysis.rows))


def told(analysis: SecondLevel) -> list[str]:
    names = ("Exclusion", "Missing data", "Left out", "Variables")
    return [check.text for check in analysis.checks if check.name in names]


def test_a_rule_on_a_variable_leaves_subjects_out_and_names_them(tmp_path: Path) -> None:
    people(tmp_path, mean_fd=[0.1, 0.2, 0.7, 0.1, 0.5, 0.3, 0.9, 0.2])
    rule = 'exclusions: [{rule: "Mean displacement over 0.5 mm", variable: mean_fd, above: 0.5, unit: mm}]'
    analysis = planned(tmp_path, of_people(rule))
    assert subjects(analysis) == ["S01", "S02", "S04", "S05", "S06", "S08"]
    assert analysis.design.dof == 5
    assert told(analysis) == [
        'excluded by "Mean displacement over 0.5 mm" (mean_fd above 0.5 mm): 2 of 8 subjects: S03, S07.',
        "2 of 8 subjects are left out in all; 6 stay.",
    ]
    (entry,) = analysis.exclusions.entries
    assert (entry.kind, entry.excluded, entry.of) == ("evaluated", ("S03", "S07"), 8)


def test_rules_are_judged_each_by_itself_whatever_their_order(tmp_path: Path) -> None:
    people(tmp_path, mean_fd=[0.1, 0.2, 0.7, 0.1, 0.5, 0.3, 0.9, 0.2], hand=["left", *["right"] * 5, "left", "right"])
    rules = [
        '{rule: "Moved", variable: mean_fd, above: 0.5}',
        '{rule: "Left-handed", variable: hand, equals: left}',
        '{rule: "Withdrew", subjects: [sub-S07, S08]}',
        '{rule: "Too old", variable: age, above: 90}',
        '{rule: "Fell asleep"}',
    ]
    want = {
        'excluded by "Moved" (mean_fd above 0.5): 2 of 8 subjects: S03, S07.',
        'excluded by "Left-handed" (hand equals left): 2 of 8 subjects: S01, S07.',
        'excluded by "Withdrew": 2 of 8 subjects: S07, S08.',
        'excluded by "Too old" (age above 90): none of 8 subjects.',
        '"Fell asleep": declared, not evaluated.',
        "4 of 8 subjects are left out in all; 4 stay.",
    }
    for order in (rules, rules[::-1]):
        analysis = planned(tmp_path, of_people(f"exclusions: [{', '.join(order)}]"))
        assert set(told(analysis)) == want
        assert subjects(analysis) == ["S02", "S04", "S05", "S06"]


@pytest.mark.parametrize(("written", "left"), [("1", ["S01", "S03"]), ("1.0", ["S01", "S03"]), ("no", ["S02"])])
def test_equals_compares_as_text_and_as_number(tmp_path: Path, written: str, left: list[str]) -> None:
    people(tmp_path, code=["1", "no", "1.0", "10", "x", "y", "z", "2"])
    analysis = planned(tmp_path, of_people(f"exclusions: [{{rule: R, variable: code, equals: {written}}}]"))
    assert list(analysis.exclusions.entries[0].excluded) == left


def test_a_value_that_a_rule_needs_is_an_error_unless_another_rule_takes_the_subject(tmp_path: Path) -> None:
    people(tmp_path, mean_fd=[0.1, None, 0.7, 0.1, None, 0.3, 0.9, 0.2])
    moved, withdrew = '{rule: "Moved", variable: mean_fd, above: 0.5}', '{rule: "Withdrew", subjects: [S02, S05]}'
    (problem,) = refused(tmp_path, of_people(f"exclusions: [{moved}]"))
    assert (problem.code, problem.path) == ("E311", ("exclusions", 0, "variable"))
    assert problem.message == "`mean_fd` has no value for S02, S05, so that the rule cannot be judged"
    assert subjects(planned(tmp_path, of_people(f"exclusions: [{moved}, {withdrew}]"))) == ["S01", "S04", "S06", "S08"]
    analysis = planned(tmp_path, of_people(f"exclusions: [{moved}]\nmissing: {{variable: exclude}}"))
    assert told(analysis)[1:] == [
        "left out, for lack of a value of mean_fd: 2 of 8 subjects: S02, S05.",
        "4 of 8 subjects are left out in all; 4 stay.",
    ]


def test_subjects_without_a_line_may_be_excluded_by_name(tmp_path: Path) -> None:
    people(tmp_path)
    lines = {"participant_id": PEOPLE[:6], "age": [30, 41, 25, 38, 52, 47]}
    write_table(tmp_path / "people.tsv", lines)
    rule = 'exclusions: [{rule: "Withdrew", subjects: [S07, S08]}]'
    assert subjects(planned(tmp_path, of_people(rule))) == PEOPLE[:6]
    (problem,) = refused(tmp_path, of_people(rule.replace(", S08", "")))
    assert (problem.code, problem.message) == ("E312", "`people.tsv` has no line for S08")


def test_subjects_with_a_line_and_no_map_may_be_named_too(tmp_path: Path) -> None:
    people(tmp_path)
    write_table(tmp_path / "people.tsv", {"subject": [*PEOPLE, "S09"], "age": range(9)})
    analysis = planned(tmp_path, of_people('exclusions: [{rule: "Withdrew", subjects: [S09, S01]}]'))
    assert told(analysis) == [
        "1 line of people.tsv has no map: S09.",
        'excluded by "Withdrew" (S09 is not among the subjects of this analysis): 1 of 8 subjects: S01.',
        "1 of 8 subjects is left out in all; 7 stay.",
    ]


@pytest.mark.parametrize("policy", ["error", "exclude"])
def test_lines_without_a_map_are_a_note_whatever_the_policy(tmp_path: Path, policy: str) -> None:
    people(tmp_path)
    write_table(tmp_path / "people.tsv", {"subject": [*PEOPLE, "S09"], "age": range(9)})
    analysis = planned(tmp_path, of_people(f"missing: {{subject: {policy}}}"))
    assert told(analysis) == ["1 line of people.tsv has no map: S09."]
    assert len(analysis.rows) == 8


USES = {
    "formula": {"design": 'formula: "1 + center(score)"'},
    "variance groups": {"design": 'formula: "0 + group"\nvariance_groups: team', "contrasts": 'a: "group[x]"'},
    "blocks": {
        "design": 'formula: "1 + age"',
        "contrasts": "age: age",
        "inference": "p: {method: permutation, control: voxel, alpha: 0.5, exchangeability: {blocks: team}}",
    },
}


@pytest.mark.parametrize("use", USES)
def test_a_map_without_a_value_that_is_used_is_left_out_if_so_declared(tmp_path: Path, use: str) -> None:
    team = ["a", "b", None, "a", "b", "a", "b", "a"]
    people(tmp_path, score=[1, 2, None, 4, 5, 6, 7, 9], team=team, group=list("xyxyyxyx"), unused=[None] * 8)
    assert any("S03" in problem.message for problem in refused(tmp_path, of_people(**USES[use])))
    analysis = planned(tmp_path, of_people("missing: {variable: exclude}", **USES[use]))
    assert subjects(analysis) == [name for name in PEOPLE if name != "S03"]
    assert len(analysis.design.matrix) == 7
    variable = "score" if use == "formula" else "team"
    assert f"left out, for lack of a value of {variable}: 1 of 8 subjects: S03." in told(analysis)


def test_a_map_without_a_line_is_left_out_if_so_declared(tmp_path: Path) -> None:
    people(tmp_path)
    write_table(tmp_path / "scores.tsv", {"subject": PEOPLE[1:], "score": range(7)})
    inputs = "variables: [people.tsv, scores.tsv]"
    text = document_text(inputs=inputs, design='formula: "1 + score"', more="missing: {variable: exclude}")
    analysis = planned(tmp_path, text)
    assert told(analysis)[0] == "left out, for lack of a line in scores.tsv: 1 of 8 subjects: S01."
    assert len(analysis.rows) == 7


def test_a_ready_made_matrix_may_lack_lines_and_values(tmp_path: Path) -> None:
    people(tmp_path)
    write_table(tmp_path / "m.tsv", {"subject": PEOPLE[:7], "one": [1] * 7, "age": [3, 1, None, 4, 5, 2, 8]})
    text = document_text(design="matrix: m.tsv", contrasts="one: one", more="missing: {variable: exclude}")
    analysis = planned(tmp_path, text)
    assert told(analysis)[:2] == [
        "left out, for lack of a line in m.tsv: 1 of 8 subjects: S08.",
        "left out, for lack of a value of age in m.tsv: 1 of 8 subjects: S03.",
    ]
    np.testing.assert_array_equal(analysis.design.matrix[:, 1], [3, 1, 4, 5, 2, 8])


def test_the_matrix_of_a_stack_goes_by_volumes_when_some_are_left_out(tmp_path: Path) -> None:
    write_maps(tmp_path, {"stack": np.ones((3, 3, 3, 6), np.float32)})
    write_table(tmp_path / "people.tsv", {"subject": PEOPLE[:6], "age": [30, 41, 25, 38, 52, 47]})
    write_table(tmp_path / "m.tsv", {"one": [1] * 6, "x": [0, 1, 2, None, 4, 5]})
    text = document_text(
        maps="{stack: stack.nii.gz}",
        inputs="variables: people.tsv",
        design="matrix: m.tsv",
        contrasts="x: x",
        more='missing: {variable: exclude}\nexclusions: [{rule: "Old", variable: age, above: 50}]',
    )
    analysis = planned(tmp_path, text)
    assert [row.volume for row in analysis.rows] == [0, 1, 2, 5]
    np.testing.assert_array_equal(analysis.design.matrix[:, 1], [0, 1, 2, 5])


def test_a_subject_without_a_condition_is_an_error_or_left_out(tmp_path: Path) -> None:
    cells(tmp_path, ["go", "stop"], without=["S03_stop"])
    pattern = "{subject}_{condition}"
    (problem,) = refused(tmp_path, of_cells(pattern))
    assert (problem.code, problem.message) == ("E318", "1 of 8 subjects lacks a condition that others have: S03 (stop)")
    for policy in ("condition", "subject"):
        analysis = planned(tmp_path, of_cells(pattern, f"missing: {{{policy}: exclude}}"))
        assert told(analysis)[0] == ("left out, for lack of a condition that others have: 1 of 8 subjects: S03 (stop).")
        assert len(analysis.rows) == 14
    assert refused(tmp_path, of_cells(pattern, "missing: {run: exclude}"))


@pytest.mark.parametrize(("policy", "rows"), [("run: accept", 15), ("run: exclude", 14), ("subject: exclude", 14)])
def test_a_missing_run_is_accepted_or_leaves_the_subject_out(tmp_path: Path, policy: str, rows: int) -> None:
    cells(tmp_path, ["run-1", "run-2"], without=["S03_run-2"])
    pattern = "{subject}_run-{run}"
    (problem,) = refused(tmp_path, of_cells(pattern))
    assert (problem.code, problem.message) == ("E318", "1 of 8 subjects lacks a run that others have: S03 (2)")
    analysis = planned(tmp_path, of_cells(pattern, f"missing: {{{policy}}}"))
    assert len(analysis.rows) == rows
    said = "1 of 8 subjects lacks a run that others have: S03 (2)."
    assert told(analysis)[0] == (
        said if rows == 15 else "left out, for lack of a run that others have: 1 of 8 subjects: S03 (2)."
    )


def test_an_accepted_run_wins_over_a_subject_to_exclude(tmp_path: Path) -> None:
    cells(tmp_path, ["run-1", "run-2"], without=["S03_run-2"])
    text = of_cells("{subject}_run-{run}", "missing: {run: accept, subject: exclude}")
    assert len(planned(tmp_path, text).rows) == 15


def test_a_missing_session_is_the_subjects_own(tmp_path: Path) -> None:
    cells(tmp_path, ["pre", "post"], without=["S03_post"])
    pattern = "{subject}_{session}"
    for more in ("", "missing: {condition: exclude, run: accept}"):
        (problem,) = refused(tmp_path, of_cells(pattern, more))
        assert "`missing: {subject: exclude}`" in problem.hint
    assert len(planned(tmp_path, of_cells(pattern, "missing: {subject: exclude}")).rows) == 14


def test_a_cell_that_is_lacking_is_found_though_each_name_is_there(tmp_path: Path) -> None:
    """S03 has both runs and both conditions, and not the second condition in the second run."""
    cells(tmp_path, ["1_go", "1_stop", "2_go", "2_stop"], without=["S03_2_stop"])
    pattern = "{subject}_{run}_{condition}"
    (problem,) = refused(tmp_path, of_cells(pattern))
    assert problem.message == "1 of 8 subjects lacks a map that others have: S03 (3 of 4)"
    assert "`missing: {condition: exclude}`" in problem.hint
    assert len(planned(tmp_path, of_cells(pattern, "missing: {condition: exclude}")).rows) == 28


def test_a_run_of_one_session_is_a_run(tmp_path: Path) -> None:
    cells(tmp_path, ["a_1", "a_2", "b_1", "b_2"], without=["S03_b_2"])
    pattern = "{subject}_{session}_{run}"
    (problem,) = refused(tmp_path, of_cells(pattern))
    assert "`missing: {run: accept}`" in problem.hint
    assert len(planned(tmp_path, of_cells(pattern, "missing: {run: accept}")).rows) == 31


def test_orders_that_differ_between_subjects_lack_nothing(tmp_path: Path) -> None:
    """Half of the subjects had the drug first: everybody has two maps."""
    for index, subject in enumerate(PEOPLE):
        first, second = ("drug", "sham") if index % 2 else ("sham", "drug")
        write_maps(tmp_path, {f"maps/{subject}_1_{first}": VOLUME, f"maps/{subject}_2_{second}": VOLUME})
    assert len(planned(tmp_path, of_cells("{subject}_{session}_{condition}")).rows) == 16


def test_a_rule_on_single_maps_leaves_their_subject_to_the_policy_for_what_is_lacking(tmp_path: Path) -> None:
    cells(tmp_path, ["run-1", "run-2"])
    names = [(subject, run) for subject in PEOPLE for run in ("1", "2")]
    moved = [0.9 if name in [("S02", "1"), ("S05", "1"), ("S05", "2")] else 0.1 for name in names]
    columns = {"subject": [name[0] for name in names], "run": [name[1] for name in names], "mean_fd": moved}
    write_table(tmp_path / "scans.tsv", columns)
    rule = 'exclusions: [{rule: "Moved", variable: mean_fd, above: 0.5}]\n'

    def text(more: str) -> str:
        inputs = "variables: scans.tsv"
        return document_text(maps='"maps/{subject}_run-{run}.nii.gz"', inputs=inputs, more=rule + more)

    (problem,) = refused(tmp_path, text(""))
    assert (problem.code, problem.message) == ("E318", "1 of 8 subjects lacks a run that others have: S02 (1)")
    accepted = planned(tmp_path, text("missing: {run: accept}"))
    assert told(accepted) == [
        "1 of 8 subjects lacks a run that others have: S02 (1).",
        'excluded by "Moved" (mean_fd above 0.5): 3 of 16 maps: S02 run-1, S05 run-1, S05 run-2.',
        "1 of 8 subjects is left out in all; 7 stay.",
    ]
    assert len(accepted.rows) == 13
    excluded = planned(tmp_path, text("missing: {run: exclude}"))
    assert subjects(excluded) == ["S01", "S03", "S04", "S06", "S07", "S08"]
    assert (excluded.exclusions.excluded, excluded.exclusions.of) == (2, 8)


def test_what_only_excluded_subjects_have_is_expected_of_nobody(tmp_path: Path) -> None:
    cells(tmp_path, ["run-1", "run-2"])
    write_maps(tmp_path, {"maps/S08_run-3": VOLUME})
    text = of_cells("{subject}_run-{run}", 'exclusions: [{rule: "Pilot", subjects: S08}]')
    assert len(planned(tmp_path, text).rows) == 14


def test_images_and_variances_of_excluded_subjects_are_not_asked_for(tmp_path: Path) -> None:
    people(tmp_path)
    write_maps(tmp_path, {"maps/S08": np.ones((9, 3, 3), np.float32)})
    write_maps(tmp_path, {f"var/{name}": VOLUME for name in PEOPLE[:7]})
    text = document_text(
        inputs='variances: "var/{subject}.nii.gz"',
        design='formula: "1"\nestimator: {model: fixed-effects}',
        more='exclusions: [{rule: "Pilot", subjects: S08}]',
    )
    analysis = planned(tmp_path, text)
    assert len(analysis.rows) == 7
    assert not any("S08" in name for name in analysis.digests)


def test_maps_without_subjects_are_counted_as_maps(tmp_path: Path) -> None:
    write_maps(tmp_path, {f"maps/{name}": VOLUME for name in "abcd"})
    write_table(tmp_path / "x.tsv", {"city": list("abcd"), "size": [1, 2, 3, 40]})
    text = document_text(
        maps='"maps/{city}.nii.gz"',
        inputs="variables: x.tsv",
        more='exclusions: [{rule: "Large", variable: size, above: 9}]',
    )
    assert told(planned(tmp_path, text)) == [
        'excluded by "Large" (size above 9): 1 of 4 maps: d.',
        "1 of 4 maps is left out in all; 3 stay.",
    ]
    (problem,) = refused(tmp_path, text.replace("variable: size, above: 9", "subjects: d"))
    assert (problem.code, problem.message) == ("E313", "the maps have no subjects to exclude")


def test_selection_comes_first_and_counts_are_of_what_is_selected(tmp_path: Path) -> None:
    people(tmp_path, group=list("ppppcccc"))
    text = document_text(
        inputs="variables: people.tsv\nselect: {group: [c]}",
        more='exclusions: [{rule: "Withdrew", subjects: [S01, S08]}]',
    )
    assert 'excluded by "Withdrew" (S01 is not among the subjects of this analysis): 1 of 4 subjects: S08.' in told(
        planned(tmp_path, text)
    )


def test_a_run_that_nobody_has_left_is_expected_of_nobody(tmp_path: Path) -> None:
    cells(tmp_path, ["run-1", "run-2"])
    rule = 'exclusions: [{rule: "The coil broke", variable: run, equals: run-2}]'
    analysis = planned(tmp_path, of_cells("{subject}_run-{run}", rule))
    assert len(analysis.rows) == 8
    assert told(analysis)[0].startswith('excluded by "The coil broke" (run equals run-2): 8 of 16 maps: S01 run-2, S02')


def test_runs_are_compared_even_if_nobody_has_two_of_them_left(tmp_path: Path) -> None:
    write_maps(tmp_path, {f"maps/{subject}_{run}": VOLUME for subject in "AB" for run in "12"})
    write_table(tmp_path / "s.tsv", {"subject": list("AABB"), "run": [1, 2, 1, 2], "bad": [1, 0, 0, 1]})
    rule = 'exclusions: [{rule: "Bad", variable: bad, equals: 1}]'
    text = document_text(maps='"maps/{subject}_{run}.nii.gz"', inputs="variables: s.tsv", more=rule)
    (problem,) = refused(tmp_path, text)
    assert problem.message == "2 of 2 subjects lack a run that others have: A (1), B (2)"


def test_a_row_without_a_condition_is_left_out_as_a_missing_value(tmp_path: Path) -> None:
    cells(tmp_path, ["go", "stop"])
    names = [(subject, condition) for subject in PEOPLE for condition in ("go", "stop")]
    columns = {
        "map": [f"maps/{subject}_{condition}.nii.gz" for subject, condition in names],
        "subject": [subject for subject, _ in names],
        "condition": [None if name == ("S03", "stop") else name[1] for name in names],
    }
    write_table(tmp_path / "maps.tsv", columns)

    def text(more: str) -> str:
        design, contrasts = 'formula: "0 + condition"', 'go: "condition[go]"'
        return document_text(maps="{table: maps.tsv}", design=design, contrasts=contrasts, more=more)

    assert [problem.code for problem in refused(tmp_path, text(""))] == ["E311"]
    rule = 'exclusions: [{rule: "Broken", variable: condition, equals: x}]'
    unjudged = refused(tmp_path, text(rule))[1]
    assert (unjudged.code, unjudged.path) == ("E311", ("exclusions", 0, "variable"))
    (problem,) = refused(tmp_path, text("missing: {variable: exclude}"))
    assert problem.message == "1 of 8 subjects lacks a condition that others have: S03 (stop)"
    assert len(planned(tmp_path, text("missing: {variable: exclude, condition: exclude}")).rows) == 14


def test_a_table_that_is_wrong_is_told_alone(tmp_path: Path) -> None:
    people(tmp_path)
    rules = 'exclusions: [{rule: "Moved", variable: mean_fd, above: 0.5}, {rule: "Withdrew", subjects: [S99]}]'
    (problem,) = refused(tmp_path, of_people(rules).replace("people.tsv", "peopel.tsv"))
    assert problem.code == "E306"
