"""The volumes of one 4D image."""

from __future__ import annotations

from glmspec.errors import InputError, Problem
from glmspec.plan.data import DataFolder
from glmspec.plan.locate.pattern import MAPS
from glmspec.plan.rows import Row
from glmspec.spec.inputs import StackMaps


def by_stack(maps: StackMaps, data: DataFolder) -> list[Row]:
    """A row for each volume, in order; what they are called comes from the variables.

    Raises
    ------
    InputError
        E311 if the image has one volume only.
    """
    origin = (*MAPS, "stack")
    header = data.header(maps.stack, origin)
    if header.volumes < 2:
        hint = "a stack is one 4D image with a volume for each map"
        raise InputError((Problem("E309", f"`{maps.stack}` has a single volume", origin, hint=hint),))
    return [Row(maps.stack, origin, volume=volume) for volume in range(header.volumes)]
