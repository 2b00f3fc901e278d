"""What a contrast may say of a run: its columns, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.errors import DesignError
from glmspec.plan.contrasts import resolve_contrast
from glmspec.spec.contrasts import Contrast

from .written import outcome, write_run

EVENTS = {
    "onset": [4, 20, 36, 60, 80],
    "duration": [6] * 5,
    "trial_type": ["face", "2-back", "gamble", "gamble", "gamble"],
    "gain": [0, 0, 1, 2, 6],
}
DESIGN = "{conditions: {face: {}, 2-back: {}, gamble: {modulators: {gain: {}}}}, hrf: {model: fir, delays: [0, 1]}}"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Columns of many kinds of names."""
    folder = tmp_path_factory.mktemp("runs")
    write_run(folder / "run-1", EVENTS)
    return outcome(folder, design=DESIGN).model


def weights(model, **contrast):
    """Name -> weight, of one row."""
    row = resolve_contrast("asked", Contrast(**contrast), model).weights[0]
    return {model.columns[index]: row[index] for index in np.flatnonzero(row)}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("face_delay_0 - constant", {"face_delay_0": 1, "constant": -1}),
        ("(face_delay_0 + face_delay_1)/2 - `2-back_delay_0`",
         {"face_delay_0": 0.5, "face_delay_1": 0.5, "2-back_delay_0": -1}),
        ("`face_delay_0`", {"face_delay_0": 1}),
        ("gamble:gain_delay_1", {"gamble:gain_delay_1": 1}),
        ("`gamble:gain_delay_1`", {"gamble:gain_delay_1": 1}),
    ],
)  # fmt: skip
def test_columns_by_name(model, expression, expected):
    assert weights(model, expression=expression) == expected


def test_rows_and_weights(model):
    found = resolve_contrast("any", Contrast(test="F", rows=("face_delay_*",)), model).weights
    assert found.shape == (2, len(model.columns))
    assert weights(model, weights={"2-back_delay_1": 2.0}) == {"2-back_delay_1": 2.0}


COLUMNS = (
    "columns: face_delay_0, face_delay_1, 2-back_delay_0, 2-back_delay_1, gamble_delay_0, gamble_delay_1, "
    "gamble:gain_delay_0, gamble:gain_delay_1, drift_1, constant"
)
REFUSED = {
    "face - constant": (
        "[E214] at contrasts.asked.expression: contrast uses a column that is not in the design; "
        f"`face` is not a column; {COLUMNS}"
    ),
    "face_delay_0[x]": (
        "[E216] at contrasts.asked.expression: `face_delay_0[x]` asks for a level, and a first level has columns; "
        f"did you mean `face_delay_0`? {COLUMNS}"
    ),
    "center(drift_1)": (
        "[E214] at contrasts.asked.expression: contrast uses a column that is not in the design; "
        f"`center(drift_1)` is not a column; did you mean `drift_1`? {COLUMNS}"
    ),
    "`nobody`": (
        "[E214] at contrasts.asked.expression: contrast uses a column that is not in the design; "
        f"`nobody` is not a column; {COLUMNS}"
    ),
}


@pytest.mark.parametrize("expression", REFUSED)
def test_names_that_are_no_columns(model, expression):
    with pytest.raises(DesignError) as caught:
        weights(model, expression=expression)
    assert str(caught.value) == REFUSED[expression]


def test_a_run_has_no_terms(model):
    with pytest.raises(DesignError) as caught:
        weights(model, test="F", term="face")
    assert str(caught.value) == (
        "[E216] at contrasts.asked.term: a first level has no term `face`; write `rows: [...]` with its columns"
    )


@pytest.mark.parametrize("name", ["gamble_delay_0", "gamble:gain_delay_1"])
def test_a_column_that_missing_data_take_away_is_told_as_such(tmp_path, name):
    events = {key: values[:2] for key, values in EVENTS.items()}
    write_run(tmp_path / "run-1", events)
    write_run(tmp_path / "run-2", EVENTS)
    lacking, whole = outcome(tmp_path, design=DESIGN, more="missing: {condition: exclude}").models
    assert resolve_contrast("asked", Contrast(expression=name), whole).weights.any()
    with pytest.raises(DesignError) as caught:
        resolve_contrast("asked", Contrast(expression=name), lacking)
    assert str(caught.value) == (
        "[E214] at contrasts.asked.expression: contrast uses a column that is not in the design; "
        f"`{name}` is not a column; run-1 has none for lack of events, by `missing: {{condition: exclude}}`: "
        "say what the contrast is in each run, with `runs: {1: none, ...}`"
    )
