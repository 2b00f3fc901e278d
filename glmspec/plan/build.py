"""Study -> Plan: the steps of every fit, and the files they fill."""

from __future__ import annotations

from collections.abc import Callable

from glmspec.plan.analysis import Analysis, FirstLevel, SecondLevel, SingleMap, Study
from glmspec.plan.builder import Builder
from glmspec.plan.charting import chart
from glmspec.plan.data import DataFolder
from glmspec.plan.durations import beside
from glmspec.plan.estimate.first import estimate_runs
from glmspec.plan.estimate.second import estimate_group
from glmspec.plan.estimate.single import take_statistic
from glmspec.plan.lowering import lower
from glmspec.plan.steps import FitPlan, Plan

ESTIMATE: dict[type[Analysis], Callable[[Builder], None]] = {
    FirstLevel: estimate_runs,
    SecondLevel: estimate_group,
    SingleMap: take_statistic,
}
"""Level -> its steps from the images to one map a contrast; what follows is the same for all."""


def build_plan(study: Study, data: DataFolder) -> Plan:
    """The plan of a study; nothing is read but what the study has read already."""
    return Plan(study, tuple(_fit(Builder(analysis, data, _estimate)) for analysis in study.fits))


def _fit(builder: Builder) -> FitPlan:
    _estimate(builder)
    lower(builder)
    chart(builder)
    builder.background()
    maps = sum(output.kind == "statmap" for output in builder.outputs)
    cost = beside(maps, builder.voxels, len(builder.analysis.questions))
    return FitPlan(builder.analysis, tuple(builder.outputs), cost, builder.named)


def _estimate(builder: Builder) -> None:
    ESTIMATE[type(builder.analysis)](builder)
