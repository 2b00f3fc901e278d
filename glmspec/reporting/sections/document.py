"""Document: what was written, line by line, and the same with every default filled in."""

from __future__ import annotations

from glmspec.reporting import lines
from glmspec.reporting.highlight import highlighted
from glmspec.reporting.material import RESOLVED, Material
from glmspec.reporting.model import Fold, Listing, Section, plain


def document(material: Material) -> Section:
    """The section."""
    written = material.results.provenance["document"]
    listing = Listing(written["name"], lines.WRITTEN, highlighted(written["text"]))
    resolved = Listing(RESOLVED, lines.RESOLVED, highlighted(material.results.text(RESOLVED)))
    fold = Fold("The resolved document: every default filled in", (resolved,))
    said = plain(f"{written['name']}, as it was run. The number of a line is a link to it.", "quiet")
    return Section("document", "Document", (said, listing, fold))
