"""The methods text in both tenses: no verb is forgotten, and no word of a document is taken for one."""

from __future__ import annotations

import re
from dataclasses import asdict, fields

import pytest

from glmspec.reporting.clauses import text_of
from glmspec.reporting.material import Material
from glmspec.reporting.methods import paragraphs
from glmspec.reporting.verbs import FUTURE, PAST, Verbs
from reporting.test_clauses import CHANGES, FIRST, FIXED, GIVEN, SECOND, clauses

MARKED = Verbs(**{field.name: f"<{field.name}>" for field in fields(Verbs)})
VERBS = re.compile(r"\b(was|were|had|entered|gave|followed|covered|did|became|took)\b")
DOCUMENTS = {"second": SECOND, "fixed": FIXED, "first": FIRST, "given": GIVEN}
VARIANTS = [text.replace(old, new) for text, old, new, _ in CHANGES]


def text(document, verb):
    return "\n".join(words for said in clauses(document, verb).values() for words in said)


@pytest.mark.parametrize("document", [*DOCUMENTS.values(), *VARIANTS])
def test_every_verb_that_happens_is_one_of_the_table(document):
    assert not VERBS.search(re.sub("<[a-z_]+>", "", text(document, MARKED)))
    assert "will" not in text(document, PAST)
    assert not VERBS.search(text(document, FUTURE))


def test_every_verb_of_the_table_is_used():
    everything = "\n".join(text(document, MARKED) for document in [*DOCUMENTS.values(), *VARIANTS])
    assert {f"<{name}>" for name in asdict(PAST)} - set(re.findall("<[a-z_]+>", everything)) == set()


@pytest.mark.parametrize("study", ["results", "runs", "subjects"])
def test_both_tenses_have_the_same_clauses(study, request):
    results = request.getfixturevalue(study)
    results = next(iter(results.fits.values()))
    past, future = (paragraphs(Material(results, verb)) for verb in (PAST, FUTURE))
    paths = [[[clause.path for clause in sentence] for sentence in part] for part in past]
    assert paths == [[[clause.path for clause in sentence] for sentence in part] for part in future]
    told = " ".join(map(text_of, future))
    assert told.count("will ") >= 10
    assert not VERBS.search(told)


def test_words_of_a_document_stay_as_they_are():
    assert "(What was left)" in text(SECOND.replace("title: One", "title: What was left"), FUTURE)
    named = FIRST.replace("unmodelled: [rest]", "unmodelled: [was, were]")
    told = text(named.replace("regressors: [pcc]", "regressors: [had]"), FUTURE)
    assert "Events of was and were will be left to the baseline." in told
    assert "the regressor had" in told
