"""The button press of Brainomics/Localizer: 15 subjects, 48,900 voxels, held to nilearn and to known numbers."""

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


@pytest.fixture(scope="module")
def localizer():
    """The data, or the reason why there are none."""
    root = os.environ.get("GLMSPEC_DATA")
    if not root:
        pytest.skip("GLMSPEC_DATA does not name a folder that holds localizer/")
    folder = Path(root) / "localizer"
    if not folder.is_dir():
        message = f"GLMSPEC_DATA names {root}, and there is no localizer/ in it"
        pytest.fail(message) if os.environ.get("GLMSPEC_FORBID_SKIPS") else pytest.skip(message)
    return folder


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
