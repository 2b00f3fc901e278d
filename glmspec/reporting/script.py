"""The one script of a page, inline, and the policy that lets it run and nothing else."""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple

from glmspec import resources

FOLDER = "script"
PARTS = ("tables.js", "volumes.js", "slices.js", "viewer.js")
"""In the order in which they need each other."""
STYLE = f"{FOLDER}/script.css"


class Script(NamedTuple):
    """The text between the tags, and the policy of a page that holds it."""

    text: str
    policy: str


def script() -> Script:
    """All parts as one, closed off from everything else."""
    parts = "".join(resources.text("templates", f"{FOLDER}/{part}") for part in PARTS)
    text = f'"use strict";\n(() => {{\n{parts}}})();\n'
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return Script(text, policy)
