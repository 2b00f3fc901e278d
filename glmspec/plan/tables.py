"""Tables: UTF-8, a unique header, tabs in .tsv and commas in .csv, decimal points; `n/a` and empty are missing."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glmspec.errors import DocPath, InputError, Place, Problem
from glmspec.spec.scalars import NUMBER

MISSING = ("", "n/a")
COUNTED_AS = {"participant_id": "subject", "session_id": "session"}
MOST_BYTES = 100_000_000
SEPARATORS = {".tsv": "\t", ".csv": ","}


@dataclass(frozen=True)
class Table:
    """Text by column; None where a value is missing. Line numbers are those of the file."""

    name: str
    columns: dict[str, tuple[str | None, ...]]
    lines: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.lines)

    def numeric(self, column: str) -> bool:
        """Whether every value that is there is a number."""
        return is_numeric(self.columns[column])


def is_numeric(values: Sequence[str | None]) -> bool:
    """Whether every value that is there is a number, by the language's rule."""
    given = [value for value in values if value is not None]
    return bool(given) and all(NUMBER.fullmatch(value) for value in given)


def read_table(path: Path, name: str, origin: DocPath) -> Table:
    """A table.

    Raises
    ------
    InputError
        E310, with the line of the table to blame.
    """

    def wrong(message: str, line: int = 1, hint: str = "") -> InputError:
        return InputError(
            (Problem("E310", message, origin, hint=hint, place=Place(name, line, 1) if line > 1 else None),)
        )

    separator = SEPARATORS.get(path.suffix.lower())
    if separator is None:
        raise wrong(f"`{name}` is neither a .tsv nor a .csv", hint="tabs separate columns in .tsv, commas in .csv")
    if path.stat().st_size > MOST_BYTES:
        raise wrong(f"`{name}` is larger than {MOST_BYTES // 10**6} MB")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong(f"`{name}` is not UTF-8 (byte {error.start})", hint="save it with the encoding UTF-8") from None
    if "\0" in text:
        raise wrong(f"`{name}` is not a table: it holds bytes that are no text")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting, strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise wrong(f"`{name}` is not a table: {error}") from None
    if not rows:
        raise wrong(f"`{name}` is empty", hint="the first line names the columns")
    header = [COUNTED_AS.get(cell.strip(), cell.strip()) for cell in rows[0][1]]
    for column in header:
        if not column:
            raise wrong(f"a column of `{name}` has no name", hint="the first line names every column")
        if header.count(column) > 1:
            raise wrong(f"the column `{column}` stands twice in `{name}`", hint="rename one, or take it out")
    other = "," if separator == "\t" else "\t"
    if len(header) == 1 and other in header[0]:
        found, wanted = ("commas", "tabs") if separator == "\t" else ("tabs", "commas")
        raise wrong(f"the columns of `{name}` are separated by {found}", hint=f"{path.suffix} files have {wanted}")
    for line, row in rows[1:]:
        if len(row) != len(header):
            message = f"line {line} of `{name}` has {len(row)} cells, and the header has {len(header)} columns"
            raise wrong(message, line, "every line has a cell for every column; write n/a where nothing is known")
    body = [row for _, row in rows[1:]]
    columns = zip(*body, strict=True) if body else [()] * len(header)
    values = {column: tuple(map(_cell, cells)) for column, cells in zip(header, columns, strict=True)}
    return Table(name, values, tuple(line for line, _ in rows[1:]))


def _cell(text: str) -> str | None:
    text = text.strip()
    return None if text in MISSING else text
