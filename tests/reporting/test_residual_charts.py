"""Charts of residuals: what they show of the counts that the analysis stored."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from glmspec.reporting.figures.residuals import by_map, counted, over_scans
from glmspec.reporting.material import Material
from glmspec.reporting.model import Figure
from glmspec.reporting.residuals import residuals

from .drawn import SVG, dots, shapes


def words(svg):
    return [node.text for node in ET.fromstring(svg).iter(f"{SVG}text")]


def figures(results):
    return [block for block in residuals(Material(results)) if isinstance(block, Figure)]


def changed(results, **facts):
    index = {**results.index, "analysis": {**results.analysis, **facts}}
    return type(results)(results.folder, index)


def test_extreme_scans_are_dots_and_censored_ones_shaded():
    spread = np.array([np.nan, *np.ones(30), 4.0, *np.ones(8)])
    drawn = over_scans(range(1, 41), spread, [32], [5, 6], "run-1")
    assert list(dots(drawn).values()) == [1]
    assert len(shapes(drawn, fill_opacity="0.15")) == 1
    assert {"run-1", "spread", "scan"} <= set(words(drawn))


def test_every_map_that_has_a_number_is_a_bar():
    drawn = by_map([1.0, None, 3.0], 1.0, "Outlying", "%")
    (bars,) = (shape for shape in shapes(drawn) if shape.style.get("fill", "").startswith("#"))
    assert bars.parts == 2
    assert "dasharray" in drawn
    assert "dasharray" not in by_map([None, None], None, "Outlying", "%")


def test_counts_are_cut_to_what_is_not_empty():
    edges = np.linspace(-1, 1, 101)
    counts = np.zeros(100, dtype=int)
    counts[50:55] = 10
    found = words(counted(edges, counts, None, "t", "x"))
    assert "0" in found
    assert "1" not in found
    assert ET.fromstring(counted(edges, np.zeros(100, dtype=int), None, "t", "x")).get("role") == "img"


def test_a_group_names_its_most_outlying_maps(results):
    (figure,) = figures(results)
    facts = results.analysis["residuals"]
    worst = int(np.argmax(facts["outlying"]))
    name = results.analysis["rows"][worst]["names"]["subject"]
    assert f"Most: subject {name} ({100 * facts['outlying'][worst]:.1f} %)" in figure.caption
    assert len(figure.pictures) == 3
    assert "what normal noise gives" in figure.caption


def test_with_one_degree_of_freedom_nothing_is_outlying(results):
    facts = {**results.analysis["residuals"], "limit": None, "outlying": [None] * 8, "expected": None}
    (figure,) = figures(changed(results, residuals=facts))
    assert len(figure.pictures) == 2
    assert "Outlying" not in figure.caption
    assert "normal noise" not in figure.caption


def test_every_run_has_its_charts(runs):
    first, second = figures(runs)
    assert first.caption.startswith("run-1. Left: root mean square")
    assert second.caption.startswith("run-2. Left: root mean square")
    extreme = {**runs.analysis["runs"][0]["residuals"], "extreme": [4]}
    told = [{**runs.analysis["runs"][0], "residuals": extreme, "censored": [9]}]
    (figure,) = figures(changed(runs, runs=told))
    assert "Red: 1 scan far out by Tukey's fence: 7." in figure.caption  # two scans were discarded
    assert "Shaded: censored scans." in figure.caption


LATER = ("residuals", "smoothness")


def test_results_of_an_earlier_version_have_none(results, runs):
    bare = [{key: value for key, value in run.items() if key not in LATER} for run in runs.analysis["runs"]]
    assert residuals(Material(changed(runs, runs=bare))) == ()
    assert residuals(Material(changed(results, residuals=None, smoothness=None))) == ()
