"""Where YAML itself trips, the message shows the line as it must be quoted, and that line is right."""

from __future__ import annotations

import pytest

from glmspec.errors import DocumentError
from glmspec.spec.source import parse

TRAPS = {
    "x: `a` - b": "`a` - b",
    "x: {subject}.nii.gz": "{subject}.nii.gz",
    "x: {subject}/{run}.nii.gz": "{subject}/{run}.nii.gz",
    "x: *.nii.gz": "*.nii.gz",
    "x: @home": "@home",
    "x: %signal": "%signal",
    "x: a: b": "a: b",
    'x: {y: "a"} - b': '{y: "a"} - b',
    "x: {y: a[b] - c}": {"y": "a[b] - c"},
    "x: {y: a[b], z: 1}": {"y": "a[b]", "z": 1},
    "x: [`a`, b]": ("`a`", "b"),
    "x: {y: [a[b], c]}": {"y": ("a[b]", "c")},
}


@pytest.mark.parametrize(("line", "meant"), TRAPS.items())
def test_the_line_that_is_shown_says_what_was_meant(line: str, meant: object) -> None:
    with pytest.raises(DocumentError) as error:
        parse(f"a: 1\n{line}\nb: 2\n", "analysis.yaml")
    (problem,) = error.value.problems
    lead, _, mended = problem.hint.partition("\n")
    assert lead == "put it into quotes:"
    assert parse(mended, "analysis.yaml").data["x"] == meant
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (2, 4)


@pytest.mark.parametrize("text", ["a: [1\n", 'a: "1\nb: 2\n', "a: 1\n b: 2\n", "a:1\nb: 2\n"])
def test_where_no_quotes_help_none_are_suggested(text: str) -> None:
    with pytest.raises(DocumentError) as error:
        parse(text, "analysis.yaml")
    assert "put it into quotes" not in error.value.problems[0].hint
    assert error.value.problems[0].hint
