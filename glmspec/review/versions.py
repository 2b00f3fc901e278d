"""Versions of what computes the numbers and draws the report."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from glmspec import __version__

PACKAGES = ("glmspec", "numpy", "scipy", "nibabel", "pandas", "formulaic", "pydantic", "jinja2")
COMPUTING = ("glmspec", "numpy", "scipy", "nibabel", "pandas", "formulaic")
"""Those that a number can depend on: what a lock freezes."""


def versions() -> dict[str, str]:
    """Package -> version."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a bare checkout
            found[name] = __version__ if name == "glmspec" else "unknown"
    return found
