"""A document of a single statistic image -> its one fit."""

from __future__ import annotations

from glmspec.errors import Problem
from glmspec.images.geometry import describe
from glmspec.plan.analysis import SingleMap, Study
from glmspec.plan.check import Check
from glmspec.plan.data import DataFolder
from glmspec.plan.designs import Question
from glmspec.plan.images import Images, Wanted
from glmspec.plan.left_out import Exclusions, LeftOut
from glmspec.spec.checks import part
from glmspec.spec.document import MapDocument
from glmspec.spec.inputs import MapInputs, Scale
from glmspec.spec.source import Source

STATISTIC = "statistic"
"""What the contrast of such a document is called."""


def single_map(
    document: MapDocument, source: Source, data: DataFolder, problems: list[Problem], other: Study | None
) -> Study | None:
    """The fit, or None where something is wrong; ``problems`` then says what."""
    inputs: MapInputs | None = getattr(document, "inputs", None)
    if inputs is None:
        return None
    images = Images(document, data, problems, subject="the statistic")
    origin = ("inputs", "statistic")
    grid = images.grid([Wanted(inputs.statistic, origin)])
    images.mask(inputs.mask.image, grid, ("inputs", "mask", "image"))
    images.regions_and_background(grid)
    if problems or grid is None:
        return None
    images.digest(inputs.statistic, origin)
    checks = (Check("Statistic", "ok", f"{inputs.statistic}, {in_words(inputs.scale)}, on {describe(grid)}."),)
    declared = Exclusions(tuple(LeftOut(rule.rule, "declared") for rule in part(document, "exclusions")))
    fit = SingleMap(
        source,
        document,
        data.root,
        {},
        "",
        grid,
        images.digests,
        (*checks, *declared.checks),
        (_question(inputs),),
        inputs.statistic,
        inputs.scale.model_dump(mode="json", exclude_none=True),
        exclusions=declared,
    )
    return Study(source, document, data.root, (fit,))


def _question(inputs: MapInputs) -> Question:
    scale = inputs.scale
    text = f"{inputs.statistic}, as it was given"
    if scale.F is not None:
        return Question(STATISTIC, "F", text, "Statistic", ("inputs", "statistic"), scale.F.dof)
    dof = float("inf") if scale.t is None else scale.t.dof
    return Question(STATISTIC, "t", text, "Statistic", ("inputs", "statistic"), (dof,))


def in_words(scale: Scale) -> str:
    """The scale, with its degrees of freedom."""
    if scale.F is not None:
        return "F with {:g} and {:g} degrees of freedom".format(*scale.F.dof)
    return "z" if scale.t is None else f"t with {scale.t.dof:g} degrees of freedom"
