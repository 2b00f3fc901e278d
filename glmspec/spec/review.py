"""What reviewers ask for: hypotheses, registration, sample, exclusions, expectations, missing data, deviations."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from glmspec.spec.fields import Count, Label, Model, Name, Text, exactly_one, one_or_many

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
    lock: Text | None = Field(None, description="The lock file beside the document.")
    data_status: Text | None = Field(None, description="What existed of the data: not-collected, collected, seen.")
    prior_knowledge: Text | None = Field(None, description="What the authors knew of the data.")


class Sample(Model):
    """How many, and why."""

    planned_n: Annotated[Count, Field(ge=1)] | None = Field(None, description="The planned number of subjects.")
    stopping_rule: Text | None = Field(None, description="When collection stops.")
    power: Text | None = Field(None, description="How the number was justified.")


class Exclusion(Model):
    """A rule by which subjects are left out."""

    rule: Text = Field(description="The rule, as a sentence.")
    variable: Label | None = Field(None, description="The variable that is judged.")
    above: float | None = Field(None, description="Rows above this value.")
    below: float | None = Field(None, description="Rows below this value.")
    equals: Label | None = Field(None, description="Rows with this value.")
    unit: Text | None = Field(None, description="The unit of the variable.")
    subjects: Labels | None = Field(None, description="Subjects named outright.")

    def model_post_init(self, context: object) -> None:
        """A rule on a variable has one bound."""
        if self.variable is not None:
            exactly_one(self, "above", "below", "equals")


class Expectation(Model):
    """What must be true of the data or the design."""

    what: Label = Field(description="What is looked at: n_maps, vif, ...")
    at_least: float | None = Field(None, description="No less than this.")
    at_most: float | None = Field(None, description="No more than this.")
    above: float | None = Field(None, description="More than this.")
    below: float | None = Field(None, description="Less than this.")
    equals: float | None = Field(None, description="Exactly this.")
    columns: Labels | None = Field(None, description="The columns it is about.")
    contrasts: Labels | None = Field(None, description="The contrasts it is about.")
    otherwise: Literal["stop", "report"] = Field("report", description="stop, or report and go on.")

    def model_post_init(self, context: object) -> None:
        """One bound at a time."""
        exactly_one(self, "at_least", "at_most", "above", "below", "equals")


_Policy = Literal["error", "exclude"]


class Missing(Model):
    """What happens where something is not there."""

    condition: Literal["error", "exclude-run", "exclude"] = Field("error", description="A condition without data.")
    run: Literal["error", "accept", "exclude"] = Field("error", description="A run that others have.")
    subject: _Policy = Field("error", description="A subject without a map.")
    variable: _Policy = Field("error", description="A variable without a value.")
    voxel: Literal["error", "exclude"] | None = Field(
        None, description="Voxels that are NaN in some map: error, or exclude; a computed mask implies exclude."
    )


class Deviation(Model):
    """A departure from the registered document."""

    path: Label = Field(description="What changed, as a path: design.drift.high_pass.")
    rationale: Text = Field(description="Why.")
