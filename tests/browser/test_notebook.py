"""A report inside the page of a notebook."""

from __future__ import annotations

import pytest

from glmspec.reporting.page import Report

pytestmark = pytest.mark.browser

NOTEBOOK = """<!doctype html><meta charset=utf-8><title>Notebook</title>
<style>h1 { color: rgb(1, 2, 3) }</style><h1>Notebook</h1>%s"""


@pytest.fixture
def notebook(visit, report, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(NOTEBOOK % Report(report)._repr_html_(), "utf-8")
    return visit(path)


def test_the_page_works_inside_a_notebook(notebook):
    frame = notebook.frame_locator("iframe")
    frame.locator(".viewer").first.wait_for()
    frame.locator("nav a[href='#methods']").click()
    frame.locator("a.clause").first.click()
    assert notebook.said == []
    assert [url for url in notebook.requested if url.startswith(("http", "ws"))] == []


def test_neither_page_has_the_styles_of_the_other(notebook):
    colour = "node => getComputedStyle(node).color"
    assert notebook.locator("h1").evaluate(colour) == "rgb(1, 2, 3)"
    inside = notebook.frame_locator("iframe").locator("h1")
    assert inside.evaluate(colour) != "rgb(1, 2, 3)"


def test_the_page_cannot_reach_the_notebook(notebook):
    reach = "() => { try { return parent.document.title } catch (error) { return error.name } }"
    assert notebook.frames[1].evaluate(reach) == "SecurityError"
