"""What reviewers ask for: hypotheses, registration, sample, exclusions, expectations, missing data, deviations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from glmspec.spec.fields import Count, DocumentPath, Label, Model, Name, Text, exactly_one, fault, one_or_many
from glmspec.spec.quantities import BOUNDS, QUANTITIES

Labels = Annotated[tuple[Label, ...], one_or_many(Label)]


class Hypothesis(Model):
    """A claim, and the test that decides it."""

    statement: Text = Field(description="The claim, as a sentence.")
    contrast: Name = Field(description="The contrast that decides it.")
    inference: Name | None = Field(None, description="The inference that decides it.")
    direction: Literal["positive", "negative", "either"] | None = Field(
        None, description="positive, negative or either."
    )
    kind: Literal["confirmatory", "exploratory"] | None = Field(None, description="confirmatory or exploratory.")


class Registration(Model):
    """Where and when the analysis was registered."""

    url: Text | None = Field(None, description="Where it is registered.")
    lock: DocumentPath | None = Field(
        None, description="The lock file, as seen from this document; NAME.lock.yaml if left out."
    )
    data_status: Text | None = Field(None, description="What existed of the data: not-collected, collected, seen.")
    prior_knowledge: Text | None = Field(None, description="What the authors knew of the data.")


class Sample(Model):
    """How many, and why."""

    planned_n: Annotated[Count, Field(ge=1)] | None = Field(None, description="The planned number of subjects.")
    stopping_rule: Text | None = Field(None, description="When collection stops.")
    power: Text | None = Field(None, description="How the number was justified.")


class Exclusion(Model):
    """A rule by which subjects are left out: judged on a variable, by name, or declared only, and shown so."""

    rule: Text = Field(description="The rule, as a sentence.")
    variable: Label | None = Field(None, description="The variable that is judged, with one of above, below, equals.")
    above: float | None = Field(None, description="Rows above this value.")
    below: float | None = Field(None, description="Rows below this value.")
    equals: Label | None = Field(None, description="Rows with this value, compared as text and as a number.")
    unit: Text | None = Field(None, description="The unit of the variable.")
    subjects: Labels | None = Field(None, description="Subjects named outright.")

    def model_post_init(self, context: object) -> None:
        """A rule on a variable has one bound, and names nobody."""
        if self.variable is not None:
            exactly_one(self, "above", "below", "equals")
            if self.subjects is not None:
                hint = "write two rules: one is judged on the variable, the other names its subjects"
                raise fault("E205", "a rule on a variable names no subjects", hint, at=("subjects",))
            return
        for key in ("above", "below", "equals", "unit"):
            if getattr(self, key) is not None:
                hint = "name the variable that is judged, `variable: mean_fd`, or leave it out"
                raise fault("E205", f"`{key}` says nothing without a `variable`", hint, at=(key,))

    @property
    def bound(self) -> tuple[Literal["above", "below", "equals"], float | str] | None:
        """What a rule on a variable compares it with."""
        if self.above is not None:
            return "above", self.above
        if self.below is not None:
            return "below", self.below
        return None if self.equals is None else ("equals", self.equals)


class Expectation(Model):
    """What must be true of the data or the design."""

    what: Label = Field(
        description="What is looked at. "
        + "; ".join(f"{name}: {found.meaning}" for name, found in QUANTITIES.items())
        + ".",
        json_schema_extra={"enum": list(QUANTITIES)},
    )
    at_least: float | None = Field(None, description="No less than this.")
    at_most: float | None = Field(None, description="No more than this.")
    above: float | None = Field(None, description="More than this.")
    below: float | None = Field(None, description="Less than this.")
    equals: float | None = Field(None, description="Exactly this.")
    columns: Labels | None = Field(None, description="The columns that vif and correlation are about; else all.")
    contrasts: Labels | None = Field(None, description="The contrasts that dof is about; else all.")
    otherwise: Literal["stop", "report"] = Field("report", description="stop, or report and go on.")

    def model_post_init(self, context: object) -> None:
        """One bound at a time."""
        exactly_one(self, *BOUNDS)

    @property
    def bound(self) -> tuple[str, float]:
        """Its key and its number."""
        return next((key, getattr(self, key)) for key in BOUNDS if getattr(self, key) is not None)


_Policy = Literal["error", "exclude"]


class Missing(Model):
    """What happens where something is not there; docs/missing-data.md says which policy governs which absence."""

    condition: Literal["error", "exclude-run", "exclude"] = Field(
        "error",
        description="A condition that others have. First level: exclude leaves it out of the run, exclude-run leaves "
        "the run out. Second level: exclude leaves the subject out.",
    )
    run: Literal["error", "accept", "exclude"] = Field(
        "error", description="A run that others have: accept goes on without it, exclude leaves the subject out."
    )
    subject: _Policy = Field(
        "error", description="A subject without some map that others have: exclude leaves the subject out."
    )
    variable: _Policy = Field(
        "error", description="A variable that is used and has no value: exclude leaves the map out."
    )
    voxel: Literal["error", "exclude"] | None = Field(
        None, description="Voxels that are NaN in some map: error, or exclude; a computed mask implies exclude."
    )


class Deviation(Model):
    """A departure from the registered document."""

    path: Label = Field(description="What changed, as a path: design.drift.high_pass.")
    rationale: Text = Field(description="Why.")
