"""Confounds and regressors by name: which columns, in which scans, and when a column says nothing."""

from __future__ import annotations

import numpy as np
import pytest

from .written import VOLUMES, WITH_CONFOUNDS, motion, outcome, write_bold, write_run, write_table


def made(folder, entries, table=None, inputs=""):
    """One run with confounds."""
    write_run(folder / "run-1", confounds=motion() if table is None else table)
    return outcome(folder, runs=WITH_CONFOUNDS, design=f"{{confounds: {entries}}}", inputs=inputs)


def confounds(model):
    """Names of the confounds' columns, between the conditions and the drifts."""
    return [name for name in model.columns if name not in ("face", "house", "drift_1", "constant")]


WIDE = {"rot_x": range(60), "trans_x": [0.5] * 59 + [1], "csf": [*range(59), 7], "trans_y": [*range(30), *range(30)]}


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ("[trans_*]", ["trans_x", "trans_y"]),
        ("[csf, rot_x]", ["rot_x", "csf"]),
        ("[trans_y, 'trans_?', trans_*]", ["trans_x", "trans_y"]),
        ("[{any: motion*}, csf]", ["csf"]),
        ("['*']", ["rot_x", "trans_x", "csf", "trans_y"]),
    ],
)
def test_columns_by_name_and_wildcard_once_in_the_order_of_the_table(tmp_path, entries, names):
    model = made(tmp_path, entries, WIDE).model
    assert confounds(model) == names
    for name in names:
        np.testing.assert_array_equal(model.matrix[:, model.columns.index(name)], np.asarray(WIDE[name], dtype=float))


def test_a_name_with_brackets_is_itself(tmp_path):
    assert confounds(made(tmp_path, "['a[1]']", {"a[1]": range(60), "a1": range(60)}).model) == ["a[1]"]


def test_case_matters(tmp_path):
    assert made(tmp_path, "[CSF]", WIDE).problems == [
        (
            "[E310] at design.confounds[0]: no column of `run-1/confounds.tsv` fits `CSF`; "
            "did you mean `csf`? columns: rot_x, trans_x, csf, trans_y"
        )
    ]


def test_discarded_scans_leave_the_confounds_as_well(tmp_path):
    model = made(tmp_path, "[csf]", WIDE, "discard: {initial: 4}").model
    np.testing.assert_array_equal(model.matrix[:, model.columns.index("csf")], [*range(4, 59), 7])


def test_what_begins_with_na_begins_with_zero_and_is_counted(tmp_path):
    table = {"a": [None, *range(59)], "b": [None, None, *range(58)], "c": range(60)}
    found = made(tmp_path, "[a, b, c]", table)
    np.testing.assert_array_equal(found.model.matrix[:, found.model.columns.index("b")], [0, 0, *range(58)])
    assert found.notes == [
        "Tables [note]: Columns of confounds that begin with n/a begin with 0 here (in 1 of 1 run): run-1 (a, b)."
    ]


def test_what_is_unknown_in_discarded_scans_alone_is_no_matter(tmp_path):
    found = made(tmp_path, "[a]", {"a": [None, *range(59)]}, "discard: {initial: 1}")
    assert found.problems == found.notes == []


def test_an_optional_column_that_says_nothing_is_left_out_and_named(tmp_path):
    """An outlier among the discarded scans is an indicator of zeros."""
    table = {"motion_outlier00": [1] + [0] * 59, "motion_outlier01": [0] * 30 + [1] + [0] * 29, "csf": range(60)}
    found = made(tmp_path, "[{any: motion_outlier*}, csf]", table, "discard: {initial: 2}")
    assert confounds(found.model) == ["motion_outlier01", "csf"]
    assert found.notes == [
        (
            "Tables [note]: Columns of {any: motion_outlier*} that are the same in every scan are left out "
            "(in 1 of 1 run): run-1 (motion_outlier00)."
        )
    ]


def test_an_optional_wildcard_that_fits_nothing_is_noted(tmp_path):
    write_run(tmp_path / "run-1", confounds={"outlier0": [1] + [0] * 59, "csf": range(60)})
    write_run(tmp_path / "run-2", confounds={"csf": range(60)})
    found = outcome(tmp_path, runs=WITH_CONFOUNDS, design="{confounds: [csf, {any: outlier*}]}")
    assert found.problems == []
    assert [len(model.columns) for model in found.models] == [6, 5]
    assert "Tables [note]: No column fits {any: outlier*} (in 1 of 2 runs): run-2." in found.notes


HERE = "[E310] at inputs.runs.confounds: "
FILE = "`run-1/confounds.tsv`"
SAYS = "it says nothing beside the constant: leave it out, or write {any: ...}, which leaves such columns out"
REFUSED = {
    "a table that is too short": (
        "[a]",
        {"a": range(58)},
        "",
        [
            (
                f"{HERE}{FILE} has 58 lines, and `run-1/bold.nii` has 60 volumes; "
                "a table has a line for every volume of the file"
            )
        ],
    ),
    "a table without the discarded scans": (
        "[a]",
        {"a": range(56)},
        "discard: {initial: 4}",
        [
            (
                f"{HERE}{FILE} has 56 lines, and `run-1/bold.nii` has 60 volumes; "
                "a table has a line for every volume of the file, also for those that are discarded"
            )
        ],
    ),
    "a hole": (
        "[a]",
        {"a": [*range(30), None, *range(29)]},
        "",
        [
            (
                f"{HERE}line 32 of {FILE} has no `a`; "
                "n/a may stand at the beginning alone, where a derivative is not known yet (@32)"
            )
        ],
    ),
    "text": (
        "[a]",
        {"a": [*range(59), "high"]},
        "",
        [
            (
                f"{HERE}line 61 of {FILE} has `high` as `a`, where a number belongs; "
                "numbers have a decimal point; write n/a where nothing is known (@61)"
            )
        ],
    ),
    "nothing at all": (
        "[a]",
        {"a": [None] * 60, "b": range(60)},
        "",
        [f"{HERE}the column `a` of {FILE} holds no number"],
    ),
    "zeros": (
        "[b, a]",
        {"a": [0] * 60, "b": range(60)},
        "",
        [f"[E324] at design.confounds[1]: the confound `a` of run-1 is 0 in every scan that is analysed; {SAYS}"],
    ),
    "zeros by a wildcard of two": (
        "[{any: a}, a*]",
        {"a": [2.5] * 60, "b": range(60)},
        "",
        [f"[E324] at design.confounds[1]: the confound `a` of run-1 is 2.5 in every scan that is analysed; {SAYS}"],
    ),
    "a wildcard that fits nothing": (
        "[a, motion_*]",
        {"a": range(60), "movement_1": range(60)},
        "",
        [(f"[E310] at design.confounds[1]: no column of {FILE} fits `motion_*`; columns: a, movement_1")],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_confounds_that_cannot_be_meant(tmp_path, case):
    entries, table, inputs, problems = REFUSED[case]
    found = made(tmp_path, entries, table, inputs).problems
    assert [problem.replace("(run-1/confounds.tsv:", "(@") for problem in found] == problems


def test_columns_that_are_not_asked_for_may_hold_anything(tmp_path):
    table = {"a": range(60), "b": ["text", None] * 30}
    assert made(tmp_path, "[a]", table).problems == []


def test_a_table_that_is_not_used_is_a_warning(tmp_path):
    assert made(tmp_path, "[]").notes == [
        (
            "Tables [warning]: The table of confounds is not used: the design names none of its columns "
            "(in 1 of 1 run): run-1."
        )
    ]


def test_regressors_are_of_interest_and_need_no_events(tmp_path):
    """A run at rest: its seed's time course, and confounds."""
    write_bold(tmp_path / "bold.nii")
    write_table(tmp_path / "seeds.tsv", {"pcc": [*range(59), 3], "v1": range(60)})
    write_table(tmp_path / "confounds.tsv", motion())
    row = "[{name: rest, bold: bold.nii, regressors: seeds.tsv, confounds: confounds.tsv}]"
    found = outcome(tmp_path, runs=row, design="{regressors: [pcc], confounds: [motion_*], drift: none}")
    assert found.model.columns == ("pcc", "motion_1", "motion_2", "constant")
    assert found.model.task == ("pcc",)
    assert found.model.conditions == {}
    assert found.notes == []


def test_a_regressor_that_says_nothing(tmp_path):
    write_bold(tmp_path / "bold.nii")
    write_table(tmp_path / "seeds.tsv", {"pcc": [1] * VOLUMES})
    row = "[{name: rest, bold: bold.nii, regressors: seeds.tsv}]"
    assert outcome(tmp_path, runs=row, design="{regressors: [pcc]}").problems == [
        f"[E324] at design.regressors[0]: the regressor `pcc` of rest is 1 in every scan that is analysed; {SAYS}"
    ]
