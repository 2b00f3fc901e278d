"""Patterns and paths: what a regular expression would find, without its endless ways."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmspec.plan.locate.fitting import fit


@pytest.mark.parametrize(
    ("pattern", "path", "captured"),
    [
        ("maps/{subject}.nii.gz", "maps/S01.nii.gz", {"subject": "S01"}),
        ("maps/{subject}.nii.gz", "maps/S_01.nii.gz", None),
        ("maps/{subject}.nii.gz", "maps/.nii.gz", None),
        ("sub-{subject}/sub-{subject}_run-{run}.nii", "sub-01/sub-01_run-2.nii", {"subject": "01", "run": "2"}),
        ("sub-{subject}/sub-{subject}_run-{run}.nii", "sub-01/sub-02_run-2.nii", None),
        ("*/{subject}.nii", "a/b/S01.nii", None),
        ("{subject}*.nii", "S01_x.nii", {"subject": "S01"}),
        ("{a}-{b}.nii", "x-y-z.nii", {"a": "x-y", "b": "z"}),
        ("a.nii", "axnii", None),
        ("**.nii", ".nii", {}),
    ],
)
def test_what_a_path_captures(pattern: str, path: str, captured: dict[str, str] | None) -> None:
    assert fit(pattern, path) == captured


def by_expression(pattern: str, path: str) -> dict[str, str] | None:
    """The same by a regular expression, which is fast enough for short texts."""
    seen: set[str] = set()
    text = ""
    for piece in re.split(r"(\{[^{}]*\}|\*)", pattern):
        if piece == "*":
            text += "[^/]*"
        elif piece.startswith("{"):
            name = piece[1:-1]
            text += f"(?P={name})" if name in seen else f"(?P<{name}>[A-Za-z0-9+-]+)"
            seen.add(name)
        else:
            text += re.escape(piece)
    found = re.fullmatch(text, path)
    return found.groupdict() if found else None


PIECES = st.lists(st.sampled_from(["a", "b", "-", "_", "/", "*", "{x}", "{y}"]), max_size=7).map("".join)
PATHS = st.text("ab-_/", max_size=9)


@given(PIECES, PATHS)
def test_a_regular_expression_finds_the_same(pattern: str, path: str) -> None:
    assert fit(pattern, path) == by_expression(pattern, path)


@given(PIECES, st.data())
def test_a_path_made_from_a_pattern_fits_it(pattern: str, data: st.DataObject) -> None:
    values = {"{x}": data.draw(st.text("ab-", min_size=1, max_size=3)), "{y}": data.draw(st.sampled_from("ab"))}
    path = re.sub(r"\{.\}|\*", lambda piece: values.get(piece[0], "_"), pattern)
    assert fit(pattern, path) is not None
