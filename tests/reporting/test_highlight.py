"""The lines of a document in pieces."""

from __future__ import annotations

import pytest

from glmspec.reporting.highlight import highlighted


def kinds(line):
    return [(token.text, token.kind) for token in highlighted(line)[0] if token.text.strip()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("alpha: 0.05", [("alpha", "key"), (": ", ""), ("0.05", "number")]),
        ("subject: 01", [("subject", "key"), (": ", ""), ("01", "string")]),
        ("# words", [("# words", "comment")]),
        ('a: "x # y" # z', [("a", "key"), (": ", ""), ('"x # y"', "string"), ("# z", "comment")]),
        ("a: x#y", [("a", "key"), (": ", ""), ("x#y", "string")]),
        (
            "a: {z: 3}",
            [("a", "key"), (": {", ""), ("z", "key"), (": ", ""), ("3", "number"), ("}", "")],
        ),
    ],
)
def test_pieces_are_told_apart(line, expected):
    assert kinds(line) == expected


TEXTS = [
    "a: |\n  one\n  two\nb: 'x\n  y'\n",
    "a: b\r\nc: d\r\n",
    "\n\n# only\n",
    "a: [1,\n 2]\n",
    "{",
    "é: 🧠 # x\nb: 1",
]


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_is_lost(text):
    lines = ["".join(token.text for token in line) for line in highlighted(text)]
    assert lines == text.replace("\r\n", "\n").removesuffix("\n").split("\n")


def test_a_scalar_of_several_lines_is_a_string_in_each():
    assert [line[-1].kind for line in highlighted("a: |\n  one: 1\n  two # no comment\n")] == ["string"] * 3


def test_characters_that_hide_are_spelled_out():
    assert ("U+202E", "invisible") in kinds("title: a\u202eb")
