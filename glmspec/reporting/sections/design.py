"""Design: what was fitted to what, told by the level of the document."""

from __future__ import annotations

from collections.abc import Callable

from glmspec.reporting.design_first import first_level_design
from glmspec.reporting.design_map import given_image
from glmspec.reporting.design_second import second_level_design
from glmspec.reporting.material import Material
from glmspec.reporting.model import Block, Section

DESIGNS: dict[str, tuple[str, Callable[[Material], tuple[Block, ...]]]] = {
    "first": ("Design", first_level_design),
    "second": ("Design", second_level_design),
    "map": ("Statistic image", given_image),
}
"""Level -> the title of the section, and the function that writes its blocks."""


def design(material: Material) -> Section:
    """The section."""
    title, blocks = DESIGNS[material.level]
    return Section("design", title, blocks(material))
