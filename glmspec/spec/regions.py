"""Regions: where an analysis looks, and what places are called."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from glmspec.spec.fields import DataPath, Model, Positive, exactly_one, fault

Millimetres = Annotated[float, Field(ge=-1000, le=1000)]


class Sphere(Model):
    """A ball around a point."""

    center: tuple[Millimetres, Millimetres, Millimetres] = Field(description="The centre: x, y, z in mm.")
    radius: Positive = Field(description="Radius in mm; voxel centres at this distance are inside.")


class Region(Model):
    """An image, every label of an atlas, or a sphere."""

    image: DataPath | None = Field(None, description="An image on the grid of the maps: non-zero voxels, or labels.")
    labels: DataPath | None = Field(None, description="A table with the columns index and name: one region a label.")
    above: float | None = Field(None, description="Voxels of the image at or above this value are inside.")
    sphere: Sphere | None = Field(None, description="A ball around a point, in mm.")

    def model_post_init(self, context: object) -> None:
        """One kind of region at a time."""
        exactly_one(self, "image", "sphere")
        for other in ("labels", "above"):
            if self.sphere is not None and getattr(self, other) is not None:
                raise fault("E205", f"`{other}` belongs to an image, and this region is a sphere", at=(other,))
        if self.labels is not None and self.above is not None:
            hint = "leave one out: with labels each region is where the image has its label"
            raise fault("E205", "`labels` and `above` exclude each other", hint, at=("above",))
