"""YAML text -> data, and the line and column of every path in it.

The tree is built from the parser's events, not by PyYAML's constructors: nothing in a document can name a Python
object, aliases and tags never take effect, and depth and size are capped before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from glmspec.errors import DocPath, DocumentError, Place, Problem
from glmspec.spec.quoting import explain_syntax
from glmspec.spec.scalars import plain_value

MOST_BYTES = 1_000_000  # the longest document; fifty real analyses stayed under 10 kB
MOST_DEPTH = 20  # the deepest path of the language has 8 parts
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|[\ud800-\udfff]")

WIDENED: tuple[DocPath, ...] = (("expression",), ("model",), ("image",), ("method",), ("file",), (0,))
"""What a bare word stands for: a mapping of one key, or a list of one. Its value is the word itself."""

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Source:
    """A document's text, its data (mappings and tuples), where every path stands, and what was wrong with the text."""

    name: str
    text: str
    data: Any
    keys: Mapping[DocPath, Place] = field(default_factory=dict)
    values: Mapping[DocPath, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    broken: frozenset[DocPath] = frozenset()
    """Paths whose text was refused: what stands there says nothing more."""

    @property
    def lines(self) -> list[str]:
        """The lines of the text, as YAML counts them."""
        return LINE_BREAK.split(self.text)

    def place(self, problem: Problem) -> Place:
        """Where a problem points to; the nearest enclosing part where the path itself is not in the text."""
        if problem.place is not None:
            return problem.place
        tables = (self.keys, self.values) if problem.on == "key" else (self.values, self.keys)
        for end in range(len(problem.path), 0, -1):
            head = problem.path[:end]
            whole = end == len(problem.path) or problem.path[end:] in WIDENED
            for table in tables if whole else (self.keys, self.values):
                if head in table:
                    return self._narrowed(table[head], problem, head) if whole else table[head]
        return Place(self.name, 1, 1)

    def _narrowed(self, place: Place, problem: Problem, path: DocPath) -> Place:
        """The part of a one-line value that ``span`` names."""
        if problem.span is None or problem.on == "key":
            return place
        written = self.lines[place.line - 1][place.column - 1 : place.column - 1 + place.length]
        quoted = written[:1] in ("'", '"')
        start, end = problem.span
        inner = written[1:-1] if quoted else written
        if path not in self.values or end > len(inner) or "\\" in inner or "''" in inner:
            return place
        return Place(place.file, place.line, place.column + quoted + start, max(end - start, 1))


def read(path: Path, name: str | None = None) -> Source:
    """The source in a file.

    Raises
    ------
    DocumentError
        If the file cannot be read or is not YAML at all.
    """
    name = name or str(path)
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else (error.strerror or str(error))
        raise DocumentError((Problem("E100", f"cannot read {name}: {reason}", place=Place(name, 1, 1)),)) from None
    return parse(raw, name)


def parse(raw: bytes | str, name: str) -> Source:
    """The source of a text.

    Raises
    ------
    DocumentError
        If the text is not YAML at all. Repeated keys, aliases and tags do not stop the reading: they are in
        ``problems`` of the result, so that everything wrong can be said at once.
    """
    text = _decode(raw, name)
    try:
        return _built(text, name)
    except DocumentError as error:  # without a source, the line travels with the problem
        raise _with_lines(error, text) from None


def _with_lines(error: DocumentError, text: str) -> DocumentError:
    """The same error, each problem with the line that it is about."""
    lines = LINE_BREAK.split(text)
    shown = []
    for problem in error.problems:
        place = problem.place
        if place is not None and place.line <= len(lines):
            problem = replace(problem, place=replace(place, written=lines[place.line - 1]))
        shown.append(problem)
    return DocumentError(tuple(shown))


def _built(text: str, name: str) -> Source:
    _refuse_unreadable(text, name)
    builder = _Builder(name)
    try:
        data = builder.document(yaml.parse(text, Loader=_Loader))
    except yaml.YAMLError:
        raise DocumentError((explain_syntax(text, LINE_BREAK.split(text), name),)) from None
    if not isinstance(data, dict) and not builder.problems:
        found = "a list" if isinstance(data, tuple) else "one piece of text" if data is not None else "empty"
        builder.problems.append(
            Problem(
                "E109" if data is not None else "E104",
                f"the document is {found}, not a mapping of sections",
                place=Place(name, 1, 1),
                hint="a document begins like this:\nglmspec: 1\nname: my-analysis\nlevel: second",
            )
        )
    if not isinstance(data, dict):
        raise DocumentError(tuple(builder.problems))
    return Source(name, text, data, builder.keys, builder.values, tuple(builder.problems), frozenset(builder.broken))


def _decode(raw: bytes | str, name: str) -> str:
    if len(raw) > MOST_BYTES:
        message = f"the document is larger than {MOST_BYTES:,} bytes"
        raise DocumentError((Problem("E108", message, place=Place(name, 1, 1), hint="tables belong in files"),))
    if isinstance(raw, str):
        return raw.removeprefix("\ufeff")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        lines = LINE_BREAK.split(before)
        place = Place(name, len(lines), len(lines[-1]) + 1)
        message = f"the document is not UTF-8: byte {raw[error.start]:#04x} stands where a character should begin"
        problem = Problem("E101", message, place=place, hint="save the file with the encoding UTF-8")
        raise _with_lines(DocumentError((problem,)), raw.decode("utf-8", "replace")) from None


def _refuse_unreadable(text: str, name: str) -> None:
    """Control characters, and tabs where YAML wants spaces, each with its own sentence."""
    problems = []
    for number, line in enumerate(LINE_BREAK.split(text), 1):
        bad = UNPRINTABLE.search(line)
        if bad:
            message = f"the character U+{ord(bad.group()):04X} cannot stand in a document"
            place = Place(name, number, bad.start() + 1)
            problems.append(Problem("E102", message, place=place, hint="remove it; it is invisible in most editors"))
        indent = re.match(r"[ ]*\t[ \t]*(?=[^\s#])", line)
        if indent:
            place = Place(name, number, indent.group().index("\t") + 1)
            message = "a tab is used for indentation"
            problems.append(
                Problem("E103", message, place=place, hint="YAML indents with spaces only: use two a level")
            )
    if problems:
        raise DocumentError(tuple(problems))


class _Builder:
    """Walks the events of one document; remembers where everything stood and what was wrong."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys: dict[DocPath, Place] = {}
        self.values: dict[DocPath, Place] = {}
        self.problems: list[Problem] = []
        self.broken: set[DocPath] = set()

    def document(self, events: Iterator[Any]) -> Any:
        """The data of the first document in the stream; further ones are a problem."""
        data, seen = None, 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                seen += 1
                if seen > 1:
                    place = self._place(event)
                    hint = "one file holds one document; remove the line `---`"
                    self.problems.append(Problem("E110", "a second document begins here", place=place, hint=hint))
                    break
            elif isinstance(event, yaml.NodeEvent):
                data = self._node(event, events, ())
        return data

    def _node(self, event: Any, events: Iterator[Any], path: DocPath) -> Any:
        self.values[path] = self._place(event)
        if len(path) > MOST_DEPTH:
            place = self._place(event)
            hint = "the deepest setting of the language has 8 levels; tables belong in files"
            raise DocumentError((Problem("E108", f"nested deeper than {MOST_DEPTH} levels", place=place, hint=hint),))
        if isinstance(event, yaml.AliasEvent):
            hint = f'text that begins with `*` stands in quotes: "*{event.anchor}"; a shared value is written out'
            self._refuse("E106", f"`*{event.anchor}` is a YAML alias, and aliases are refused", event, hint)
            self.broken.add(path)
            return None
        self._check_node(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else plain_value(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _check_node(self, event: Any, path: DocPath) -> None:
        if event.anchor is not None:
            hint = "remove it, and write the value out where it is needed again"
            self._refuse("E106", f"`&{event.anchor}` is a YAML anchor, and anchors are refused", event, hint)
        if event.tag is not None:
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            hint = "remove it; put text that looks like a number into quotes"
            self.broken.add(path)
            self._refuse("E107", f"`{shown}` is a YAML tag, and tags are refused", event, hint)

    def _sequence(self, events: Iterator[Any], path: DocPath) -> tuple[Any, ...]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items))))
        return tuple(items)

    def _mapping(self, events: Iterator[Any], path: DocPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, events, path)
            value_event = next(events)
            if key is None or key in data:
                if key is not None:
                    first = self.keys[(*path, key)]
                    hint = f"it stands at line {first.line} already; keep one of the two"
                    self._refuse("E105", f"the key `{key}` is repeated", event, hint)
                self._passed(value_event, events, path)
                continue
            self.keys[(*path, key)] = self._place(event)
            data[key] = self._node(value_event, events, (*path, key))
        return data

    def _key(self, event: Any, events: Iterator[Any], path: DocPath) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent):
                self._passed(event, events, path)
            hint = "a value that begins with a brace, a bracket or `*` must stand in quotes"
            self._refuse("E102", "a key must be a word or a text", event, hint)
            return None
        self._check_node(event, path)
        if event.value == "<<" and not event.style:
            hint = "write the shared settings out in both places"
            self._refuse("E106", "`<<` is a YAML merge key, and merge keys are refused", event, hint)
            return None
        return str(event.value)

    def _passed(self, event: Any, events: Iterator[Any], path: DocPath) -> None:
        """Read over what is refused already: as deep as anything else, and remembered nowhere."""
        _Builder(self.name)._node(event, events, (*path, ""))

    def _refuse(self, code: str, message: str, event: Any, hint: str) -> None:
        self.problems.append(Problem(code, message, place=self._place(event), hint=hint))

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self.name, start.line + 1, start.column + 1, max(length, 1))
