"""The calibration can be believed: its noise is what it says, its shortcut changes nothing, and what is wrong shows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import skew

from glmspec.core.permutation import p_values

from . import decisions
from .decisions import CONTROLS, ERRORS, PARAMETRIC, permutation_finds, question
from .page import PAGE, page, place
from .rates import (
    CELLS,
    EXCHANGEABLE,
    NULLS,
    PLANTED,
    SKEWED,
    Band,
    Cell,
    band,
    collected,
    found_anything,
    measure,
    simulated,
)
from .simulation import BALL, DESIGNS, SHAPE, ball, fields, one_sample, skewed

pytestmark = pytest.mark.whole

SETS = 3
TINY, SMALL = (4, 4, 4), (10, 10, 10)


# the data


@pytest.mark.parametrize("fwhm", [2, 4])
def test_noise_has_unit_variance_and_its_smoothness_everywhere(fwhm):
    """Neighbours correlate as a Gaussian kernel of that width makes them: exp(-1 / 4 sigma^2)."""
    noise = fields(np.random.default_rng(0), 400, fwhm).reshape(400, *SHAPE)
    sigma = fwhm / np.sqrt(8 * np.log(2))
    assert noise.mean() == pytest.approx(0, abs=0.01)
    for part in (noise, noise[:, 0], noise[:, :, -1], noise[..., 9]):
        assert (part**2).mean() == pytest.approx(1, abs=0.04)
    for axis in (1, 2, 3):
        before, after = np.split(noise, [19], axis)[0], np.split(noise, [1], axis)[1]
        assert (before * after).mean() == pytest.approx(np.exp(-1 / (4 * sigma**2)), abs=0.01)


@pytest.mark.parametrize("skewness", [0.0, 0.5, 1.0, 2.0])
def test_skewed_noise_has_the_moments_it_is_said_to_have(skewness):
    """Mean 0 above all: the null hypothesis is true."""
    values = skewed(np.random.default_rng(1).normal(size=2_000_000), skewness)
    assert values.mean() == pytest.approx(0, abs=0.003)
    assert values.std() == pytest.approx(1, abs=0.01)
    assert skew(values) == pytest.approx(skewness, abs=0.05)


@pytest.mark.parametrize(
    ("design", "scheme", "blocks"),
    [
        ("one sample", "sign-flip", "none"),
        ("two samples", "permute", "none"),
        ("paired", "permute", "within"),
        ("regression", "permute", "none"),
    ],
)
def test_the_designs_are_exchanged_as_they_are_meant_to_be(design, scheme, blocks):
    """By what `auto` makes of them."""
    group = question(DESIGNS[design](np.random.default_rng(0), 12)).group
    assert (group.scheme, group.blocks) == (scheme, blocks)


def test_a_data_set_is_a_function_of_its_number():
    """And no two share their numbers: not within a cell, not between cells."""
    one, other = NULLS[0], PLANTED[0]
    again = [simulated(one, 5) for _ in range(2)]
    np.testing.assert_array_equal(again[0].data, again[1].data)
    assert again[0].seed == again[1].seed
    assert again[0].seed not in {simulated(one, 6).seed, simulated(other, 5).seed}


def test_every_cell_has_a_name_of_its_own():
    """From which its seeds are made."""
    assert len({cell.name for cell in CELLS}) == len(CELLS)


def test_the_planted_effect_is_where_it_is_said_to_be():
    without, planted = simulated(NULLS[0], 0), simulated(PLANTED[0], 0)
    assert planted.active.sum() == ball().sum() == 552
    assert not without.active.any()
    assert planted.data[:, planted.active].mean() == pytest.approx(PLANTED[0].effect, abs=0.3)
    assert planted.data[:, ~planted.active].mean() == pytest.approx(0, abs=0.3)
    assert ball().reshape(SHAPE).any(axis=(1, 2)).sum() == 2 * BALL


# the decisions


@pytest.mark.parametrize("cell", NULLS[1::4], ids=lambda cell: cell.name)
def test_leaving_out_what_cannot_matter_changes_no_decision(cell):
    """All relabellings, or those up to the decision: the same for every control."""
    said = [collected(cell, range(20), shape=SMALL, permutations=99, early=early) for early in (True, False)]
    for name in (*CONTROLS, *PARAMETRIC):
        np.testing.assert_array_equal(said[0][name], said[1][name])


def test_processes_say_what_one_would_say():
    """In whatever lots they take the data sets, and in the order of these."""
    cells = (NULLS[0], PLANTED[0])
    found = measure(cells, SETS, 2)
    for cell in cells:
        for name, values in collected(cell, range(SETS)).items():
            np.testing.assert_array_equal(found[cell][name], values)


def test_what_cannot_matter_is_left_out(monkeypatch):
    """Or half an hour would be two."""
    drawn = []
    real = decisions.relabellings
    monkeypatch.setattr(decisions, "relabellings", lambda *rest: drawn.extend(real(*rest)) or real(*rest))
    assert not any(found_anything(NULLS[0], 1).values())
    assert len(drawn) < 400


# the bounds


def test_a_band_by_hand():
    """Of 3 data sets, 3 are rejected once in 8,000 times, 2 seven times in 1,000."""
    assert band(3, 1) == Band(0, 2)
    assert band(3, 10) == Band(0, 3)


def test_bands_are_wider_for_more_places():
    """And never so wide that nothing is outside."""
    one, many = band(1000, 1), band(1000, len(EXCHANGEABLE) * len(CONTROLS))
    assert 0 < many.low < one.low < 50 < one.high < many.high < 100


# what is wrong shows


def test_an_effect_shows_in_three_data_sets():
    """Testing a mean that is not zero as if it were."""
    found = collected(Cell("one sample", 12, 4, effect=3.0), range(SETS))
    assert all(found[name].sum() > band(SETS, 1).high for name in (*CONTROLS, *PARAMETRIC))


def test_p_without_the_observed_shows(monkeypatch):
    """count / n in place of (1 + count) / (1 + n), which is seen best with few relabellings: 1 in 5 of them is zero."""
    options = {"shape": TINY, "permutations": 4}
    cell, numbers = NULLS[0], range(200)
    assert collected(cell, numbers, **options)["voxel"].sum() == 0
    monkeypatch.setattr(decisions, "p_values", lambda observed, null: p_values(observed, null[1:]))
    for control in ("voxel", "tfce"):
        assert collected(cell, numbers, **options)[control].sum() > band(200, 1).high


def test_p_that_is_not_corrected_shows(monkeypatch):
    """The null of one voxel in place of that of the largest."""

    def one_voxel(self, prepared, relabellings, first):
        return np.stack([self.observed(t)[:, 0] for t in decisions.statistic_maps(prepared, relabellings, first)])

    monkeypatch.setattr(decisions.Controls, "null", one_voxel)
    found = collected(NULLS[2], range(SETS))
    assert found["voxel"].sum() > band(SETS, 1).high


def test_wrong_exchangeability_shows():
    """Two maps of each of six subjects, taken for those of twelve."""
    asked, found = question(one_sample(np.random.default_rng(0), 12)), 0
    for number in range(60):
        random = np.random.default_rng(number)
        data = np.repeat(fields(random, 6, 2, TINY), 2, axis=0) + 0.3 * fields(random, 12, 2, TINY)
        found += permutation_finds(data, asked, number, TINY, 99)["voxel"]
    assert found > band(60, 1).high


# the page


def test_the_page_is_complete():
    """Else: GLMSPEC_UPDATE_GOLDEN=1 python -m pytest tests/calibration -m slow."""
    text = PAGE.read_text("utf-8")
    for cell in NULLS:
        assert text.count(f"| {' | '.join(place(cell))} |") == 2
    for cell in PLANTED:
        assert f"\n| {' | '.join(place(cell)[1:])} |" in text
    for cell in SKEWED:
        assert f"| {cell.design} | {cell.skewness:g} |" in text


def test_the_page_shows_what_was_measured():
    """Per cent, each in its place."""
    measured = {cell: dict.fromkeys((*CONTROLS, *PARAMETRIC), np.array([1.0, 0, 0, 0])) for cell in CELLS}
    measured |= {cell: dict.fromkeys((*ERRORS, "bound"), np.array([0.5, 0, 0, 0])) for cell in PLANTED}
    measured[NULLS[0]] = {**measured[NULLS[0]], "voxel": np.array([1.0, 1, 0, 0])}
    text = page(measured, 4, 90.0)
    assert "| one sample | 12 | 2 | 50.0 | 25.0 | 25.0 | 25.0 |" in text
    assert "| all together |  |  | 26.56 | 25.00 | 25.00 | 25.00 |" in text
    assert "| 12 | 2 | 12.5 | 12.5 | 12.5 | 12.5 | 12.5 | 12 |" in text
