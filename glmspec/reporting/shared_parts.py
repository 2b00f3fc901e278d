"""Pictures and outlines that a page has several times, such as the background of every contrast, are stored once."""

from __future__ import annotations

import re
from collections import Counter

PART = re.compile(r"<(?:image|path) [^<>]*/>")
"""Of our own making: words of a document are escaped, and never look like this."""
WORTH = 200
"""Characters below which a reference saves nothing worth having."""


def share_parts(page: str, place: str) -> str:
    """``page`` with every repeated part as a ``<use>`` of one definition, which stands where ``place`` was."""
    found = Counter(PART.findall(page))
    repeated = [part for part, times in found.items() if times > 1 and len(part) >= WORTH]
    names = {part: f"part-{number}" for number, part in enumerate(repeated, 1)}

    def use(match: re.Match[str]) -> str:
        name = names.get(match[0])
        return match[0] if name is None else f'<use href="#{name}"/>'

    shared = PART.sub(use, page)
    definitions = "".join(part.replace(" ", f' id="{name}" ', 1) for part, name in names.items())
    drawing = f'<svg class="shared" width="0" height="0" aria-hidden="true"><defs>{definitions}</defs></svg>'
    return shared.replace(place, drawing if names else "", 1)
