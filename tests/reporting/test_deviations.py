"""What was not done as registered: the section is always there, and what it says follows from the index alone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from glmspec.execution.results import Results
from glmspec.reporting.build import build_model
from glmspec.reporting.deviations import CLASSES, Deviation
from glmspec.reporting.deviations import deviations as read
from glmspec.reporting.model import Paragraph, Table
from glmspec.reporting.overview import build_overview
from glmspec.reporting.sections.deviations import DECLARED, NONE, UNREGISTERED, deviations, sentence
from reporting.small_runs import fits
from reporting.small_study import IMG
from reporting.test_model import blocks, section, texts

ALPHA = {"path": "inference.family.alpha", "locked": 0.05, "run": 0.1, "class": "inferential", "rationale": None}
SMOOTHING = {"path": "inputs.smoothing_fwhm", "locked": 8.0, "run": None, "class": "estimation", "rationale": "Noise."}
TITLE = {"path": "title", "locked": "One", "run": IMG, "class": "text", "rationale": None}


def told(results, entries):
    """The section of a report whose index has these deviations."""
    analysis = {**results.index["analysis"], "deviations": entries}
    return section(build_model(Results(results.folder, {**results.index, "analysis": analysis})), "deviations")


def test_without_a_lock_it_is_said_in_one_sentence(results):
    found = section(build_model(results), "deviations")
    assert [block.text for block in found.blocks] == [UNREGISTERED]
    assert found.badge == 0
    assert [block.text for block in told(results, None).blocks] == [UNREGISTERED]


def test_that_nothing_differs_is_said_too(results):
    assert [block.text for block in told(results, []).blocks] == [NONE]


def test_every_deviation_has_a_row_the_gravest_first(results):
    found = told(results, [TITLE, SMOOTHING, ALPHA])
    (table,) = blocks(found, Table)
    assert texts(table) == [
        ["inference.family.alpha", "0.05", "0.1", "inferential", "none given"],
        ["inputs.smoothing_fwhm", "8.0", "not there", "estimation", "Noise."],
        ["title", "One", IMG, "text", "none given"],
    ]
    (words,) = blocks(found, Paragraph)
    kinds = "one of the kind inferential, one of the kind estimation and one of the kind text"
    assert words.text == f"Three settings differ from the registered document: {kinds}; two without a rationale."


def test_the_navigation_counts_what_can_change_a_number(results):
    found = told(results, [TITLE, SMOOTHING, ALPHA])
    assert (found.badge, found.badge_in_words) == (2, "2 deviations that can change a number")
    assert told(results, [TITLE]).badge == 0


def test_one_deviation_is_told_of_in_the_singular():
    words = "One setting differs from the registered document: one of the kind estimation; each with its rationale."
    assert sentence([Deviation.read(SMOOTHING)]) == words


def test_lists_and_truth_values_are_written_as_in_a_document():
    entry = {"path": "p", "locked": ["a", 1], "run": True, "class": "display"}
    found = Deviation.read(entry)
    assert (found.locked, found.run, found.rationale) == ('["a", 1]', "true", None)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_is_explained_below_the_table(results, kind):
    (table,) = blocks(told(results, [{**TITLE, "class": kind}]), Table)
    assert f"{kind}: {CLASSES[kind]}" in table.note[0].lower() + table.note[1:]


def test_a_class_that_is_none_is_refused():
    with pytest.raises(ValueError, match="cosmetic"):
        read({"deviations": [{**TITLE, "class": "cosmetic"}]})


def test_what_a_document_declares_without_a_lock_is_shown_as_declared():
    entry = SimpleNamespace(path="design.drift", rationale="Longer runs.")
    material = SimpleNamespace(analysis={}, document=SimpleNamespace(deviations=(entry,)))
    (table,) = blocks(deviations(material), Table)
    assert (table.caption, texts(table)) == (DECLARED, [["design.drift", "Longer runs."]])


def test_the_page_over_all_fits_has_them_once(subjects):
    found = fits(subjects)
    assert [block.text for block in section(build_overview(found), "deviations").blocks] == [UNREGISTERED]
