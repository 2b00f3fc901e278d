"""Charts: what is written in them, and that they can stand beside each other in a page."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from glmspec.reporting.figures.charts import correlation, design_matrix, efficiencies

HOSTILE = "<img src=x onerror=alert(1)> $x^2$"
ODD = ["", '#010203 id="a"', 'href="#a" url(#', "two\nlines", "条件 ü ✓", "-->"]


def columns(count):
    return [f"column_{i}" for i in range(count)]


def design(rows, count, contrasts=None):
    matrix = np.random.default_rng(rows).normal(size=(rows, count))
    return design_matrix(matrix, columns(count), contrasts or {"first": np.eye(count)[:1]})


def correlations(count, vif=None):
    vif = np.linspace(1, 30, count) if vif is None else vif
    return correlation(np.eye(count), columns(count), vif)


def words(svg):
    return [node.text for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(("rows", "count"), [(15, 1), (17, 30), (100, 5), (40, 200)])
def test_columns_are_named_as_room_allows(rows, count):
    for svg in (design(rows, count), correlations(count)):
        named = set(words(svg)) & set(columns(count))
        assert len(named) == count if count <= 30 else 30 < len(named) < count
        assert "column_0" in named


def test_weights_stand_in_their_tiles_and_f_contrasts_have_rows():
    contrasts = {"difference": np.array([[1.0, -1, 0]]), "any": np.eye(3)[:2], "third": np.full((1, 3), 1 / 3)}
    found = words(design(20, 3, contrasts=contrasts))
    assert [w for w in found if w[0] in "+−"] == ["+1", "−1", "+1", "+1", "+0.33", "+0.33", "+0.33"]  # noqa: RUF001
    assert {"difference", "any", "third"} <= set(found)


def test_wide_designs_name_the_columns_that_have_weights():
    weights = np.zeros((1, 200))
    weights[0, [77, 131]] = 1, -1
    found = words(design(30, 200, contrasts={"far apart": weights}))
    assert {"column_77", "column_131", "+1", "−1"} <= set(found)  # noqa: RUF001


def test_hostile_names_are_text_and_dollars_are_dollars():
    svg = design_matrix(np.eye(2), [HOSTILE, "b"], {HOSTILE: np.eye(2)[:1]}, rows=HOSTILE, title=HOSTILE)
    assert "<img" not in svg
    assert words(svg).count(HOSTILE) == 3
    assert ET.fromstring(svg).get("aria-label") == HOSTILE
    assert HOSTILE in words(correlation(np.eye(2), [HOSTILE, "b"], np.ones(2)))


def test_names_are_written_as_they_are():
    svg = design_matrix(np.eye(6), ODD, {name: np.eye(6)[:1] for name in ODD})
    assert {name for name in ODD if name and "\n" not in name} <= set(words(svg))
    correlation(np.eye(6), ODD, np.ones(6))


def test_same_arrays_same_bytes_and_nothing_that_another_chart_could_share():
    assert (design(20, 4), correlations(4)) == (design(20, 4), correlations(4))
    for svg in (design(20, 4), correlations(4)):
        assert not re.search(r'\bid="|url\(|href="#', svg)


def test_charts_can_be_inlined_and_follow_the_page():
    for svg in (design(20, 4), correlations(4)):
        assert svg.startswith("<svg ")
        assert not re.search(r"<style|<metadata|<script|<!--|xlink|https?://(?!www.w3.org/2000/svg)", svg)
        assert "currentColor" in svg
        assert "20" + "26" not in svg  # no date
        assert ET.fromstring(svg).get("role") == "img"


def test_infinite_vif_is_marked_and_nan_is_left_out():
    whole, part = correlations(4), correlations(4, vif=np.array([1.0, np.inf, np.nan, 7.0]))
    assert "∞" in words(part)
    assert "∞" not in words(whole)


def test_nan_and_constant_columns_are_drawn():
    matrix = np.column_stack([np.full(9, np.nan), np.zeros(9), np.ones(9)])
    assert "column_1" in words(design_matrix(matrix, columns(3), {}))
    assert "column_1" in words(correlation(np.full((3, 3), np.nan), columns(3), np.full(3, np.nan)))


def test_rows_are_counted_from_their_first():
    matrix = np.random.default_rng(0).normal(size=(30, 2))
    counted = words(design_matrix(matrix, columns(2), {}, first=101))
    assert {"105", "130"} & set(counted)
    assert "0" not in counted


def test_efficiencies_are_bars_with_their_numbers():
    found = words(efficiencies({"first": 16.0, "far smaller": 0.001234}))
    assert {"first", "16", "far smaller", "0.00123"} <= set(found)
