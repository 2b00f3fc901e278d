"""docs/methods-review.md is in step with the product: no clause or answer stands there unread, and none is missing.

Set GLMSPEC_UPDATE_GOLDEN to write the tables anew; verdicts stay, and what is new is to be read and judged by hand.
"""

from __future__ import annotations

import os

import pytest

from glmspec.review.coverage.items import ITEMS
from reporting.reviewed_data import LETTERS, analysed
from reporting.reviewed_page import UNREAD, clause_rows, comparable, coverage_rows, table, write

CLAUSES = ("clause", "follows from", "in", "verdict")
ITEM = ("item", "question", *LETTERS, "verdict")


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    return analysed(tmp_path_factory.mktemp("reviewed"))


@pytest.fixture(scope="module")
def clauses(studies):
    found = clause_rows(studies)
    if os.environ.get("GLMSPEC_UPDATE_GOLDEN"):
        judged = {comparable(row[0], row[1]): row[-1] for row in table("clauses")}
        rows = [
            (text, f"`{setting}`" if setting else "", letters, judged.get(comparable(text, setting), UNREAD))
            for (text, setting), letters in found.items()
        ]
        write("clauses", CLAUSES, rows)
    return found


@pytest.fixture(scope="module")
def answers(studies):
    found = coverage_rows(studies)
    if os.environ.get("GLMSPEC_UPDATE_GOLDEN"):
        judged = {row[0]: row[-1] for row in table("coverage")}
        rows = [(f"`{id}`", question, *states, judged.get(id, UNREAD)) for (id, question), states in found.items()]
        write("coverage", ITEM, rows)
    return found


def test_every_clause_of_the_reviewed_documents_stands_on_the_page_with_its_setting(clauses):
    written = {comparable(row[0], row[1]): row[2] for row in table("clauses")}
    assert {comparable(*key): letters for key, letters in clauses.items()} == written


def test_every_answer_of_the_reviewed_documents_stands_on_the_page(answers):
    assert {row[:2]: row[2:-1] for row in table("coverage")} == answers


@pytest.mark.parametrize("name", ["clauses", "coverage", "profiles"])
def test_everything_was_read(name):
    rows = table(name)
    assert rows
    verdicts = [row[-1].split(":")[0] for row in rows]
    assert set(verdicts) <= {"right", "wrong, mended", "missing, added"}


def test_every_item_that_the_page_names_for_a_row_of_the_guidelines_is_asked_there():
    asking = {item.id: item.profiles for item in ITEMS}
    named = set()
    for _, profiles, ids, _ in table("profiles"):
        for id in ids.replace("`", "").split(", "):
            named.add(id)
            assert set(profiles.split(", ")) <= set(asking[id]), id
    assert len(named) > 40
