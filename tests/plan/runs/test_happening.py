"""The events of a condition in a run: durations, heights, modulators, and places where they cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from .written import EVENTS, outcome, write_run

GAMBLE = {
    "onset": [4, 20, 36, 52],
    "duration": [2, 2, 2, 2],
    "trial_type": ["gamble", "gamble", "gamble", "other"],
    "gain": [1, 2, 6, None],
    "loss": [3, 1, 2, None],
    "same": [5, 5, 5, 5],
    "response_time": [0.5, 1.5, 2.5, None],
}


def modelled(folder, condition, events=GAMBLE, **more):
    """A run with `gamble` as given, and everything else unmodelled."""
    write_run(folder / "run-1", events)
    others = [name for name in dict.fromkeys(events["trial_type"]) if name != "gamble"]
    further = "".join(f", {key}: {value}" for key, value in more.items())
    return outcome(
        folder, design=f"{{conditions: {{gamble: {condition}}}, unmodelled: [{', '.join(others)}]{further}}}"
    )


@pytest.mark.parametrize(
    ("condition", "durations", "heights"),
    [
        ("{}", [2, 2, 2], [1, 1, 1]),
        ("{duration: 1.5}", [1.5, 1.5, 1.5], [1, 1, 1]),
        ("{duration: 0}", [0, 0, 0], [1, 1, 1]),
        ("{duration: response_time}", [0.5, 1.5, 2.5], [1, 1, 1]),
        ("{amplitude: gain}", [2, 2, 2], [1, 2, 6]),
    ],
)
def test_how_long_and_how_high(tmp_path, condition, durations, heights):
    events = modelled(tmp_path, condition).model.conditions["gamble"]
    assert events.onsets.tolist() == [4, 20, 36]
    assert events.durations.tolist() == durations
    assert events.amplitudes.tolist() == heights


def test_a_table_without_durations_will_do_where_none_are_read(tmp_path):
    events = {key: values for key, values in GAMBLE.items() if key != "duration"}
    assert modelled(tmp_path, "{duration: 2}", events).problems == []


def test_modulators_have_columns_of_their_own(tmp_path):
    """Linear in the amplitudes: a modulated column is the sum of its events' columns, each times its height."""
    condition = "{modulators: {gain: {}, gain2: {column: gain, power: 2}}}"
    model = modelled(tmp_path, condition).model
    assert model.task == ("gamble", "gamble:gain", "gamble:gain2")
    single = {**GAMBLE, "trial_type": ["a", "b", "c", "d"]}
    write_run(tmp_path / "run-1", single)
    apart = outcome(tmp_path).model.matrix[:, :3]
    centred = np.array([1, 2, 6]) - 3.0
    squares = centred**2 - np.mean(centred**2)
    np.testing.assert_allclose(model.matrix[:, 1], apart @ centred, atol=1e-12)
    np.testing.assert_allclose(model.matrix[:, 2], apart @ squares, atol=1e-12)


def test_modulators_are_not_centred_where_that_is_asked_for(tmp_path):
    model = modelled(tmp_path, "{modulators: {gain: {}}, center: none}").model
    heights = modelled(tmp_path, "{amplitude: gain}").model
    np.testing.assert_allclose(model.matrix[:, 1], heights.matrix[:, 0], atol=1e-12)


def test_modulators_are_made_orthogonal_in_their_order(tmp_path):
    condition = "{modulators: {gain: {}, loss: {}}}"
    plain = modelled(tmp_path, condition).model
    serial = modelled(tmp_path, condition, orthogonalize="serial").model
    gain, loss = np.array([1, 2, 6]) - 3.0, np.array([3, 1, 2]) - 2.0
    share = gain @ loss / (gain @ gain)
    np.testing.assert_array_equal(serial.matrix[:, 1], plain.matrix[:, 1])
    np.testing.assert_allclose(serial.matrix[:, 2], plain.matrix[:, 2] - share * plain.matrix[:, 1], atol=1e-12)


LINE = "at inputs.runs.events: line {} of `run-1/events.tsv`"
OVERLAP = "events of one condition would add up where they overlap: make them two conditions, or correct the table"
ZERO = "its values do not differ there, or are a combination of those of earlier modulators"
REFUSED = {
    "a column for durations": (
        "{duration: rt}",
        GAMBLE,
        (
            "[E310] at inputs.runs.events: `run-1/events.tsv` has no column `rt`; "
            "the duration of `gamble` is read there: "
            "write it, or leave such events out by `where`\n"
            "columns: onset, duration, trial_type, gain, loss, same, response_time"
        ),
    ),
    "a negative duration in a column of its own": (
        "{duration: response_time}",
        {**GAMBLE, "response_time": [0.5, -1, 2, 3]},
        f"[E310] {LINE.format(3)} has a negative duration, -1 s; an event lasts 0 s or longer (@3)",
    ),
    "no height": (
        "{amplitude: gain}",
        {**GAMBLE, "gain": [1, None, 3, 4]},
        (
            f"[E310] {LINE.format(3)} has no `gain`; the height of `gamble` is read there: "
            "write it, or leave such events out by `where` (@3)"
        ),
    ),
    "no modulation": (
        "{modulators: {g: {column: gain}}}",
        {**GAMBLE, "gain": [1, 2, "high", 4]},
        (
            f"[E310] {LINE.format(4)} has `high` as `gain`, where a number belongs; "
            "numbers have a decimal point; write n/a where nothing is known (@4)"
        ),
    ),
    "a modulator that does not vary": (
        "{modulators: {same: {}}}",
        GAMBLE,
        (
            "[E324] at design.conditions.gamble.modulators.same: "
            f"the modulator `gamble:same` is zero for every event of run-1; {ZERO}"
        ),
    ),
    "events that overlap": (
        "{}",
        {**GAMBLE, "duration": [40, 2, 2, 2]},
        (f"[E310] {LINE.format(3)} begins at 20 s, while `gamble` of line 2 lasts from 4 to 44 s; {OVERLAP} (@3)"),
    ),
    "an event that a longer one covers": (
        "{}",
        {**GAMBLE, "duration": [33, 2, 2, 2], "trial_type": ["gamble", "other", "gamble", "other"]},
        (f"[E310] {LINE.format(4)} begins at 36 s, while `gamble` of line 2 lasts from 4 to 37 s; {OVERLAP} (@4)"),
    ),
    "events at one time": (
        "{}",
        {**GAMBLE, "onset": [4, 4, 36, 52], "duration": [0, 0, 0, 0]},
        (f"[E310] {LINE.format(3)} begins at 4 s, and so does line 2: both are events of `gamble`; {OVERLAP} (@3)"),
    ),
    "events after the last scan": (
        "{}",
        {**GAMBLE, "onset": [4, 120, 160, 200]},
        (
            f"[E310] {LINE.format(3)} begins at 120 s, and the last scan of run-1 ends at 120 s; onsets are in seconds "
            "from the first scan of the file: are these in another unit, or of another run?\nthe same in line 4 (@3)"
        ),
    ),
    "events long before the first scan": (
        "{}",
        {**GAMBLE, "onset": [-60, -26, 36, 52]},
        (
            f"[E310] {LINE.format(2)} ends at -58 s, long before the first scan of run-1 at 0 s; "
            "what ends more than 24 s before the first scan adds nothing: is the clock that of another run?\n"
            "the same in line 3 (@2)"
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_events_that_cannot_be_meant(tmp_path, case):
    condition, events, problem = REFUSED[case]
    problems = modelled(tmp_path, condition, events).problems
    assert [entry.replace("(run-1/events.tsv:", "(@") for entry in problems] == [problem]


def test_a_modulator_that_earlier_ones_make_up(tmp_path):
    events = {**GAMBLE, "loss": [2, 4, 12, None]}
    found = modelled(tmp_path, "{modulators: {gain: {}, loss: {}}}", events, orthogonalize="serial")
    assert found.problems == [
        (
            "[E324] at design.conditions.gamble.modulators.loss: "
            f"the modulator `gamble:loss` is zero for every event of run-1; {ZERO}"
        )
    ]


@pytest.mark.parametrize(
    "events",
    [
        {**GAMBLE, "onset": [0.1, 0.3, 36, 52], "duration": [0.2, 0.1, 2, 2]},
        {**GAMBLE, "duration": [2, 2, 2, 60]},
        {**GAMBLE, "onset": [-24, -3, 36, 52]},
        {**GAMBLE, "onset": [4, 20, 119.9, 300]},
    ],
    ids=["end to end", "overlapping what is unmodelled", "before the first scan", "in the last scan, others later"],
)
def test_events_that_are_fine(tmp_path, events):
    assert modelled(tmp_path, "{}", events).problems == []


def test_conditions_may_overlap_each_other(tmp_path):
    write_run(
        tmp_path / "run-1", {"onset": [4, 6, 30], "duration": [20, 2, 2], "trial_type": ["block", "probe", "probe"]}
    )
    assert outcome(tmp_path).model.task == ("block", "probe")


def test_events_in_the_time_that_is_discarded_are_fine(tmp_path):
    write_run(tmp_path / "run-1", EVENTS)
    found = outcome(tmp_path, inputs="discard: {initial: 20}")
    assert found.problems == []
    assert found.model.conditions["face"].onsets.tolist() == [4, 60]


def test_a_condition_that_no_scan_hears_has_no_events(tmp_path):
    """Its events were over 24 s before the first scan that is analysed."""
    events = {"onset": [0, 80], "duration": [2, 2], "trial_type": ["cue", "face"]}
    write_run(tmp_path / "run-1", events)
    found = outcome(tmp_path, inputs="discard: {initial: 20}")
    assert [problem.split(";")[0] for problem in found.problems] == [
        "[E321] at inputs.runs.events: run-1 has no events of `cue` that its scans could hear"
    ]


def test_impulses_are_counted_once_over_all_runs(tmp_path):
    """An event of two conditions is one event."""
    events = {**EVENTS, "duration": [0, 0, 6]}
    for run in "12":
        write_run(tmp_path / f"run-{run}", events)
    design = "{conditions: {face: {}, any: {trial_type: [face, house]}}}"
    assert outcome(tmp_path, design=design).notes == [
        (
            "Events [note]: Events of 0 s are impulses of 1/50 of the repetition time, as in nilearn (in 2 of 2 runs): "
            "run-1 (2 events), run-2 (2 events)."
        )
    ]


def test_events_that_outlast_the_scans_are_noted(tmp_path):
    write_run(tmp_path / "run-1", {**EVENTS, "duration": [6, 6, 70]})
    assert outcome(tmp_path).notes == [
        (
            "Events [note]: Events that go on after the last scan are modelled as far as it (in 1 of 1 run): "
            "run-1 (1 event)."
        )
    ]
