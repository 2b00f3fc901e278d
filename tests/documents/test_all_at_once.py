"""Some thirty mistakes in one document: all come out, in the order of the text, each once."""

from __future__ import annotations

from pathlib import Path

from glmspec.spec.source import read
from glmspec.spec.validate import examine

DOCUMENT = Path(__file__).parent / "validate" / "many-mistakes.yaml"


def test_every_mistake_is_told_once_and_in_the_order_of_the_text() -> None:
    source = read(DOCUMENT)
    _, problems = examine(source)
    places = [source.place(problem) for problem in problems]
    wrong = [number for number, line in enumerate(source.lines, 1) if "# wrong" in line]
    assert [place.line for place in places] == wrong
    assert [(place.line, place.column) for place in places] == sorted((place.line, place.column) for place in places)
    assert len(wrong) >= 25


def test_the_marks_point_at_what_is_written_there() -> None:
    source = read(DOCUMENT)
    _, problems = examine(source)
    for problem in problems:
        place = source.place(problem)
        marked = source.lines[place.line - 1][place.column - 1 : place.column - 1 + place.length]
        assert marked.strip() == marked != ""
