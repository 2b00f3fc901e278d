"""The sections of a report, in the order in which reviewers ask."""

from __future__ import annotations

from collections.abc import Callable

from glmspec.reporting.material import Material
from glmspec.reporting.model import Section
from glmspec.reporting.sections.checks import checks
from glmspec.reporting.sections.contrasts import contrasts
from glmspec.reporting.sections.coverage import coverage_section
from glmspec.reporting.sections.design import design
from glmspec.reporting.sections.deviations import deviations
from glmspec.reporting.sections.document import document
from glmspec.reporting.sections.files import files
from glmspec.reporting.sections.methods import methods
from glmspec.reporting.sections.plan import plan
from glmspec.reporting.sections.summary import summary

SECTIONS: dict[str, Callable[[Material], Section]] = {
    "summary": summary,
    "checks": checks,
    "deviations": deviations,
    "contrasts": contrasts,
    "design": design,
    "plan": plan,
    "methods": methods,
    "coverage": coverage_section,
    "document": document,
    "files": files,
}
"""Anchor -> the function that writes the section."""
