"""A statistic image as it was given: its voxels in the mask, with z and p."""

from __future__ import annotations

from glmspec.plan.builder import Builder, Inputs
from glmspec.plan.contrasts import json_dof
from glmspec.plan.estimate.masks import mask_step

STATS = {"t": ("t", "z", "p"), "z": ("z", "p"), "F": ("F", "z", "p")}
"""What is written of a statistic by its scale."""


def take_statistic(builder: Builder) -> None:
    """The steps of a map document."""
    analysis = builder.analysis
    (question,) = analysis.questions
    images = builder.numbered("image", [analysis.statistic])
    mask = mask_step(builder, images, [[0, None]])
    builder.mask(mask)
    inputs: Inputs = {"image": builder.file(analysis.statistic), "mask": mask}
    params = {"kind": question.kind, "dof": json_dof(question)}
    step = builder.step("given_statistic@2", params, inputs, "statistic", ("inputs", "statistic"))
    builder.contrast(question.name, step, STATS[question.scale])
