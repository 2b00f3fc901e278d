"""`glmspec demo`: a simulated data set, and the example documents run on it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from glmspec.cli.progress import chosen, say
from glmspec.demo.simulate import write_demo_data
from glmspec.resources import folder as resource_folder
from glmspec.workflow import DEFAULT_MEMORY, run

MARK = "# not executable yet"


def demonstrate(folder: Path, data_only: bool, jobs: int, quiet: bool) -> dict[str, Any]:
    """Write the data, run every example that can be run; paths and a line for each."""
    data = folder if data_only else folder / "data"
    say_or_not = (lambda text: None) if quiet else say
    write_demo_data(data, lambda text: say_or_not(f"simulating: {text}"))
    if data_only:
        return {"data": str(data), "lines": [f"data: {data}"]}
    reports, lines = {}, []
    for document in executable_specs():
        here = folder / document.name
        if document.resolve() != here.resolve():
            shutil.copyfile(document, here)
        say_or_not(f"running {document.name}")
        done = run(
            here, data, folder / "results" / document.stem, jobs=jobs, memory=DEFAULT_MEMORY, progress=chosen(quiet)
        )
        reports[document.stem] = str(done.report)
        lines.append(f"report: {done.report}")
    return {"data": str(data), "reports": reports, "lines": [f"data: {data}", *lines]}


def executable_specs() -> list[Path]:
    """The example documents that this version can run; the others say in their first line what they wait for."""
    documents = sorted(resource_folder("specs").glob("*.yaml"))
    return [path for path in documents if not path.read_text("utf-8").startswith(MARK)]
