"""Two conditions of the same subjects, held to scipy's paired test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from .simulated import EXACT, document_text, failure, noise, run, write_maps

DESIGN = 'formula: "condition + subject"'
CONTRASTS = 'more: "condition[left] - condition[right]"'
MAPS = '"maps/{condition}/{subject}.nii.gz"'


def conditions(folder, names, seed=61):
    """A left and a right map of every subject, which differ by their subject's level and by 0.4."""
    left, right = noise(seed, len(names)), noise(seed + 1, len(names))
    own = np.random.default_rng(seed + 2).normal(0, 3, len(names))[:, None, None, None]
    left = np.where(left != 0, left + own + 0.4, 0).astype(np.float32)
    right = np.where(right != 0, right + own, 0).astype(np.float32)
    for condition, volumes in (("left", left), ("right", right)):
        write_maps(folder, {f"maps/{condition}/{name}": volume for name, volume in zip(names, volumes, strict=True)})
    return left, right


@pytest.mark.parametrize(
    "names",
    [["S01", "S02", "S03", "S04", "S05", "S06", "S07"], ["10", "11", "12", "13", "20", "21", "35"]],
    ids=["words", "numbers"],
)
def test_condition_and_subject_give_the_paired_t(tmp_path, names):
    """A captured name is text, also where every subject's name happens to be a number."""
    left, right = conditions(tmp_path, names)
    done = run(tmp_path, document_text(maps=MAPS, design=DESIGN, contrasts=CONTRASTS))
    want = stats.ttest_rel(left[:, done.mask].astype(float), right[:, done.mask].astype(float))
    np.testing.assert_allclose(done.stat("more", "t"), want.statistic, **EXACT)
    np.testing.assert_array_equal(done.passed("more", "uncorrected"), want.pvalue <= 0.01)
    assert done.index["contrasts"]["more"]["dof"] == 6


def test_subjects_by_number_may_still_be_a_covariate_where_it_is_said(tmp_path):
    conditions(tmp_path, ["10", "11", "12", "20"])
    text = document_text(maps=MAPS, design='formula: "condition + center(subject)"', contrasts="slope: center(subject)")
    assert run(tmp_path, text).design()[0] == ["intercept", "condition[T.right]", "center(subject)"]


def test_a_subject_without_one_condition_is_an_error(tmp_path):
    conditions(tmp_path, ["S1", "S2", "S3"])
    (tmp_path / "maps/right/S2.nii.gz").unlink()
    error = failure(tmp_path, document_text(maps=MAPS, design=DESIGN, contrasts=CONTRASTS))
    assert error.exit_code == 3
    assert [(problem.code, problem.message) for problem in error.problems] == [
        ("E318", "1 of 3 subjects lacks a condition that others have: S2 (right)")
    ]
