"""Mutated documents: always an answer, never a traceback."""

from __future__ import annotations

from pathlib import Path

from documents.test_misspelt_keys import GOOD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glmspec.cli.printing import problems_text
from glmspec.errors import DocumentError, GlmspecError
from glmspec.spec.document import Document
from glmspec.spec.source import Source, parse
from glmspec.spec.validate import examine
from glmspec.workflow import compile_source

from .strangers import DOCUMENT

TEXTS = [path.read_text("utf-8") for path in GOOD]
PIECES = [
    *"{}[]()*&!|>%@`'\"#,:-?~=+/\\ \t\n\r.0159eE_aZ\x00\x1b\u2028脳",
    *(
        "null",
        "true",
        "1e999",
        "[]",
        "{}",
        "{a}",
        "- ",
        ": ",
        "<<: ",
        "*a",
        "&a ",
        "!!int ",
        "---",
        "...",
        "''",
        '""',
        "\n  ",
    ),
]


@st.composite
def mutated(draw: st.DrawFn, texts: list[str]) -> str:
    """A text with some of its characters, words or lines deleted, doubled, moved or replaced."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 4))):
        lines = text.splitlines(keepends=True) or [""]
        at = draw(st.integers(0, max(len(text) - 1, 0)))
        line = draw(st.integers(0, len(lines) - 1))
        length = draw(st.integers(0, 12))
        kind = draw(st.sampled_from(["delete", "insert", "replace", "double", "drop line", "double line", "move line"]))
        if kind == "delete":
            text = text[:at] + text[at + length :]
        elif kind == "insert":
            text = text[:at] + draw(st.sampled_from(PIECES)) + text[at:]
        elif kind == "replace":
            text = text[:at] + draw(st.sampled_from(PIECES)) + text[at + length :]
        elif kind == "double":
            text = text[:at] + text[at : at + length] * 2 + text[at + length :]
        elif kind == "drop line":
            text = "".join(lines[:line] + lines[line + 1 :])
        elif kind == "double line":
            text = "".join(lines[:line] + [lines[line]] * 2 + lines[line + 1 :])
        else:
            text = "".join([lines[line], *lines[:line], *lines[line + 1 :]])
    return text


def read(text: str) -> Source | None:
    """The source, or nothing where the text is refused as a whole; its problems are shown in any case."""
    try:
        return parse(text, "mutated.yaml")
    except DocumentError as error:
        assert problems_text(error.problems, None)
        return None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated(TEXTS))
def test_validate_always_answers(text: str) -> None:
    source = read(text)
    if source is not None:
        document, problems = examine(source)
        assert problems or isinstance(document, Document)
        shown = problems_text(problems, source)
        assert all(character.isprintable() or character == "\n" for character in shown)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated([DOCUMENT]))
def test_plan_always_answers(still_data: Path, text: str) -> None:
    source = read(text)
    if source is not None:
        try:
            compile_source(source, still_data / "mutated.yaml", still_data, still_data.parent / "results")
        except GlmspecError as error:
            assert error.problems
            assert problems_text(error.problems, source)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(raw: bytes) -> None:
    try:
        examine(parse(raw, "bytes.yaml"))
    except DocumentError as error:
        assert error.problems
