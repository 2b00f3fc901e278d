"""Data for the script of a page, in blocks that a browser neither runs nor shows, and that no text can close."""

from __future__ import annotations

import base64
import json
from typing import Any

from markupsafe import Markup

from glmspec.reporting.model import Embedded
from glmspec.reporting.ordering import in_order

ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def embed(block: Embedded) -> Markup:
    """A block as an element of the page."""
    if isinstance(block.content, bytes):
        kind, text = "application/octet-stream", base64.b64encode(block.content).decode("ascii")
    else:
        kind, text = "application/json", json.dumps(_in_order(block.content), allow_nan=False, separators=(",", ":"))
    # Outside the texts of JSON there are none of these characters.
    return Markup('<script type="{}" id="{}">{}</script>').format(kind, block.id, Markup(text.translate(ESCAPED)))


def _in_order(value: Any) -> Any:
    """Every text of it, however deep."""
    if isinstance(value, dict):
        return {key: _in_order(entry) for key, entry in value.items()}
    return [_in_order(entry) for entry in value] if isinstance(value, list) else in_order(value)
