"""Reports of statistic images that were made elsewhere, of unequal variances and of fixed effects."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

import glmspec
from glmspec.reporting.build import build_model
from glmspec.reporting.material import Material
from glmspec.reporting.methods import texts as methods_texts
from glmspec.reporting.model import Fold, Passage, Table
from glmspec.reporting.render import render
from glmspec.reporting.sections.checks import notices
from glmspec.reporting.words import degrees_of_freedom, shortlist
from reporting.small_study import AFFINE, SHAPE, SUBJECTS, write_data
from reporting.test_model import blocks, section, texts

MAP = """\
glmspec: 1
name: given
level: map
inputs: {{statistic: z.nii.gz, scale: {scale}, mask: mask.nii.gz}}
inference:
  height: {{method: parametric, correction: none, threshold: {{{kind}: 4}}}}
"""
SECOND = """\
glmspec: 1
name: second
level: second
inputs:
  maps: "maps/{{subject}}.nii.gz"
  {inputs}
  mask: mask.nii.gz
design:
  formula: "1 + group"
  {design}
contrasts:
  difference: group[a] - group[b]
  {contrasts}
inference:
  height: {{method: parametric, correction: none, threshold: {{t: 4}}, contrasts: difference}}
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("levels")
    write_data(folder)
    random = np.random.default_rng(3)
    volume = np.abs(random.normal(size=SHAPE))  # no F is negative
    volume[8, 6, 5] = 6.0
    nib.save(nib.Nifti1Image(volume.astype(np.float32), AFFINE), folder / "z.nii.gz")
    (folder / "variances").mkdir()
    for name in SUBJECTS:
        variance = random.uniform(1, 2, size=SHAPE).astype(np.float32)
        nib.save(nib.Nifti1Image(variance, AFFINE), folder / f"variances/{name}.nii.gz")
    return folder


def run(data, name, text):
    (data / f"{name}.yaml").write_text(text, "utf-8")
    return glmspec.run(data / f"{name}.yaml", data, data / f"out-{name}").results


def second(data, name, *, inputs="variables: people.tsv", design="", contrasts=""):
    text = SECOND.format(inputs=inputs, design=design, contrasts=contrasts)
    known = "fixed-effects" not in design or "dof" in inputs  # otherwise the statistic is a z
    return run(data, name, text if known else text.replace("{t: 4}", "{z: 4}"))


@pytest.fixture(scope="module")
def welch(data):
    return second(data, "welch", design="variance_groups: group")


@pytest.fixture(scope="module")
def unknown(data):
    inputs = 'variables: people.tsv\n  variances: "variances/{subject}.nii.gz"'
    contrasts = "any: {test: F, term: group}"
    return second(data, "unknown", inputs=inputs, design="estimator: {model: fixed-effects}", contrasts=contrasts)


@pytest.fixture(scope="module")
def known(data):
    inputs = 'variables: people.tsv\n  dof: 20\n  variances: "variances/{subject}.nii.gz"'
    return second(data, "known", inputs=inputs, design="estimator: {model: fixed-effects, weights: precision}")


def questions(results):
    folds = [block for block in section(build_model(results), "contrasts").blocks if isinstance(block, Fold)]
    return [fold.blocks[0].text for fold in folds]


def methods(results):
    return "\n".join(methods_texts(Material(results)))


@pytest.mark.parametrize(
    ("scale", "kind", "values", "words"),
    [
        ("z", "z", "z: standard normal where there is no effect", "z image · the image"),
        ("{t: {dof: 14}}", "t", "t", "t image · 14 degrees of freedom · the image"),
        ("{F: {dof: [2, 40]}}", "F", "F", "F image · 2 and 40 degrees of freedom · the image"),
    ],
)
def test_a_given_statistic_is_what_the_document_says(data, scale, kind, values, words):
    results = run(data, f"map-{kind}", MAP.format(scale=scale, kind=kind))
    model = build_model(results)
    assert model.facts[1:3] == ("Statistic image", "z.nii.gz")
    assert questions(results) == [f"statistic: z.nii.gz, as it was given · {words}"]
    rows = dict(texts(blocks(section(model, "design"), Table)[0]))
    assert (rows["Image"], rows["Its values"], rows["Mask"]) == ("z.nii.gz", values, "mask.nii.gz")
    assert rows["Image, sha256"] == results.analysis["inputs"]["z.nii.gz"]
    assert f"The statistic image z.nii.gz, made elsewhere, was taken as values of {kind}" in methods(results)
    assert [notice.name for notice in notices(Material(results))] == [
        "Statistic",
        "Missing voxels",
        "Undefined statistics",
    ]


def test_a_given_statistic_has_no_model_to_tell_of(data):
    text = methods(run(data, "map-alone", MAP.format(scale="z", kind="z")))
    for word in ("linear model", "formula", "second-level", "scan", "maps", "gave the contrast"):
        assert word not in text


def test_degrees_of_freedom_that_differ_point_to_their_map(welch):
    assert welch.contrasts["difference"]["dof"] is None
    (question,) = questions(welch)
    values = welch.volume("statmap", contrast="difference", stat="dof")[welch.mask]
    shown = f"{values.min():.1f} to {values.max():.1f}"
    assert f"t test · degrees of freedom differ from voxel to voxel, {shown}: see the dof map ·" in question


def test_unequal_variances_are_told_with_their_groups(welch):
    design = section(build_model(welch), "design")
    assert "The maps of each group have a variance of their own: b (4 maps) and a (4 maps)." in design.blocks[0].text
    rows = blocks(design, Table)[-1]
    assert [column.title for column in rows.columns] == ["Row", "subject", "Variance group", "Map"]
    text = methods(welch)
    assert "a residual variance of its own for each value of group (Welch 1947)" in text
    assert "Satterthwaite's approximation (Satterthwaite 1946)" in text
    assert "A t test of group[a] - group[b], whose degrees of freedom differ from voxel to voxel, gave" in text
    assert "leaving" not in text


def test_known_variances_without_degrees_of_freedom_make_a_z(unknown):
    t, f = questions(unknown)
    assert t == "difference: group[a] - group[b] · z test · weights in the design"
    assert "· F test · 1 and infinitely many degrees of freedom ·" in f
    text = methods(unknown)
    assert "The degrees of freedom of the variances are not known, so that t is taken as z." in text
    assert "A z test of group[a] - group[b] gave the contrast difference." in text
    assert "An F test of all differences of group with 1 and infinitely many degrees of freedom gave" in text
    assert "every map counting alike" in text
    assert Material(unknown).findings[0].height.words == "threshold |z| ≥ 4.00"


def test_known_degrees_of_freedom_add_up(known):
    assert "· t test · 160 degrees of freedom ·" in questions(known)[0]
    text = methods(known)
    assert "every map counting by the reciprocal of its variance" in text
    assert "The degrees of freedom of the variances (20 each) add up over the maps that take part." in text


def test_fixed_effects_list_the_variance_of_each_map(known):
    rows = blocks(section(build_model(known), "design"), Table)[-1]
    assert texts(rows)[0] == ["0", "S1", "maps/S1.nii.gz", "variances/S1.nii.gz", "20"]


def test_fixed_effects_have_no_residuals_to_check(known):
    assert "Constant voxels" not in [notice.name for notice in notices(Material(known))]


def test_works_are_listed_where_they_are_cited(welch, known):
    def listed(results):
        _, references, _ = blocks(section(build_model(results), "methods"), Passage)
        assert all("doi:10." in block.text for block in references.blocks)
        return [block.text.split(",")[0] for block in references.blocks]

    assert listed(welch) == ["Harris", "Satterthwaite", "Virtanen", "Welch"]
    assert listed(known) == ["Harris", "Virtanen"]


def test_no_report_fails_without_numbers_for_degrees_of_freedom(welch, unknown):
    assert all("degrees of freedom" in render(results) for results in (welch, unknown))


def test_degrees_of_freedom_in_words():
    assert [degrees_of_freedom(dof) for dof in (1, 14.5, [2, None])] == [
        "1 degree of freedom",
        "14.5 degrees of freedom",
        "2 and infinitely many degrees of freedom",
    ]


def test_long_lists_of_names_are_cut():
    assert shortlist("abc", 3) == "a, b and c"
    assert shortlist("abcd", 3) == "a, b, c and d"
    assert shortlist("abcde", 3) == "a, b, c and 2 more"
