"""Scans that rules take out, each by a column."""

from __future__ import annotations

import numpy as np
import pytest

from .written import WITH_CONFOUNDS, outcome, write_run

FD = [None, *[0.1] * 59]


def made(folder, rules, marked, inputs="", missing=FD):
    """A run whose displacement is 0.9 in the marked scans, counted from 1."""
    values = [0.9 if scan + 1 in marked else value for scan, value in enumerate(missing)]
    write_run(folder / "run-1", confounds={"fd": values, "signal": [10 - scan for scan in range(60)]})
    return outcome(folder, runs=WITH_CONFOUNDS, design=f"{{censor: {rules}}}", inputs=inputs)


@pytest.mark.parametrize(
    ("rules", "marked", "scans"),
    [
        ("[{confound: fd, above: 0.5}]", {17, 30}, (17, 30)),
        ("[{confound: fd, above: 0.9}]", {17}, ()),
        ("[{confound: fd, above: 0.5, after: 1}]", {17, 60}, (17, 18, 60)),
        ("[{confound: fd, above: 0.5, before: 2}]", {2, 17}, (1, 2, 15, 16, 17)),
        ("[{confound: signal, below: -47}]", set(), (59, 60)),
        ("[{confound: fd, above: 0.5, after: 1}, {confound: signal, above: 8}]", {2}, (1, 2, 3)),
    ],
)
def test_rules(tmp_path, rules, marked, scans):
    """Beyond the bound, never at it; a first scan whose displacement is not known is not beyond it."""
    model = made(tmp_path, rules, marked).model
    assert model.censored == scans
    names = [f"censored_{scan}" for scan in scans]
    assert [name for name in model.columns if name.startswith("censored")] == names
    for scan, name in zip(scans, names, strict=True):
        np.testing.assert_array_equal(model.matrix[:, model.columns.index(name)], np.arange(60) == scan - 1)


def test_scans_keep_the_numbers_of_the_file_where_some_are_discarded(tmp_path):
    """A discarded scan has no column, and takes out the scan after it."""
    model = made(tmp_path, "[{confound: fd, above: 0.5, after: 1}]", {2, 4, 17}, "discard: {initial: 4}").model
    assert model.censored == (5, 17, 18)
    assert model.matrix[:, model.columns.index("censored_17")].nonzero()[0].tolist() == [12]


def test_censored_scans_are_counted_for_each_run(tmp_path):
    assert made(tmp_path, "[{confound: fd, above: 0.5}]", {17, 18}).notes == [
        "Censored scans [note]: Each has a column of its own (in 1 of 1 run): run-1 (2)."
    ]
    assert made(tmp_path, "[{confound: fd, above: 0.5}]", set()).notes == [
        "Censored scans [note]: Each has a column of its own (in 1 of 1 run): run-1 (0)."
    ]


def test_where_all_scans_are_censored_nothing_is_left(tmp_path):
    assert made(tmp_path, "[{confound: signal, below: 100}]", set()).problems == [
        (
            "[E403] at design.censor[0]: `censor` takes out 60 of the 60 scans of run-1; none is left for the other "
            "4 columns: give the rule another bound, or leave the run out"
        )
    ]


def test_where_the_scans_that_are_left_do_not_suffice_the_rules_are_blamed(tmp_path):
    rules = "[{confound: signal, below: 6.5}, {confound: fd, above: 0.5}]"
    assert made(tmp_path, rules, {1}).problems == [
        (
            "[E403] at design.censor: `censor` takes out 57 of the 60 scans of run-1; the 3 that are left do not "
            "suffice for the other 4 columns: give the rule another bound, or leave the run out"
        )
    ]


def test_where_other_columns_are_too_many_no_rule_is_blamed(tmp_path):
    write_run(tmp_path / "run-1", confounds={"fd": [0.9, *[0.1] * 59]})
    design = "{censor: [{confound: fd, above: 0.5}], drift: {model: cosine, high_pass: 1}}"
    (problem,) = outcome(tmp_path, runs=WITH_CONFOUNDS, design=design).problems
    assert problem.startswith("[E403] at design: run-1: 60 scans and a design of rank 60")


REFUSED = {
    "a misspelt confound": (
        "[{confound: fdd, above: 0.5}]",
        FD,
        (
            "[E310] at design.censor[0].confound: `run-1/confounds.tsv` has no column `fdd`; "
            "did you mean `fd`? columns: fd, signal"
        ),
    ),
    "a hole": (
        "[{confound: fd, above: 0.5}]",
        [*[0.1] * 30, None, *[0.1] * 29],
        (
            "[E310] at inputs.runs.confounds: line 32 of `run-1/confounds.tsv` has no `fd`; "
            "n/a may stand at the beginning alone, where a derivative is not known yet (run-1/confounds.tsv:32)"
        ),
    ),
    "a table that is too short": (
        "[{confound: fd, above: 0.5}]",
        [0.1] * 59,
        (
            "[E310] at inputs.runs.confounds: `run-1/confounds.tsv` has 59 lines, and `run-1/bold.nii` has 60 volumes; "
            "a table has a line for every volume of the file"
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_rules_that_cannot_be_followed(tmp_path, case):
    rules, values, problem = REFUSED[case]
    write_run(tmp_path / "run-1", confounds={"fd": values, "signal": values})
    assert outcome(tmp_path, runs=WITH_CONFOUNDS, design=f"{{censor: {rules}}}").problems == [problem]
