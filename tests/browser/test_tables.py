"""Tables in a real browser: sorted, filtered, copied, downloaded."""

from __future__ import annotations

import json

import pytest
from reporting.small_study import IMG

from browser.conftest import watched

pytestmark = pytest.mark.browser


@pytest.fixture
def page(loaded):
    loaded.reload()
    return loaded


def table(page, caption):
    return page.locator("figure.table", has=page.locator("caption", has_text=caption)).first


def column(figure, number):
    return [text.strip() for text in figure.locator(f"tbody tr:not([hidden]) > :nth-child({number})").all_inner_texts()]


def number(text):
    return float(text.replace("\N{MINUS SIGN}", "-").replace(",", ""))


def test_numbers_sort_as_numbers_and_what_has_none_stands_last(page):
    figure = table(page, "Every contrast by every inference")
    before = column(figure, 5)
    header = figure.locator("thead th").nth(4)
    for order, reverse in (("ascending", False), ("descending", True)):
        header.locator("button").press("Enter")
        assert header.get_attribute("aria-sort") == order
        found = column(figure, 5)
        numbers = [number(text) for text in found if text != "\N{EN DASH}"]
        assert numbers == sorted(numbers, reverse=reverse)
        assert found[len(numbers) :] == ["\N{EN DASH}"] * (len(found) - len(numbers))
    header.locator("button").click()
    assert header.get_attribute("aria-sort") is None
    assert column(figure, 5) == before


def test_sub_peaks_stay_below_their_peak(page):
    """A table of our own in the page's shape, made before the script runs."""
    values = {"1": "9.0", "1a": "2.0", "2": "\N{MINUS SIGN}3.0", "2a": "8.0", "3": "1,000", "4": "5"}
    rows = "".join(
        f"<tr><th scope=row class='text{' indented' * (len(name) > 1)}'>{name}</th><td class=number>{z}</td></tr>"
        for name, z in values.items()
    )
    html = (
        "<figure class=table><div class=scroll><table><caption>Probe</caption><thead><tr><th class=text>Cluster</th>"
        f"<th class=number>z</th></tr></thead><tbody>{rows}</tbody></table></div></figure>"
    )
    source = page.evaluate("document.querySelector('script:not([type])').textContent")
    probe = page.context.new_page()
    probe.set_content(f"<!DOCTYPE html><title>probe</title>{html}")
    probe.evaluate(source)
    figure = table(probe, "Probe")
    figure.get_by_role("button", name="z", exact=True).click()
    assert column(figure, 1) == ["2", "2a", "4", "1", "1a", "3"]
    figure.get_by_role("searchbox").fill("2a")
    assert column(figure, 1) == ["2", "2a"]
    figure.get_by_role("searchbox").fill("-3")
    assert column(figure, 1) == ["2", "2a"]
    assert "2 of 6 rows" in figure.inner_text()
    probe.close()


def test_a_table_is_copied_with_its_stored_precision(page, browser, report):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    figure = table(page, "Clusters: ")
    figure.get_by_role("button", name="Copy").click()
    figure.get_by_text("Copied", exact=False).wait_for()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0].split("\t")[:5] == ["Cluster", "x", "y", "z (mm)", "Peak z"]
    peak = lines[1].split("\t")[4]
    assert len(peak) > 6
    assert abs(float(peak) - number(column(figure, 5)[0])) <= 0.005
    assert lines[1].endswith(IMG)


def test_copying_works_without_the_clipboard_of_the_browser(page):
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.evaluate("document.addEventListener('copy', () => { window.copied = document.activeElement.value })")
    figure = table(page, "Clusters: ")
    figure.get_by_role("button", name="Copy").click()
    figure.get_by_text("Copied", exact=False).wait_for()
    assert page.evaluate("window.copied").startswith("Cluster\tx\t")


def test_the_methods_text_and_its_references_are_copied_as_plain_text(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("document.querySelectorAll('#methods details').forEach(fold => { fold.open = true })")
    for name, first, last in (
        ("methods text", "8 maps of 8 subjects", "."),
        ("references", "Harris, C. R.", ""),
        ("BibTeX", "@article{harris2020,", "}"),
    ):
        page.get_by_role("button", name=f"Copy the {name}").click()
        page.get_by_text(f"Copied the {name}").wait_for()
        text = page.evaluate("navigator.clipboard.readText()")
        assert text.startswith(first)
        assert text.rstrip().endswith(last)
        assert "Copy" not in text


def test_a_clause_leads_to_its_line(page):
    clause = page.locator("a.clause", has_text="Clusters smaller than 2 voxels")
    clause.click()
    line = page.locator(".line:target")
    assert "minimum_cluster_size: {voxels: 2}" in line.inner_text()
    default = page.locator("a.clause", has_text="Clusters are of voxels that share faces").first
    default.click()
    assert page.locator(".line:target").is_visible(), "the resolved document opens"


@pytest.mark.parametrize("kind", ["TSV", "JSON"])
def test_a_table_is_downloaded(page, kind):
    figure = table(page, "Every contrast by every inference")
    with page.expect_download() as found:
        figure.get_by_role("button", name=kind).click()
    text = found.value.path().read_text("utf-8")
    assert found.value.suggested_filename == f"every-contrast-by-every-inference.{kind.lower()}"
    if kind == "JSON":
        rows = json.loads(text)
        assert rows[0]["Contrast"].endswith(IMG + "</script>")
        assert isinstance(rows[0]["Peak z"], float)
        assert "Map" not in rows[0]
    else:
        assert len({line.count("\t") for line in text.splitlines()}) == 1


def test_without_javascript_there_are_no_controls(browser, report):
    page = watched(browser, report, java_script_enabled=False)
    assert page.locator("button, input, select").count() == 0
    assert page.locator("figure.table").count() > 2
    page.context.close()


def test_nothing_was_said_or_asked_for(loaded):
    assert loaded.said == []
    assert {url for url in loaded.requested if not url.startswith(("data:", "blob:"))} == {loaded.url.split("#")[0]}
