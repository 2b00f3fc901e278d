"""`glmspec run`: its sizes and its closing lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from glmspec.workflow import Run

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMGT]?)(i?)[bB]?")
_POWER = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def memory_size(text: str) -> int:
    """`4G` as bytes; `GiB` counts in powers of 1024."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise typer.BadParameter(f"`{text}` is no size; write for example 4G or 800M", param_hint="--memory")
    base = 1024 if match[3] else 1000
    return int(float(match[1]) * base ** _POWER[match[2].upper()])


def run_text(done: Run) -> str:
    """What passed, and where the report is."""
    lines = []
    for folder, results in done.results.fits.items():
        head = f"{folder}: " if folder else ""
        lines += [head + line for line in _found(results.analysis["inference"])]
    return "\n".join([*lines, f"report: {done.report}"])


def _found(inference: dict[str, Any]) -> Iterator[str]:
    """A line for every contrast and inference of a fit."""
    for key, facts in inference.items():
        contrast, name = key.split("/", 1)
        clusters = f"{facts['clusters']} cluster" + ("" if facts["clusters"] == 1 else "s")
        found = f"{facts['passed']:,} of {facts['tested']:,} voxels pass, in {clusters}"
        if "discoveries" in facts:
            least = f"at least {facts['discoveries']:,} true discoveries"
            found = f"{least} among {facts['tested']:,} voxels; {clusters} judged"
        yield f"{contrast}, {name}: {found}"


def run_data(done: Run) -> dict[str, Any]:
    """The same as data, with what was computed and what was reused."""
    fits = {folder: results.analysis["inference"] for folder, results in done.results.fits.items()}
    return {
        "results": str(done.results.folder),
        "report": str(done.report),
        **({"inference": fits[""]} if "" in fits else {"fits": fits}),
        "computed": list(done.computed),
        "reused": list(done.reused),
    }
