"""What a shell offers for values that are neither files nor choices of an option."""

from __future__ import annotations


def codes(incomplete: str) -> list[tuple[str, str]]:
    """Codes of problems, with what each is."""
    from glmspec.codes import CODES

    return [(code, entry.title) for code, entry in CODES.items() if code.startswith(incomplete)]


def starts(incomplete: str) -> list[str]:
    """Documents to start from."""
    from glmspec.cli.starting import kinds

    return [kind for kind in kinds() if kind.startswith(incomplete)]


def executors(incomplete: str) -> list[str]:
    """Who may compute."""
    return [name for name in ("local", "dask") if name.startswith(incomplete)]
