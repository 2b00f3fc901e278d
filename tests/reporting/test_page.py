"""A report as an object of the Python API."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import glmspec
from glmspec.reporting.page import BASE, Report


class Tags(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_a_report_is_a_path(results):
    report = glmspec.report(results.folder)
    assert Path(report) == results.folder / "report.html"
    assert str(report) == str(results.folder / "report.html")
    assert Path(report).read_text("utf-8") == report.html


def test_a_notebook_shows_the_whole_page_in_a_frame_of_its_own(hostile):
    report = Report(hostile.folder / "report.html")
    found = Tags(report._repr_html_()).tags
    assert [tag for tag, _ in found] == ["iframe", "p", "code"]
    assert found[0][1]["srcdoc"].replace(BASE, "") == report.html
    assert "allow-same-origin" not in found[0][1]["sandbox"]


def test_a_path_of_markup_is_text(tmp_path):
    path = tmp_path / '"><img src=x>.html'
    path.write_text("page", "utf-8")
    assert [tag for tag, _ in Tags(Report(path)._repr_html_()).tags] == ["iframe", "p", "code"]
