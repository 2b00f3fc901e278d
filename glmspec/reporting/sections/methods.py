"""Methods: text to copy with its references, and what the document declares for its reviewers."""

from __future__ import annotations

from glmspec.reporting.clauses import Clause, Sentence, text_of
from glmspec.reporting.declared import declared
from glmspec.reporting.lines import RESOLVED, Lines
from glmspec.reporting.material import Material
from glmspec.reporting.methods import paragraphs
from glmspec.reporting.model import Block, Fold, Heading, Paragraph, Passage, Section, Verbatim, Word, plain
from glmspec.reporting.works import cited

LEAD = (
    "Every clause leads to the line of the document that it follows from, and where that is a default, to the resolved "
    "document. What is no link follows from glmspec itself."
)


def methods(material: Material) -> Section:
    """The section."""
    return Section("methods", "Methods text", (*text_with_works(material), *declared(material.document)))


def text_with_works(material: Material) -> tuple[Block, ...]:
    """The text, every clause a link to its setting, and the works that it cites."""
    found = paragraphs(material)
    lines = material.lines
    text = Passage("methods text", tuple(paragraph(sentences, lines) for sentences in found))
    works = cited("\n".join(map(text_of, found)))
    references: tuple[Block, ...] = (
        Heading("Works cited above"),
        Passage("references", tuple(plain(work.text, "quiet") for work in works)),
        Fold("The same in BibTeX", (Passage("BibTeX", (Verbatim("BibTeX", "\n".join(w.bibtex for w in works)),)),)),
    )
    return (plain(LEAD, "quiet"), text, *(references if works else ()))


def paragraph(sentences: tuple[Sentence, ...], lines: Lines) -> Paragraph:
    """Its clauses, each a link to its line, and spaces between sentences."""
    words: list[Word] = []
    for index, sentence in enumerate(sentences):
        words += [Word(" ")] if index else []
        words += [_word(clause, lines) for clause in sentence]
    return Paragraph(tuple(words))


def _word(clause: Clause, lines: Lines) -> Word:
    anchor = lines.anchor(clause.path)
    if not anchor:
        return Word(clause.text)
    default = ", a default" if anchor.startswith(f"#{RESOLVED}") else ""
    return Word(clause.text, "clause", anchor, ".".join(map(str, clause.path)) + default)
