"""Events over time: what is drawn, and that it can stand in a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from glmspec.reporting.figures.timeline import timeline

EVENTS = {"go": [(0.0, 4.0), (12.0, 4.0)], "response": [(3.0, 0.0)], "<img onerror=x>": []}
SVG = "{http://www.w3.org/2000/svg}"


def words(svg):
    return [node.text for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_condition_has_a_line_and_time_is_in_seconds():
    found = words(timeline(EVENTS, (0.0, 20.0), "one"))
    assert set(EVENTS) <= set(found)
    assert {"s", "0", "18"} <= set(found)


def test_what_lies_before_the_first_scan_is_shaded():
    plain, shaded = (timeline(EVENTS, (start, 20.0), "one") for start in (0.0, 4.0))
    assert plain.count("opacity: 0.12") == 0
    assert shaded.count("opacity: 0.12") == 1


def test_events_without_a_duration_are_lines():
    with_line, without = (timeline({"a": events}, (0.0, 20.0), "one") for events in ([(3.0, 0.0)], []))
    assert len(with_line) > len(without)


def test_a_run_without_events_of_any_condition_is_drawn():
    assert ET.fromstring(timeline({}, (0.0, 20.0), "one")).get("role") == "img"


def test_same_events_same_bytes_and_ids_of_their_own():
    first, second = (timeline(EVENTS, (0.0, 20.0), name) for name in ("one", "two"))
    assert timeline(EVENTS, (0.0, 20.0), "one") == first
    ids = [set(re.findall(r'\bid="([^"]*)"', svg)) for svg in (first, second)]
    assert ids[0].isdisjoint(ids[1])
    for svg, own in zip((first, second), ids, strict=True):
        assert set(re.findall(r'(?:url\(#|href="#)([^")]*)', svg)) == own
