"""What must not leave the lab is in no redacted page, and what stays is what it was."""

from __future__ import annotations

import json
import re

import pytest
from markupsafe import Markup

import glmspec
from glmspec.errors import InputError
from glmspec.execution.results import Results
from glmspec.reporting.build import build_model
from glmspec.reporting.model import Cell, Column, Listing, Table, Token, plain
from glmspec.reporting.redacted import redacted_pages
from glmspec.reporting.redaction import Redaction, subjects_of
from glmspec.reporting.render import render
from reporting.small_study import SUBJECTS, analysed, document
from reporting.test_rendered import Page

BODIES = re.compile(r"<script(?! type=.application/json).*?</script>|<style.*?</style>|data:[^\"]*", re.DOTALL)
MORE = """\
description: "S3 fell asleep; see /home/anna/notes/S3.txt and C:\\\\lab\\\\S4\\\\log, kept on magpie by anna."
exclusions:
  - {rule: "Withdrew: S8", subjects: [S8]}
"""


def named(html, name):
    """Where a name stands as a word of its own, in everything but pictures, styles and our script."""
    return re.findall(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", BODIES.sub("", html), re.IGNORECASE)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return analysed(tmp_path_factory.mktemp("redacted"), document(more=MORE))


@pytest.fixture(scope="module")
def page(study):
    return redacted_pages(study, "anna", "magpie")["report.html"]


@pytest.mark.parametrize("name", SUBJECTS)
def test_no_name_of_a_subject_is_left(study, page, name):
    assert named(render(study), name), "or the test could not fail"
    assert not named(page, name)


@pytest.mark.parametrize("words", ["/home/anna", "anna", "magpie", "C:\\lab", "notes/S3"])
def test_no_path_user_or_machine_is_left(study, page, words):
    assert words in render(study) or words == "C:\\lab"
    assert words not in page


def test_names_are_the_same_everywhere(study, page):
    names = Redaction.of(subjects_of([study.index]), {}).names
    assert set(names) == set(SUBJECTS), "the excluded one among them"
    assert sorted(names.values()) == [f"p{number}" for number in range(1, 9)], "s1 would be the name of another"
    assert f"maps/{names['S3']}.nii.gz" in page
    assert f"Withdrew: {names['S8']}" in Page(page).words
    assert f"[{names['S8']}]" in Page(page).words, "in the document"


def test_everything_else_stays(study, page):
    whole, left = Page(render(study)), Page(page)
    assert [tag for tag, _ in whole.tags] == [tag for tag, _ in left.tags]
    assert whole.ids == left.ids
    assert re.findall(r"\d+\.\d+", whole.words) == re.findall(r"\d+\.\d+", left.words)


def test_a_second_rendering_is_the_same(study, page):
    assert redacted_pages(Results.open(study.folder), "anna", "magpie")["report.html"] == page


def test_fits_have_folders_and_links_without_names(subjects):
    pages = redacted_pages(subjects, "", "")
    names = Redaction.of(["01", "02"], {}).names
    assert set(pages) == {"report.html", *(f"sub-{name}/report.html" for name in names.values())}
    for html in pages.values():
        assert not re.search(r"(?i)sub-0[12]|subject 0[12]|small-runs/0[12]|\bsub-0", html)
    links = {link for link in Page(pages["report.html"]).links if link.endswith("report.html")}
    assert links == set(pages) - {"report.html"}


def test_runs_keep_their_numbers(subjects):
    page = Page(redacted_pages(subjects, "", "")[f"sub-{Redaction.of(['01', '02'], {}).names['01']}/report.html"])
    assert "run-1" in page.words


def test_it_is_written_into_a_folder_of_its_own(study):
    before = (study.folder / "report.html").read_bytes()
    path = glmspec.report(study.folder, redact=True).path
    assert path == study.folder / "redacted/report.html"
    assert not named(path.read_text("utf-8"), "S3")
    assert (study.folder / "report.html").read_bytes() == before


def test_a_name_that_is_also_a_number_of_the_report_is_refused(tmp_path):
    results = analysed(tmp_path, document(more='description: "7 of them."\n'))
    analysis = json.loads(json.dumps(results.index["analysis"]).replace('"subject": "S7"', '"subject": "7"'))
    changed = Results(results.folder, {**results.index, "analysis": analysis})
    with pytest.raises(InputError) as caught:
        redacted_pages(changed, "", "")
    assert caught.value.problems[0].code == "E331"
    assert "`7`" in caught.value.problems[0].message
    assert not (results.folder / "redacted").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sub-01/run-01_bold.nii.gz", "sub-s1/run-01_bold.nii.gz"),
        ("01/run-01_bold.nii.gz", "s1/run-01_bold.nii.gz"),
        ("p = 0.01, 01.5 and 1,01", "p = 0.01, 01.5 and 1,01"),
        ("subject 01, session 01", "subject s1, session 01"),
        ("2 of 9 subjects: 01 and x", "2 of 9 subjects: s1 and x"),
        ("subject[T.01] and subject[01]", "subject[T.s1] and subject[s1]"),
        ("a301 and 0101", "a301 and 0101"),
    ],
)
def test_digits_are_a_name_only_where_they_say_so(text, expected):
    assert Redaction({"01": "s1"}, {}).text(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/anna/x.txt", "[path]"),
        ("see ~/data/x here", "see [path] here"),
        ("and/or, 1/2, km/h", "and/or, 1/2, km/h"),
        ("https://osf.io/abc/de", "https://osf.io/abc/de"),
        ("maps/one.nii.gz", "maps/one.nii.gz"),
    ],
)
def test_paths_are_told_from_other_slashes(text, expected):
    assert Redaction({}, {}).text(text) == expected


def test_markup_is_changed_in_its_words_alone():
    redaction = Redaction({"svg": "s1", "A&B": "s2"}, {})
    markup = Markup('<svg id="svg" aria-label="svg"><image href="data:svg"/><text>A&amp;B, svg</text></svg>')
    expected = '<svg id="svg" aria-label="s1"><image href="data:svg"/><text>s2, s1</text></svg>'
    assert redaction.markup(markup) == expected


def test_a_column_and_a_setting_of_subjects_need_no_more_to_tell():
    redaction = Redaction({"101": "s1"}, {})
    table = Table("t", (Column("subject"), Column("n")), ((Cell("101"), Cell("101")),))
    assert [cell.text for cell in redaction._walk(table).rows[0]] == ["s1", "101"]
    line = (Token("subjects", "key"), Token(": ["), Token("101", "number"), Token("]"))
    other = (Token("seed", "key"), Token(": "), Token("101", "number"))
    lines = redaction._walk(Listing("d", "L", (line, other))).lines
    assert ["".join(token.text for token in found) for found in lines] == ["subjects: [s1]", "seed: 101"]


def test_left_out_maps_name_their_subject():
    index = {
        "analysis": {
            "rows": [{"names": {"subject": "A1"}}],
            "exclusions": [{"counted": "maps", "excluded": ["B2 run-1 go"]}],
        },
        "outputs": [{"subject": "C3"}],
    }
    assert subjects_of([index]) == {"A1", "B2", "C3"}


def test_plain_text_is_left_alone(results):
    assert Redaction({}, {})._walk(plain("Words.")) == plain("Words.")
    assert Redaction({}, {}).model(build_model(results)) == build_model(results)
