"""Methods: text to copy, and what the document declares for its reviewers."""

from __future__ import annotations

from glmspec.reporting.declared import declared
from glmspec.reporting.material import Material
from glmspec.reporting.methods import paragraphs
from glmspec.reporting.model import Section, plain


def methods(material: Material) -> Section:
    """The section."""
    text = tuple(plain(paragraph) for paragraph in paragraphs(material))
    return Section("methods", "Methods text", (*text, *declared(material.document)))
