"""Mutated documents: always an answer, never a traceback."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from documents.test_misspelt_keys import GOOD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glmspec.cli.printing import problems_text
from glmspec.errors import DocumentError, GlmspecError
from glmspec.images.header import read_header
from glmspec.images.volumes import read_volume
from glmspec.spec.document import Document
from glmspec.spec.source import Source, parse
from glmspec.spec.validate import examine
from glmspec.workflow import compile_source

from .strangers import DOCUMENT, peak

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


def fuzzed(count: int) -> settings:
    """So many cases, however slow the machine."""
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


def validate_answers(text: str) -> None:
    source = read(text)
    if source is not None:
        document, problems = examine(source)
        assert problems or isinstance(document, Document)
        shown = problems_text(problems, source)
        assert all(character.isprintable() or character == "\n" for character in shown)


@fuzzed(200)
@given(mutated(TEXTS))
def test_validate_always_answers(text: str) -> None:
    validate_answers(text)


@pytest.mark.slow
@fuzzed(10_000)
@given(mutated(TEXTS))
def test_validate_answers_ten_thousand_documents(text: str) -> None:
    with within_memory():
        validate_answers(text)


def plan_answers(still_data: Path, text: str) -> None:
    source = read(text)
    if source is not None:
        try:
            compile_source(source, still_data / "mutated.yaml", still_data, still_data.parent / "results")
        except GlmspecError as error:
            assert error.problems
            assert problems_text(error.problems, source)


@fuzzed(100)
@given(mutated([DOCUMENT]))
def test_plan_always_answers(still_data: Path, text: str) -> None:
    plan_answers(still_data, text)


@pytest.mark.slow
@fuzzed(3_000)
@given(mutated([DOCUMENT]))
def test_plan_answers_three_thousand_documents(still_data: Path, text: str) -> None:
    with within_memory():
        plan_answers(still_data, text)


@st.composite
def mutated_bytes(draw: st.DrawFn, raw: bytes, reach: int) -> bytes:
    """Bytes of which some near the beginning are others, doubled or gone; perhaps cut short."""
    found = bytearray(raw)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(min(reach, len(found)) - 1, 0)))
        kind = draw(st.sampled_from(["set", "extreme", "double", "delete", "cut"]))
        if kind == "set":
            found[at : at + 1] = bytes([draw(st.integers(0, 255))])
        elif kind == "extreme":
            found[at : at + 4] = draw(st.sampled_from([b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\xc0\x7f", b"\xff" * 4]))
        elif kind == "double":
            found[at:at] = found[at : at + draw(st.integers(1, 40))]
        elif kind == "delete":
            del found[at : at + draw(st.integers(1, 40))]
        else:
            del found[draw(st.integers(0, len(found))) :]
    return bytes(found)


LINES = [f"S{n:02d}\t{'control' if n < 7 else 'patient'}\t{20 + n * n % 31}" for n in range(1, 13)]
TABLE = ("participant_id\tgroup\tage\n" + "\n".join(LINES) + "\n").encode()
HEADER = 352


def table_answers(still_data: Path, raw: bytes) -> None:
    """A plan on a table that a stranger wrote."""
    (still_data / "fuzzed.tsv").write_bytes(raw)
    plan_answers(still_data, DOCUMENT.replace("participants.tsv", "fuzzed.tsv"))


def image_answers(folder: Path, raw: bytes, packed: bool) -> None:
    """A header, and the voxels behind it, that a stranger wrote."""
    path = folder / ("fuzzed.nii.gz" if packed else "fuzzed.nii")
    path.write_bytes(gzip.compress(raw, 1) if packed else raw)
    try:
        header = read_header(path, name=path.name)
        if header.volumes == 1:
            read_volume(path, name=path.name)
    except GlmspecError as error:
        assert problems_text(error.problems, None)


@fuzzed(100)
@given(mutated_bytes(TABLE, len(TABLE)))
def test_a_table_is_always_answered(still_data: Path, raw: bytes) -> None:
    table_answers(still_data, raw)


@pytest.mark.slow
@fuzzed(3_000)
@given(mutated_bytes(TABLE, len(TABLE)))
def test_three_thousand_tables_are_answered(still_data: Path, raw: bytes) -> None:
    with within_memory():
        table_answers(still_data, raw)


@fuzzed(100)
@given(st.data(), st.booleans())
def test_an_image_is_always_answered(still_data: Path, data: st.DataObject, packed: bool) -> None:
    image_answers(still_data.parent, data.draw(mutated_bytes(image_of(still_data), HEADER)), packed)


@pytest.mark.slow
@fuzzed(4_000)
@given(st.data(), st.booleans())
def test_four_thousand_images_are_answered(still_data: Path, data: st.DataObject, packed: bool) -> None:
    raw = data.draw(mutated_bytes(image_of(still_data), HEADER))
    with within_memory():
        image_answers(still_data.parent, raw, packed)


def image_of(still_data: Path) -> bytes:
    """A map as it is when nobody changed it."""
    return gzip.decompress((still_data / "maps/S01.nii.gz").read_bytes())


@contextmanager
def within_memory() -> Iterator[None]:
    """No case takes a gigabyte more than the process had."""
    before, start = peak(), time.monotonic()
    yield
    assert peak() - before < 2**30
    assert time.monotonic() - start < HANGING


HANGING = 20.0
"""Seconds after which a case counts as hanging, also on a busy machine."""


@fuzzed(100)
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(raw: bytes) -> None:
    try:
        examine(parse(raw, "bytes.yaml"))
    except DocumentError as error:
        assert error.problems
