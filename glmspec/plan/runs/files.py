"""A run by its files: what it is called, and where everything of it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from glmspec.errors import DocPath
from glmspec.plan.names import run_title

PREFIXED = (("subject", "sub-"), ("session", "ses-"))
BESIDE = ("events", "confounds", "regressors", "mask")
"""Files that may stand beside a run's images, one each."""


class GivenMatrix(NamedTuple):
    """The file of a ready-made matrix, and which of its arrays is meant."""

    file: str
    array: str | None = None


@dataclass(frozen=True)
class RunFiles:
    """One run.

    Attributes
    ----------
    name : str
        Its label among the runs of its fit: a row's name, or what was captured.
    names : mapping of str to str
        ``subject``, ``session``, ``run`` and whatever else was captured, without the prefixes that comparisons ignore.
    origin : DocPath
        The row, or the patterns.
    bold, events, confounds, regressors, mask : str or None
        Paths in the data folder.
    design : GivenMatrix or None
    repetition_time : float or None
        The row's own, s.
    sidecar : str or None
        The JSON file beside the images; known once they are read.
    """

    name: str
    names: Mapping[str, str]
    origin: DocPath
    bold: str
    events: str | None = None
    confounds: str | None = None
    regressors: str | None = None
    mask: str | None = None
    design: GivenMatrix | None = None
    repetition_time: float | None = None
    sidecar: str | None = None

    @property
    def title(self) -> str:
        """What a message calls the run: ``run-1 of sub-01``."""
        head = run_title(self.name)
        whose = [prefix + self.names[name] for name, prefix in PREFIXED if name in self.names]
        return f"{head} of {' '.join(whose)}" if whose else head

    def at(self, key: str) -> DocPath:
        """Where the document speaks of one of the run's files."""
        if key == "sidecar":  # which no document names
            return self.at("bold")
        return (*self.origin, key, "file") if key == "design" else (*self.origin, key)

    @property
    def files(self) -> tuple[tuple[str, DocPath], ...]:
        """Every file with its place in the document."""
        found = {"bold": self.bold, "sidecar": self.sidecar, **{key: getattr(self, key) for key in BESIDE}}
        found["design"] = self.design.file if self.design is not None else None
        return tuple((path, self.at(key)) for key, path in found.items() if path is not None)
