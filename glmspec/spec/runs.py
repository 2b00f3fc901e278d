"""Where the runs of a first level are."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from glmspec.spec.fields import (
    Count,
    DataPath,
    DataPattern,
    Label,
    Model,
    Positive,
    Text,
    one_or_many,
)
from glmspec.spec.masks import MASK, SMOOTHING, ComputedRunMask, RunMask, Smoothing, seems_to_have


class RunDesign(Model):
    """A ready-made matrix of one run."""

    file: DataPattern = Field(description="An .npz, .tsv or .csv.")
    array: Label | None = Field(None, description="The array in an .npz.")


_RunDesign = Annotated[RunDesign, BeforeValidator(lambda value: {"file": value} if isinstance(value, str) else value)]


class RunRow(Model):
    """One run by name."""

    name: Label = Field(description="What the run is called.")
    subject: Label | None = Field(None, description="The subject.")
    session: Label | None = Field(None, description="The session.")
    bold: DataPath = Field(description="The 4D image.")
    events: DataPath | None = Field(None, description="The table of events.")
    confounds: DataPath | None = Field(None, description="The table of confounds.")
    regressors: DataPath | None = Field(None, description="A table with regressors of interest.")
    design: _RunDesign | None = Field(None, description="A ready-made matrix: {file, array}.")
    repetition_time: Positive | None = Field(None, description="Seconds between scans.")
    mask: DataPath | None = Field(None, description="The mask of this run.")


class RunPatterns(Model):
    """Runs by patterns."""

    bold: DataPattern = Field(description="The 4D images: a pattern with {subject} and {run}.")
    events: DataPattern | None = Field(None, description="The tables of events, by the same names.")
    confounds: DataPattern | None = Field(None, description="The tables of confounds.")
    regressors: DataPattern | None = Field(None, description="Tables with regressors of interest.")
    design: _RunDesign | None = Field(None, description="Ready-made matrices: {file, array}.")
    mask: DataPattern | None = Field(None, description="Masks by the same names.")


class BidsRunsQuery(Model):
    """A query of a BIDS dataset."""

    root: DataPath = Field(description="The raw dataset.")
    derivatives: DataPath | None = Field(None, description="The preprocessed derivatives.")
    task: Label | None = Field(None, description="The task.")
    space: Label | None = Field(None, description="The space.")
    subjects: tuple[Label, ...] | None = Field(None, description="Which subjects.")
    sessions: tuple[Label, ...] | None = Field(None, description="Which sessions.")


class BidsRuns(Model):
    """Runs in a BIDS dataset."""

    bids: BidsRunsQuery = Field(description="What to look for in a BIDS dataset.")


def _runs_kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "kind:rows"
    asked = isinstance(value, BidsRuns) or seems_to_have(value, "bold", "bids") == "bids"
    return "kind:bids" if asked else "kind:patterns"


Runs = Annotated[
    Annotated[Annotated[tuple[RunRow, ...], Field(min_length=1)], Tag("kind:rows")]
    | Annotated[RunPatterns, Tag("kind:patterns")]
    | Annotated[BidsRuns, Tag("kind:bids")],
    Discriminator(_runs_kind),
]


class Discard(Model):
    """Scans left out at the start."""

    initial: Annotated[Count, Field(ge=0)] = Field(
        description="How many scans at the start; event times keep the clock."
    )


class FirstLevelInputs(Model):
    """Runs of scans."""

    runs: Runs = Field(description="Rows, patterns, or {bids: ...}.")
    repetition_time: Positive | None = Field(None, description="Seconds; from the header or BIDS sidecar if left out.")
    discard: Discard | None = Field(None, description="Scans to leave out: {initial: 4}.")
    select: dict[Label, Annotated[tuple[Label, ...], one_or_many(Label), Field(min_length=1)]] = Field(
        {}, description="The values of captured names that the analysis is about."
    )
    space: Text | None = Field(None, description="The space of the images, for tables and report.")
    mask: RunMask = Field(ComputedRunMask(compute="epi"), description=MASK)
    smoothing_fwhm: Smoothing = Field(0.0, description=SMOOTHING)
