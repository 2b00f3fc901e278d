"""The commands. Each imports what it needs when it runs, so that `validate` starts without numpy."""

from __future__ import annotations

import gc
import os
import shlex
import sys

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # a stranger's plugins have no part in reading documents

from pathlib import Path
from typing import Annotated

import typer

from glmspec.cli import completing, reviewing  # noqa: F401  # commands of reviewing belong to the same application
from glmspec.cli.shared import DataOption, Document, FormatOption, OutOption, StoreOption, app, as_json, fail, show
from glmspec.errors import GlmspecError


def main() -> None:
    """The entry point of the command `glmspec`."""
    gc.set_threshold(100_000)  # starting up makes many objects that all stay: looking for garbage among them is wasted
    try:
        app()
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


@app.command(short_help="Check documents by themselves.")
def validate(
    documents: Annotated[list[Path], typer.Argument(metavar="DOC...", help="Documents.", show_default=False)],
    form: FormatOption = "text",
) -> None:
    """Check documents by themselves: no data are needed, and everything wrong is said at once."""
    from glmspec.cli.validating import validate_all

    out, err, code = validate_all(documents, form)
    show(out)
    if err:
        sys.stdout.flush()
        sys.stderr.write(err + "\n")
    raise typer.Exit(code)


@app.command(short_help="Print a document with every default.")
def resolve(
    document: Document,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write here.")] = None,
    form: FormatOption = "text",
) -> None:
    """Print the document with every default filled in and marked. This is what is hashed, locked and compared."""
    from glmspec.spec.resolve import resolved_data, resolved_text
    from glmspec.spec.source import read
    from glmspec.spec.validate import loaded

    source = None
    try:
        source = read(document)
        found = loaded(source)
    except GlmspecError as error:
        return fail(error, source, form)
    text = as_json(resolved_data(found)) + "\n" if form == "json" else resolved_text(found)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, "utf-8")
    return None


@app.command(short_help="Show what a run would do, and why.")
def plan(
    document: Document,
    data: DataOption = None,
    out: OutOption = None,
    store: StoreOption = None,
    form: FormatOption = "text",
) -> None:
    """Show what a run would do, step by step and why, without reading a voxel: rows, design, contrasts, sizes."""
    from glmspec.cli.planning import plan_data, plan_text
    from glmspec.spec.source import read
    from glmspec.workflow import compile_source, plan_states

    source = None
    try:
        source = read(document)
        found, places = compile_source(source, document, data, out, store)
        states = plan_states(found, places)
    except GlmspecError as error:
        return fail(error, source, form)
    show(as_json(plan_data(found, states)) if form == "json" else plan_text(found, states))
    return None


@app.command(short_help="Run an analysis, and render its report.")
def run(
    document: Document,
    data: DataOption = None,
    out: OutOption = None,
    store: StoreOption = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Workers. Results do not depend on it.")] = 1,
    memory: Annotated[str, typer.Option(metavar="SIZE", help="Memory in use at a time, like 4G or 800M.")] = "4G",
    executor: Annotated[
        str,
        typer.Option(
            metavar="NAME[:ADDRESS]",
            help="local, or dask: processes of this machine, or the workers of the scheduler at ADDRESS.",
            autocompletion=completing.executors,
        ),
    ] = "local",
    form: FormatOption = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    locked: Annotated[
        bool, typer.Option("--locked", help="Refuse what departs from the lock and carries no rationale.")
    ] = False,
) -> None:
    """Run the analysis: compute what is not there yet, write the results folder, render the report.

    Where a lock stands beside the document, the report says what was not done as it was registered.
    """
    from glmspec.cli.progress import chosen
    from glmspec.cli.running import memory_size, run_data, run_text
    from glmspec.spec.source import read
    from glmspec.workflow import compile_source, run_plan

    size = memory_size(memory)
    source = None
    try:
        source = read(document)
        found, places = compile_source(source, document, data, out, store)
        done = run_plan(found, places, jobs=jobs, memory=size, executor=executor, progress=chosen(quiet), locked=locked)
    except GlmspecError as error:
        return fail(error, source, form)
    show(as_json(run_data(done)) if form == "json" else run_text(done))
    return None


@app.command(short_help="Render a report again.")
def report(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A results folder.", show_default=False)],
    redact: Annotated[
        bool, typer.Option("--redact", help="Write RESULTS/redacted, without subjects' names and absolute paths.")
    ] = False,
    form: FormatOption = "text",
) -> None:
    """Render the report again from what is stored; --redact leaves out what must not leave the lab."""
    from glmspec.rendering import report as render_again

    try:
        path = render_again(results, redact=redact)
    except GlmspecError as error:
        return fail(error, None, form)
    show(as_json({"report": str(path)}) if form == "json" else str(path))
    return None


@app.command(short_help="Print the JSON Schema of the language.")
def schema(
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write here.")] = None,
) -> None:
    """Print the JSON Schema of the language, which editors complete from."""
    from glmspec.resources import text

    content = text("schemas", "glmspec-1.json")
    if out is None:
        sys.stdout.write(content)
    else:
        out.write_text(content, "utf-8")


@app.command(short_help="Explain a problem by its code.")
def explain(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE", help="A code like E214; all of them if left out.", autocompletion=completing.codes
        ),
    ] = None,
    form: FormatOption = "text",
) -> None:
    """Explain a problem by its code: what it means, why it matters, how to mend it."""
    from glmspec.cli.explaining import explain_data, explain_text

    try:
        show(as_json(explain_data(code)) if form == "json" else explain_text(code))
    except GlmspecError as error:
        fail(error, None, form)


@app.command(short_help="Write a document to start from.")
def init(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The document to write.")] = Path("analysis.yaml"),
    like: Annotated[
        str,
        typer.Option(
            help="one-sample, paired, two-groups, regression, anova, first-level or single-map.",
            autocompletion=completing.starts,
        ),
    ] = "one-sample",
    form: FormatOption = "text",
) -> None:
    """Write a document to start from, with comments; it validates as it stands. Never overwrites a file."""
    from glmspec.cli.starting import write_start

    try:
        write_start(path, like)
    except GlmspecError as error:
        return fail(error, None, form)
    show(
        as_json({"document": str(path)})
        if form == "json"
        else f"{path}: written. Next: glmspec validate {shlex.quote(str(path))}"
    )
    return None


@app.command(short_help="Simulate data and run the examples.")
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to put data and results.")] = Path(
        "glmspec-demo"
    ),
    data_only: Annotated[bool, typer.Option("--data-only", help="Write the simulated data, and stop.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Workers.")] = 2,
    form: FormatOption = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Simulate maps of 16 subjects and two runs of scans, and run the example documents. Ends with paths of reports."""
    from glmspec.cli.demonstrating import demonstrate

    try:
        done = demonstrate(folder, data_only, jobs, quiet)
    except GlmspecError as error:
        return fail(error, None, form)
    show(as_json(done) if form == "json" else "\n".join(done["lines"]))
    return None


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version, and leave.", is_eager=True)] = False,
) -> None:
    if version:
        from glmspec import __version__

        show(__version__)
        raise typer.Exit()


if __name__ == "__main__":
    main()
