"""A run's design: names, order, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.design import Condition, censored_columns, first_level_design, given_columns
from glmspec.core.drift import cosine
from glmspec.core.hrf import fir, glover
from glmspec.core.regressors import events, modulator, regressors

TIMES = np.arange(30) * 2.0
FACE, HOUSE = events([4.0, 20.0, 31.0], 2.0), events([11.0, 41.0], 2.0)
NOISE = np.random.default_rng(3).normal(size=(30, 3))


def test_names_and_their_order():
    design = first_level_design(
        TIMES,
        glover(2.0, derivatives=["time", "dispersion"]),
        [Condition("face", FACE, {"age": modulator([20.0, 30.0, 70.0])}), Condition("house", HOUSE)],
        regressors={"pcc": NOISE[:, 0]},
        confounds={"rot_x": NOISE[:, 1], "csf": NOISE[:, 2]},
        censored=censored_columns([16, 2], 30),
        drift=cosine(TIMES, high_pass=0.02),
    )
    assert design.names == (
        *("face", "face_derivative", "face_dispersion"),
        *("face:age", "face:age_derivative", "face:age_dispersion"),
        *("house", "house_derivative", "house_dispersion"),
        *("pcc", "rot_x", "csf", "censored_3", "censored_17", "drift_1", "drift_2", "constant"),
    )
    assert design.matrix.shape == (30, len(design.names))


def test_delays_have_names():
    design = first_level_design(TIMES, fir(2.0, delays=[0, 2]), [Condition("face", FACE)])
    assert design.names == ("face_delay_0", "face_delay_2", "constant")


def test_a_modulator_scales_the_amplitude():
    """Of events that have amplitudes of their own."""
    strong = events([4.0, 20.0, 31.0], 2.0, [1.0, 2.0, 3.0])
    design = first_level_design(TIMES, glover(2.0), [Condition("face", strong, {"age": np.array([1.0, -1.0, 5.0])})])
    want = regressors(events([4.0, 20.0, 31.0], 2.0, [1.0, -2.0, 15.0]), TIMES, glover(2.0))
    np.testing.assert_array_equal(design.matrix[:, [1]], want)


def test_a_run_without_events_has_a_constant():
    design = first_level_design(TIMES, glover(2.0))
    assert design.names == ("constant",)
    np.testing.assert_array_equal(design.matrix, np.ones((30, 1)))


def test_a_censored_scan_is_one_in_its_row():
    columns = censored_columns([5, 5, 0], 8, first_scan=4)
    assert columns.names == ("censored_4", "censored_9")
    np.testing.assert_array_equal(columns.matrix, np.eye(8)[:, [0, 5]])


@pytest.mark.parametrize("rows", [[-1], [8]])
def test_a_censored_scan_is_in_the_run(rows):
    with pytest.raises(ValueError, match="0 to 7"):
        censored_columns(rows, 8)


def test_two_columns_of_one_name_are_an_error():
    with pytest.raises(ValueError, match="one name: face"):
        first_level_design(TIMES, glover(2.0), [Condition("face", FACE)], confounds={"face": NOISE[:, 0]})


def test_a_confound_with_holes_is_an_error():
    """fMRIPrep writes n/a in the first scan of derivatives."""
    with pytest.raises(ValueError, match="fd has NaN or infinity in 1 scans"):
        given_columns({"fd": np.r_[np.nan, np.zeros(29)]}, 30)


def test_a_confound_of_another_length_is_an_error():
    with pytest.raises(ValueError, match="does not fit 30 scans"):
        given_columns({"fd": np.zeros(29)}, 30)


def test_a_modulator_has_a_number_for_each_event():
    with pytest.raises(ValueError, match="face:age"):
        first_level_design(TIMES, glover(2.0), [Condition("face", FACE, {"age": np.ones(2)})])
