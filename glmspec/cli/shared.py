"""What commands share: the application, common options, and how answers and problems are printed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from glmspec.errors import GlmspecError

if TYPE_CHECKING:
    from glmspec.spec.source import Source

app = typer.Typer(
    name="glmspec",
    help="An fMRI GLM analysis is a document: validate it, plan it, run it, read its report.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 a difference was found, 2 the document is wrong, 3 the inputs are wrong, "
    "4 the design is wrong, 5 a step failed.",
)

Format = Literal["text", "json", "github"]
Document = Annotated[Path, typer.Argument(metavar="DOC", help="The document, a YAML file.", show_default=False)]
FormatOption = Annotated[
    Format, typer.Option("--format", help="text for people, json for programs, github for annotations in a log.")
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Where data paths start; the document's folder if left out."),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="DIR", help="The results folder; results/NAME if left out.")
]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="Where finished steps are kept; share it between documents."),
]


def show(text: str) -> None:
    """Print an answer, if there is any."""
    if text:
        sys.stdout.write(text + "\n")


def fail(error: GlmspecError, source: Source | None, form: Format) -> None:
    """Print what is wrong and leave with its exit code."""
    from glmspec.cli.printing import report_problems

    out, err = report_problems(error, source, form)
    show(out)
    if err:
        sys.stdout.flush()
        sys.stderr.write(err + "\n")
    raise typer.Exit(error.exit_code)


def as_json(data: Any) -> str:
    """An answer for programs."""
    import json

    return json.dumps(data, indent=1, ensure_ascii=False)
