"""Exclusions and expectations where rows are scans: subjects by name, quantities of every run."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from analyses.simulated import write_image, write_table

from glmspec.errors import GlmspecError, Problem
from glmspec.plan.steps import Plan
from glmspec.spec.source import parse
from glmspec.workflow import compile_source

DOCUMENT = """\
glmspec: 1
name: runs
level: first
inputs:
  runs: {bold: "sub-{subject}_run-{run}_bold.nii.gz", events: "sub-{subject}_run-{run}_events.tsv"}
  repetition_time: 2.0
design: {drift: {model: polynomial, order: 1}, noise: {model: ols}, scaling: none}
contrasts: {tone: tone}
"""
SCANS = {("01", "1"): 30, ("01", "2"): 30, ("02", "1"): 30, ("02", "2"): 24, ("03", "1"): 30}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three subjects; the second run of one is short, that of another is not there."""
    root = tmp_path_factory.mktemp("runs")
    for (subject, run), scans in SCANS.items():
        values = np.random.default_rng(scans).normal(100, 1, (3, 3, 3, scans)).astype(np.float32)
        write_image(root / f"sub-{subject}_run-{run}_bold.nii.gz", values)
        events = {"onset": [4, 20, 34], "duration": [2, 2, 2], "trial_type": ["tone"] * 3}
        write_table(root / f"sub-{subject}_run-{run}_events.tsv", events)
    return root


def planned(folder: Path, more: str) -> Plan:
    return compile_source(parse(DOCUMENT + more, "runs.yaml"), folder / "runs.yaml", folder)[0]


def refused(folder: Path, more: str) -> tuple[Problem, ...]:
    with pytest.raises(GlmspecError) as caught:
        planned(folder, more)
    return caught.value.problems


def told(plan: Plan, fit: int = 0) -> list[str]:
    names = ("Exclusion", "Missing runs", "Left out", "Expectation")
    checks = (*plan.study.checks, *plan.fits[fit].analysis.checks)
    return [check.text for check in checks if check.name in names]


def test_subjects_are_left_out_by_name_before_runs_are_compared(folder: Path) -> None:
    plan = planned(folder, 'exclusions: [{rule: "Withdrew", subjects: [sub-03]}, {rule: "Slept"}]')
    assert [fit.analysis.folder for fit in plan.fits] == ["sub-01", "sub-02"]
    assert told(plan) == [
        'excluded by "Withdrew": 1 of 3 subjects: 03.',
        '"Slept": declared, not evaluated.',
        "1 of 3 subjects is left out in all; 2 stay.",
    ]


def test_subjects_without_a_run_are_counted_with_them(folder: Path) -> None:
    plan = planned(folder, "missing: {run: exclude}\nexpect: [{what: n_excluded, equals: 1}]")
    assert told(plan) == [
        "1 of 3 subjects is left out, for lack of a run that others have: 03 (2).",
        "1 of 3 subjects is left out in all; 2 stay.",
        "n_excluded equal to 1, as expected: 1.",
    ]
    (entry,) = plan.fits[0].analysis.exclusions.entries
    assert (entry.kind, entry.excluded, entry.of) == ("missing", ("03",), 3)


def test_a_subject_that_is_not_there_is_an_error(folder: Path) -> None:
    (problem,) = refused(folder, 'missing: {run: accept}\nexclusions: [{rule: "Withdrew", subjects: ["02", "033"]}]')
    assert (problem.code, problem.path) == ("E313", ("exclusions", 0, "subjects", 1))
    assert (problem.message, problem.hint) == (
        "there is no subject `033` to exclude",
        "did you mean `03`? subjects: 01, 02, 03",
    )


@pytest.mark.parametrize("rows", [False, True], ids=["patterns", "rows"])
def test_what_an_excluded_subject_lacks_is_not_asked_for(folder: Path, tmp_path: Path, rows: bool) -> None:
    """Its events are not there, and among rows its image neither."""
    shutil.copytree(folder, tmp_path / "runs")
    (tmp_path / "runs/sub-03_run-1_events.tsv").unlink()
    text = DOCUMENT
    if rows:
        (tmp_path / "runs/sub-03_run-1_bold.nii.gz").unlink()
        named = [f'{{name: "{run}", subject: "{subject}", bold: sub-{subject}_run-{run}_bold.nii.gz, '
                 f"events: sub-{subject}_run-{run}_events.tsv}}" for subject, run in SCANS]  # fmt: skip
        old = text[text.index("  runs: ") : text.index("  repetition_time")]
        text = text.replace(old, f"  runs: [{', '.join(named)}]\n")
    rule = 'exclusions: [{rule: "Withdrew", subjects: [sub-03]}]\n'
    source = parse(text + rule, "runs.yaml")
    plan = compile_source(source, tmp_path / "runs/runs.yaml", tmp_path / "runs")[0]
    assert [fit.analysis.folder for fit in plan.fits] == ["sub-01", "sub-02"]
    assert told(plan)[0] == 'excluded by "Withdrew": 1 of 3 subjects: 03.'
    with pytest.raises(GlmspecError, match="sub-03_run-1_events"):
        compile_source(parse(text, "runs.yaml"), tmp_path / "runs/runs.yaml", tmp_path / "runs")


def test_nobody_left_is_an_error(folder: Path) -> None:
    (problem,) = refused(folder, 'exclusions: [{rule: "All of them", subjects: ["01", "02", "03"]}]')
    assert (problem.code, problem.message) == ("E327", "no run is left to analyse")


def test_quantities_of_every_run_are_judged(folder: Path) -> None:
    more = "missing: {run: accept}\nexpect:\n"
    more += "  - {what: n_scans, at_least: 28}\n  - {what: n_runs, at_least: 2}\n  - {what: n_subjects, equals: 3}\n"
    more += "  - {what: dof, above: 40}\n  - {what: vif, below: 2, columns: tone}\n  - {what: n_censored, at_most: 0}\n"
    plan = planned(folder, more)
    assert [told(plan, fit)[1:] for fit in range(3)][1][:4] == [
        "expected n_scans at least 28, found 24 (run-2).",
        "n_runs at least 2, as expected: 2.",
        "n_subjects equal to 3, as expected: 3.",
        "dof above 40, as expected: 48.",
    ]
    assert told(plan, 2)[2] == "expected n_runs at least 2, found 1."
    assert told(plan)[5].startswith("vif below 2, as expected: ")
    assert told(plan)[6] == "n_censored at most 0, as expected: 0."


def test_what_stops_names_runs_and_fits(folder: Path) -> None:
    more = "missing: {run: accept}\nexpect: [{what: n_scans, equals: 30, otherwise: stop}]"
    (problem,) = refused(folder, more)
    assert (problem.code, problem.message) == ("E407", "expected n_scans equal to 30, found 24 (run-2 of sub-02)")


GROUP = """\
glmspec: 1
name: group
level: second
inputs: {maps: {analysis: runs.yaml, contrast: tone}}
design: {formula: "1"}
contrasts: {mean: intercept}
exclusions: [{rule: "Left early", subjects: ["02"]}]
expect: [{what: n_maps, equals: 2}]
"""


def test_a_group_may_leave_out_a_subject_whom_the_first_level_keeps(folder: Path) -> None:
    (folder / "runs.yaml").write_text(DOCUMENT + "missing: {run: accept}\n", "utf-8")
    plan, _ = compile_source(parse(GROUP, "group.yaml"), folder / "group.yaml", folder)
    assert told(plan)[:2] == [
        'excluded by "Left early": 1 of 3 subjects: 02.',
        "1 of 3 subjects is left out in all; 2 stay.",
    ]
    assert not any("sub-02" in step.label for step in plan.steps)
    assert told(plan)[-1] == "n_maps equal to 2, as expected: 2."
