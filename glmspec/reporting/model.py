"""What a report says, before it is HTML: sections of paragraphs, tables and figures.

Everything here is plain text, to be escaped where it is written into the page; only ``picture`` and ``pictures`` hold
markup, and that comes from our own figure functions. Each block names the template that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from markupsafe import Markup

State = Literal["ok", "note", "warning"]


@dataclass(frozen=True)
class Word:
    """A piece of running text; ``href`` is an anchor of the page or another of our pages, never an address from a
    document, and ``hint`` says where it leads."""

    text: str
    style: Literal["", "strong", "code", "quiet", "clause"] = ""
    href: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    template: ClassVar[str] = "paragraph.html"
    words: tuple[Word, ...]
    kind: Literal["", "lead", "quiet"] = ""

    @property
    def text(self) -> str:
        """The words without their looks."""
        return "".join(word.text for word in self.words)


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    template: ClassVar[str] = "heading.html"
    text: str
    level: Literal[3, 4] = 3
    id: str = ""
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table; of numbers, the digits stand below each other, and prose has room for a sentence."""

    title: str
    kind: Literal["text", "prose", "number", "code", "picture"] = "text"


@dataclass(frozen=True)
class Place:
    """Where the viewer goes from a cell: millimetres, and the anchor of a finding if the table is not all of one."""

    mm: tuple[float, float, float]
    finding: str = ""

    @property
    def words(self) -> str:
        """For the script."""
        return " ".join(f"{value:.12g}" for value in self.mm)


@dataclass(frozen=True)
class Cell:
    """An entry of a table."""

    text: str
    href: str = ""
    picture: Markup | None = None
    indented: bool = False
    value: str = ""
    """The stored number behind a rounded one: what is sorted by and copied."""
    place: Place | None = None


@dataclass(frozen=True)
class Table:
    """Rows under a caption; the first column names the row."""

    template: ClassVar[str] = "table.html"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    finding: str = ""
    """The anchor of the finding that all of it is about."""


@dataclass(frozen=True)
class Figure:
    """Pictures with one caption; a wide one scrolls in its own box instead of shrinking, small ones stand in lines.

    The viewer may take the place of pictures of a map: ``viewer`` is the anchor of their finding.
    """

    template: ClassVar[str] = "figure.html"
    pictures: tuple[Markup, ...]
    caption: str
    wide: bool = False
    viewer: str = ""
    small: bool = False


@dataclass(frozen=True)
class Notice:
    """Something that was looked at, and what came out."""

    name: str
    state: State
    text: str


@dataclass(frozen=True)
class Notices:
    """Notices, one below the other."""

    template: ClassVar[str] = "notices.html"
    entries: tuple[Notice, ...]


@dataclass(frozen=True)
class Token:
    """A piece of a line of a document."""

    text: str
    kind: Literal["", "key", "string", "number", "comment", "invisible"] = ""


@dataclass(frozen=True)
class Listing:
    """A text with numbered lines, each an anchor: ``prefix`` and its number."""

    template: ClassVar[str] = "listing.html"
    name: str
    prefix: str
    lines: tuple[tuple[Token, ...], ...]


@dataclass(frozen=True)
class Fold:
    """Blocks behind a heading that opens and closes; printing shows them all."""

    template: ClassVar[str] = "fold.html"
    title: str
    blocks: tuple[Block, ...]
    id: str = ""
    open: bool = False
    heading: bool = False
    badge: str = ""
    note: str = ""


@dataclass(frozen=True)
class Verbatim:
    """A text whose lines are kept as they are."""

    template: ClassVar[str] = "verbatim.html"
    name: str
    text: str


@dataclass(frozen=True)
class Passage:
    """Texts to take over as a whole: with the page's script, there is a button that copies them."""

    template: ClassVar[str] = "passage.html"
    name: str
    blocks: tuple[Paragraph | Verbatim, ...]


Block = Paragraph | Heading | Table | Figure | Notices | Listing | Fold | Verbatim | Passage

BLOCKS: tuple[Callable[..., Block], ...] = (
    *(Paragraph, Heading, Table, Figure, Notices, Listing, Fold),
    *(Verbatim, Passage),
)
"""Every kind of block; each has a template."""


@dataclass(frozen=True)
class Entry:
    """A line below a section in the navigation."""

    text: str
    href: str
    count: str = ""
    count_in_words: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the report; ``badge`` counts what needs a look."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    badge: int = 0
    badge_in_words: str = ""
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Embedded:
    """Data for the script of the page: bytes, or what JSON can say."""

    id: str
    content: bytes | Mapping[str, Any]


@dataclass(frozen=True)
class ReportModel:
    """A whole report."""

    title: str
    facts: tuple[str, ...]
    """A line below the title: what kind of analysis, of what, by which document."""
    sections: tuple[Section, ...]
    embedded: tuple[Embedded, ...] = ()


def plain(text: str, kind: Literal["", "lead", "quiet"] = "") -> Paragraph:
    """A paragraph of one word."""
    return Paragraph((Word(text),), kind)
