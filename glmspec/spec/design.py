"""Designs: what a first level is made of, and the model over subjects of a second level."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema

from glmspec.spec.fields import (
    Count,
    DataPath,
    Label,
    Model,
    Positive,
    Text,
    choice,
    exactly_one,
    fault,
    one_or_many,
)
from glmspec.spec.formulas import check_formula
from glmspec.spec.hrf import CosineDrift, Drift, Glover, Hrf
from glmspec.spec.noise import AutoregressiveNoise, Estimator, Noise, Ols

Labels = Annotated[tuple[Label, ...], one_or_many(Label)]


class Modulator(Model):
    """A column of the events that scales the response."""

    column: Label | None = Field(None, description="The column of the events; the modulator's own name if left out.")
    power: Annotated[Count, Field(ge=1, le=10)] = Field(1, description="The power it is raised to.")


def _duration_kind(value: Any) -> str:
    return "kind:seconds" if isinstance(value, int | float) and not isinstance(value, bool) else "kind:column"


_Duration = Annotated[
    Annotated[float, Field(ge=0), Tag("kind:seconds")]
    | Annotated[Label, WithJsonSchema({"type": "string"}), Tag("kind:column")],
    Discriminator(_duration_kind),
]
"""A number is never the name of a column, though it could be read as one."""


class Condition(Model):
    """Which events a condition is made of, and how they enter."""

    trial_type: Labels | None = Field(None, description="One trial type or several; the condition's name if left out.")
    where: dict[Label, Labels] = Field({}, description="Only events with these values: {accuracy: [1]}.")
    duration: _Duration | None = Field(None, description="Seconds, 0 for an impulse, or a column of the events.")
    amplitude: Label | None = Field(None, description="A column of the events instead of a height of 1.")
    modulators: dict[Label, Modulator] = Field(
        {}, description="Columns that scale the response, each a column of its own."
    )
    center: Literal["run", "none"] = Field("run", description="Modulators are centred over the run, or not at all.")


class AnyOf(Model):
    """A wildcard that may match nothing."""

    any: Label = Field(description="A wildcard that need not match in every run.")


class Censor(Model):
    """A rule that takes scans out by an indicator column each."""

    confound: Label = Field(description="The confound that is judged.")
    above: float | None = Field(None, description="Scans above this value.")
    below: float | None = Field(None, description="Scans below this value.")
    before: Annotated[Count, Field(ge=0)] = Field(0, description="Scans before each that are taken out as well.")
    after: Annotated[Count, Field(ge=0)] = Field(0, description="Scans after each that are taken out as well.")

    def model_post_init(self, context: object) -> None:
        """One bound at a time."""
        exactly_one(self, "above", "below")


class GrandMean(Model):
    """Grand-mean scaling."""

    model: Literal["grand-mean"] = Field(description="One factor a run brings its mean to the target.")
    target: Positive = Field(100.0, description="The mean after scaling.")


class PercentSignal(Model):
    """Percent signal change of each voxel."""

    model: Literal["percent-signal"] = Field(description="Percent of each voxel's own mean.")


class NoScaling(Model):
    """Data as they are."""

    model: Literal["none"] = Field(description="Data as they are.")


Scaling = Annotated[
    Annotated[PercentSignal | GrandMean | NoScaling, Field(discriminator="model")],
    choice(PercentSignal, GrandMean, NoScaling),
]


class AcrossRuns(Model):
    """How the runs of a first level are combined."""

    weights: Literal["equal", "precision"] = Field("equal", description="equal: the mean over runs; or precision.")


BUILT = frozenset(
    {"conditions", "unmodelled", "orthogonalize", "hrf", "drift", "regressors", "confounds", "censor"}
    | {"slice_time_reference"}
)
"""Settings that build a first level's matrix, and have no use beside a ready-made one."""

_Confound = Label | AnyOf


class FirstLevelDesign(Model):
    """The model of a run, from events or ready-made."""

    conditions: dict[Label, Condition] | None = Field(None, description="Every trial type is a condition if left out.")
    unmodelled: Labels = Field((), description="Trial types left to the baseline.")
    orthogonalize: Literal["none", "serial"] = Field("none", description="Modulators: none, or serial in their order.")
    hrf: Hrf = Field(Glover(model="glover"), description="spm, glover, fir or none, with derivatives.")  # type: ignore[call-arg]
    drift: Drift = Field(
        CosineDrift(model="cosine", high_pass=0.008),  # type: ignore[call-arg]
        description="cosine with high_pass or period, polynomial with order, or none.",
    )
    regressors: Labels = Field((), description="Columns of the regressors table, of interest.")
    confounds: Annotated[tuple[_Confound, ...], one_or_many(_Confound)] = Field(
        (), description="Columns of the confounds table; wildcards must match in every run, except in {any: ...}."
    )
    censor: tuple[Censor, ...] = Field((), description="Rules that take scans out.")
    noise: Noise = Field(AutoregressiveNoise(model="ar"), description="ar with order, or ols.")  # type: ignore[call-arg]
    scaling: Scaling = Field(PercentSignal(model="percent-signal"), description="percent-signal, grand-mean or none.")
    slice_time_reference: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="Fraction of the repetition time; from the sidecar if left out, else 0."
    )
    across_runs: AcrossRuns = Field(AcrossRuns(), description="How the runs are combined.")  # type: ignore[call-arg]
    columns: Labels | None = Field(None, description="The names of a ready-made matrix's columns.")
    unnamed: Literal["nuisance"] | None = Field(None, description="Further columns are nuisance_1, nuisance_2, ...")

    def model_post_init(self, context: object) -> None:
        """A ready-made matrix leaves nothing to build."""
        if self.columns is not None and BUILT & self.model_fields_set:
            named = next(name for name in type(self).model_fields if name in BUILT & self.model_fields_set)
            hint = "leave out `columns`, or everything that builds a matrix"
            raise fault("E205", f"`columns` names a ready-made matrix, and `{named}` builds one", hint, at=(named,))


class Factor(Model):
    """The levels of a variable, in order."""

    levels: tuple[Label, ...] = Field(description="The levels in order; the first is the reference.", min_length=1)

    def model_post_init(self, context: object) -> None:
        """Each level once."""
        twice = [level for level in self.levels if self.levels.count(level) > 1]
        if twice:
            second = self.levels.index(twice[0], self.levels.index(twice[0]) + 1)
            raise fault("E207", f"the level `{twice[0]}` stands here twice", at=("levels", second))


Formula = Annotated[Text, AfterValidator(check_formula)]


def _one_source(value: Any) -> Any:
    exactly_one(value, "formula", "matrix")
    return value


class SecondLevelDesign(Model):
    """The model over subjects."""

    formula: Formula | None = Field(None, description="Variables joined by + : * 0 1 ( ), center() and scale().")
    factors: dict[Label, Factor] = Field({}, description="Levels of factors; text columns otherwise, sorted.")
    matrix: DataPath | None = Field(None, description="A ready-made matrix with named columns, instead of a formula.")
    variance_groups: Label | None = Field(
        None, description="A factor whose levels have variances of their own (Welch)."
    )
    estimator: Estimator = Field(Ols(model="ols"), description="ols, or {model: fixed-effects, weights: ...}.")

    def model_post_init(self, context: object) -> None:
        """A formula or a matrix."""
        exactly_one(self, "formula", "matrix")
        if self.matrix is not None and self.factors:
            hint = "leave them out: a ready-made matrix is coded already"
            raise fault("E205", "`factors` belong to a formula, and this design is a matrix", hint, at=("factors",))
