"""The null distribution of each maximum: what is drawn, and that its numbers are those of the table of maxima."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from glmspec.execution.results import Results
from glmspec.reporting.figures.histogram import Marked, histogram
from glmspec.reporting.material import Material
from glmspec.reporting.null_distributions import null_distributions
from reporting.small_study import analysed, judged

from .drawn import SVG, shapes


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    text = judged().replace("control: voxel", "control: [voxel, tfce]")
    return Material(analysed(tmp_path_factory.mktemp("nulls"), text))


def finding(material, contrast, inference="relabelled"):
    return next(found for found in material.findings if (found.contrast, found.inference) == (contrast, inference))


def words(svg):
    return [node.text for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_control_has_a_chart_with_what_was_observed_and_the_threshold(material):
    found = finding(material, "difference")
    (figure,) = null_distributions(material, found)
    assert figure.small
    assert [words(svg)[-1].split(":")[0] for svg in figure.pictures] == ["Voxels", "TFCE"]
    maxima = found.facts["maxima"]["voxel"]
    title = f"Voxels: {maxima['observed']:.3g} (threshold {maxima['critical']:.3g})"
    assert words(figure.pictures[0])[-1] == title
    assert figure.caption.startswith("Maxima of all 70 relabellings")


def test_numbers_are_those_of_the_maxima_and_of_the_map(material):
    results = material.results
    for contrast in ("difference", "any-group"):
        maxima = finding(material, contrast).facts["maxima"]["voxel"]
        path = results.find("null", contrast=contrast, inference="relabelled")["path"]
        null = np.loadtxt(results.folder / path, skiprows=1)[:, 0]
        test = results.contrasts[contrast]["test"]
        statistic = results.volume("statmap", contrast=contrast, stat=test)[results.mask]
        largest = statistic.max() if test == "F" else np.abs(statistic).max()
        assert maxima["observed"] == pytest.approx(largest, rel=1e-5)
        assert maxima["observed"] == pytest.approx(null[0], rel=1e-5)
        assert np.mean(null > maxima["critical"] * (1 + 1e-6)) <= 0.05
        assert np.mean(null >= maxima["critical"] * (1 - 1e-6)) > 0.05


def test_other_inferences_have_none(material):
    assert null_distributions(material, finding(material, "difference", "discoveries")) == ()


def test_a_threshold_that_nothing_can_reach_is_not_drawn_and_said(material):
    found = finding(material, "difference")
    none = {name: {**maximum, "critical": None} for name, maximum in found.facts["maxima"].items()}
    (figure,) = null_distributions(material, dataclasses.replace(found, facts={**found.facts, "maxima": none}))
    assert "dasharray" not in "".join(figure.pictures)
    assert "No threshold is drawn" in figure.caption


def test_results_without_the_table_of_maxima_have_no_chart(material):
    outputs = [output for output in material.results.index["outputs"] if output["kind"] != "null"]
    bare = Material(Results(material.results.folder, {**material.results.index, "outputs": outputs}))
    assert null_distributions(bare, finding(bare, "difference")) == ()


def bars(svg):
    """Heights of the bars, px."""
    shape = next(shape for shape in shapes(svg) if "fill-opacity" in shape.style)
    corners = np.array(shape.points).reshape(-1, 4, 2)
    return np.ptp(corners[:, :, 1], axis=1)


def test_bars_are_as_tall_as_their_counts():
    values = np.array([1.0] * 4 + [2.0] * 2 + [9.0])
    heights = bars(histogram(values, Marked(9.0), "t", "x"))
    assert np.allclose(heights / heights[0], [1, 0.5, 0.25], atol=0.01)


def test_on_a_log_axis_zeros_have_a_bar_of_their_own():
    with_zeros = histogram(np.array([0.0, 0, 1, 10, 100]), Marked(100.0), "t", "x", log=True)
    without = histogram(np.array([1.0, 10, 100]), Marked(100.0), "t", "x", log=True)
    assert "0" in words(with_zeros)
    assert "0" not in words(without)
    assert ET.fromstring(histogram(np.zeros(5), Marked(0.0), "t", "x", log=True)).get("role") == "img"


def test_without_any_statistic_nothing_is_drawn(material):
    found = finding(material, "difference")
    none = {name: {"observed": None, "critical": None} for name in found.facts["maxima"]}
    assert null_distributions(material, dataclasses.replace(found, facts={**found.facts, "maxima": none})) == ()


def test_maxima_that_are_no_numbers_are_left_out():
    values = np.array([1.0, 2, 3, 4])
    assert histogram(np.append(values, -np.inf), Marked(4.0), "t", "x") == histogram(values, Marked(4.0), "t", "x")
