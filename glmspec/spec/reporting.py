"""How the results are shown."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from glmspec.spec.fields import DataPath, Model, Name


class Report(Model):
    """Settings of the report and of the files."""

    background: DataPath | None = Field(None, description="An anatomical image to draw the maps on.")
    atlas: Name | None = Field(None, description="A region with labels, whose names stand in the cluster tables.")
    precision: Literal["single", "double"] = Field("single", description="Of the written maps: single or double.")
