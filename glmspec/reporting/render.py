"""Results -> one HTML file that opens anywhere: no request, complete without its script, the same bytes each time."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from glmspec import resources
from glmspec.execution.results import Results
from glmspec.reporting import script as scripts
from glmspec.reporting.build import build_model
from glmspec.reporting.embedding import embed
from glmspec.reporting.figures.chart import CHART_CSS, settings
from glmspec.reporting.figures.svg import BRAIN_CSS
from glmspec.reporting.model import Block, ReportModel
from glmspec.reporting.ordering import in_order
from glmspec.reporting.shared_parts import share_parts

PAGE, STYLE = "report.html", "report.css"
SHARED = "<!-- shared pictures -->"
"""Where the page keeps the pictures that occur in it more than once."""


def render(results: Results) -> str:
    """The report of a results folder, as one HTML text."""
    with settings():
        return render_model(build_model(results))


def render_model(report: ReportModel) -> str:
    """A report as HTML. Everything that a document says is escaped here, and here alone."""
    styles = (CHART_CSS, resources.text("templates", STYLE), BRAIN_CSS, resources.text("templates", scripts.STYLE))
    css = Markup("".join(styles))
    script = scripts.script()
    page = (
        _environment()
        .get_template(PAGE)
        .render(report=report, css=css, policy=Markup(script.policy), script=Markup(script.text))
    )
    return share_parts(page, SHARED) + "\n"


def renderer_digest() -> str:
    """Changes with everything that the same results are rendered by: version, templates and the code of the report."""
    digest = hashlib.sha256(_version().encode())
    for root in (resources.folder("templates"), Path(__file__).parent):
        for path in sorted(path for path in root.rglob("*") if path.suffix in (".html", ".css", ".js", ".py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _version() -> str:
    try:
        return version("glmspec")
    except PackageNotFoundError:  # a bare checkout
        return "unknown"


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: resources.text("templates", name)),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=in_order,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def show(block: Block) -> Markup:
        return Markup(environment.get_template(f"blocks/{block.template}").render(block=block))

    environment.globals.update(show=show, embed=embed)
    return environment
