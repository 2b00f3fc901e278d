"""`glmspec init`: a document to start from."""

from __future__ import annotations

from pathlib import Path

from glmspec.errors import DocumentError, Problem
from glmspec.resources import folder, text
from glmspec.spec.fields import LONGEST_NAME
from glmspec.spec.problems import suggestion


def kinds() -> list[str]:
    """What there is to start from."""
    return sorted(entry.stem for entry in folder("templates").joinpath("start").glob("*.yaml"))


def write_start(path: Path, like: str) -> None:
    """Write a document of one of the kinds; its name is made from the file's.

    Raises
    ------
    DocumentError
        For a kind that is not there, or a file that is.
    """
    if like not in kinds():
        hint = suggestion(like, kinds(), "kinds")
        raise DocumentError((Problem("E208", f"there is no document to start from called `{like}`", hint=hint),))
    content = text("templates", f"start/{like}.yaml").replace("name: my-analysis", f"name: {_slug(path.stem)}", 1)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        hint = "choose another name; nothing is ever overwritten"
        raise DocumentError((Problem("E100", f"`{path}` is there already", hint=hint),)) from None
    except OSError as error:
        raise DocumentError((Problem("E100", f"cannot write `{path}`: {error.strerror or error}"),)) from None


def _slug(stem: str) -> str:
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in stem.lower()).strip("-")
    return kept[:LONGEST_NAME].strip("-") or "my-analysis"
