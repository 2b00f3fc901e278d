"""Names, paths and thresholds."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from glmspec.spec.fields import Count, DataPath, DataPattern, Label, Name, ScaledThreshold, Slug, captured_names
from glmspec.spec.scalars import plain_value


def code(kind: Any, value: Any) -> str:
    """The code of what is wrong with a value, or nothing."""
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError as error:
        return error.errors()[0]["type"]
    return ""


@pytest.mark.parametrize("path", ["a.nii.gz", "sub-01/a b.nii", "über/脳.nii", "a..b/c.nii", "./a.nii", "01"])
def test_paths_inside_the_data_folder(path: str) -> None:
    assert code(DataPath, path) == ""


@pytest.mark.parametrize(
    "path",
    [
        *("/etc/passwd", "//server/share", "~/a", "~root/a", "C:\\a", "c:/a", "C:a", "\\\\server\\a", "a\\b"),
        *("..", "../a", "a/../b", "a/..", "a\\..\\b", "http://x/a", "file:///etc/passwd", "s3://bucket/a"),
    ],
)
def test_paths_that_leave_it(path: str) -> None:
    assert code(DataPath, path) == "E212"
    assert code(DataPattern, path) == "E212"


@pytest.mark.parametrize("path", ["{subject}.nii", "*.nii", "a}.nii"])
def test_a_pattern_is_no_path(path: str) -> None:
    assert code(DataPath, path) == "E212"


def test_a_pattern_captures_each_name_once() -> None:
    assert captured_names("sub-{subject}/sub-{subject}_run-{run}.nii") == ("subject", "run")


@pytest.mark.parametrize("name", ["a", "left-minus-right", "H1", "01", "A-b-C"])
def test_names(name: str) -> None:
    assert code(Name, plain_value(name)) == ""


@pytest.mark.parametrize("name", ["", "-a", "a_b", "a b", "a/b", "a.b", "ä", "a\n", "A>B", "a\u200b", "..", "=cmd"])
def test_what_is_no_name(name: str) -> None:
    assert code(Name, name) == "E206"


def test_a_slug_is_in_lower_case() -> None:
    assert code(Slug, "button-press") == ""
    assert code(Slug, "Button-press") == "E206"


def test_a_name_is_never_longer_than_a_file_name_can_be() -> None:
    assert code(Name, "a" * 101) in ("string_too_long", "too_long")


@pytest.mark.parametrize(("written", "label"), [("01", "01"), ("1.0", "1.0"), ("1e3", "1e3"), ("true", "true")])
def test_a_label_is_its_characters(written: str, label: str) -> None:
    assert TypeAdapter(Label).validate_python(plain_value(written), strict=True) == label


def test_a_count_may_be_written_with_an_exponent() -> None:
    assert TypeAdapter(Count).validate_python(plain_value("1e4"), strict=True) == 10_000
    assert code(Count, plain_value("1.5")) == "int_type"


@pytest.mark.parametrize(
    ("value", "expected"),
    [({"z": 3.1}, ""), ({"p": 0.001}, ""), (3.1, "E204"), (0, "E204"), ({}, "E205"), ({"p": 0.1, "z": 2.0}, "E205")],
)
def test_a_threshold_carries_one_scale(value: Any, expected: str) -> None:
    assert code(ScaledThreshold, value) == expected
