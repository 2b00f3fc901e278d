"""What must hold of a report in a browser, in every way to look at one; and that each check can fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reporting.hard_cases import made

from browser import faults
from browser.conftest import LAPTOP, PHONE, watched

pytestmark = [pytest.mark.browser, pytest.mark.whole]

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": LAPTOP, "color_scheme": "light"},
    "dark": {"viewport": LAPTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "dark"},
    "print": {"viewport": LAPTOP},
    "no script": {"viewport": LAPTOP, "java_script_enabled": False},
}
EVERYWHERE = (
    *(faults.asks, faults.says, faults.overflows, faults.injected, faults.undecoded),
    *(faults.pictureless, faults.nameless),
)
CHECKS: dict[str, tuple[faults.Check, ...]] = {
    "light": (*EVERYWHERE, faults.keeps_readers_out),
    "dark": (*EVERYWHERE, faults.keeps_readers_out),
    "phone": (*EVERYWHERE, faults.keeps_readers_out),
    "print": (*EVERYWHERE, faults.keeps_readers_out, faults.unprinted, faults.alone),
    "no script": EVERYWHERE,
}
"""Look -> what must hold in it. Without scripts axe cannot run; the elements are those that it has seen elsewhere."""
ALL = [(look, check) for look, checks in CHECKS.items() for check in checks]
NAMES = [f"{look}-{check.__name__}" for look, check in ALL]


@pytest.fixture(scope="module")
def pages(browser: Any, report: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page for each look, opened when it is asked for; of hostile words, and of 24 contrasts."""
    opened: dict[tuple[str, str], Any] = {}
    many: list[Path] = []

    def page(look: str, which: str = "hostile") -> Any:
        if which == "many" and not many:
            many.append(made(tmp_path_factory.mktemp("many"), "many", 12.0).folder / "report.html")
        if (look, which) not in opened:
            found = watched(browser, many[0] if which == "many" else report, **LOOKS[look])
            if look == "print":
                found.emulate_media(media="print")
            elif look != "no script":
                found.wait_for_selector(".viewer [class=slice]")
            opened[look, which] = found
        return opened[look, which]

    yield page
    for found in opened.values():
        found.context.close()


@pytest.mark.parametrize(("look", "check"), ALL, ids=NAMES)
def test_it_holds(pages, look, check):
    assert check(pages(look)) == []


@pytest.mark.parametrize("look", LOOKS)
def test_it_holds_of_many_contrasts(pages, look):
    page = pages(look, "many")
    assert {check.__name__: found for check in CHECKS[look] if (found := check(page))} == {}


@pytest.mark.parametrize(
    ("look", "check"),
    [(look, check) for look, check in ALL if check in faults.BREAKS],
    ids=[f"{look}-{check.__name__}" for look, check in ALL if check in faults.BREAKS],
)
def test_each_check_can_fail(pages, look, check):
    page = pages(look)
    page.evaluate(faults.BREAKS[check])
    try:
        assert check(page)
    finally:
        page.evaluate(f"{faults.PLACE}.lastElementChild.remove()")


@pytest.mark.parametrize("look", LOOKS)
def test_a_page_that_asks_and_speaks_is_caught(browser, report, tmp_path, look):
    """The policy of the page forbids both; the browser says so."""
    path = tmp_path / "asking.html"
    asking = '<img alt="" src="http://127.0.0.1:9/nothing.png"></main>'
    path.write_text(report.read_text("utf-8").replace("</main>", asking), "utf-8")
    page = watched(browser, path, **LOOKS[look])
    page.wait_for_timeout(100)
    assert faults.says(page)
    assert faults.asks(page)
    page.context.close()
