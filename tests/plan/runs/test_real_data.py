"""Two real runs, where GLMSPEC_DATA names the folder that holds haxby/: designs equal nilearn's."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import make_first_level_design_matrix

from .written import WITH_CONFOUNDS, outcome

pytestmark = pytest.mark.real_data
PATTERNS = WITH_CONFOUNDS.replace("bold.nii", "bold.nii.gz")
DESIGN = "{hrf: {model: glover, derivatives: [time]}, drift: {model: cosine, high_pass: 0.008}, confounds: [motion_*]}"


@pytest.fixture(scope="module")
def haxby() -> Path:
    root = os.environ.get("GLMSPEC_DATA")
    if not root:
        pytest.skip("GLMSPEC_DATA does not name a folder that holds haxby/")
    if not (Path(root) / "haxby").is_dir():
        pytest.skip("GLMSPEC_DATA holds no haxby/")
    return Path(root) / "haxby"


def test_designs_of_real_runs_equal_nilearns(haxby):
    """The header's 2.5 s is what the document says, so that nothing is to be told."""
    found = outcome(haxby, runs=PATTERNS, inputs="repetition_time: 2.5", design=DESIGN)
    assert found.problems == found.notes == []
    assert [model.run.title for model in found.models] == ["run-1", "run-2"]
    for number, model in enumerate(found.models, 1):
        events = pd.read_csv(haxby / f"run-{number}/events.tsv", sep="\t")
        motion = pd.read_csv(haxby / f"run-{number}/confounds.tsv", sep="\t")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            want = make_first_level_design_matrix(
                np.arange(121) * 2.5,
                events,
                hrf_model="glover + derivative",
                high_pass=0.008,
                add_regs=motion.to_numpy(),
                add_reg_names=list(motion.columns),
            )
        assert list(model.columns) == list(want.columns)
        for index, name in enumerate(model.columns):
            column = np.asarray(want[name])
            assert np.abs(model.matrix[:, index] - column).max() <= 1e-6 * np.abs(column).max()


def test_the_header_of_real_runs_says_the_repetition_time(haxby):
    found = outcome(haxby, runs=PATTERNS, design=DESIGN)
    assert [model.repetition_time for model in found.models] == [2.5, 2.5]
