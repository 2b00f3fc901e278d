"""Every page of a results folder without what must not leave the lab; see :mod:`glmspec.reporting.redaction`."""

from __future__ import annotations

from glmspec.execution.results import REPORT, Results
from glmspec.reporting.build import build_model
from glmspec.reporting.overview import build_overview
from glmspec.reporting.redaction import Redaction, subjects_of
from glmspec.reporting.render import render_model

COMMON = frozenset({"root", "user", "admin", "home", "guest", "ubuntu", "debian", "localhost", "runner"})
"""Names of users and machines that say nothing of anybody, and are words."""


def redacted_pages(results: Results, user: str, host: str) -> dict[str, str]:
    """Path within a folder of their own -> HTML: a report for each fit, and the page over several.

    Raises
    ------
    InputError
        E331 where something cannot be redacted; then there are no pages at all.
    """
    fits = results.fits
    hidden = {word: instead for word, instead in ((user, "[user]"), (host, "[host]")) if word.lower() not in COMMON}
    redaction = Redaction.of(subjects_of(fit.index for fit in fits.values()), {k: v for k, v in hidden.items() if k})
    pages = {_path(redaction, place): render_model(redaction.model(build_model(fit))) for place, fit in fits.items()}
    if "" not in fits:
        pages[REPORT] = render_model(redaction.model(build_overview(list(fits.items()))))
    return pages


def _path(redaction: Redaction, place: str) -> str:
    return f"{redaction.text(place)}/{REPORT}" if place else REPORT
