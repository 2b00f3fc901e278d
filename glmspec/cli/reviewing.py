"""Commands of review: lock, diff, verify, why, check, preview."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from glmspec.cli.shared import DataOption, Document, FormatOption, app, as_json, fail, show
from glmspec.errors import DIFFERENT, DONE, DocumentError, GlmspecError, Problem


@app.command(short_help="Freeze a document: what is registered.")
def lock(
    document: Document,
    data: DataOption = None,
    without_data: Annotated[
        bool, typer.Option("--without-data", help="Lock the document alone: there are no data yet.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a lock that is there and is another.")] = False,
    form: FormatOption = "text",
) -> None:
    """Freeze the document into NAME.lock.yaml beside it, to be committed and registered.

    The lock holds the resolved document and its sha256, the checksums of all inputs, the number of relabellings and the
    smallest p that they can give, and the versions of what computes. The same inputs give the same bytes. Without data,
    or with `registration: {data_status: not-collected}` where no image is there yet, it holds what is known.

    Afterwards `glmspec run` puts every deviation into the report, and `glmspec run --locked` refuses those that can
    change a number and carry no rationale under `deviations:` in the document. Exit codes: 0 locked or as it was, 2
    the document is wrong or another lock is there, 3 the inputs are wrong, 4 the design is wrong.
    """
    from glmspec.auditing import lock as freeze
    from glmspec.spec.source import read

    source = None
    try:
        source = read(document)
        done = freeze(source, document, data, without_data=without_data, force=force)
    except GlmspecError as error:
        return fail(error, source, form)
    show(as_json(done.data) if form == "json" else done.text)
    return None


@app.command(short_help="Say what differs, and what it can change.")
def diff(
    things: Annotated[
        list[Path],
        typer.Argument(metavar="A B", help="Two documents, locks or results folders.", show_default=False),
    ],
    form: Annotated[
        Literal["text", "json", "markdown"],
        typer.Option("--format", help="text for people, json for programs, markdown for pull requests."),
    ] = "text",
) -> None:
    """Say what differs between two documents, locks or results folders, and what each difference can change.

    inferential: a p-value or a claim; estimation: an estimate; display: pictures and tables; text: words alone.
    Documents are compared as `glmspec resolve` prints them, so that a default that is written out is no difference.
    Between two results folders also the maps: correlation, largest difference, voxels that changed sides, Dice.

    As a driver for git: `git config diff.glmspec.command "glmspec diff"`, and `*.yaml diff=glmspec` in .gitattributes;
    with git's seven arguments the exit code is 0 in any case.

    Exit codes: 0 no difference, 1 a difference was found, 2 a document is wrong, 3 a results folder is.
    """
    from glmspec.auditing import diff as compare
    from glmspec.cli.comparing import diff_data, diff_markdown, diff_text

    of_git = len(things) == FROM_GIT
    try:
        if not of_git and len(things) != 2:
            hint = "name two documents, locks or results folders: `glmspec diff before.yaml after.yaml`"
            raise DocumentError((Problem("E226", f"{len(things)} things cannot be compared", hint=hint),))
        if of_git and (Path("/dev/null") in (things[1], things[4])):
            return show(f"{things[0]}: {'new' if things[1] == Path('/dev/null') else 'gone'}")
        found = compare(things[1], things[4]) if of_git else compare(things[0], things[1])
    except GlmspecError as error:
        if of_git:
            return show(f"{things[0]}: {error}")
        return fail(error, None, "json" if form == "json" else "text")
    if of_git:
        found = found.titled(str(things[0]), str(things[0]))
    show(as_json(diff_data(found)) if form == "json" else (diff_markdown if form == "markdown" else diff_text)(found))
    raise typer.Exit(DIFFERENT if found and not of_git else DONE)


FROM_GIT = 7
"""Arguments of an external diff: path, old file, hash, mode, new file, hash, mode."""
