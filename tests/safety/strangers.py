"""What a stranger's document may try, and what each try may cost."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glmspec.errors import GlmspecError, Problem
from glmspec.spec.source import Source, parse
from glmspec.spec.validate import examine
from glmspec.workflow import compile_source

SECONDS = 2.0
BYTES = 200 * 2**20

DOCUMENT = """\
glmspec: 1
name: stranger
level: second
inputs:
  maps: "maps/{subject}.nii.gz"
  variables: participants.tsv
  mask: mask.nii.gz
design:
  formula: "1 + group + age"
contrasts:
  more: "group[patient] - group[control]"
inference:
  fdr: {method: parametric, correction: fdr, alpha: 0.05}
"""


def changed(*changes: tuple[str, str], add: str = "") -> str:
    """The document with parts replaced."""
    text = DOCUMENT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text + add


def judged(text: str | bytes) -> list[Problem]:
    """What `glmspec validate` says."""
    try:
        source = parse(text, "stranger.yaml")
    except GlmspecError as error:
        return list(error.problems)
    return examine(source)[1]


def codes(text: str | bytes) -> set[str]:
    return {problem.code for problem in judged(text)}


def planned(text: str | Source, data: Path, out: Path | None = None) -> list[Problem]:
    """What `glmspec plan` says."""
    source = parse(text, "stranger.yaml") if isinstance(text, str) else text
    try:
        compile_source(source, data / "stranger.yaml", data, out or data.parent / "results")
    except GlmspecError as error:
        return list(error.problems)
    return []


@contextmanager
def cheaply(seconds: float = SECONDS) -> Iterator[None]:
    """Fail if what happens inside takes long or much memory."""
    before, start = peak(), time.perf_counter()
    yield
    assert time.perf_counter() - start < seconds
    assert peak() - before < BYTES


def peak() -> int:
    """The most memory this process ever held; Linux counts in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
