"""Clauses of the methods text: words, and the setting that they follow from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from glmspec.errors import DocPath


@dataclass(frozen=True)
class Clause:
    """Part of a sentence; without a path it follows from no setting, but from how glmspec computes."""

    text: str
    path: DocPath = ()


Sentence = tuple[Clause, ...]
"""Clauses whose texts join to a sentence, spaces among them."""


def said(text: str, *path: str | int) -> Sentence:
    """A sentence of one clause, or a part of one: ``+`` joins them."""
    return (Clause(text, path),)


def text_of(sentences: Iterable[Sentence]) -> str:
    """Sentences as running text."""
    return " ".join("".join(clause.text for clause in sentence) for sentence in sentences)


def enumerated(parts: Iterable[Sentence], last: str = "and") -> Sentence:
    """``a, b and c``, each a clause of its own setting."""
    entries = list(parts)
    found: Sentence = ()
    for index, entry in enumerate(entries):
        if index:
            found += said(f" {last} " if index == len(entries) - 1 else ", ")
        found += entry
    return found
