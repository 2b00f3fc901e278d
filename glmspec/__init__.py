"""glmspec: an fMRI GLM analysis is a document.

>>> import glmspec
>>> plan, places = glmspec.compile("button-press.yaml", data="data")    # doctest: +SKIP
>>> run = glmspec.run("button-press.yaml", data="data", out="results")  # doctest: +SKIP
>>> run.report                                                          # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glmspec import errors
    from glmspec.execution.results import Results
    from glmspec.rendering import report
    from glmspec.spec.validate import load
    from glmspec.workflow import compile, run

__version__ = "0.1.0"

_WHERE = {
    "load": "glmspec.spec.validate",
    "compile": "glmspec.workflow",
    "run": "glmspec.workflow",
    "report": "glmspec.rendering",
    "Results": "glmspec.execution.results",
}

__all__ = ["Results", "compile", "errors", "load", "report", "run"]


def __getattr__(name: str) -> Any:
    """The public names, imported when they are asked for: `import glmspec` stays quick."""
    if name == "errors":
        return import_module("glmspec.errors")
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'glmspec' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
