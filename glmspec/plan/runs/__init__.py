"""A first level's runs: from the document and a data folder to files, and from files to design matrices."""

from __future__ import annotations

from glmspec.plan.runs.facts import Fact
from glmspec.plan.runs.files import GivenMatrix, RunFiles
from glmspec.plan.runs.located import located_runs
from glmspec.plan.runs.missing import missing_runs
from glmspec.plan.runs.models import run_model, run_models
from glmspec.plan.runs.run_model import RunModel

__all__ = ["Fact", "GivenMatrix", "RunFiles", "RunModel", "located_runs", "missing_runs", "run_model", "run_models"]
