"""The methods text before the analysis: what was done is what will be done. Words of the document stay as they are."""

from __future__ import annotations

import re
from dataclasses import replace

from glmspec.reporting.clauses import Sentence

_VERBS = {
    "was": "will be", "were": "will be", "had": "will have", "entered": "will enter", "gave": "will give",
    "followed": "will follow", "covered": "will cover", "left": "will leave",
}  # fmt: skip
_PHRASES = (
    (re.compile(r"^(That) left\b"), r"\1 will leave"),
    (re.compile(r"\bbefore they were\b"), "before they are"),
    (re.compile(r"\bthat the noise was\b"), "that the noise is"),
    (re.compile(r"\b(was|were|had|entered|gave|followed|covered)\b"), lambda match: _VERBS[match[1]]),
)
_QUOTED = re.compile('([\u201c"][^\u201d"]*[\u201d"])')


def future(sentence: Sentence) -> Sentence:
    """A sentence of the methods text in the future tense; what stands in quotes is the document's own."""
    return tuple(replace(clause, text=_future(clause.text)) for clause in sentence)


def _future(text: str) -> str:
    parts = _QUOTED.split(text)
    for place in range(0, len(parts), 2):
        for pattern, words in _PHRASES:
            parts[place] = pattern.sub(words, parts[place])
    return "".join(parts)
