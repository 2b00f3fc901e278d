"""Masks, and what all kinds of input share."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from glmspec.spec.fields import DataPattern, Model

Smoothing = Annotated[float, Field(ge=0, le=100)]
SMOOTHING = "Gaussian smoothing: full width at half maximum in mm; 0 for none."
MASK = "The voxels to analyse: an image, a pattern, {image, above} or {compute: ...}."


class ThresholdedMask(Model):
    """An image and the value from which on its voxels belong to the mask."""

    image: DataPattern = Field(description="An image, or a pattern whose images are intersected.")
    above: float | None = Field(
        None, description="Voxels at or above this value are inside; non-zero ones if left out."
    )


class ComputedGroupMask(Model):
    """A mask from the maps themselves."""

    compute: Literal["intersection", "background"] = Field(
        description="intersection: finite and non-zero in every map; background: by nilearn's background strategy."
    )


class ComputedRunMask(Model):
    """A mask from the mean functional image."""

    compute: Literal["epi"] = Field(description="epi: by the histogram of the mean image.")


def seems_to_have(value: Any, *keys: str) -> str | None:
    """Which of these keys a mapping has, or seems to mean: the kind of input that its mistakes are told for."""
    if not isinstance(value, dict):
        return None
    given = [key for key in keys if key in value] or [
        key for key in keys if get_close_matches(key, map(str, value), n=1, cutoff=_ALIKE)
    ]
    return given[0] if given else None


_ALIKE = 0.8  # two letters in ten: a slip of the pen, and no other word


def _mask_kind(value: Any) -> str:
    if isinstance(value, ComputedGroupMask | ComputedRunMask) or seems_to_have(value, "image", "compute") == "compute":
        return "kind:compute"
    return "kind:image"


def _mask_image(value: Any) -> Any:
    return value if isinstance(value, dict | ThresholdedMask) else {"image": value}


GivenMask = Annotated[ThresholdedMask, BeforeValidator(_mask_image, json_schema_input_type=str | ThresholdedMask)]
# Tags are part of pydantic's error paths: with a colon, none is ever taken for a key of the document.
GroupMask = Annotated[
    Annotated[GivenMask, Tag("kind:image")] | Annotated[ComputedGroupMask, Tag("kind:compute")],
    Discriminator(_mask_kind),
]
RunMask = Annotated[
    Annotated[GivenMask, Tag("kind:image")] | Annotated[ComputedRunMask, Tag("kind:compute")],
    Discriminator(_mask_kind),
]
