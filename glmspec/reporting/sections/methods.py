"""Methods: text to copy with its references, and what the document declares for its reviewers."""

from __future__ import annotations

from glmspec.reporting.cited import cited
from glmspec.reporting.declared import declared
from glmspec.reporting.material import Material
from glmspec.reporting.methods import paragraphs
from glmspec.reporting.model import Block, Heading, Section, plain


def methods(material: Material) -> Section:
    """The section."""
    texts = paragraphs(material)
    works = cited(texts)
    references: tuple[Block, ...] = (Heading("Works cited above", 4), *(plain(work, "quiet") for work in works))
    body = tuple(plain(text) for text in texts)
    return Section("methods", "Methods text", (*body, *(references if works else ()), *declared(material.document)))
