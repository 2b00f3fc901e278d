"""Events over time: what is drawn, and that it can stand in a page."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from glmspec.reporting.figures.timeline import timeline

from .drawn import SVG, shapes

EVENTS = {"go": [(0.0, 4.0), (12.0, 4.0)], "response": [(3.0, 0.0)], "<img onerror=x>": []}


def words(svg):
    return [node.text for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_condition_has_a_line_and_time_is_in_seconds():
    found = words(timeline(EVENTS, (0.0, 20.0)))
    assert set(EVENTS) <= set(found)
    assert {"s", "0", "10"} <= set(found)


def test_what_lies_before_the_first_scan_is_shaded():
    plain, shaded = (timeline(EVENTS, (start, 20.0)) for start in (0.0, 4.0))
    assert [len(shapes(svg, fill_opacity="0.12")) for svg in (plain, shaded)] == [0, 1]


def test_events_without_a_duration_are_lines():
    with_line, without = (timeline({"a": events}, (0.0, 20.0)) for events in ([(3.0, 0.0)], []))
    assert len(with_line) > len(without)


def test_a_run_without_events_of_any_condition_is_drawn():
    assert ET.fromstring(timeline({}, (0.0, 20.0))).get("role") == "img"


def test_same_events_same_bytes_and_no_ids():
    drawn = timeline(EVENTS, (0.0, 20.0))
    assert timeline(EVENTS, (0.0, 20.0)) == drawn
    assert 'id="' not in drawn
