"""A Chromium that is already installed, and a report with hostile words to open in it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from reporting import small_runs
from reporting.small_study import HOSTILE, IMG, LONG, analysed, document

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(reason: str) -> None:
    """Skip, or fail where skips are forbidden."""
    if os.environ.get("GLMSPEC_FORBID_SKIPS"):
        pytest.fail(f"skips are forbidden: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        missing(f"none of {', '.join(NAMES)} is installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield chromium
        chromium.close()


LAPTOP = {"width": 1280, "height": 900}


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a file; the page remembers its requests and what was said on the console."""
    contexts = []

    def open_page(path: Path, viewport: dict[str, int] = LAPTOP, **settings: Any) -> Any:
        context = browser.new_context(viewport=viewport, **settings)
        contexts.append(context)
        page = context.new_page()
        page.said, page.requested = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: page.requested.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of two subjects with two runs each, and of contrasts with hostile titles."""
    title = json.dumps(LONG + IMG)
    contrasts = small_runs.CONTRASTS.replace("Go over stop", title)
    censor = f"{small_runs.DESIGN}\n  censor: [{{confound: trans_x, above: 3}}]"
    text = small_runs.several(title=HOSTILE, contrasts=contrasts, design=censor)
    return small_runs.analysed(tmp_path_factory.mktemp("subjects"), text, ("01", "02")).folder


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small study with hostile words, a background and an atlas."""
    more = f"description: {json.dumps(HOSTILE, ensure_ascii=False)}\n"
    text = document(title=HOSTILE, mean=LONG + IMG + "</script>", report=", background: head.nii.gz", more=more)
    return analysed(tmp_path_factory.mktemp("report"), text, region=IMG).folder / "report.html"


PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def watched(browser: Any, path: Path, **settings: Any) -> Any:
    """A page of its own; it remembers its requests and what was said on the console. Close its context."""
    context = browser.new_context(**{"viewport": LAPTOP, **settings})
    page = context.new_page()
    page.said, page.requested = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("dialog", lambda dialog: (page.said.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: page.requested.append(request.url))
    page.goto(path.as_uri())
    return page


@pytest.fixture(scope="module")
def loaded(browser: Any, report: Path) -> Iterator[Any]:
    """The report, loaded once for all tests of a module."""
    page = watched(browser, report, accept_downloads=True)
    yield page
    page.context.close()
