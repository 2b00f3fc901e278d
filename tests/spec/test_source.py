"""Where every path of a document stands."""

from __future__ import annotations

import pytest

from glmspec.errors import DocPath, DocumentError, Problem
from glmspec.spec.source import Source, parse

TEXT = """\
title: "Müller: größer"
inputs:
  maps: 'maps/{subject}.nii.gz'
  variables: [a.tsv, "b.tsv"]
contrasts:
  more: group[patient] - 脳
  said: {expression: "a - b"}
"""


@pytest.fixture
def source() -> Source:
    return parse(TEXT, "analysis.yaml")


def marked(source: Source, problem: Problem) -> str:
    place = source.place(problem)
    return source.lines[place.line - 1][place.column - 1 : place.column - 1 + place.length]


def blame(path: DocPath, **how: object) -> Problem:
    return Problem("E203", "wrong", path, **how)  # type: ignore[arg-type]


def test_data_are_mappings_lists_and_what_is_written(source: Source) -> None:
    assert source.data["inputs"]["variables"] == ("a.tsv", "b.tsv")
    assert source.data["title"] == "Müller: größer"


@pytest.mark.parametrize(
    ("path", "on", "expected"),
    [
        (("inputs", "maps"), "key", "maps"),
        (("inputs", "maps"), "value", "'maps/{subject}.nii.gz'"),
        (("inputs", "variables", 1), "value", '"b.tsv"'),
        (("inputs", "variables", 1), "key", '"b.tsv"'),
        (("title",), "value", '"Müller: größer"'),
        (("contrasts", "more", "expression"), "value", "group[patient] - 脳"),
        (("inputs", "maps", 0), "value", "'maps/{subject}.nii.gz'"),
        (("inputs", "mask"), "value", "inputs"),
        (("design", "formula"), "value", "t"),
    ],
)
def test_a_path_is_found_or_the_nearest_part_around_it(source: Source, path: DocPath, on: str, expected: str) -> None:
    assert marked(source, blame(path, on=on)) == expected


@pytest.mark.parametrize(
    ("path", "span", "expected"),
    [
        (("contrasts", "more", "expression"), (0, 14), "group[patient]"),
        (("contrasts", "more", "expression"), (17, 18), "脳"),
        (("contrasts", "said", "expression"), (4, 5), "b"),
        (("title",), (0, 6), "Müller"),
        (("title",), (8, 99), '"Müller: größer"'),
    ],
)
def test_a_span_marks_part_of_a_value(source: Source, path: DocPath, span: tuple[int, int], expected: str) -> None:
    assert marked(source, blame(path, span=span)) == expected


def test_a_value_with_escapes_is_marked_as_a_whole() -> None:
    source = parse('formula: "1 + \\x41 + b"\n', "analysis.yaml")
    assert marked(source, blame(("formula",), span=(8, 9))) == '"1 + \\x41 + b"'


def test_a_value_over_several_lines_is_marked_where_it_begins() -> None:
    source = parse("contrasts:\n  more: >-\n    a\n    - b\n", "analysis.yaml")
    place = source.place(blame(("contrasts", "more"), span=(4, 5)))
    assert (place.line, place.column) == (2, 9)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_counts(end: str) -> None:
    source = parse(end.join(["a: 1", "b: 2", "c: 3"]), "analysis.yaml")
    assert source.place(blame(("c",))).line == 3


def test_a_byte_order_mark_is_no_character() -> None:
    source = parse(b"\xef\xbb\xbfa: 1\n", "analysis.yaml")
    assert source.place(blame(("a",), on="key")).column == 1


def test_what_is_wrong_with_the_text_does_not_stop_the_reading() -> None:
    source = parse("a: 1\na: 2\nb: *x\nc: !!int 3\nd: &y 4\n", "analysis.yaml")
    assert [problem.code for problem in source.problems] == ["E105", "E106", "E107", "E106"]
    assert source.data["a"] == 1
    assert source.data["d"] == 4


@pytest.mark.parametrize(
    ("text", "code"), [("", "E104"), ("# only\n", "E104"), ("- a\n", "E109"), ("a\n", "E109"), ("a: [1\n", "E102")]
)
def test_what_is_no_mapping_is_no_document(text: str, code: str) -> None:
    with pytest.raises(DocumentError) as error:
        parse(text, "analysis.yaml")
    assert [problem.code for problem in error.value.problems] == [code]


def test_the_line_travels_with_a_problem_that_has_no_source() -> None:
    with pytest.raises(DocumentError) as error:
        parse("a: 1\nb: [1\n", "analysis.yaml")
    (problem,) = error.value.problems
    assert problem.place is not None
    assert problem.place.written == "b: [1"
