"""Commands of review: lock, diff, verify, why, check, preview."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from glmspec.cli.shared import DataOption, Document, FormatOption, OutOption, StoreOption, app, as_json, fail, show
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
    from glmspec.registering import lock as freeze
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


@app.command(short_help="Say why a step would run.")
def why(
    document: Document,
    step: Annotated[str, typer.Argument(metavar="STEP", help="A step as `glmspec plan` calls it, or a part of that.")],
    data: DataOption = None,
    out: OutOption = None,
    store: StoreOption = None,
    form: FormatOption = "text",
) -> None:
    """Say why a step would run: which fields and files its key changed because of since the last run.

    A field is named where the step would have another key with that field alone set back to what it was. Also the steps
    on the way are told, inputs first. Exit codes: 0 in any case, 2, 3 and 4 where the document cannot be planned.
    """
    from glmspec.auditing import why as ask
    from glmspec.cli.comparing import why_text
    from glmspec.spec.source import read

    source = None
    try:
        source = read(document)
        found = ask(source, document, step, data, out, store)
    except GlmspecError as error:
        return fail(error, source, form)
    show(as_json([entry.data for entry in found]) if form == "json" else why_text(found))
    return None


@app.command(short_help="Check that results are what they say.")
def verify(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A results folder.", show_default=False)],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Where data paths start; inputs are verified as well.")
    ] = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Compute everything again, and compare byte for byte.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Workers. Results do not depend on it.")] = 1,
    memory: Annotated[str, typer.Option(metavar="SIZE", help="Memory in use at a time, like 4G or 800M.")] = "4G",
    form: FormatOption = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Check that results are what they say: every file against its checksum in results.json.

    With --data also every input against the checksum that it had. With --recompute the analysis is run again from
    resolved.yaml in a folder that is thrown away, and every map, table, design and null distribution is compared byte
    for byte; where one differs, the first voxel or line is named. Same bytes are promised for one machine and one set
    of versions; where versions differ it is said. Reports are words about results, and are not compared.

    Exit codes: 0 all is as it should be, 1 something is not, 3 there are no results, or no such data.
    """
    from glmspec.auditing import verify as examine
    from glmspec.cli.comparing import verify_data, verify_text
    from glmspec.cli.progress import chosen
    from glmspec.cli.running import memory_size

    try:
        size = memory_size(memory)
        found = examine(results, data, recompute=recompute, jobs=jobs, memory=size, progress=chosen(quiet))
    except GlmspecError as error:
        return fail(error, None, form)
    show(as_json(verify_data(found)) if form == "json" else verify_text(found))
    raise typer.Exit(DIFFERENT if found.faults else DONE)


class Profile(StrEnum):
    """Who may ask."""

    ALL = "all"
    COBIDAS = "cobidas"
    FMRI = "fmri-preregistration"
    REGISTERED_REPORT = "registered-report"
    ASPREDICTED = "aspredicted"


@app.command(short_help="Say which reporting questions are answered.")
def check(
    thing: Annotated[
        Path, typer.Argument(metavar="DOC|RESULTS", help="A document or a results folder.", show_default=False)
    ],
    profile: Annotated[
        list[Profile] | None,
        typer.Option(
            metavar="PROFILE",
            help="Who asks: cobidas, fmri-preregistration, registered-report, aspredicted or all. May be repeated.",
        ),
    ] = None,
    form: Annotated[
        Literal["text", "json", "markdown"],
        typer.Option("--format", help="text for people, json for programs, markdown for a registration."),
    ] = "text",
) -> None:
    """Say which questions of reporting guidelines are answered, and how.

    set: written in the document; defaulted and acknowledged: the default, written out; defaulted without a word;
    declared: words that nothing can confirm; from the run: found by it, such as smoothness, search volume and degrees
    of freedom; missing; not applicable. Every question is listed with its state: no percentage stands for them. Of a
    folder with several fits all are asked, and an answer that differs says in how many of them.

    Exit codes: 0 in any case, 2 where the document is wrong, 3 where the folder holds no results.
    """
    from glmspec.auditing import check as ask
    from glmspec.cli.covering import check_markdown, check_text

    try:
        found = ask(thing, profile or [Profile.ALL])
    except GlmspecError as error:
        return fail(error, None, "json" if form == "json" else "text")
    if form == "json":
        show(as_json([entry.data for entry in found]))
    else:
        show((check_markdown if form == "markdown" else check_text)(found))
    return None


@app.command(short_help="Show an analysis before it is run.")
def preview(
    document: Document,
    data: DataOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR|PAGE.html", help="A folder for NAME-preview.html, or a page; here if left out."
        ),
    ] = None,
    form: FormatOption = "text",
) -> None:
    """Write the report of an analysis that has not been run: what a registration shows before there are data.

    It holds designs with efficiency and variance inflation, contrasts, relabellings with the smallest p that they can
    give, the methods text in the future tense, and the coverage of guidelines. Images need not be there where the
    document tells what they would: rows by its tables or `sample: {planned_n: ...}`, runs by their events, scans by
    `expect: [{what: n_scans, equals: ...}]`.

    The page is NAME-preview.html in the folder that -o names, as for a run; or what -o says, where that ends in .html.

    Exit codes: 0 done, 2 the document is wrong, 3 a table is wrong or something only images could tell, 4 the design is
    wrong.
    """
    from glmspec.registering import preview as write
    from glmspec.spec.source import read

    source = None
    try:
        source = read(document)
        done = write(source, document, data, out)
    except GlmspecError as error:
        return fail(error, source, form)
    show(as_json(done.data) if form == "json" else f"preview: {done.path}")
    return None
