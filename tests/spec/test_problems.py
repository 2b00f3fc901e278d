"""pydantic's errors as problems of a document, and problems as text."""

from __future__ import annotations

import pytest

from glmspec.cli.printing import as_annotation, as_data, as_text
from glmspec.errors import Place, Problem
from glmspec.spec.problems import nearest, real_path, suggestion
from glmspec.spec.source import parse
from glmspec.spec.validate import examine

from .documents import SMALL


def test_union_tags_are_not_part_of_a_path() -> None:
    data = {"inference": {"fdr": {"method": "parametric", "alpha": 5}}}
    assert real_path(("second", "inference", "fdr", "parametric", "alpha"), data) == ("inference", "fdr", "alpha")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (("mask: mask.nii.gz", "mask: {image: mask.nii.gz, abov: 1}"), ("inputs", "mask", "abov")),
        (('"maps/{subject}.nii.gz"', "{table: maps.tsv, tabel: x}"), ("inputs", "maps", "tabel")),
        (('"maps/{subject}.nii.gz"', "{bids: {root: a, rot: b}}"), ("inputs", "maps", "bids", "rot")),
        (('"maps/{subject}.nii.gz"', "[{map: a.nii, subject: 1}, {map: 3.5, dof: x}]"), ("inputs", "maps", 1, "dof")),
    ],
)
def test_kinds_of_input_whose_name_is_also_a_key(change: tuple[str, str], path: tuple[object, ...]) -> None:
    _, problems = examine(parse(SMALL.replace(*change), "small.yaml"))
    assert [problem.path for problem in problems] == [path]


def test_two_missing_keys_of_one_section_are_both_told() -> None:
    text = SMALL + "regions: {v5: {sphere: {}}}\n"
    _, problems = examine(parse(text, "small.yaml"))
    assert [problem.message.split(" has no ")[1] for problem in problems] == ["`center`", "`radius`"]


@pytest.mark.parametrize(
    ("name", "meant"), [("alfa", "alpha"), ("ALPHA", "alpha"), ("smoothing", "smoothing_fwhm"), ("zzz", None)]
)
def test_the_nearest_name(name: str, meant: str | None) -> None:
    assert nearest(name, ["alpha", "mask", "smoothing_fwhm"]) == meant


def test_a_long_list_is_cut() -> None:
    assert suggestion("zzz", [f"name{index}" for index in range(20)], "columns").endswith("name11 and 8 more")


def test_the_mark_stands_under_wide_and_combining_characters() -> None:
    source = parse("x: {脳e\u0301: 1, wrong: 2}\n", "small.yaml")
    lines = as_text(Problem("E201", "wrong", ("x", "wrong"), on="key"), source).splitlines()
    shown, marks = lines[3].split("| ", 1)[1], lines[4].split("| ", 1)[1]
    columns = sum({"脳": 2, "\u0301": 0}.get(character, 1) for character in shown.split("wrong")[0])
    assert marks == " " * columns + "^^^^^"


def test_a_long_line_is_cut_around_what_is_marked() -> None:
    source = parse("x: [" + "a, " * 200 + "wrong]\n", "small.yaml")
    lines = as_text(Problem("E203", "wrong", ("x", 200)), source).splitlines()
    start = lines[4].index("^")
    assert lines[3][start : start + 5] == "wrong"
    assert len(lines[3]) < 130


def test_control_characters_do_not_reach_the_terminal() -> None:
    text = as_text(Problem("E203", "bad \x1b[31mname\x07", hint="a\u202eb", place=Place("f\x1b.yaml", 1, 1)), None)
    assert text.isprintable() or all(character.isprintable() or character == "\n" for character in text)
    assert "\\u001b[31m" in text


def test_an_annotation_cannot_be_broken_out_of() -> None:
    problem = Problem("E203", "a\n::error::b%", place=Place("x,y:z.yaml", 3, 4))
    expected = "::error file=x%2Cy%3Az.yaml,line=3,col=4,title=E203::a%0A::error::b%25"
    assert as_annotation(problem, None) == expected


def test_a_problem_as_data_has_its_place() -> None:
    source = parse(SMALL, "small.yaml")
    data = as_data(Problem("E203", "wrong", ("inference", "fdr", "alpha")), source)
    assert (data["file"], data["line"], data["path"]) == ("small.yaml", 7, "inference.fdr.alpha")
