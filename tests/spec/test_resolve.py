"""The resolved document: every default filled in and marked, and nothing else changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmspec.spec.resolve import MARK, resolved_data, resolved_digest, resolved_text, scalar
from glmspec.spec.source import parse, read
from glmspec.spec.validate import loaded

from .documents import EVERY, SMALL


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_resolved_document_reads_back_as_an_equal_document(path: Path) -> None:
    document = loaded(read(path))
    again = loaded(parse(resolved_text(document), "resolved.yaml"))
    assert resolved_data(again) == resolved_data(document)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_resolving_twice_changes_nothing(path: Path) -> None:
    document = loaded(read(path))
    again = loaded(parse(resolved_text(document), "resolved.yaml"))
    assert resolved_text(again, marks=False) == resolved_text(document, marks=False)
    assert resolved_digest(again) == resolved_digest(document)


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_nothing_is_a_default_once_it_is_written(path: Path) -> None:
    document = loaded(read(path))
    again = loaded(parse(resolved_text(document, marks=False), "resolved.yaml"))
    assert MARK not in resolved_text(again)


def test_defaults_are_marked_and_written_values_are_not() -> None:
    lines = resolved_text(loaded(parse(SMALL, "small.yaml"))).splitlines()
    assert '  maps: "maps/{subject}.nii.gz"' in lines
    assert f"  smoothing_fwhm: 0.0{MARK}" in lines
    assert f"    alternative: two-sided{MARK}" in lines
    assert "    alpha: 0.05" in lines
    assert f"  voxel: error{MARK}" in lines


def test_a_default_that_is_written_out_gives_the_same_digest() -> None:
    written = SMALL.replace("alpha: 0.05", "alpha: 0.05, alternative: two-sided")
    assert resolved_digest(loaded(parse(written, "a"))) == resolved_digest(loaded(parse(SMALL, "b")))


def test_a_text_that_looks_like_a_mark_counts() -> None:
    titles = [f'title: "Patients{mark}"\n' for mark in ("", MARK)]
    assert len({resolved_digest(loaded(parse(SMALL + title, "a"))) for title in titles}) == 2


def test_the_layout_of_the_text_does_not_count() -> None:
    loose = "# a comment\n" + SMALL.replace('formula: "1 + group"', "formula: group")
    assert resolved_digest(loaded(parse(loose, "a"))) == resolved_digest(loaded(parse(SMALL, "b")))


@given(st.text())
def test_any_text_reads_back_as_itself(text: str) -> None:
    assert parse(f"x: {scalar(text)}\n", "scalar.yaml").data["x"] == text


@given(st.one_of(st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False)))
def test_any_number_reads_back_as_itself(number: float) -> None:
    assert parse(f"x: {scalar(number)}\n", "scalar.yaml").data["x"] == number
