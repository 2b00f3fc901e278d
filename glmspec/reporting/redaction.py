"""What must not leave the lab, taken out of a report: names of subjects, absolute paths, names of user and machine.

A subject is called s1, s2, ... in the order in which a digest sorts the names, the same everywhere on all pages of a
results folder and each time they are rendered. A name with a letter in it is replaced wherever it stands as a word of
its own, whatever its case. A name of digits is replaced where it says that it is one: after `sub-` and `subject`, as a
part of a path, in a column or a setting of subjects; and one with a leading zero wherever it is no other label
(`run-01`), since numbers are written without. A name that is still there after that, such as `101` beside 101 voxels,
makes the whole report impossible to redact, which is said. Everything else stays: order of rows, values of variables,
free text, authors, checksums.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from markupsafe import Markup, escape

from glmspec.errors import InputError, Problem
from glmspec.reporting.model import Listing, ReportModel, Table

PREFIXES = ("s", "p", "person-")
"""What the new names begin with: the first with which none of them is an old one."""
PATH = re.compile(r"(?<![\w.:/~-])(?:~|[A-Za-z]:)?[/\\](?:[\w.@+-]+[/\\])+[\w.@+-]*")
"""An absolute path of at least two parts; an address has a colon before its slashes."""
MARKED = re.compile(r"(?<=>)[^<]+|(?<= title=\")[^\"]+|(?<= aria-label=\")[^\"]+")
"""What a reader meets in markup; pictures and coordinates are none of it."""
OTHER = r"(?<!\brun[-_ ])(?<!\bses[-_ ])(?<!\bsession[-_ ])(?<!\btask[-_ ])(?<!\bacq[-_ ])(?<!\becho[-_ ])"
"""Not the label of something else than a subject."""
SETTINGS = frozenset({"kind", "state", "style", "level"})
"""Fields of blocks that are for our templates alone."""

Change = Callable[[str], str]


@dataclass(frozen=True)
class Redaction:
    """Names of subjects, and what they are called instead; ``hidden`` are the words that are taken out altogether."""

    names: Mapping[str, str]
    hidden: Mapping[str, str]

    @classmethod
    def of(cls, names: Iterable[str], hidden: Mapping[str, str]) -> Redaction:
        """Of these subjects."""
        known = sorted(set(names), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
        taken = {name.casefold() for name in known}
        prefix = next(prefix for prefix in PREFIXES if not any(re.fullmatch(rf"{prefix}0*\d+", name) for name in taken))
        return cls({name: f"{prefix}{number}" for number, name in enumerate(known, 1)}, hidden)

    def text(self, text: str) -> str:
        """A text without what must not leave."""
        text = PATH.sub("[path]", text)
        for word, instead in self.hidden.items():
            text = re.sub(_word(word), instead, text)
        # The longest first: `S01` is a part of `S01-b`.
        for name in sorted(self.names, key=len, reverse=True):
            for pattern in _patterns(name):
                text = pattern.sub(self.names[name], text)
        return text

    def markup(self, markup: Markup) -> Markup:
        """Markup of our own, in which texts are escaped."""
        return Markup(MARKED.sub(lambda found: str(escape(self.text(Markup(found.group()).unescape()))), markup))

    def model(self, report: ReportModel) -> ReportModel:
        """A whole report.

        Raises
        ------
        InputError
            E331 for a name that cannot be told from something else.
        """
        found: ReportModel = self._walk(report)
        left = {name for text in _texts(found) for name in self.names if re.search(_remains(name), text)}
        if left:
            shown = ", ".join(f"`{name}`" for name in sorted(left)[:8])
            message = f"the name of a subject cannot be told from other words or numbers of the report: {shown}"
            hint = "no redacted report was written; subjects whose labels have a letter or a leading zero can be told"
            raise InputError((Problem("E331", message, hint=hint),))
        return found

    def _walk(self, value: Any) -> Any:
        if isinstance(value, Markup):
            return self.markup(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, tuple | list):
            return type(value)(self._walk(entry) for entry in value)
        if isinstance(value, Mapping):
            return {key: self._walk(entry) for key, entry in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            known = PLACES.get(type(value))
            value = known(self, value) if known else value
            entries = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
            changed = {name: self._walk(entry) for name, entry in entries.items() if name not in SETTINGS}
            return replace(value, **changed)
        return value

    def _alone(self, text: str) -> str:
        """A text that is the name of a subject, if it is one of these."""
        return self.names.get(text.strip(), text)

    def _table(self, table: Table) -> Table:
        """A column of subjects has nothing but their names."""
        of_subjects = [column.title.lower() in ("subject", "participant_id") for column in table.columns]
        rows = tuple(
            tuple(
                replace(cell, text=self._alone(cell.text)) if named else cell
                for cell, named in zip(row, of_subjects, strict=True)
            )
            for row in table.rows
        )
        return replace(table, rows=rows)

    def _listing(self, listing: Listing) -> Listing:
        """A line of a document that sets subjects."""
        lines = tuple(
            tuple(replace(token, text=self._alone(token.text)) for token in line)
            if any(token.kind == "key" and token.text.strip("'\"") in ("subject", "subjects") for token in line)
            else line
            for line in listing.lines
        )
        return replace(listing, lines=lines)


PLACES: dict[type, Callable[[Redaction, Any], Any]] = {Table: Redaction._table, Listing: Redaction._listing}
"""Block -> how it is read where it says which of its texts are names."""


def _word(name: str) -> str:
    """A word of its own; underscores and hyphens part words, as in the names of files."""
    return rf"(?<![^\W_]){re.escape(name)}(?![^\W_])"


def _number(name: str) -> str:
    """Digits that are no part of a number."""
    return rf"(?<![^\W_])(?<!\d[.,]){re.escape(name)}(?![^\W_])(?![.,]\d)"


def _patterns(name: str) -> Iterator[re.Pattern[str]]:
    """Where a name is known to be one."""
    if not name.isdecimal():
        yield re.compile(_word(name), re.IGNORECASE)
        return
    end = r"(?![^\W_])(?!\.\d)"
    yield re.compile(rf"(?i:(?<=\bsub-)|(?<=\bsubject[ \-_:=])|(?<=\bsubject\[)|(?<=\bsubject\[T\.)){name}{end}")
    yield re.compile(rf"(?:(?<=/)|^){name}(?=[/_]|\.[A-Za-z])")
    yield re.compile(rf"(?<=subjects: ){name}{end}")
    if name.startswith("0"):
        yield re.compile(OTHER + _number(name))


def _remains(name: str) -> str:
    """Where a name would still be one."""
    return OTHER + _number(name) if name.isdecimal() else f"(?i:{_word(name)})"


def _texts(value: Any) -> Iterator[str]:
    """Every text that a reader meets."""
    if isinstance(value, Markup):
        yield from (Markup(text).unescape() for text in MARKED.findall(value))
    elif isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        yield from (text for entry in value for text in _texts(entry))
    elif isinstance(value, Mapping):
        yield from (text for entry in value.values() for text in _texts(entry))
    elif is_dataclass(value) and not isinstance(value, type):
        known = [field.name for field in fields(value) if field.name not in SETTINGS]
        yield from (text for name in known for text in _texts(getattr(value, name)))


def subjects_of(indices: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of subjects in the indices of fits, those who were left out among them."""
    found: set[str] = set()
    for index in indices:
        analysis = index["analysis"]
        rows = (*analysis.get("rows", ()), *analysis.get("runs", ()))
        named = [row["names"]["subject"] for row in rows if "subject" in row["names"]]
        found |= {str(name) for name in (*named, analysis.get("fit", {}).get("subject")) if name}
        found |= {str(output["subject"]) for output in index["outputs"] if output.get("subject")}
        for entry in analysis.get("exclusions", ()):
            if entry["counted"] == "subjects":
                found |= set(entry["excluded"])
            elif named:
                found |= {name.split()[0] for name in entry["excluded"]}
    return found
