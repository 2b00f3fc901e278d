"""The HTML: the same bytes twice, everything escaped, nothing that changes between runs."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from glmspec.execution.results import Results
from glmspec.reporting import render as renderer
from glmspec.reporting.render import render, renderer_digest
from glmspec.reporting.script import script
from glmspec.reporting.shared_parts import share_parts
from reporting.small_study import HOSTILE, IMG, analysed, document

CSP = r"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-([A-Za-z0-9+/=]+)'"


class Page(HTMLParser):
    """Tags with their attributes, ids, links and the text between tags."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words = [], ""
        self.feed(html)
        self.ids = [attributes["id"] for _, attributes in self.tags if attributes.get("id")]
        self.links = [a["href"] for tag, a in self.tags if tag in ("a", "use") and a.get("href")]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


@pytest.fixture(scope="module")
def html(results):
    return render(results)


@pytest.fixture(scope="module")
def hostile_page(hostile):
    return Page(render(hostile))


def test_the_policy_of_the_page_forbids_everything_but_its_own_pictures_and_style(html):
    policies = [a["content"] for tag, a in Page(html).tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    text = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    assert len(text) == 1
    digest = base64.b64encode(hashlib.sha256(text[0].encode()).digest()).decode()
    assert re.fullmatch(CSP, policies[0])[1] == digest


def test_the_script_cannot_be_closed_from_inside():
    assert not re.search("<[/!]|<script", script().text, re.IGNORECASE)


def test_the_same_results_give_the_same_bytes(results, html):
    assert render(Results.open(results.folder)) == html


def test_another_run_of_the_same_analysis_gives_the_same_bytes(tmp_path, html):
    assert render(analysed(tmp_path, document())) == html


def test_nothing_of_the_run_is_in_the_page(results, html):
    provenance = results.provenance
    system = provenance["platform"]
    for words in (provenance["started"], provenance["started"][:10], system["machine"], str(provenance["memory"])):
        assert words not in html
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b", html)
    assert str(results.folder) not in html


def test_hostile_words_are_text(hostile_page):
    tags = [tag for tag, _ in hostile_page.tags]
    assert "img" not in tags
    assert [attributes for tag, attributes in hostile_page.tags if tag == "script" and "type" not in attributes] == [{}]
    assert not [attributes for _, attributes in hostile_page.tags if any(name.startswith("on") for name in attributes)]
    assert hostile_page.words.count(IMG) >= 8
    assert HOSTILE.replace("\u202e", "U+202E") in hostile_page.words


def test_no_word_of_a_document_can_turn_the_order_of_what_follows(hostile):
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", render(hostile))


def test_every_link_leads_to_one_place(html, hostile_page):
    for page in (Page(html), hostile_page):
        assert len(page.ids) == len(set(page.ids))
        assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)


def test_every_line_of_the_document_is_an_anchor(results, html):
    lines = results.provenance["document"]["text"].rstrip("\n").count("\n") + 1
    assert {f"L{number}" for number in range(1, lines + 1)} <= set(Page(html).ids)


@pytest.mark.parametrize("tag", ["image", "path"])
def test_a_part_that_occurs_twice_is_stored_once(tag):
    part = f'<{tag} x="0" href="data:{"A" * 300}"/>'
    shared = share_parts(f"<!-- here --><svg>{part}</svg><svg>{part}</svg>", "<!-- here -->")
    assert shared.count("A" * 300) == 1
    assert shared.count(f'<{tag} id="part-1" x="0"') == 1
    assert shared.count('<use href="#part-1"/>') == 2


def test_pictures_that_occur_once_stay_where_they_are():
    page = f'<!-- here --><svg><image x="0" href="data:{"A" * 300}"/></svg>'
    assert share_parts(page, "<!-- here -->") == page.removeprefix("<!-- here -->")


def test_the_background_is_drawn_where_there_is_one(hostile, html):
    assert hostile.find("mask", stat="background") is not None
    assert "<use " in render(hostile)


def test_the_digest_follows_the_templates(tmp_path, monkeypatch):
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "report.html").write_text("one")
    monkeypatch.setattr(renderer.resources, "folder", lambda kind: templates)
    first = renderer_digest()
    assert renderer_digest() == first
    (templates / "report.html").write_text("two")
    assert renderer_digest() != first
    second = renderer_digest()
    (templates / "script.js").write_text("three")
    assert renderer_digest() != second


def test_a_map_that_the_index_lacks_is_no_reason_to_fail(results):
    index = json.loads(json.dumps(results.index))
    index["outputs"] = [output for output in index["outputs"] if output["stat"] != "z"]
    assert "No" in render(Results(results.folder, index))
