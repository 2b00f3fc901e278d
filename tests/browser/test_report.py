"""The report in a real browser."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from PIL import Image
from reporting.small_study import IMG

pytestmark = pytest.mark.browser

PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
OPEN_ALL = "document.querySelectorAll('details').forEach(fold => { fold.open = true })"
DECODED = """() => Promise.all([...document.querySelectorAll('image')].map(async node => {
  const picture = new Image(); picture.src = node.getAttribute('href'); await picture.decode();
  return picture.naturalWidth * picture.naturalHeight }))"""
LOST = """() => [...document.querySelectorAll('a[href], use[href]')].map(node => node.getAttribute('href'))
  .filter(link => !link.startsWith('#') || !document.getElementById(link.slice(1)))"""
OPEN = "name => document.getElementById(name).closest('details').open"

Opened = Callable[..., Any]


@pytest.fixture
def opened(visit: Callable[..., Any], report: Any) -> Opened:
    """Opens the report; the page remembers its requests and what was said on the console."""
    return partial(visit, report)


def test_the_report_asks_for_nothing_and_says_nothing(opened):
    page = opened()
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(200)
    assert [url for url in page.requested if not url.startswith("data:")] == [page.url]
    assert page.said == []


def test_every_picture_is_decoded(opened):
    sizes = opened().evaluate(DECODED)
    assert len(sizes) > 20
    assert min(sizes) > 0


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("folds", ["as they are", "open"])
def test_the_page_never_scrolls_sideways(opened, viewport, folds):
    page = opened(viewport)
    if folds == "open":
        page.evaluate(OPEN_ALL)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= viewport["width"]


def test_every_anchor_resolves(opened):
    assert opened().evaluate(LOST) == []


def test_a_link_to_a_contrast_opens_it(opened):
    page = opened()
    assert not page.evaluate(OPEN, "contrast.difference")
    page.click("nav a[href='#contrast.difference']")
    page.wait_for_function(f"({OPEN})('contrast.difference')")


def test_folds_open_and_close(opened):
    page = opened()
    first = page.locator("details.contrast").first
    assert first.evaluate("fold => fold.open")
    first.locator("summary").first.click()
    assert not first.evaluate("fold => fold.open")


def test_hostile_names_are_text(opened):
    page = opened()
    assert page.locator("img").count() == 0
    assert page.locator("script:not([type])").count() == 1
    assert IMG in page.locator("h1").inner_text()
    assert IMG in page.locator("details.contrast h3").first.inner_text()
    assert page.locator("table", has_text="Clusters:").first.locator("tbody tr").first.inner_text().endswith(IMG)


def test_pictures_are_there_without_javascript(opened):
    page = opened(java_script_enabled=False)
    drawing = page.locator("details.contrast[open] .picture svg").nth(1)
    pixels = np.asarray(Image.open(io.BytesIO(drawing.screenshot())).convert("RGB")).astype(int)
    assert (pixels[..., 0] - pixels[..., 2] > 60).any()  # the effect is warm


def test_shared_pictures_are_drawn(opened):
    """A background stored once shows in every map: its grey is neither the page's nor the map's."""
    page = opened(java_script_enabled=False)
    assert page.locator("use").count() > 2
    drawing = page.locator("details.contrast[open] .picture svg").nth(1)
    pixels = np.asarray(Image.open(io.BytesIO(drawing.screenshot())).convert("RGB")).astype(int)
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_colour_scheme(opened, scheme):
    colours = opened(color_scheme=scheme).evaluate(
        "['color', 'backgroundColor'].map(name => getComputedStyle(document.body)[name].match(/\\d+/g).map(Number))"
    )
    text, page = (sum(colour[:3]) / 3 for colour in colours)
    assert (text < 60 < 200 < page) if scheme == "light" else (page < 60 < 200 < text)


def test_printing_shows_what_is_folded(opened):
    page = opened()
    mosaic = page.locator("details:not([open]) svg.mosaic").first
    assert not mosaic.is_visible()
    page.emulate_media(media="print")
    assert mosaic.is_visible()
    assert not page.locator("nav").is_visible()
    assert page.pdf().startswith(b"%PDF")


def test_numbers_of_a_table_stand_below_each_other(opened):
    style = "node => [getComputedStyle(node).textAlign, getComputedStyle(node).fontVariantNumeric]"
    cell = opened().locator("td:not([class])").first
    assert cell.evaluate(style) == ["right", "tabular-nums"]


def test_boxes_that_scroll_are_reached_by_keyboard(opened):
    boxes = opened().evaluate(
        "[...document.querySelectorAll('.scroll')].map(box => [box.tabIndex, box.getAttribute('aria-label')])"
    )
    assert boxes
    assert all(index == 0 and label for index, label in boxes)
