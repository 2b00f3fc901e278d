"""A condition's duration is a number of seconds or the name of a column, and a number is never taken for a name."""

from __future__ import annotations

import json

import jsonschema
import pytest

from glmspec.spec.document import FirstLevelDocument
from glmspec.spec.schema import schema_text
from glmspec.spec.source import parse
from glmspec.spec.validate import examine, loaded

TEXT = """\
glmspec: 1
name: timed
level: first
inputs: {{runs: {{bold: "{{run}}.nii"}}}}
design: {{conditions: {{go: {{duration: {}}}}}}}
contrasts: {{go: go}}
"""


@pytest.mark.parametrize(("written", "duration"), [("1.5", 1.5), ("2", 2.0), ("0", 0.0), ("rt", "rt"), ('"2"', "2")])
def test_what_a_duration_is_read_as(written, duration):
    source = parse(TEXT.format(written), "timed.yaml")
    document = loaded(source)
    assert isinstance(document, FirstLevelDocument)
    found = (document.design.conditions or {})["go"].duration
    assert (type(found), found) == (type(duration), duration)
    jsonschema.validate(json.loads(json.dumps(source.data)), json.loads(schema_text()))


def test_a_negative_duration_is_refused():
    _, problems = examine(parse(TEXT.format("-1"), "timed.yaml"))
    assert [str(problem) for problem in problems] == [
        (
            "[E203] at design.conditions.go.duration: `design.conditions.go.duration` must be at least 0, and is -1; "
            "duration: Seconds, 0 for an impulse, or a column of the events."
        )
    ]
