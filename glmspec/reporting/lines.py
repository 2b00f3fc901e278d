"""Where a setting stands on the page: its line in the document as written, or where it is a default, as resolved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from glmspec.errors import DocPath
from glmspec.spec.source import WIDENED, Source, parse

WRITTEN, RESOLVED = "L", "R"
"""What the anchors of lines begin with, in the document and in the resolved one."""


@dataclass(frozen=True)
class Lines:
    """The two texts of a document, as the page shows them."""

    written: str
    resolved: str

    @cached_property
    def _sources(self) -> tuple[tuple[str, Source], ...]:
        return (WRITTEN, parse(self.written, "document")), (RESOLVED, parse(self.resolved, "resolved"))

    def anchor(self, path: DocPath) -> str:
        """``#L12`` where the path is written, ``#R30`` where a default was filled in; empty for no path.

        Of a path that stands in neither, that of the nearest part around it.
        """
        for end in range(len(path), 0, -1):
            for prefix, source in self._sources:
                line = _line(source, path[:end])
                if line:
                    return f"#{prefix}{line}"
        return ""


def _line(source: Source, path: DocPath) -> int | None:
    """The line of a path; a bare word stands for the mapping that it means."""
    heads = [path, *(path[: -len(tail)] for tail in WIDENED if path[-len(tail) :] == tail)]
    for head in filter(None, heads):
        for table in (source.keys, source.values):
            if head in table:
                return table[head].line
    return None
