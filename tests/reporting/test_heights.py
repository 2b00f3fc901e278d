"""The height of z at which a picture becomes opaque."""

from __future__ import annotations

import pytest
from scipy import stats

from glmspec.reporting.heights import display_height
from glmspec.spec.inference import Parametric

FOUND = {"tested": 1000, "lowest_z": 2.5}
NOTHING = {"tested": 1000, "lowest_z": None}


def entry(**settings):
    return Parametric.model_validate({"method": "parametric", "correction": "none", **settings})


@pytest.mark.parametrize(
    ("settings", "test", "tail"),
    [
        ({"alpha": 0.001}, "t", 0.0005),
        ({"alpha": 0.001, "alternative": "greater"}, "t", 0.001),
        ({"alpha": 0.001}, "F", 0.001),
        ({"threshold": {"p": 0.01}}, "t", 0.005),
        ({"correction": "bonferroni", "alpha": 0.05}, "t", 0.05 / 1000 / 2),
    ],
)
@pytest.mark.parametrize("facts", [FOUND, NOTHING])
def test_a_fixed_threshold_is_itself(settings, test, tail, facts):
    height = display_height(entry(**settings), test, facts)
    assert (height.z, height.source) == (pytest.approx(stats.norm.isf(tail), rel=1e-12), "threshold")


def test_a_height_of_z_is_itself():
    assert display_height(entry(threshold={"z": 3.1}), "t", FOUND).words == "threshold |z| ≥ 3.10"


@pytest.mark.parametrize("settings", [{"correction": "fdr", "alpha": 0.05}, {"threshold": {"t": 4.0}}])
def test_a_height_that_follows_from_the_data_is_the_lowest_that_passed(settings):
    height = display_height(entry(**settings), "t", FOUND)
    assert (height.z, height.words) == (2.5, "the lowest |z| that passed is 2.50")


def test_where_nothing_passed_at_no_known_height_the_caption_says_so():
    height = display_height(entry(correction="fdr", alpha=0.05, alternative="less"), "t", NOTHING)
    assert height.z == 3.1
    assert "for display only" in height.words


def test_a_height_below_zero_is_raised_so_that_a_picture_can_be_drawn():
    assert display_height(entry(alpha=0.9, alternative="greater"), "t", FOUND).z == 0.5


@pytest.mark.parametrize(
    ("settings", "facts", "words"),
    [
        ({"threshold": {"z": 3.1}}, FOUND, "threshold z ≤ \N{MINUS SIGN}3.10"),
        ({"correction": "fdr", "alpha": 0.05}, FOUND, "the highest z that passed is \N{MINUS SIGN}2.50"),
        (
            {"correction": "fdr", "alpha": 0.05},
            NOTHING,
            "nothing passed and no height is known: z = \N{MINUS SIGN}3.10",
        ),
    ],
)
def test_a_test_of_negative_effects_has_a_height_below_zero(settings, facts, words):
    assert display_height(entry(alternative="less", **settings), "t", facts).words.startswith(words)
