"""`glmspec explain`: problems by their codes."""

from __future__ import annotations

import textwrap

from glmspec.codes import CODES
from glmspec.errors import DocumentError, Problem

_WIDTH = 90


def explain_text(code: str | None) -> str:
    """A code in paragraphs, or the list of all."""
    if code is None:
        return "\n".join(f"{key}  {entry.title}" for key, entry in CODES.items())
    entry = CODES[_known(code)]
    return "\n\n".join([f"{code.upper()}: {entry.title}", _filled(entry.cause), _filled(entry.cure)])


def _filled(text: str) -> str:
    """A paragraph; a setting such as `cluster-size` stays on one line."""
    return textwrap.fill(text, _WIDTH, break_on_hyphens=False)


def explain_data(code: str | None) -> dict[str, dict[str, str]]:
    """The same as data."""
    wanted = CODES if code is None else {_known(code): CODES[_known(code)]}
    return {key: entry._asdict() for key, entry in wanted.items()}


def _known(code: str) -> str:
    if code.upper() not in CODES:
        hint = "`glmspec explain` lists all codes"
        raise DocumentError((Problem("E208", f"there is no problem with the code `{code}`", hint=hint),))
    return code.upper()
