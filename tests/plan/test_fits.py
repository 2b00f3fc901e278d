"""Which rows make one fit, and where its results go."""

from __future__ import annotations

import pytest

from glmspec.errors import Problem
from glmspec.plan.fits import fits, folder
from glmspec.plan.rows import Row


def rows(*subjects: str) -> list[Row]:
    return [Row(f"{subject}.nii", (), {"subject": subject, "run": run}) for subject in subjects for run in "12"]


def test_rows_that_share_a_name_make_one_fit() -> None:
    problems: list[Problem] = []
    found = fits(rows("01", "02"), ("subject",), True, problems)
    assert [(names, len(group)) for names, group in found] == [({"subject": "01"}, 2), ({"subject": "02"}, 2)]
    assert [folder(names, alone=False) for names, _ in found] == ["sub-01", "sub-02"]
    assert folder({"subject": "01"}, alone=True) == ""
    assert not problems


def test_other_names_stand_in_full() -> None:
    assert (
        folder({"subject": "01", "session": "pre", "contrast": "faces"}, alone=False) == "sub-01/ses-pre/contrast-faces"
    )


@pytest.mark.parametrize("name", ["../x", "a/b", "a b", ".", "x\\y"])
def test_a_name_that_is_a_path_is_refused(name: str) -> None:
    problems: list[Problem] = []
    fits(rows("01", name), ("subject",), True, problems)
    assert [problem.message for problem in problems] == [f"the subject `{name}` cannot name a folder"]


def test_names_that_differ_in_case_alone_are_refused() -> None:
    problems: list[Problem] = []
    fits(rows("S01", "s01"), ("subject",), True, problems)
    assert [problem.code for problem in problems] == ["E207"]


def test_a_name_that_rows_lack_is_told_only_where_it_was_written() -> None:
    for written, count in ((True, 1), (False, 0)):
        problems: list[Problem] = []
        assert len(fits(rows("01"), ("session",), written, problems)) == 1
        assert len(problems) == count
