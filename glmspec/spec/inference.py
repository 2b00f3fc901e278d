"""Inference: one class a method, its `method` the tag."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from glmspec.spec.fields import (
    Count,
    Label,
    Model,
    Name,
    Positive,
    Probability,
    ScaledThreshold,
    exactly_one,
    fault,
    one_or_many,
)
from glmspec.spec.scalars import as_written

Alternative = Literal["greater", "less", "two-sided"]
Control = Literal["voxel", "cluster-size", "cluster-mass", "tfce"]
Connectivity = Literal["faces", "edges", "corners"]
Names = Annotated[tuple[Name, ...], one_or_many(Name)]
_CONTRASTS = "Which contrasts; all of them if left out."


class ClusterSize(Model):
    """A cluster extent with its unit."""

    voxels: Annotated[Count, Field(ge=1)] | None = Field(None, description="The least number of voxels.")
    mm3: Positive | None = Field(None, description="The least volume in mm3.")

    def model_post_init(self, context: object) -> None:
        """One unit at a time."""
        exactly_one(self, "voxels", "mm3")


def _sized(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = as_written(value)
        hint = f"write {{voxels: {shown}}} or {{mm3: {shown}}}, whichever is meant"
        raise fault("E204", f"the bare number {shown} does not say its unit", hint)
    return value


class _Method(Model):
    contrasts: Names | None = Field(None, description=_CONTRASTS)
    within: Name | None = Field(None, description="A region: only its voxels are tested and corrected for.")
    alternative: Alternative = Field(
        "two-sided", description="greater, less or two-sided; an F is always upper-tailed."
    )
    connectivity: Connectivity = Field("faces", description="Neighbours in a cluster share faces, edges or corners.")


class Parametric(_Method):
    """Thresholds from the statistic's distribution."""

    method: Literal["parametric"] = Field(description="From the distribution of t or F.")
    correction: Literal["none", "bonferroni", "holm", "fdr", "fdr-by"] = Field(
        description="none, bonferroni, holm, fdr (Benjamini-Hochberg) or fdr-by (Benjamini-Yekutieli)."
    )
    alpha: Probability | None = Field(None, description="The error rate: of a voxel, of the family, or of discoveries.")
    threshold: ScaledThreshold | None = Field(None, description="Instead of alpha, for `correction: none`.")
    minimum_cluster_size: Annotated[ClusterSize, BeforeValidator(_sized)] | None = Field(
        None, description="Smaller clusters are left out; this is not a correction."
    )

    def model_post_init(self, context: object) -> None:
        """An alpha, or without correction a threshold."""
        exactly_one(self, "alpha", "threshold")
        if self.threshold is not None and self.correction != "none":
            hint = "write `alpha: 0.05`, or `correction: none`"
            message = f"`correction: {self.correction}` sets the threshold itself, from alpha"
            raise fault("E205", message, hint, at=("threshold",))


class TfceSettings(Model):
    """Exponents of threshold-free cluster enhancement (Smith & Nichols 2009)."""

    E: Positive = Field(0.5, description="The exponent of the extent.")
    H: Positive = Field(2.0, description="The exponent of the height.")


class WholeBlocks(Model):
    """Blocks that are exchanged as wholes."""

    whole: Label = Field(description="The variable whose levels are exchanged as whole blocks of equal size.")


class Exchangeability(Model):
    """What may be exchanged with what."""

    scheme: Literal["auto", "sign-flip", "permute", "both"] = Field(
        "auto", description="auto derives it from design and contrast; or sign-flip, permute, both."
    )
    blocks: Label | WholeBlocks | None = Field(
        None, description="A variable: exchange within its levels; or {whole: ...}."
    )


class Permutation(_Method):
    """Maxima over the relabellings of the data."""

    method: Literal["permutation"] = Field(description="From the maxima over relabellings of the data.")
    control: Annotated[tuple[Control, ...], one_or_many(Control), Field(min_length=1)] = Field(
        description="What is controlled: voxel, cluster-size, cluster-mass, tfce; each at alpha."
    )
    cluster_forming: ScaledThreshold | None = Field(None, description="The threshold that forms clusters.")
    cluster_mass: Literal["excess", "sum"] = Field(
        "excess", description="Sum of the excess over the threshold, or plain sum."
    )
    tfce: TfceSettings = Field(TfceSettings(), description="Exponents of TFCE.")  # type: ignore[call-arg]
    permutations: Annotated[Count, Field(ge=1)] | Literal["all"] = Field(
        10000, description="How many beside the identity; or all. Every one where there are no more."
    )
    seed: Annotated[Count, Field(ge=0)] = Field(0, description="Permutation i is a function of the seed and i alone.")
    alpha: Probability = Field(0.05, description="The family-wise error rate of each control.")
    family: Literal["each-contrast", "all-contrasts"] = Field(
        "each-contrast", description="One maximum a contrast, or one over all t contrasts."
    )
    exchangeability: Exchangeability = Field(Exchangeability(), description="What may be exchanged.")  # type: ignore[call-arg]

    def model_post_init(self, context: object) -> None:
        """Clusters need the threshold that forms them."""
        clusters = {"cluster-size", "cluster-mass"} & set(self.control)
        if clusters and self.cluster_forming is None:
            named = " and ".join(sorted(clusters))
            hint = "write for example `cluster_forming: {p: 0.001}`"
            raise fault("E202", f"the control of {named} needs `cluster_forming`", hint, at=("control",))


class AllResolutions(_Method):
    """Closed testing: lower bounds on true discoveries (Rosenblatt et al. 2018; Goeman et al. 2019)."""

    method: Literal["all-resolutions"] = Field(description="Lower bounds on true discoveries by closed testing.")
    cluster_forming: Annotated[tuple[ScaledThreshold, ...], one_or_many(ScaledThreshold)] = Field(
        (), description="Thresholds whose clusters are reported."
    )
    regions: Names = Field((), description="Regions that are reported.")
    alpha: Probability = Field(0.05, description="All bounds hold at once with probability 1 - alpha.")


Inference = Annotated[Parametric | Permutation | AllResolutions, Field(discriminator="method")]
