"""Responses and drifts by their names, and settings and files that contradict each other."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from glmspec.core.drift import DRIFTS
from glmspec.core.hrf import HRFS
from glmspec.spec.hrf import CosineDrift, Fir, Glover, NoDrift, NoHrf, PolynomialDrift, Spm

from .written import motion, outcome, write_bold, write_run, write_table


def tags(*models):
    """What the document writes for each."""
    return {get_args(model.model_fields["model"].annotation)[0] for model in models}


def test_every_response_and_drift_of_the_language_has_its_function():
    assert tags(Spm, Glover, Fir, NoHrf) == set(HRFS)
    assert tags(CosineDrift, PolynomialDrift, NoDrift) == set(DRIFTS)


COLUMNS = {
    "glover": ["face", "house"],
    "{model: glover, derivatives: [time, dispersion]}": [
        *("face", "face_derivative", "face_dispersion"),
        *("house", "house_derivative", "house_dispersion"),
    ],
    "{model: spm, derivatives: [time]}": ["face", "face_derivative", "house", "house_derivative"],
    "{model: fir, delays: [0, 2]}": ["face_delay_0", "face_delay_2", "house_delay_0", "house_delay_2"],
    "none": ["face", "house"],
}


@pytest.mark.parametrize("hrf", COLUMNS)
def test_columns_of_each_response(tmp_path, hrf):
    write_run(tmp_path / "run-1")
    model = outcome(tmp_path, design=f"{{hrf: {hrf}, drift: none}}").model
    assert list(model.columns) == [*COLUMNS[hrf], "constant"]
    assert list(model.task) == COLUMNS[hrf]


@pytest.mark.parametrize(
    ("drift", "count"),
    [
        ("{model: cosine, high_pass: 0.02}", 4),
        ("{model: cosine, period: 50}", 4),
        ("{model: polynomial, order: 3}", 3),
        ("none", 0),
    ],
)
def test_columns_of_each_drift(tmp_path, drift, count):
    write_run(tmp_path / "run-1")
    model = outcome(tmp_path, design=f"{{drift: {drift}}}").model
    assert model.columns[2:] == (*(f"drift_{number + 1}" for number in range(count)), "constant")


def test_a_period_is_the_reciprocal_of_a_cut_off(tmp_path):
    write_run(tmp_path / "run-1")
    one = outcome(tmp_path, design="{drift: {model: cosine, period: 40}}").model
    two = outcome(tmp_path, design="{drift: {model: cosine, high_pass: 0.025}}").model
    np.testing.assert_array_equal(one.matrix, two.matrix)


DELAYS = "[E203] at design.hrf: delays are numbers of scans, 0 or more, each once, not "
REFUSED = {
    "{hrf: {model: fir, delays: [0, 0]}}": f"{DELAYS}[0, 0]",
    "{hrf: {model: fir, delays: [-1]}}": f"{DELAYS}[-1]",
    "{hrf: {model: spm, derivatives: [time, time]}}": (
        "[E203] at design.hrf: derivatives are time and dispersion, each once, not ['time', 'time']"
    ),
    "{drift: {model: polynomial, order: 60}}": (
        "[E403] at design.drift: the order of a polynomial drift of 60 scans is 0 to 59, not 60"
    ),
    "{drift: {model: polynomial, order: 36}}": (
        "[E324] at design.drift.order: in 60 scans, the drift of order 17 cannot be told from the lower ones; "
        "numbers of 16 digits have no more: slow drifts are polynomials of a few orders"
    ),
    "{drift: {model: cosine, high_pass: 1}}": (
        "[E403] at design: run-1: 60 scans and a design of rank 60 leave no degrees of freedom; "
        "more scans, or fewer columns"
    ),
}


@pytest.mark.parametrize("design", REFUSED)
def test_settings_that_make_no_columns(tmp_path, design):
    write_run(tmp_path / "run-1")
    assert outcome(tmp_path, design=design).problems == [REFUSED[design]]


READY = "{name: run-1, bold: run-1/bold.nii, design: x.tsv"
BUILT = "{name: run-1, bold: run-1/bold.nii, events: run-1/events.tsv"


@pytest.fixture
def folder(tmp_path):
    """A run with everything, and a ready-made matrix."""
    write_run(tmp_path / "run-1", confounds=motion(), regressors={"pcc": range(60)})
    write_table(tmp_path / "x.tsv", {"a": [*range(59), 3], "constant": [1] * 60})
    write_bold(tmp_path / "rest.nii")
    return tmp_path


CONTRADICTIONS = {
    "a matrix and events": (
        f"[{READY}, events: run-1/events.tsv}}]",
        "{}",
        (
            "[E205] at inputs.runs[0].events: run-1 has a ready-made matrix, and `events` would build one; "
            "keep one of the two"
        ),
    ),
    "a matrix and confounds": (
        f"[{READY}, confounds: run-1/confounds.tsv}}]",
        "{}",
        (
            "[E205] at inputs.runs[0].confounds: run-1 has a ready-made matrix, and `confounds` would build one; "
            "keep one of the two"
        ),
    ),
    "matrices and a response": (
        f"[{READY}}}]",
        "{hrf: spm}",
        "[E205] at design.hrf: every run has a ready-made matrix, and `hrf` builds one; leave it out",
    ),
    "names and no matrix": (
        f"[{BUILT}}}]",
        "{columns: [a]}",
        (
            "[E205] at design.columns: no run has a ready-made matrix, and `columns` names the columns of one; "
            "give the runs `design: {file: ...}`, or leave it out"
        ),
    ),
    "unnamed columns and no matrix": (
        f"[{BUILT}}}]",
        "{unnamed: nuisance}",
        (
            "[E205] at design.unnamed: no run has a ready-made matrix, and `unnamed` names the columns of one; "
            "give the runs `design: {file: ...}`, or leave it out"
        ),
    ),
    "nothing to build of": (
        "[{name: rest, bold: rest.nii}]",
        "{}",
        (
            "[E306] at inputs.runs[0]: rest has neither events nor regressors nor a ready-made matrix; "
            "name one of them with `events:`, `regressors:` or `design:`"
        ),
    ),
    "conditions and no events": (
        f"[{BUILT}}}, {{name: run-2, bold: rest.nii}}]",
        "{}",
        (
            "[E306] at inputs.runs[1]: run-2 has no table of events, and the design asks for `face`, `house`; "
            "name it with `events:`"
        ),
    ),
    "confounds and no table": (
        f"[{BUILT}}}]",
        "{confounds: [csf, {any: motion_*}], censor: [{confound: fd, above: 1}]}",
        (
            "[E306] at inputs.runs[0]: run-1 has no table of confounds, "
            "and the design asks for `csf`, `motion_*`, `fd`; name it with `confounds:`"
        ),
    ),
    "regressors and no table": (
        f"[{BUILT}}}]",
        "{regressors: pcc}",
        (
            "[E306] at inputs.runs[0]: run-1 has no table of regressors, and the design asks for `pcc`; "
            "name it with `regressors:`"
        ),
    ),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_settings_and_files_that_contradict_each_other(folder, case):
    rows, design, problem = CONTRADICTIONS[case]
    assert outcome(folder, runs=rows, design=design).problems == [problem]


def test_patterns_that_contradict_each_other_are_told_once(folder):
    write_run(folder / "run-2")
    patterns = '{bold: "run-{run}/bold.nii", events: "run-{run}/events.tsv", design: x.tsv}'
    assert outcome(folder, runs=patterns).problems == [
        "[E205] at inputs.runs.events: run-1 has a ready-made matrix, and `events` would build one; keep one of the two"
    ]
