"""Names of files that are not finished, told apart from all others: what a killed run left can be swept away."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from pathlib import Path

_MARKED = re.compile(r"\.[0-9a-f]{12}-")


def beside(path: Path) -> Path:
    """A name beside a file for what is to become it, until that is whole; nobody could have put anything there."""
    return path.with_name(f".{secrets.token_hex(6)}-{path.name.lstrip('.')}")


def sweep(folder: Path) -> None:
    """Remove the files of such names from a folder; nothing where there is no folder, or a link to one."""
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in folder.iterdir():
        if _MARKED.match(path.name) and path.is_file() and not path.is_symlink():
            with suppress(OSError):
                path.unlink()
