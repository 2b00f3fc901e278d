"""Where maps are: one function a kind of input, joined to the language by its tag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glmspec.plan.data import DataFolder
from glmspec.plan.locate.pattern import by_pattern
from glmspec.plan.locate.rows import by_rows
from glmspec.plan.locate.stack import by_stack
from glmspec.plan.locate.table import by_table
from glmspec.plan.rows import Row
from glmspec.spec.inputs import StackMaps, TableMaps

LOCATORS: dict[type, Callable[[Any, DataFolder], list[Row]]] = {
    str: by_pattern,
    tuple: by_rows,
    TableMaps: by_table,
    StackMaps: by_stack,
}


def locate(maps: Any, data: DataFolder) -> list[Row]:
    """The rows that ``inputs.maps`` names, in a fixed order.

    Raises
    ------
    InputError
        If nothing is found, or not what is meant.
    """
    return LOCATORS[type(maps)](maps, data)
