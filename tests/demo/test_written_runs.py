"""The files of the two simulated runs: their names, spaces, times and tables."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import compute_regressor
from nilearn.glm.first_level.design_matrix import create_cosine_drift

from glmspec.demo import simulate
from glmspec.demo.runs import write_run
from glmspec.demo.scans import head
from glmspec.spec.source import parse
from glmspec.spec.validate import examine

RUNS = ("run-1", "run-2")
PARTS = ("bold.nii.gz", "confounds.tsv", "design.npz", "events.tsv")
CONDITIONS = ["SSt_SSp", "SSt_DSp", "DSt_SSp", "DSt_DSp", "FirstSt"]
AXES = ["trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"]
SCANS, REPETITION_TIME = 191, 2.5
TIMES = REPETITION_TIME * np.arange(SCANS)
SPECS = Path(__file__).parents[2] / "specs"


def table(fiac: Path, run: str, part: str) -> pd.DataFrame:
    return pd.read_csv(fiac / f"{run}_{part}.tsv", sep="\t")


def matrix(fiac: Path, run: str) -> np.ndarray:
    return np.load(fiac / f"{run}_design.npz")["X"]


def test_layout_is_complete_and_has_nothing_else(fiac: Path) -> None:
    assert {path.name for path in fiac.iterdir()} == {f"{run}_{part}" for run in RUNS for part in PARTS} | {
        "mask.nii.gz"
    }


def test_the_data_set_is_the_group_and_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(simulate, "write_group", lambda folder, progress: progress(f"group in {folder.name}"))
    monkeypatch.setattr(simulate, "write_runs", lambda folder: told.append(f"runs in {folder.parent.name}/fiac"))
    simulate.write_demo_data(tmp_path / "data", told.append)
    assert told == ["group in data", "two runs of scans", "runs in data/fiac"]


def test_a_second_writing_gives_the_same_bytes(fiac: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "run-2", 2, head())
    written = sorted(tmp_path.iterdir())
    assert len(written) == len(PARTS)
    for path in written:
        digests = [hashlib.sha256(each.read_bytes()).hexdigest() for each in (path, fiac / path.name)]
        assert digests[0] == digests[1], path.name
    with zipfile.ZipFile(fiac / "run-2_design.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("run", RUNS)
def test_scans_say_when_and_where_they_were_taken(fiac: Path, run: str) -> None:
    image, mask = nib.load(fiac / f"{run}_bold.nii.gz"), nib.load(fiac / "mask.nii.gz")
    assert image.shape == (64, 64, 30, SCANS)
    assert mask.shape == image.shape[:3]
    assert image.get_data_dtype() == np.int16
    assert image.header.get_zooms() == (3, 3, 4, REPETITION_TIME)
    assert image.header.get_xyzt_units() == ("mm", "sec")
    np.testing.assert_array_equal(image.affine, mask.affine)
    assert (fiac / f"{run}_bold.nii.gz").stat().st_size < 20e6


@pytest.mark.parametrize("run", RUNS)
def test_the_design_is_five_conditions_and_eight_columns_of_nuisance(fiac: Path, run: str) -> None:
    with np.load(fiac / f"{run}_design.npz", allow_pickle=False) as arrays:
        assert arrays["conditions"].tolist() == CONDITIONS
        design = arrays["X"]
    assert design.shape == (SCANS, 13)
    assert np.linalg.matrix_rank(design) == 13
    np.testing.assert_allclose(design[:, 5:], create_cosine_drift(0.008, TIMES), atol=1e-12)


@pytest.mark.parametrize("run", RUNS)
def test_the_conditions_of_the_design_are_the_events(fiac: Path, run: str) -> None:
    events, design = table(fiac, run, "events"), matrix(fiac, run)
    for column, condition in enumerate(CONDITIONS):
        chosen = events[events.trial_type == condition]
        happening = np.array([chosen.onset, chosen.duration, np.ones(len(chosen))])
        expected, _ = compute_regressor(happening, "glover", TIMES)
        np.testing.assert_allclose(design[:, column], expected[:, 0], atol=1e-9)


@pytest.mark.parametrize("run", RUNS)
def test_events_come_one_after_the_other_within_the_run(fiac: Path, run: str) -> None:
    events = table(fiac, run, "events")
    assert list(events.columns) == ["onset", "duration", "trial_type"]
    ends = events.onset + events.duration
    assert (events.onset.to_numpy()[1:] >= ends.to_numpy()[:-1] - 1e-9).all()
    assert events.onset.min() >= 0
    assert ends.max() < TIMES[-1] - 10  # the last response is seen
    assert events.trial_type.value_counts().to_dict() == {**dict.fromkeys(CONDITIONS[:4], 4), "FirstSt": 16}
    assert (events.trial_type.iloc[::2] == "FirstSt").all()


def test_the_runs_have_different_orders_and_scans(fiac: Path) -> None:
    first, second = (table(fiac, run, "events").trial_type.tolist() for run in RUNS)
    assert first != second
    assert (fiac / "run-1_bold.nii.gz").read_bytes() != (fiac / "run-2_bold.nii.gz").read_bytes()


@pytest.mark.parametrize("run", RUNS)
def test_confounds_are_those_of_fmriprep(fiac: Path, run: str) -> None:
    confounds = table(fiac, run, "confounds")
    plain = [name for name in confounds.columns if not name.startswith("motion_outlier")]
    assert plain == [
        "csf",
        "framewise_displacement",
        *(name for axis in AXES for name in (axis, f"{axis}_derivative1")),
    ]
    assert len(confounds) == SCANS
    missing = confounds.isna()
    assert not missing.iloc[1:].any(axis=None)
    assert missing.columns[missing.iloc[0]].tolist() == [
        "framewise_displacement",
        *(f"{axis}_derivative1" for axis in AXES),
    ]
    assert (fiac / f"{run}_confounds.tsv").read_text("utf-8").splitlines()[1].count("n/a") == 7
    for axis in AXES:
        np.testing.assert_allclose(confounds[f"{axis}_derivative1"][1:], np.diff(confounds[axis]), atol=1e-7)
    changes = confounds[[f"{axis}_derivative1" for axis in AXES]].abs() * ([1] * 3 + [50] * 3)
    np.testing.assert_allclose(confounds["framewise_displacement"][1:], changes.sum(axis=1)[1:], atol=1e-5)


def test_scans_with_sudden_movement_are_outliers_in_the_second_run_alone(fiac: Path) -> None:
    for run, number in (("run-1", 0), ("run-2", 3)):
        confounds = table(fiac, run, "confounds")
        spikes = confounds[[name for name in confounds.columns if name.startswith("motion_outlier")]]
        assert list(spikes.columns) == [f"motion_outlier{index:02d}" for index in range(number)]
        assert (spikes.sum() == 1).all()
        np.testing.assert_array_equal(spikes.sum(axis=1) > 0, confounds["framewise_displacement"] > 0.5)


@pytest.mark.parametrize("name", ["fiac-two-runs.yaml", "sentences-from-events.yaml"])
def test_the_documents_about_the_runs_are_valid_and_name_files_that_are_there(fiac: Path, name: str) -> None:
    document, problems = examine(parse((SPECS / name).read_text("utf-8"), name))
    assert problems == []
    assert document is not None
    for row in document.inputs.runs:
        files = [row.bold, row.events, row.confounds, row.design and row.design.file]
        assert all((fiac.parent / file).is_file() for file in files if file)
    assert (fiac.parent / document.inputs.mask.image).is_file()
