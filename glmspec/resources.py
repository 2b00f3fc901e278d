"""Finds templates/, schemas/ and specs/ in a wheel or a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def folder(kind: str) -> Path:
    """A folder of resources: inside the package where it was built in, beside it in a checkout.

    Raises
    ------
    FileNotFoundError
        If it is in neither place.
    """
    package = Path(str(files("glmspec")))
    for candidate in (package / kind, package.parent / kind):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{kind} is neither inside {package.name} nor beside it: the installation is damaged")


def text(kind: str, name: str) -> str:
    """A resource as text."""
    return (folder(kind) / name).read_text("utf-8")
