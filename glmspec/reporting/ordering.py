"""Text that cannot turn the order of what follows it."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

ORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates of writing direction; plain right-to-left text needs none of them."""


def in_order(value: Any) -> Any:
    """Text without the power to turn the order of what follows it: a title must not rewrite the numbers beside it."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.isascii():
        return ORDERING.sub(lambda found: f"U+{ord(found.group()):04X}", value)
    return value
