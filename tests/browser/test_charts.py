"""Charts in a real browser, with whatever fonts there are: nothing sticks out, and words keep clear of each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
OPEN_ALL = "document.querySelectorAll('details').forEach(fold => { fold.open = true })"
STICKING_OUT = """() => [...document.querySelectorAll('svg.chart text')].filter(word => {
  const inner = word.getBoundingClientRect(), outer = word.ownerSVGElement.getBoundingClientRect();
  return inner.left < outer.left - 1.5 || inner.right > outer.right + 1.5 || inner.top < outer.top - 1.5
    || inner.bottom > outer.bottom + 1.5 }).map(word => word.textContent)"""
OVERLAPPING = """() => [...document.querySelectorAll('.multiples svg.chart')].flatMap(chart => {
  const boxes = [...chart.querySelectorAll('text')].map(word => [word.textContent, word.getBoundingClientRect()]);
  return boxes.flatMap(([name, a], index) => boxes.slice(index + 1).filter(([, b]) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3).map(([other]) => `${name} | ${other}`)) })"""


@pytest.fixture(params=["group", "runs"])
def opened(request: Any, visit: Callable[..., Any]) -> Callable[..., Any]:
    """A report of maps, and one of runs, with everything open."""
    found = request.getfixturevalue("report" if request.param == "group" else "subjects")
    path = found if request.param == "group" else found / "sub-01" / "report.html"

    def open_page(**settings: Any) -> Any:
        page = visit(path, **settings)
        page.evaluate(OPEN_ALL)
        return page

    return open_page


def test_there_are_charts_of_every_kind(opened):
    assert opened().locator("svg.chart").count() > 5


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_no_word_is_cut_off(opened, viewport):
    page = opened(viewport=viewport)
    assert page.evaluate(STICKING_OUT) == []
    page.evaluate("document.querySelector('svg.chart text').setAttribute('x', -300)")
    assert len(page.evaluate(STICKING_OUT)) == 1


def test_words_of_small_charts_keep_clear_of_each_other(opened):
    page = opened(viewport=LAPTOP)
    assert page.evaluate(OVERLAPPING) == []
    page.evaluate(
        "const [a, b] = document.querySelector('.multiples svg.chart').querySelectorAll('text[x]');"
        "for (const key of ['x', 'y', 'text-anchor']) b.setAttribute(key, a.getAttribute(key) ?? 'start')"
    )
    assert page.evaluate(OVERLAPPING)


def test_small_charts_stand_side_by_side_and_below_each_other_on_a_phone(opened):
    tops = """() => [...document.querySelectorAll('.multiples')].map(box =>
      new Set([...box.querySelectorAll('svg')].map(chart => Math.round(chart.getBoundingClientRect().top))).size)"""
    wide, narrow = (sum(opened(viewport=viewport).evaluate(tops)) for viewport in (LAPTOP, PHONE))
    assert wide < narrow
