"""Noise models of a first level and estimators of a second level: one class a choice, its `model` the tag."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from glmspec.spec.fields import Count, Model, choice


class AutoregressiveNoise(Model):
    """AR(p) noise, estimated and whitened per voxel."""

    model: Literal["ar"] = Field(description="Autoregressive noise, estimated per voxel.")
    order: Annotated[Count, Field(ge=1, le=20)] = Field(1, description="How many previous scans a scan depends on.")
    quantize: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="Round coefficients to this step, between 0 and 1, to compare with nilearn."
    )


class WhiteNoise(Model):
    """Independent noise."""

    model: Literal["ols"] = Field(description="Ordinary least squares: independent noise.")


Noise = Annotated[
    Annotated[AutoregressiveNoise | WhiteNoise, Field(discriminator="model")], choice(AutoregressiveNoise, WhiteNoise)
]


class Ols(Model):
    """Ordinary least squares over subjects."""

    model: Literal["ols"] = Field(description="Ordinary least squares: subjects are a random sample.")


class FixedEffects(Model):
    """Effects weighted by what is known of their variances."""

    model: Literal["fixed-effects"] = Field(
        description="Combine effects by their variances; holds for these data only."
    )
    weights: Literal["equal", "precision"] = Field("equal", description="equal, or precision: by inverse variance.")


Estimator = Annotated[Annotated[Ols | FixedEffects, Field(discriminator="model")], choice(Ols, FixedEffects)]
