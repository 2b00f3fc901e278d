"""The commands. Each imports what it needs when it runs, so that `validate` starts without numpy."""

from __future__ import annotations

import gc
import os
import shlex
import sys

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # a stranger's plugins have no part in reading documents

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


def main() -> None:
    """The entry point of the command `glmspec`."""
    gc.set_threshold(100_000)  # starting up makes many objects that all stay: looking for garbage among them is wasted
    try:
        app()
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _print(text: str) -> None:
    if text:
        sys.stdout.write(text + "\n")


def _fail(error: GlmspecError, source: Source | None, form: Format) -> None:
    """Print what is wrong and leave with its exit code."""
    from glmspec.cli.printing import report_problems

    out, err = report_problems(error, source, form)
    _print(out)
    if err:
        sys.stdout.flush()
        sys.stderr.write(err + "\n")
    raise typer.Exit(error.exit_code)


def _json(data: Any) -> str:
    import json

    return json.dumps(data, indent=1, ensure_ascii=False)


@app.command(short_help="Check documents by themselves.")
def validate(
    documents: Annotated[list[Path], typer.Argument(metavar="DOC...", help="Documents.", show_default=False)],
    form: FormatOption = "text",
) -> None:
    """Check documents by themselves: no data are needed, and everything wrong is said at once."""
    from glmspec.cli.validating import validate_all

    out, err, code = validate_all(documents, form)
    _print(out)
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
        return _fail(error, source, form)
    text = _json(resolved_data(found)) + "\n" if form == "json" else resolved_text(found)
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
        return _fail(error, source, form)
    _print(_json(plan_data(found, states)) if form == "json" else plan_text(found, states))
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
        ),
    ] = "local",
    form: FormatOption = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Run the analysis: compute what is not there yet, write the results folder, render the report."""
    from glmspec.cli.progress import chosen
    from glmspec.cli.running import memory_size, run_data, run_text
    from glmspec.spec.source import read
    from glmspec.workflow import compile_source, run_plan

    size = memory_size(memory)
    source = None
    try:
        source = read(document)
        found, places = compile_source(source, document, data, out, store)
        done = run_plan(found, places, jobs=jobs, memory=size, executor=executor, progress=chosen(quiet))
    except GlmspecError as error:
        return _fail(error, source, form)
    _print(_json(run_data(done)) if form == "json" else run_text(done))
    return None


@app.command(short_help="Render a report again.")
def report(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A results folder.", show_default=False)],
    form: FormatOption = "text",
) -> None:
    """Render the report again from what is stored."""
    from glmspec.workflow import report as render_again

    try:
        path = render_again(results)
    except GlmspecError as error:
        return _fail(error, None, form)
    _print(_json({"report": str(path)}) if form == "json" else str(path))
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
        str | None, typer.Argument(metavar="CODE", help="A code like E214; all of them if left out.")
    ] = None,
    form: FormatOption = "text",
) -> None:
    """Explain a problem by its code: what it means, why it matters, how to mend it."""
    from glmspec.cli.explaining import explain_data, explain_text

    try:
        _print(_json(explain_data(code)) if form == "json" else explain_text(code))
    except GlmspecError as error:
        _fail(error, None, form)


@app.command(short_help="Write a document to start from.")
def init(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The document to write.")] = Path("analysis.yaml"),
    like: Annotated[
        str, typer.Option(help="one-sample, paired, two-groups, regression, anova, first-level or single-map.")
    ] = "one-sample",
    form: FormatOption = "text",
) -> None:
    """Write a document to start from, with comments; it validates as it stands. Never overwrites a file."""
    from glmspec.cli.starting import write_start

    try:
        write_start(path, like)
    except GlmspecError as error:
        return _fail(error, None, form)
    _print(
        _json({"document": str(path)})
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
        return _fail(error, None, form)
    _print(_json(done) if form == "json" else "\n".join(done["lines"]))
    return None


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version, and leave.", is_eager=True)] = False,
) -> None:
    if version:
        from glmspec import __version__

        _print(__version__)
        raise typer.Exit()


if __name__ == "__main__":
    main()
