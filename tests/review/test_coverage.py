"""Coverage: every question has one of seven states, and a default without a word is not one that was written out."""

from __future__ import annotations

import json

import pytest

from glmspec.review.coverage.answers import STATES, Subject, setting
from glmspec.review.coverage.check import coverage
from glmspec.review.coverage.items import ITEMS, PROFILES
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded

from .study import DOCUMENT, glmspec, write, write_maps

HYPOTHESIS = (
    "hypotheses: {H1: {statement: It is., contrast: mean, inference: fdr, direction: positive, kind: confirmatory}}\n"
)


def states(text: str, facts=None) -> dict[str, str]:
    subject = Subject(loaded(parse(text, "press.yaml")), facts)
    return {item.id: answer.state for profile in coverage(subject) for item, answer in profile.answers}


def test_every_question_has_a_state_in_every_profile():
    subject = Subject(loaded(parse(DOCUMENT, "press.yaml")))
    for profile in coverage(subject):
        assert sum(profile.counts.values()) == len(profile.answers) > 5
        assert tuple(profile.counts) == STATES
    assert len({item.id for item in ITEMS}) == len(ITEMS)
    assert {name for item in ITEMS for name in item.profiles} == set(PROFILES)


@pytest.mark.parametrize(
    ("text", "id", "expected"),
    [
        (DOCUMENT, "smoothing-kernel", "set"),
        (DOCUMENT.replace("  smoothing_fwhm: 4\n", ""), "smoothing-kernel", "defaulted without a word"),
        (DOCUMENT.replace("smoothing_fwhm: 4", "smoothing_fwhm: 0"), "smoothing-kernel", "defaulted and acknowledged"),
        (DOCUMENT, "preprocessing", "missing"),
        (DOCUMENT + "preprocessing: fMRIPrep\n", "preprocessing", "declared"),
        (DOCUMENT, "hemodynamic-response", "not applicable"),
        (DOCUMENT, "smoothness", "missing"),
        (DOCUMENT, "hypotheses", "missing"),
        (DOCUMENT + HYPOTHESIS, "hypotheses", "set"),
        (DOCUMENT + HYPOTHESIS, "contrasts-accounted-for", "set"),
        (DOCUMENT + HYPOTHESIS.replace("direction: positive, ", ""), "hypothesis-direction", "missing"),
        (DOCUMENT, "contrasts-accounted-for", "missing"),
        (DOCUMENT, "alternative", "defaulted without a word"),
        (DOCUMENT + "exclusions: [{rule: Asleep}]\n", "exclusion-criteria", "declared"),
        (DOCUMENT + "exclusions: [{rule: Gone, subjects: [S01]}]\n", "exclusion-criteria", "set"),
        (DOCUMENT.replace("  flips:", "  # flips:"), "permutation-scheme", "not applicable"),
        (DOCUMENT, "cluster-extent", "not applicable"),
    ],
)  # fmt: skip
def test_the_states(text, id, expected):
    assert states(text)[id] == expected


def test_an_answer_shows_what_was_written():
    ask = setting("inputs.smoothing_fwhm")
    assert ask(Subject(loaded(parse(DOCUMENT, "press.yaml")))).value == "4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = write_maps(tmp_path_factory.mktemp("coverage"))
    write(root)
    glmspec(root, "run", "press.yaml", "-o", "out", "-q")
    return root


def test_the_run_answers_what_no_document_can(folder):
    before = json.loads(glmspec(folder, "check", "press.yaml", "--profile", "cobidas", "--format", "json").stdout)
    after = json.loads(glmspec(folder, "check", "out", "--profile", "cobidas", "--format", "json").stdout)
    found = {}
    for name, data in (("before", before), ("after", after)):
        found[name] = {item["id"]: item["state"] for item in data[0]["items"]}
    changed = {id for id, state in found["after"].items() if state != found["before"][id]}
    assert changed == {"subjects-left-out", "search-volume", "search-volume-mm3", "smoothness", "resels",
                       "degrees-of-freedom", "n-per-cell", "relabellings", "software"}  # fmt: skip
    assert {found["before"][id] for id in changed} == {"missing"}
    assert {found["after"][id] for id in changed} == {"from the run"}
    values = {item["id"]: item["value"] for item in after[0]["items"]}
    assert values["degrees-of-freedom"] == "7"
    assert values["n-per-cell"] == "all: 8"
    assert values["search-volume"] == "384 voxels"
    assert values["search-volume-mm3"] == "1.037e+04 mm3"


def test_text_and_markdown_list_every_question_and_no_percentage(folder):
    text = glmspec(folder, "check", "press.yaml").stdout
    marked = glmspec(folder, "check", "press.yaml", "--format", "markdown").stdout
    assert "%" not in text + marked
    for item in ITEMS:
        assert item.id in text
        assert f"| {item.question} |" in marked
    assert "error[E306]" in glmspec(folder, "check", "maps", code=3).stderr
