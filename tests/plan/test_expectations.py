"""What is expected of data and design: judged by the plan, in words, for every fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from analyses.simulated import document_text, failure, noise, run, write_image, write_maps, write_table

from glmspec.errors import GlmspecError, Problem
from glmspec.plan.expectations import MEASURES
from glmspec.plan.expected import digits
from glmspec.plan.steps import Plan
from glmspec.spec.quantities import QUANTITIES
from glmspec.spec.source import parse
from glmspec.workflow import compile_source

AGE = [30, 41, 25, 38, 52, 47, 33, 29]
SCORE = [31, 40, 26, 39, 50, 47, 35, 28]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight maps, two covariates that are nearly one, and a group."""
    root = tmp_path_factory.mktemp("expected")
    write_maps(root, {f"maps/S{index}": volume for index, volume in enumerate(noise(3, 8))})
    names = [f"S{index}" for index in range(8)]
    write_table(root / "people.tsv", {"subject": names, "age": AGE, "score": SCORE, "group": list("abababab")})
    return root


def text(expect: str, design: str = 'formula: "1 + age + score"', contrasts: str = "age: age", more: str = "") -> str:
    return document_text(
        inputs="variables: people.tsv", design=design, contrasts=contrasts, more=f"expect: [{expect}]\n{more}"
    )


def planned(folder: Path, document: str) -> Plan:
    return compile_source(parse(document, "analysis.yaml"), folder / "analysis.yaml", folder)[0]


def told(folder: Path, document: str) -> list[tuple[str, str]]:
    checks = planned(folder, document).fits[0].analysis.checks
    return [(check.state, check.text) for check in checks if check.name == "Expectation"]


def refused(folder: Path, document: str) -> tuple[Problem, ...]:
    with pytest.raises(GlmspecError) as caught:
        planned(folder, document)
    return caught.value.problems


def test_every_quantity_is_measured_or_counted_by_the_run() -> None:
    assert {*MEASURES, "n_voxels"} == set(QUANTITIES)


def inflation(column: int) -> float:
    matrix = np.column_stack([np.ones(8), AGE, SCORE]).astype(float)
    others, given = np.delete(matrix, column, axis=1), matrix[:, column]
    residuals = given - others @ np.linalg.lstsq(others, given, rcond=None)[0]
    return np.sum((given - given.mean()) ** 2) / (residuals @ residuals)


VIF = f"{inflation(1):.3g}"
UNIT = np.column_stack([np.array(column) / np.linalg.norm(column) for column in (np.ones(8), AGE, SCORE)])
CONDITION = np.linalg.cond(UNIT)

SENTENCES = {
    "what: n_maps, at_least: 8": ("ok", "n_maps at least 8, as expected: 8."),
    "what: n_maps, above: 8": ("warning", "expected n_maps above 8, found 8."),
    "what: n_maps, equals: 8": ("ok", "n_maps equal to 8, as expected: 8."),
    "what: n_subjects, at_most: 7": ("warning", "expected n_subjects at most 7, found 8."),
    "what: n_excluded, equals: 0": ("ok", "n_excluded equal to 0, as expected: 0."),
    "what: n_groups, equals: 1": ("ok", "n_groups equal to 1, as expected: 1."),
    "what: n_columns, equals: 3": ("ok", "n_columns equal to 3, as expected: 3."),
    "what: rank, at_least: 4": ("warning", "expected rank at least 4, found 3."),
    "what: dof, at_least: 5": ("ok", "dof at least 5, as expected: 5."),
    "what: dof, above: 5, contrasts: [age]": ("warning", "expected dof above 5, found 5 (contrast age)."),
    "what: vif, below: 5, columns: age": ("warning", f"expected vif below 5, found {VIF} (column age)."),
    "what: correlation, below: 0.5": (
        "warning",
        f"expected correlation below 0.5, found {np.corrcoef(AGE, SCORE)[0, 1]:.3g} (age and score).",
    ),
    "what: condition_number, below: 2.5": ("warning", f"expected condition_number below 2.5, found {CONDITION:.3g}."),
}


@pytest.mark.parametrize("entry", SENTENCES)
def test_an_expectation_is_told_with_both_numbers(folder: Path, entry: str) -> None:
    assert told(folder, text(f"{{{entry}}}")) == [SENTENCES[entry]]


def test_of_several_values_the_furthest_is_told_or_all_that_are_beyond(folder: Path) -> None:
    """Two covariates inflate each other alike, so that only rounding says which of the two is the larger."""
    design = 'formula: "1 + age + score + group"'
    ((state, words),) = told(folder, text("{what: vif, below: 5}", design))
    assert (state, words.count("column ")) == ("warning", 2)
    ((state, words),) = told(folder, text("{what: vif, below: 5000}", design))
    assert (state, words.count("column ")) == ("ok", 1)
    assert "as expected: the largest is " in words


def test_what_is_not_met_stops_where_the_document_says_so(folder: Path) -> None:
    entries = "{what: n_maps, at_least: 16, otherwise: stop}, {what: vif, below: 5, columns: [age], otherwise: stop}"
    few, inflated = refused(folder, text(entries))
    assert (few.code, few.path, few.message) == (
        "E407",
        ("expect", 0, "at_least"),
        "expected n_maps at least 16, found 8",
    )
    assert (inflated.path, inflated.message) == (
        ("expect", 1, "below"),
        f"expected vif below 5, found {VIF} (column age)",
    )
    assert told(folder, text("{what: n_maps, at_least: 8, otherwise: stop}")) == [
        ("ok", "n_maps at least 8, as expected: 8.")
    ]


def test_what_is_left_after_exclusions_is_judged(folder: Path) -> None:
    more = 'exclusions: [{rule: "Old", variable: age, above: 45}]'
    entries = "{what: n_maps, at_least: 7}, {what: n_excluded, at_most: 1}, {what: dof, equals: 3}"
    assert told(folder, text(entries, more=more)) == [
        ("warning", "expected n_maps at least 7, found 6."),
        ("warning", "expected n_excluded at most 1, found 2."),
        ("ok", "dof equal to 3, as expected: 3."),
    ]


def test_columns_that_are_not_there_or_do_not_vary_are_errors(folder: Path) -> None:
    (problem,) = refused(folder, text("{what: vif, below: 5, columns: [age, scor]}"))
    assert (problem.code, problem.path) == ("E208", ("expect", 0, "columns", 1))
    assert problem.hint == "did you mean `score`? columns: intercept, age, score"
    (problem,) = refused(folder, text("{what: vif, below: 5, columns: [intercept]}"))
    assert (problem.code, problem.message) == (
        "E205",
        "`intercept` is the same in every row, and there is no variance to judge",
    )


def test_a_column_that_is_a_sum_of_others_is_inflated_without_end(folder: Path) -> None:
    design = 'formula: "1 + group + age"\nfactors: {group: {levels: [a, b]}}'
    write_table(
        folder / "m.tsv",
        {"subject": [f"S{i}" for i in range(8)], "one": [1] * 8, "a": [1, 0] * 4, "b": [0, 1] * 4, "age": AGE},
    )
    assert told(folder, text("{what: vif, below: 5, columns: [b]}", "matrix: m.tsv", "age: age")) == [
        ("warning", "expected vif below 5, found infinite (column b).")
    ]
    assert told(folder, text("{what: vif, at_least: 1}", design, "age: age"))[0][0] == "ok"


def test_groups_of_their_own_variance_are_counted(folder: Path) -> None:
    design = 'formula: "0 + group"\nvariance_groups: group'
    entry = "{what: n_groups, equals: 2}, {what: correlation, at_most: 0.5, columns: ['group[a]']}"
    assert told(folder, text(entry, design, 'a: "group[a]"')) == [
        ("ok", "n_groups equal to 2, as expected: 2."),
        ("warning", "expected correlation at most 0.5, found 1 (group[a] and group[b])."),
    ]


def test_every_fit_is_judged_and_what_stops_is_told_once(tmp_path: Path) -> None:
    volumes = noise(4, 9)
    names = [("x", f"S{i}") for i in range(5)] + [("y", f"T{i}") for i in range(4)]
    write_maps(tmp_path, {f"maps/{c}_{s}": volume for (c, s), volume in zip(names, volumes, strict=True)})

    def of_sites(otherwise: str) -> str:
        more = f"fit_per: [site]\nexpect: [{{what: n_maps, at_least: 5, otherwise: {otherwise}}}]"
        return document_text(maps='"maps/{site}_{subject}.nii.gz"', more=more)

    plan = planned(tmp_path, of_sites("report"))
    found = [[check.text for check in fit.analysis.checks if check.name == "Expectation"] for fit in plan.fits]
    assert found == [["n_maps at least 5, as expected: 5."], ["expected n_maps at least 5, found 4."]]
    (problem,) = refused(tmp_path, of_sites("stop"))
    assert problem.message == "expected n_maps at least 5, found 4 (site-y)"


def test_voxels_are_counted_by_the_run(folder: Path) -> None:
    mask = np.zeros((14, 16, 12), np.uint8)
    mask[5:8, 7:9, 6] = 1
    write_image(folder / "mask.nii.gz", mask)
    inputs = "variables: people.tsv\nmask: mask.nii.gz"
    expect = "expect: [{what: n_voxels, at_least: 4, otherwise: stop}, {what: n_voxels, above: 6}]"
    done = run(folder, document_text(inputs=inputs, more=expect), out="voxels")
    assert done.checks.splitlines()[-2:] == [
        "Expectation: n_voxels at least 4, as expected: 6.",
        "Expectation: expected n_voxels above 6, found 6.",
    ]
    facts = done.index["analysis"]["expectations"]
    assert [(entry["what"], entry["met"], entry["failing"]) for entry in facts] == [
        ("n_voxels", True, []),
        ("n_voxels", False, [["", 6]]),
    ]
    error = failure(folder, document_text(inputs=inputs, more=expect.replace("at_least: 4", "at_least: 7")))
    assert error.exit_code == 4
    (problem,) = error.problems
    assert (problem.code, problem.path) == ("E407", ("expect", 0, "at_least"))
    assert problem.message == "expected n_voxels at least 7, found 6"


def test_expectations_and_exclusions_are_facts_of_the_results(folder: Path) -> None:
    more = 'exclusions: [{rule: "Old", variable: age, above: 45, unit: years}, {rule: "Slept"}]'
    done = run(folder, text("{what: vif, below: 5, columns: [age]}", more=more), out="facts")
    analysis = done.index["analysis"]
    assert analysis["exclusions"] == [
        {
            "rule": "Old",
            "kind": "evaluated",
            "bound": "age above 45 years",
            "excluded": ["S4", "S5"],
            "of": 8,
            "counted": "subjects",
        },
        {"rule": "Slept", "kind": "declared", "bound": "", "excluded": [], "of": 0, "counted": "subjects"},
    ]
    assert analysis["left_out"] == {"excluded": 2, "of": 8, "counted": "subjects"}
    (entry,) = analysis["expectations"]
    assert (entry["bound"], entry["limit"], entry["otherwise"], entry["met"]) == ("below", 5, "report", False)
    assert entry["failing"][0][0] == "column age"
    report = (done.folder / "report.html").read_text("utf-8")
    assert "age above 45 years" in report
    assert "expected vif below 5" in report


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [
        (7.2, 5, "7.2"),
        (4.99996, 5, "4.99996"),
        (5.00004, 5, "5.00004"),
        (float("inf"), 5, "infinite"),
        (24.0, 16, "24"),
    ],
)
def test_a_value_has_the_digits_that_tell_it_from_the_limit(value: float, limit: float, text: str) -> None:
    assert digits(value, limit) == text
