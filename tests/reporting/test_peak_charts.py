"""Charts at peaks: one a peak, on one scale, of the numbers of the tables."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from glmspec.reporting.figures.peaks import Interval, Maps, intervals, scatter
from glmspec.reporting.figures.timecourse import timecourse
from glmspec.reporting.material import Material
from glmspec.reporting.peak_effects import peak_effects
from glmspec.reporting.timecourses import timecourses

from .drawn import SVG, dots, shapes

WORDS = ("1 · 3, 4, 5 mm", "0.5 [0.2, 0.8]")
NONE = np.full(6, np.nan)


def words(svg):
    return [node.text for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_map_is_a_dot_and_the_estimate_a_line():
    maps = Maps(np.ones(6), np.arange(6.0), NONE, NONE)
    drawn = scatter(maps, Interval(2.5, 1, 4), WORDS, (-1, 6))
    assert words(drawn)[:2] == list(WORDS)
    assert list(dots(drawn).values()) == [6]
    assert drawn.count("fill-opacity") == 1  # the band


def test_maps_stand_over_the_regressor_and_its_numbers_are_written():
    values = np.array([-20.0, -10, 0, 10, 20, 30])
    drawn = scatter(Maps(values, values / 10, NONE, NONE), Interval(0.1, 0.05, 0.15), WORDS, (-5, 5))
    assert {"−20", "0", "20"} <= set(words(drawn))  # noqa: RUF001
    (shape,) = shapes(drawn, stroke_linecap="round")
    gaps = np.diff([float(x) for x, _ in shape.dots])
    assert np.allclose(gaps, gaps[0], atol=0.11)


def test_maps_of_groups_stand_side_by_side():
    groups = np.array([-0.5] * 3 + [0.5] * 3)
    drawn = scatter(Maps(groups, np.arange(6.0), NONE, NONE), Interval(1, 0, 2), WORDS, (-5, 5))
    (shape,) = shapes(drawn, stroke_linecap="round")
    assert len({x for x, _ in shape.dots}) == 6


def test_intervals_of_single_maps_are_drawn_where_they_are_known():
    value = np.arange(6.0)
    bare, known = (
        scatter(Maps(np.ones(6), value, value - width, value + width), Interval(2, 1, 3), WORDS, (-1, 7))
        for width in (np.nan, 0.5)
    )
    assert sum(shape.parts for shape in shapes(known)) == sum(shape.parts for shape in shapes(bare)) + 6


def test_each_group_ends_with_its_estimate():
    groups = [[Interval(1, 0, 2), Interval(2, 1, 3), Interval(1.5, 1, 2)]] * 3
    assert sorted(dots(intervals(groups, WORDS, (0, 3))).values()) == [3, 6]


def test_an_effect_without_an_interval_is_a_dot_alone():
    drawn = intervals([[Interval(1, np.nan, np.nan), Interval(np.nan, np.nan, np.nan)]], WORDS, (0, 3))
    assert list(dots(drawn).values()) == [1]


def test_a_time_course_has_two_lines_and_shades_censored_scans():
    scans = list(range(5, 45))
    drawn = timecourse(scans, np.sin(scans), np.cos(scans), [7, 8], "run-1", "percent signal")
    assert [len(shape.points) for shape in shapes(drawn) if len(shape.points) == len(scans)] == [40, 40]
    assert len(shapes(drawn, fill_opacity="0.15")) == 1
    assert {"run-1", "percent signal", "scan"} <= set(words(drawn))


@pytest.fixture(scope="module")
def group(results):
    return Material(results)


@pytest.fixture(scope="module")
def single(runs):
    return Material(runs)


def test_a_group_has_a_chart_a_peak_with_the_estimate_in_words(group):
    (figure,) = peak_effects(group, "mean")
    table = group.results.table(contrast="mean", stat="effects")
    estimates = [row for row in table if row["of"] == "estimate"]
    assert len(figure.pictures) == len(estimates) <= 12
    for svg, row in zip(figure.pictures, estimates, strict=True):
        first, second = words(svg)[:2]
        assert first.startswith(f"{row['cluster']} · ")
        assert second.startswith(f"{float(row['value']):.3g} [")
        assert list(dots(svg).values()) == [8]
    assert "A dot a map, in the order of the design" in figure.caption
    assert "partial values" in figure.caption


def test_a_difference_of_groups_is_a_slope(group):
    (figure,) = peak_effects(group, "difference")
    assert "furthest from zero" in figure.caption
    assert "the slope of the line is the effect" in figure.caption


def test_an_f_test_has_an_estimate_a_row(group):
    (figure,) = peak_effects(group, "any-group")
    assert "independent row of the F test" in figure.caption


def test_runs_are_told_from_left_to_right(single):
    (figure,) = peak_effects(single, "go")
    assert "From left to right: run-1 and run-2" in figure.caption
    (figure,) = peak_effects(single, "second")
    assert "From left to right: run-2, and in red the same" in figure.caption


def test_time_courses_are_of_the_runs_that_have_a_part(single):
    for contrast, names in (("go", ["run-1", "run-2"]), ("second", ["run-2"])):
        (figure,) = timecourses(single, contrast)
        assert [next(w for w in words(svg) if " at " in w).split(" at ")[0] for svg in figure.pictures] == names
    assert "percent signal" in words(figure.pictures[0])


def test_a_group_has_no_time_courses(group):
    assert timecourses(group, "mean") == ()


def test_results_of_an_earlier_version_have_no_such_charts(group, single):
    for material, contrast in ((group, "mean"), (single, "go")):
        outputs = [
            output for output in material.results.index["outputs"] if output["stat"] not in ("effects", "timecourses")
        ]
        bare = Material(type(material.results)(material.results.folder, {**material.results.index, "outputs": outputs}))
        assert peak_effects(bare, contrast) == ()
        assert timecourses(bare, contrast) == ()
