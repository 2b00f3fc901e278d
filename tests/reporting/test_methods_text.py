"""Every clause of the methods text follows from its setting, and is absent where the setting is."""

from __future__ import annotations

import pytest

from glmspec.reporting.clauses import text_of
from glmspec.reporting.material import Material
from glmspec.reporting.methods import texts
from glmspec.reporting.methods_second import predictors
from glmspec.spec.design import SecondLevelDesign
from reporting.small_study import analysed, document


@pytest.fixture(scope="module")
def text(results):
    return "\n".join(texts(Material(results)))


def written(folder, **changes):
    return "\n".join(texts(Material(analysed(folder, document(**changes)))))


def test_without_smoothing_nothing_is_said_of_smoothing(text):
    assert "smooth" not in text


def test_smoothing_is_said_with_its_width(tmp_path):
    assert "Gaussian kernel of 4 mm full width" in written(tmp_path, inputs="  smoothing_fwhm: 4.0")


def test_the_model_is_said(text):
    assert "8 maps of 8 subjects entered a second-level analysis." in text
    assert "The analysis covered 960 voxels (25.9 cm³): the voxels of mask.nii.gz that are not zero." in text
    assert "by ordinary least squares, with a constant and group (a factor) as predictors (formula 1 + group)" in text
    assert "leaving 6 degrees of freedom" in text


def test_contrasts_are_said_with_their_tests(text):
    assert "A t test of (group[a] + group[b])/2 with 6 degrees of freedom gave the contrast mean (Mean)." in text
    assert "An F test of all differences of group with 1 and 6 degrees of freedom gave the contrast any-group." in text


def test_inference_is_said_with_correction_alternative_and_connectivity(text):
    assert "By the inference height, voxels were thresholded at p at or below 0.001, without correction" in text
    assert (
        "By the inference family, voxels were thresholded at a family-wise error rate of 0.05 by Bonferroni's" in text
    )
    assert "two-sided for t and in the upper tail of F" in text
    assert "Clusters smaller than 2 voxels were left out, which is not a correction." in text
    assert text.count("Clusters smaller than") == 1
    assert "Clusters are of voxels that share faces and a sign." in text


def test_what_was_not_done_is_not_said(text):
    for word in ("permutation", "discovery", "autocorrelation", "drift", "space", "Only maps", "left out of", "region"):
        assert word not in text


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            "correction: fdr, alpha: 0.05",
            "discovery rate of 0.05 by the procedure of Benjamini and Hochberg (1995)",
        ),
        (
            "correction: fdr-by, alpha: 0.1",
            "discovery rate of 0.1 by the procedure of Benjamini and Yekutieli (2001)",
        ),
        ("correction: holm, alpha: 0.05", "a family-wise error rate of 0.05 by Holm's procedure (Holm 1979)"),
        ("correction: none, threshold: {z: 3.1}", "|z| at or above 3.1, without correction for the number of voxels"),
        ("correction: none, alpha: 0.01, connectivity: corners", "voxels that share faces, edges or corners"),
    ],
)
def test_each_choice_has_its_words(tmp_path, entry, words):
    text = document().replace("correction: none, alpha: 0.001, alternative: two-sided", entry)
    assert words in "\n".join(texts(Material(analysed(tmp_path, text))))


def test_one_sided_tests_say_which_side(tmp_path):
    text = document().replace("  any-group: {test: F, term: group}\n", "").replace("two-sided", "less")
    found = "\n".join(texts(Material(analysed(tmp_path, text))))
    assert "one-sided for negative effects." in found
    assert "upper tail" not in found


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ({"formula": "1"}, "a constant as its only predictor (formula 1)"),
        ({"formula": "0 + age"}, "age as predictors and no constant (formula 0 + age)"),
        ({"formula": "center(age)"}, "a constant and age (centred) as predictors"),
        ({"formula": "a*b"}, "a constant, a, b and the interaction of a and b as predictors"),
        (
            {"formula": "g", "factors": {"g": {"levels": ("x", "y")}}},
            "a constant and g (levels x and y) as predictors",
        ),
        ({"matrix": "design.tsv"}, "the columns of design.tsv as predictors"),
    ],
)
def test_predictors_in_words(design, words):
    assert words in text_of([predictors(SecondLevelDesign.model_validate(design))])


def test_what_is_coded_as_a_factor_is_said():
    design = SecondLevelDesign.model_validate({"formula": "task*subject + ect"})
    said = text_of([predictors(design, ["intercept", "task", "subject[T.S02]", "task:subject[T.S02]", "ect"])])
    assert said.startswith(
        "a constant, task, subject (a factor), ect and the interaction of task and subject (a factor)"
    )


FAMILY = """
glmspec: 1
name: joint
level: second
inputs: {maps: "maps/{subject}.nii.gz", variables: people.tsv, mask: mask.nii.gz}
design: {formula: group}
contrasts: {one: "group[a] - group[b]", other: "group[b] - group[a]"}
inference:
  shuffled:
    {method: permutation, control: voxel, permutations: 60, seed: 1, alpha: 0.05, FAMILY}
"""


@pytest.mark.parametrize("family", ["all-contrasts", "each-contrast"])
def test_one_maximum_over_contrasts_is_said(tmp_path, family):
    found = "\n".join(texts(Material(analysed(tmp_path, FAMILY.replace("FAMILY", f"family: {family}")))))
    words = "Under shuffled, one maximum was taken over the contrasts, and alpha holds for them together."
    assert (words in found) == (family == "all-contrasts")
