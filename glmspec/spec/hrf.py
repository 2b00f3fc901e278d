"""Haemodynamic responses and drifts: one class a choice, its `model` the tag."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from glmspec.spec.fields import Count, Model, Positive, choice, exactly_one

_Derivatives = tuple[Literal["time", "dispersion"], ...]


class Spm(Model):
    """SPM's double gamma."""

    model: Literal["spm"] = Field(description="SPM's double-gamma response.")
    derivatives: _Derivatives = Field((), description="Further columns a condition: time, dispersion.")


class Glover(Model):
    """Glover's response, in nilearn's parametrisation."""

    model: Literal["glover"] = Field(description="Glover's response, as nilearn parametrises it.")
    derivatives: _Derivatives = Field((), description="Further columns a condition: time, dispersion.")


class Fir(Model):
    """Finite impulse responses."""

    model: Literal["fir"] = Field(description="One column for each delay; no shape is assumed.")
    delays: tuple[Count, ...] = Field(description="Delays in scans, like [0, 1, 2].")


class NoHrf(Model):
    """Events as boxcars, without a response."""

    model: Literal["none"] = Field(description="Events enter as they are, without a response.")


Hrf = Annotated[Annotated[Spm | Glover | Fir | NoHrf, Field(discriminator="model")], choice(Spm, Glover, Fir, NoHrf)]


class CosineDrift(Model):
    """Slow cosines up to a cut-off."""

    model: Literal["cosine"] = Field(description="Discrete cosines up to the cut-off.")
    high_pass: Positive | None = Field(None, description="Cut-off in Hz.")
    period: Positive | None = Field(None, description="Cut-off as a period in s, instead of high_pass.")

    def model_post_init(self, context: object) -> None:
        """Exactly one of the two ways to say the cut-off."""
        exactly_one(self, "high_pass", "period")


class PolynomialDrift(Model):
    """Powers of time."""

    model: Literal["polynomial"] = Field(description="Powers of time up to an order.")
    order: Annotated[Count, Field(ge=0)] = Field(description="The highest power.")


class NoDrift(Model):
    """A constant alone."""

    model: Literal["none"] = Field(description="No drift columns; the constant stays.")


Drift = Annotated[
    Annotated[CosineDrift | PolynomialDrift | NoDrift, Field(discriminator="model")],
    choice(CosineDrift, PolynomialDrift, NoDrift),
]
