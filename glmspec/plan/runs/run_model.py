"""A run with its design matrix: what contrasts and fits are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from glmspec.core.regressors import Events
from glmspec.errors import DesignError, DocPath, Problem
from glmspec.images.geometry import Grid
from glmspec.plan.columns import not_a_column, unit_row
from glmspec.plan.designs import Design, Floats
from glmspec.plan.runs.facts import Fact
from glmspec.plan.runs.files import RunFiles
from glmspec.spec.expressions import Term
from glmspec.spec.problems import suggestion


@dataclass(frozen=True, eq=False)
class RunModel:
    """One run, ready to be fitted.

    Attributes
    ----------
    run : RunFiles
    grid : Grid
        Of its images.
    volumes, discard : int
        Those in the file, and those left out at its start.
    repetition_time : float or None
        s; None only where a ready-made matrix needs none and nothing says it.
    design : Design
        Matrix (N, P) of the scans that are analysed, float64 and C-contiguous, with names, rank and degrees of freedom.
    task : tuple of str
        The columns of conditions and regressors of interest; of a ready-made matrix those that the document names.
    conditions : mapping of str to Events
        The events of each condition, s on the file's clock; none for a ready-made matrix.
    censored : tuple of int
        Scans that an indicator column takes out, counted from 1 in the file.
    facts : tuple of Fact
        What a reader should know.
    left_out : tuple of str
        Columns that the run would have, were there events of their conditions: `missing: {condition: exclude}`.
    reference : float
        When within a scan responses are sampled, as a share of the repetition time; 0 for a ready-made matrix.
    """

    run: RunFiles
    grid: Grid
    volumes: int
    discard: int
    repetition_time: float | None
    design: Design
    task: tuple[str, ...]
    conditions: Mapping[str, Events]
    censored: tuple[int, ...]
    facts: tuple[Fact, ...]
    left_out: tuple[str, ...] = ()
    reference: float = 0.0

    @property
    def names(self) -> Mapping[str, str]:
        """What the run is known by."""
        return self.run.names

    @property
    def scans(self) -> int:
        """N: the scans that are analysed."""
        return self.volumes - self.discard

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns (P)."""
        return self.design.columns

    @property
    def matrix(self) -> Floats:
        """The design matrix (N, P)."""
        return self.design.matrix

    def term_weights(self, term: Term, path: DocPath) -> Floats:
        """Weights (P,) of a term of a contrast: a first level has columns, and nothing else.

        Raises
        ------
        DesignError
            E214 for a name that is no column, E216 for a level or a transform.
        """
        name = term.parts[0].name if term.quoted else str(term)
        if name in self.columns:
            return unit_row(self.columns, name)
        hint = suggestion(name, self.columns, "columns")
        levelled = next((part for part in term.parts if part.level is not None), None)
        if levelled is not None and not term.quoted:
            message = f"`{levelled}` asks for a level, and a first level has columns"
            raise DesignError((Problem("E216", message, path, hint=hint, span=term.span),))
        error = not_a_column(name, self.columns, path, term)
        if name in self.left_out:
            why = f"{self.run.title} has none for lack of events, by `missing: {{condition: exclude}}`"
            cure = f"say what the contrast is in each run, with `runs: {{{self.run.name}: none, ...}}`"
            error = DesignError(tuple(replace(problem, hint=f"{why}: {cure}") for problem in error.problems))
        raise error

    def differences(self, text: str, path: DocPath) -> Floats:
        """A run has no terms.

        Raises
        ------
        DesignError
            E216.
        """
        message = f"a first level has no term `{text}`"
        raise DesignError((Problem("E216", message, path, hint="write `rows: [...]` with its columns"),))
