"""Whole designs from files equal nilearn 0.14.1's, column by column and by name.

1e-6 of each column's largest value: the arithmetic is the same up to the order of sums. SPM's response is left out, as
nilearn's differs from SPM's own by some 4 %; tests/core holds ours to nilearn's shifted one.
"""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import compute_regressor, make_first_level_design_matrix

from .written import WITH_CONFOUNDS, motion, outcome, write_run

AGREES = 1e-6
TIME, VOLUMES = 2.0, 60
HRFS = {
    "glover": {"hrf_model": "glover"},
    "{model: glover, derivatives: [time]}": {"hrf_model": "glover + derivative"},
    "{model: glover, derivatives: [time, dispersion]}": {"hrf_model": "glover + derivative + dispersion"},
    "{model: fir, delays: [0, 1, 3]}": {"hrf_model": "fir", "fir_delays": [0, 1, 3]},
    "none": {"hrf_model": None},
}
DRIFTS = {
    "{model: cosine, high_pass: 0.01}": {"drift_model": "cosine", "high_pass": 0.01},
    "{model: polynomial, order: 2}": {"drift_model": "polynomial", "drift_order": 2},
    "none": {"drift_model": None},
}
CLOCKS = {"whole": (0, 0.0), "middle of the scan": (0, 0.5), "discarded": (4, 0.25)}


def quiet(call, *args, **options):
    """nilearn warns of what is tested here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*args, **options)


def happening(seed=3):
    """Events of three types on and off the scans, blocks and impulses, with heights."""
    rng = np.random.default_rng(seed)
    onsets = np.concatenate([[0.0, 10.0], 14 + 7 * np.arange(13) + rng.uniform(0, 2, 13).round(3)])
    return pd.DataFrame(
        {
            "onset": onsets,
            "duration": rng.choice([0.0, 1.0, 4.0], len(onsets)),
            "trial_type": [("house", "face", "2-back")[index % 3] for index in range(len(onsets))],
            "height": rng.normal(2, 1, len(onsets)).round(4),
        }
    )


def assert_agrees(model, want):
    """Names, order and numbers."""
    assert list(model.columns) == list(want.columns)
    for index, name in enumerate(model.columns):
        column = np.asarray(want[name])
        assert np.abs(model.matrix[:, index] - column).max() <= AGREES * np.abs(column).max(), name


@pytest.mark.parametrize(
    ("hrf", "drift", "clock", "confounds", "heights"),
    [
        *product(HRFS, DRIFTS, CLOCKS, [True], [False]),
        *product(HRFS, ["none"], ["whole"], [False], [False, True]),
    ],
)
def test_whole_designs(tmp_path, hrf, drift, clock, confounds, heights):
    table, motions = happening(), motion()
    write_run(tmp_path / "run-1", table.to_dict("list"), confounds=motions)
    (discard, reference), names = CLOCKS[clock], sorted(set(table.trial_type))
    entries = ", ".join(f"{name}: {{amplitude: height}}" for name in names)
    conditions = f"conditions: {{{entries}}}, " if heights else ""
    more = "confounds: [motion_*], " if confounds else ""
    model = outcome(
        tmp_path,
        runs=WITH_CONFOUNDS,
        inputs=f"discard: {{initial: {discard}}}",
        design=f"{{{conditions}{more}hrf: {hrf}, drift: {drift}, slice_time_reference: {reference}}}",
    ).model
    given = pd.DataFrame(motions).iloc[discard:]
    want = quiet(
        make_first_level_design_matrix,
        (discard + np.arange(VOLUMES - discard) + reference) * TIME,
        table.drop(columns="height").assign(modulation=table.height) if heights else table.drop(columns="height"),
        **HRFS[hrf],
        **DRIFTS[drift],
        add_regs=given.to_numpy() if confounds else None,
        add_reg_names=list(given.columns) if confounds else None,
    )
    assert_agrees(model, want)


@pytest.mark.parametrize("power", [1, 2])
def test_modulators(tmp_path, power):
    """As columns of centred amplitudes."""
    table = happening()
    write_run(tmp_path / "run-1", table.to_dict("list"))
    design = (
        "{conditions: {face: {modulators: {m: {column: height, power: "
        f"{power}}}}}}}}}, unmodelled: [house, 2-back], drift: none, "
        "hrf: {model: glover, derivatives: [time]}}"
    )
    model = outcome(tmp_path, design=design).model
    assert model.columns == ("face", "face_derivative", "face:m", "face:m_derivative", "constant")
    face = table[table.trial_type == "face"]
    centred = (face.height - face.height.mean()) ** power
    centred -= centred.mean()
    what = [face.onset.to_numpy(), face.duration.to_numpy(), centred.to_numpy()]
    want, _ = quiet(compute_regressor, what, "glover + derivative", np.arange(VOLUMES) * TIME)
    for index, column in enumerate(want.T):
        assert np.abs(model.matrix[:, 2 + index] - column).max() <= AGREES * np.abs(column).max()


def test_a_mistake_would_be_noticed(tmp_path):
    """Deliberate break: a clock that is a quarter of a scan late."""
    table = happening()
    write_run(tmp_path / "run-1", table.to_dict("list"))
    model = outcome(tmp_path, design="{slice_time_reference: 0.25}").model
    want = quiet(
        make_first_level_design_matrix, np.arange(VOLUMES) * TIME, table.drop(columns="height"), high_pass=0.008
    )
    with pytest.raises(AssertionError):
        assert_agrees(model, want)
