"""Reports of a first level, and the page over all fits, in a real browser."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from reporting.small_study import IMG

from browser.test_report import DECODED, LAPTOP, LOST, OPEN, OPEN_ALL, PHONE

pytestmark = pytest.mark.browser

PAGES = ("report.html", "sub-01/report.html")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_says_nothing(visit: Any, subjects: Any, name: str) -> None:
    page = visit(subjects / name)
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(200)
    assert [url for url in page.requested if not url.startswith("data:")] == [page.url]
    assert page.said == []


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(visit: Any, subjects: Any, name: str, viewport: dict[str, int]) -> None:
    page = visit(subjects / name, viewport)
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_every_picture_of_a_run_is_decoded(visit: Any, subjects: Any) -> None:
    sizes = visit(subjects / PAGES[1]).evaluate(DECODED)
    assert len(sizes) > 10
    assert min(sizes) > 0


def test_anchors_of_a_fit_resolve_but_for_the_page_over_all(visit: Any, subjects: Any) -> None:
    assert visit(subjects / PAGES[1]).evaluate(LOST) == ["../report.html"]


def test_links_lead_from_the_page_to_a_finding_and_back(visit: Any, subjects: Any) -> None:
    page = visit(subjects / PAGES[0], java_script_enabled=False)
    page.locator("#findings table a").nth(1).click()
    assert page.url.endswith("/sub-01/report.html#contrast.go.height")
    page.get_by_text("page over all fits").click()
    assert page.url == (subjects / PAGES[0]).as_uri()


def test_a_link_to_a_run_opens_its_design(visit: Any, subjects: Any) -> None:
    page = visit(subjects / PAGES[1])
    assert not page.evaluate(OPEN, "design.2")
    page.click("#design table a[href='#design.2']")
    page.wait_for_function(f"({OPEN})('design.2')")


def test_names_of_columns_are_readable(visit: Any, subjects: Any) -> None:
    """No two names of a matrix stand in each other's way: slanted as they are, a line's height lies between them."""
    page = visit(subjects / PAGES[1])
    page.evaluate(OPEN_ALL)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('#design svg.chart')[0].querySelectorAll('text')]
        .filter(node => /rotate\\(-60/.test(node.getAttribute('transform') || ''))
        .map(node => [node.textContent, node.getBoundingClientRect().left])"""
    )
    assert {"go", "go_derivative", "trans_x", "censored_18", "constant"} <= {name for name, _ in boxes}
    lefts = [left for _, left in boxes]
    assert min(after - before for before, after in pairwise(lefts)) >= 11


def test_hostile_words_of_a_document_are_text(visit: Any, subjects: Any) -> None:
    for name in PAGES:
        page = visit(subjects / name)
        assert page.locator("img").count() == 0
        assert page.locator("script:not([type])").count() == 1  # the page's own
        assert IMG in page.locator("h1").inner_text()


def test_printing_shows_the_design_of_every_run(visit: Any, subjects: Any) -> None:
    page = visit(subjects / PAGES[1])
    second = page.locator("#design details").nth(1).locator("svg.chart").first
    assert not second.is_visible()
    page.emulate_media(media="print")
    assert second.is_visible()
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_take_the_colour_of_the_text(visit: Any, subjects: Any, scheme: str) -> None:
    page = visit(subjects / PAGES[1], color_scheme=scheme)
    colour = page.locator("#design svg.chart text").first.evaluate("node => getComputedStyle(node).fill")
    assert colour == page.evaluate("getComputedStyle(document.body).color")
