"""When scans are taken: whose repetition time counts, and what is discarded."""

from __future__ import annotations

import numpy as np
import pytest

from .written import EVENTS, PATTERNS, document, outcome, write_bold, write_run, write_table

A_STEP = 0.02
"""Onsets are rounded to the fine grid, which begins with the first scan: a step of it changes these columns by so much,
and half a scan by 0.3."""
NONE, MILLISECONDS, MICROSECONDS = 0, 16, 24


def written(folder, time=2.0, unit=8, volumes=60):
    """One run whose header says this."""
    write_bold(folder / "run-1/bold.nii", volumes, time, unit)
    write_table(folder / "run-1/events.tsv", EVENTS)


@pytest.mark.parametrize(("time", "unit"), [(2.0, 8), (2000, MILLISECONDS), (2e6, MICROSECONDS)])
def test_the_header_says_it_in_its_unit(tmp_path, time, unit):
    written(tmp_path, time, unit)
    assert outcome(tmp_path).model.repetition_time == pytest.approx(2.0)


def test_the_document_goes_before_the_header_and_says_so(tmp_path):
    for run in "12":
        write_run(tmp_path / f"run-{run}")
    found = outcome(tmp_path, inputs="repetition_time: 2.5")
    assert found.problems == []
    assert [model.repetition_time for model in found.models] == [2.5, 2.5]
    assert found.notes == [
        (
            "Repetition time [warning]: The repetition time is the document's, and the header has another "
            "(in 2 of 2 runs): run-1 (2.5 s, in the header 2 s), run-2 (2.5 s, in the header 2 s)."
        )
    ]


def test_a_difference_of_rounding_is_none(tmp_path):
    written(tmp_path, 1.9995)
    assert outcome(tmp_path, inputs="repetition_time: 2.0").notes == []


def test_a_row_goes_before_the_document(tmp_path):
    written(tmp_path, unit=NONE)
    row = "[{name: a, bold: run-1/bold.nii, events: run-1/events.tsv, repetition_time: 1.5}]"
    assert outcome(tmp_path, runs=row, inputs="repetition_time: 2.0").model.repetition_time == 1.5


ROW = "[{name: a, bold: run-1/bold.nii, events: run-1/events.tsv, repetition_time: 1500}]"
HINT = "write it in seconds, as `repetition_time: 2.0` under `inputs`"
UNKNOWN = (
    "[E319] at inputs.runs.bold: the header of `run-1/bold.nii` does not say how long it takes from scan to scan; "
)
REFUSED = {
    "no unit": ((1.0, NONE), {}, UNKNOWN + HINT),
    "no time": ((0.0, 8), {}, UNKNOWN + HINT),
    "a negative time": ((-2.0, 8), {}, UNKNOWN + HINT),
    "milliseconds called seconds": (
        (2000, 8),
        {},
        f"[E319] at inputs.runs.bold: the header of `run-1/bold.nii` says 2000 s from scan to scan; {HINT}",
    ),
    "milliseconds in the document": (
        (2.0, 8),
        {"inputs": "repetition_time: 2000"},
        "[E319] at inputs.repetition_time: a repetition time of 2000 s is longer than any scan takes; in seconds: 2?",
    ),
    "milliseconds in a row": (
        (2.0, 8),
        {"runs": ROW},
        (
            "[E319] at inputs.runs[0].repetition_time: a repetition time of 1500 s is longer than any scan takes; "
            "in seconds: 1.5?"
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_repetition_time_that_cannot_be_meant(tmp_path, case):
    header, sections, problem = REFUSED[case]
    written(tmp_path, *header)
    assert outcome(tmp_path, **sections).problems == [problem]


def test_a_ready_made_matrix_needs_no_repetition_time(tmp_path):
    write_bold(tmp_path / "bold.nii", 20, 1.0, NONE)
    write_table(tmp_path / "x.tsv", {"a": range(20), "constant": [1] * 20})
    assert outcome(tmp_path, runs="[{name: one, bold: bold.nii, design: x.tsv}]").model.repetition_time is None


def test_discarded_scans_leave_the_clock_where_it_was(tmp_path):
    """Rows of the whole run's design, less those discarded: but for the drift, which begins later."""
    written(tmp_path)
    whole = outcome(tmp_path, design="{drift: none}").model
    later = outcome(tmp_path, inputs="discard: {initial: 4}", design="{drift: none}").model
    assert (later.volumes, later.discard, later.scans) == (60, 4, 56)
    np.testing.assert_allclose(later.matrix, whole.matrix[4:], atol=A_STEP)


def test_the_slice_time_reference_is_a_share_of_the_repetition_time(tmp_path):
    """Half a scan later in every scan, so events as much earlier give the same columns."""
    written(tmp_path)
    middle = outcome(tmp_path, design="{slice_time_reference: 0.5}").model
    earlier = {**EVENTS, "onset": [onset - 1.0 for onset in EVENTS["onset"]]}
    write_table(tmp_path / "run-1/events.tsv", earlier)
    np.testing.assert_allclose(middle.matrix, outcome(tmp_path).model.matrix, atol=A_STEP)


def test_a_single_volume_is_no_run(tmp_path):
    written(tmp_path, volumes=1)
    assert outcome(tmp_path).problems == [
        "[E309] at inputs.runs.bold: `run-1/bold.nii` is a single volume; a run is a 4D image"
    ]


def test_something_is_left_when_scans_are_discarded(tmp_path):
    written(tmp_path, volumes=20)
    assert outcome(tmp_path, inputs="discard: {initial: 19}").problems == [
        "[E403] at inputs.discard.initial: run-1 has 20 scans, and 19 are discarded; at least 2 scans are needed"
    ]


def test_every_run_that_is_wrong_counts_and_four_are_told(tmp_path):
    for run in range(1, 8):
        write_bold(tmp_path / f"run-{run}/bold.nii", unit=NONE)
        write_table(tmp_path / f"run-{run}/events.tsv", EVENTS)
    problems = outcome(tmp_path, document(PATTERNS)).problems
    assert len(problems) == 4
    assert problems[3].endswith(f"{HINT}\n3 more runs cannot be used, for this reason or another: run-5, run-6, run-7")
