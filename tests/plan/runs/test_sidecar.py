"""The sidecar beside a run's images: whose word counts, what is told of it, and what it may not do."""

from __future__ import annotations

import json

import numpy as np
import pytest

from .test_scans import A_STEP, NONE, written
from .written import EVENTS, outcome, write_bold, write_table

SIDECAR = "run-1/bold.json"


def beside(folder, **content):
    (folder / SIDECAR).write_text(json.dumps(content), "utf-8")


def test_it_is_used_where_the_document_says_nothing(tmp_path):
    written(tmp_path, unit=NONE)
    beside(tmp_path, RepetitionTime=2.0, TaskName="faces")
    found = outcome(tmp_path)
    assert found.model.repetition_time == 2.0
    assert found.notes == ["Repetition time [note]: The repetition time is the sidecar's (in 1 of 1 run): run-1 (2 s)."]


@pytest.mark.parametrize("name", ["bold.nii", "bold.nii.gz"])
def test_it_is_an_input_file(tmp_path, name):
    write_bold(tmp_path / "run-1" / name)
    write_table(tmp_path / "run-1/events.tsv", EVENTS)
    row = f"[{{name: run-1, bold: run-1/{name}, events: run-1/events.tsv}}]"
    assert outcome(tmp_path, runs=row).model.run.sidecar is None
    beside(tmp_path, RepetitionTime=2.0)
    files = [path for path, _ in outcome(tmp_path, runs=row).model.run.files]
    assert files == [f"run-1/{name}", SIDECAR, "run-1/events.tsv"]


def test_it_goes_before_the_header_and_says_so(tmp_path):
    written(tmp_path, 1.0)
    beside(tmp_path, RepetitionTime=2.0)
    found = outcome(tmp_path)
    assert found.model.repetition_time == 2.0
    assert found.notes[1] == (
        "Repetition time [warning]: The repetition time is the sidecar's, and the header has another "
        "(in 1 of 1 run): run-1 (2 s, in the header 1 s)."
    )


def test_the_document_goes_before_both_and_names_every_other(tmp_path):
    written(tmp_path, 1.0)
    beside(tmp_path, RepetitionTime=2.0)
    found = outcome(tmp_path, inputs="repetition_time: 2.5")
    assert found.model.repetition_time == 2.5
    assert found.notes == [
        (
            "Repetition time [warning]: The repetition time is the document's, and the sidecar and the header have "
            "another (in 1 of 1 run): run-1 (2.5 s, in the sidecar 2 s, in the header 1 s)."
        )
    ]


def test_what_agrees_but_for_rounding_is_not_told(tmp_path):
    written(tmp_path, 2.0)
    beside(tmp_path, RepetitionTime=2.0005)
    assert outcome(tmp_path, inputs="repetition_time: 2.0").notes == []


def test_the_start_time_is_the_slice_time_reference(tmp_path):
    written(tmp_path)
    middle = outcome(tmp_path, design="{slice_time_reference: 0.5}").model
    beside(tmp_path, StartTime=1.0)
    found = outcome(tmp_path)
    np.testing.assert_array_equal(found.model.matrix, middle.matrix)
    assert found.notes == [
        (
            "Time of the scans [note]: Scans are taken at `StartTime` of the sidecar (in 1 of 1 run): "
            "run-1 (1 s, 0.5 of the repetition time)."
        )
    ]


def test_the_document_goes_before_the_start_time(tmp_path):
    written(tmp_path)
    beginning = outcome(tmp_path).model
    beside(tmp_path, StartTime=1.0)
    found = outcome(tmp_path, design="{slice_time_reference: 0}")
    np.testing.assert_array_equal(found.model.matrix, beginning.matrix)
    assert found.notes == [
        (
            "Time of the scans [warning]: The slice time reference is the document's, and `StartTime` of the sidecar "
            "is another (in 1 of 1 run): run-1 (0; in the sidecar 1 s, 0.5 of the repetition time)."
        )
    ]
    assert outcome(tmp_path, design="{slice_time_reference: 0.48}").notes == []


@pytest.mark.parametrize("start", [-0.5, 2.5])
def test_a_start_time_in_no_scan_is_told_and_not_used(tmp_path, start):
    written(tmp_path)
    beginning = outcome(tmp_path).model
    beside(tmp_path, StartTime=start)
    found = outcome(tmp_path)
    np.testing.assert_allclose(found.model.matrix, beginning.matrix, atol=A_STEP)
    assert found.notes[0].startswith(
        "Time of the scans [warning]: `StartTime` of the sidecar lies in no scan, so that scans are taken at their "
        "beginning"
    )


def test_a_ready_made_matrix_asks_no_start_time(tmp_path):
    write_bold(tmp_path / "run-1/bold.nii", 20)
    write_table(tmp_path / "x.tsv", {"a": range(20), "constant": [1] * 20})
    beside(tmp_path, StartTime=1.0)
    assert outcome(tmp_path, runs="[{name: run-1, bold: run-1/bold.nii, design: x.tsv}]").notes == []


NO_TIME = "has a `RepetitionTime` that is no number of seconds"
WRONG = {
    "text": ("TR is two seconds", "is not JSON"),
    "a list": ("[2.0]", "is not a JSON object"),
    "deep": ("[" * 200_000, "is not JSON"),
    "latin": (b'{"TaskName": "\xe9"}', "is not UTF-8 (byte 14)"),
    "large": ('{"a": "' + "a" * (1 << 20) + '"}', "is larger than 1 MB"),
    "a time as text": ('{"RepetitionTime": "2.0"}', NO_TIME),
    "true": ('{"RepetitionTime": true}', NO_TIME),
    "nothing": ('{"RepetitionTime": null}', NO_TIME),
    "not a number": ('{"RepetitionTime": NaN}', NO_TIME),
    "infinite": ('{"RepetitionTime": 1e999}', NO_TIME),
    "more than a double holds": ('{"RepetitionTime": 1' + "0" * 400 + "}", NO_TIME),
    "more than Python reads": ('{"RepetitionTime": 1' + "0" * 5000 + "}", "is not JSON"),
    "zero": ('{"RepetitionTime": 0}', "has a `RepetitionTime` of 0 s, and time goes forward"),
    "negative": ('{"RepetitionTime": -2}', "has a `RepetitionTime` of -2 s, and time goes forward"),
    "a start as text": ('{"StartTime": "1"}', "has a `StartTime` that is no number of seconds"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("inputs", ["", "repetition_time: 2.0"])
def test_what_is_no_sidecar_is_refused(tmp_path, case, inputs):
    text, found = WRONG[case]
    written(tmp_path)
    (tmp_path / SIDECAR).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert outcome(tmp_path, inputs=inputs).problems == [
        (
            f"[E328] at inputs.runs.bold: the sidecar `{SIDECAR}` {found}; correct the sidecar, or take it away from "
            "beside the image"
        )
    ]


def test_milliseconds_in_a_sidecar(tmp_path):
    written(tmp_path)
    beside(tmp_path, RepetitionTime=2000)
    assert outcome(tmp_path).problems == [
        (
            f"[E319] at inputs.runs.bold: the sidecar `{SIDECAR}` says 2000 s from scan to scan; "
            "write it in seconds, as `repetition_time: 2.0` under `inputs`"
        )
    ]


def test_a_sidecar_without_a_time_does_not_say_it_either(tmp_path):
    written(tmp_path, unit=NONE)
    beside(tmp_path, TaskName="faces")
    (problem,) = outcome(tmp_path).problems
    assert problem.startswith(
        "[E319] at inputs.runs.bold: neither `run-1/bold.json` nor the header of `run-1/bold.nii`"
    )


def test_a_link_may_not_leave_the_data_folder(tmp_path):
    data = tmp_path / "data"
    written(data)
    (tmp_path / "secret.json").write_text('{"RepetitionTime": 3.0}', "utf-8")
    (data / SIDECAR).symlink_to(tmp_path / "secret.json")
    (problem,) = outcome(data).problems
    assert problem.startswith(f"[E315] at inputs.runs.bold: `{SIDECAR}` is a link that leaves the data folder")


def test_content_that_was_not_fetched_is_no_missing_sidecar(tmp_path):
    """DataLad's links lead nowhere until their content is there: the same document would use another time then."""
    written(tmp_path)
    (tmp_path / SIDECAR).symlink_to("../.git/annex/objects/gone")
    (problem,) = outcome(tmp_path).problems
    assert problem.startswith(f"[E306] at inputs.runs.bold: there is no file `{SIDECAR}`")
