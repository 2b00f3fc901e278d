"""Real maps: Brainomics/Localizer (15 subjects, 48,900 voxels) and FEAT, held to nilearn, FSL and known numbers."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from nilearn.glm.second_level import SecondLevelModel

from .simulated import Finished

DOCUMENT = """
# One-sample group test, parametric threshold. Seeds 000 and 001 (first half).
glmspec: 1
name: button-press
title: "Left versus right button press: one-sample test"
level: second

inputs:
  maps: "left-minus-right/{subject}.nii.gz"
  mask: {compute: background}
  smoothing_fwhm: 8.0

design:
  formula: "1"

contrasts:
  group-mean: intercept

inference:
  uncorrected: {method: parametric, correction: none, alpha: 0.001, alternative: two-sided}
"""

pytestmark = pytest.mark.real_data


def real(name):
    """A folder of real data, or the reason why there is none."""
    root = os.environ.get("GLMSPEC_DATA")
    if not root:
        pytest.skip(f"GLMSPEC_DATA does not name a folder that holds {name}/")
    folder = Path(root) / name
    if not folder.is_dir():
        message = f"GLMSPEC_DATA names {root}, and there is no {name}/ in it"
        pytest.fail(message) if os.environ.get("GLMSPEC_FORBID_SKIPS") else pytest.skip(message)
    return folder


@pytest.fixture(scope="module")
def localizer():
    return real("localizer")


@pytest.fixture(scope="module")
def done(localizer, tmp_path_factory):
    import glmspec

    folder = tmp_path_factory.mktemp("button-press")
    document = folder / "button-press.yaml"
    document.write_text(DOCUMENT, "utf-8")
    return Finished(folder / "out", glmspec.run(document, data=localizer, out=folder / "out", jobs=2))


def test_t_is_that_of_nilearn_in_every_voxel(localizer, done):
    paths = sorted((localizer / "left-minus-right").glob("S*.nii.gz"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nilearn tells of defaults that will change
        model = SecondLevelModel(smoothing_fwhm=8.0)
        model.fit([nib.load(path) for path in paths], design_matrix=pd.DataFrame({"intercept": [1] * len(paths)}))
        t = np.asarray(model.compute_contrast("intercept", output_type="stat").dataobj)
    np.testing.assert_array_equal(done.mask, np.asarray(model.masker_.mask_img_.dataobj) > 0)
    assert done.mask.sum() == 48_900
    difference = np.abs(done.stat("groupMean", "t") - t[done.mask])
    assert difference.max() < 1e-5


def test_the_largest_t_stands_where_the_motor_cortex_is(done):
    t = done.stat("groupMean", "t")
    assert t.max() == pytest.approx(10.879, abs=5e-4)
    first = done.clusters("groupMean", "uncorrected")[0]
    assert [float(first[axis]) for axis in "xyz"] == [21, -27, 54]


def test_1278_voxels_pass(done):
    assert done.facts("group-mean", "uncorrected")["passed"] == 1278
    assert done.passed("groupMean", "uncorrected").sum() == 1278


def one_map(folder, out, name, scale, inference="{method: parametric, correction: none, alpha: 0.05}"):
    """A document of one statistic image, run."""
    import glmspec

    document = out / f"{name}.yaml"
    document.write_text(
        "glmspec: 1\nname: single\nlevel: map\n"
        f"inputs: {{statistic: {name}.nii.gz, scale: {scale}, mask: mask.nii.gz}}\n"
        f"inference: {{asked: {inference}}}\nreport: {{precision: double}}\n",
        "utf-8",
    )
    return Finished(out / name, glmspec.run(document, data=folder, out=out / name))


@pytest.fixture(scope="module")
def feat():
    return real("feat")


@pytest.mark.parametrize("number", [1, 2])
def test_the_t_of_feat_has_the_z_of_feat(feat, tmp_path, number):
    done = one_map(feat, tmp_path, f"tstat{number}", "{t: {dof: 98}}")
    want = np.asarray(nib.load(feat / f"zstat{number}.nii.gz").dataobj)[done.mask]
    np.testing.assert_allclose(done.stat("statistic", "z"), want, atol=2e-5)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("weights", ["equal", "precision"])
def test_cope_and_varcope_of_feat_make_its_t_and_z(feat, tmp_path, number, weights):
    """Fixed effects of a single map with known degrees of freedom."""
    import glmspec

    document = tmp_path / "feat.yaml"
    document.write_text(
        f"""
glmspec: 1
name: feat
level: second
inputs: {{maps: [{{map: cope{number}.nii.gz, variance: varcope{number}.nii.gz, dof: 98, run: 1}}], mask: mask.nii.gz}}
design: {{formula: "1", estimator: {{model: fixed-effects, weights: {weights}}}}}
contrasts: {{mean: intercept}}
report: {{precision: double}}
""",
        "utf-8",
    )
    done = Finished(tmp_path / "out", glmspec.run(document, data=feat, out=tmp_path / "out"))
    t, z = (np.asarray(nib.load(feat / f"{stat}stat{number}.nii.gz").dataobj)[done.mask] for stat in "tz")
    defined = np.isfinite(done.stat("mean", "t"))
    np.testing.assert_allclose(done.stat("mean", "t")[defined], t[defined], rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(done.stat("mean", "z")[defined], z[defined], atol=2e-5)
    assert np.all(t[~defined] == 0)
    assert done.index["contrasts"]["mean"]["dof"] == 98


CLICKS = """
glmspec: 1
name: clicks
level: second
inputs: {{maps: "clicks/{{condition}}/{{subject}}.nii.gz", mask: mask.nii.gz}}
design: {{formula: "{formula}"{more}}}
contrasts: {{left-minus-right: "condition[left] - condition[right]"}}
regions:
  precentral: {{image: regions/precentral.nii.gz}}
  postcentral: {{image: regions/postcentral.nii.gz}}
  supramarginal: {{image: regions/supramarginal-anterior.nii.gz}}
inference:
  discoveries:
    method: all-resolutions
    cluster_forming: {{z: 3}}
    regions: [precentral, postcentral, supramarginal]
    alpha: 0.1
report: {{precision: double}}
"""


def clicks(localizer, folder, formula, more=""):
    import glmspec

    document = folder / "clicks.yaml"
    document.write_text(CLICKS.format(formula=formula, more=more), "utf-8")
    return Finished(folder / "out", glmspec.run(document, data=localizer, out=folder / "out", jobs=2))


def test_paired_clicks_have_the_known_range_of_t(localizer, tmp_path):
    done = clicks(localizer, tmp_path, "condition + subject")
    t = done.stat("leftMinusRight", "t")
    assert len(t) == 48_900
    assert t.min() == pytest.approx(-7.3935, abs=5e-5)
    assert t.max() == pytest.approx(11.0953, abs=5e-5)
    rows = done.index["analysis"]["rows"]
    columns, matrix = done.design()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SecondLevelModel(mask_img=localizer / "mask.nii.gz")
        model.fit(
            [nib.load(localizer / row["map"]) for row in rows], design_matrix=pd.DataFrame(matrix, columns=columns)
        )
        want = model.compute_contrast(done.weights("left-minus-right")[0], output_type="stat")
    assert np.abs(t - np.asarray(want.dataobj)[done.mask]).max() < 1e-5


def test_welchs_test_on_clicks_reaches_the_published_simes_bounds(localizer, tmp_path):
    """Published bounds by Simes' inequality; Hommel's can only be larger, and is 89 over all voxels."""
    done = clicks(localizer, tmp_path, "condition", ", variance_groups: condition")
    rows = done.clusters("leftMinusRight", "discoveries")
    bounds = {row["region"]: int(row["true_discoveries"]) for row in rows if row["cluster"] == "n/a"}
    assert bounds["all tested voxels"] == 89
    assert bounds["precentral"] >= 79
    assert bounds["postcentral"] >= 69
    assert bounds["supramarginal"] >= 0
