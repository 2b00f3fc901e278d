"""Pictures that occur several times in a page, such as the background of every contrast, are stored once.

So are outlines, which are the same in every glass brain.
"""

from __future__ import annotations

import re
from collections import Counter

IMAGE = re.compile(r"<(?:image|path) [^<>]*/>")
"""Of our own making: words of a document are escaped, and never look like this."""
WORTH = 200
"""Characters below which a reference saves nothing worth having."""


def share_images(page: str, place: str) -> str:
    """``page`` with every repeated ``<image>`` or ``<path>`` as a ``<use>`` of one definition.

    The definitions stand where ``place`` was.
    """
    found = Counter(IMAGE.findall(page))
    repeated = [image for image, times in found.items() if times > 1 and len(image) >= WORTH]
    names = {image: f"image-{number}" for number, image in enumerate(repeated, 1)}

    def use(match: re.Match[str]) -> str:
        name = names.get(match[0])
        return match[0] if name is None else f'<use href="#{name}"/>'

    shared = IMAGE.sub(use, page)
    definitions = "".join(image.replace(" ", f' id="{name}" ', 1) for image, name in names.items())
    drawing = f'<svg class="shared" width="0" height="0" aria-hidden="true"><defs>{definitions}</defs></svg>'
    return shared.replace(place, drawing if names else "", 1)
