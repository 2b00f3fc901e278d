"""What an analysis of the simulated data set must find, computed here with numpy alone."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

VOXEL = 3.0  # mm
RIGHT_HAND_AREA, LEFT_HAND_AREA = (39, -24, 57), (-39, -24, 57)


def load(folder: Path, fwhm: float = 0.0) -> np.ndarray:
    """All maps of a folder, subjects first, smoothed with a kernel of ``fwhm`` mm."""
    width = fwhm / np.sqrt(8 * np.log(2)) / VOXEL
    maps = [np.asanyarray(nib.load(path).dataobj, dtype=float) for path in sorted(folder.glob("*.nii.gz"))]
    return np.stack([gaussian_filter(data, width) if fwhm else data for data in maps])


def one_sample_t(maps: np.ndarray, mask: np.ndarray) -> np.ndarray:
    spread = np.where(mask, maps.std(axis=0, ddof=1), np.inf)
    return np.sqrt(len(maps)) * maps.mean(axis=0) / spread


def coefficient_t(maps: np.ndarray, design: np.ndarray, column: int, mask: np.ndarray) -> np.ndarray:
    data = maps[:, mask]
    estimates, *_ = np.linalg.lstsq(design, data, rcond=None)
    variance = ((data - design @ estimates) ** 2).sum(axis=0) / (len(design) - design.shape[1])
    t = np.zeros(mask.shape)
    t[mask] = estimates[column] / np.sqrt(variance * np.linalg.inv(design.T @ design)[column, column])
    return t


def peak(t: np.ndarray) -> np.ndarray:
    """Where the map is highest, in mm."""
    voxel = np.array(np.unravel_index(np.argmax(t), t.shape))
    return voxel * [-VOXEL, VOXEL, VOXEL] + [78, -111, -51]


def value_at(t: np.ndarray, point: tuple[int, int, int]) -> float:
    voxel = np.rint((np.array(point) - [78, -111, -51]) / [-VOXEL, VOXEL, VOXEL]).astype(int)
    return float(t[tuple(voxel)])


@pytest.fixture(scope="module")
def mask(demo: Path) -> np.ndarray:
    return np.asanyarray(nib.load(demo / "mask.nii.gz").dataobj) > 0


@pytest.fixture(scope="module")
def press(demo: Path) -> np.ndarray:
    return load(demo / "left-minus-right", fwhm=8.0)


@pytest.fixture(scope="module")
def participants(demo: Path) -> dict[str, np.ndarray]:
    header, *rows = [line.split("\t") for line in (demo / "participants.tsv").read_text(encoding="utf-8").splitlines()]
    return {name: np.array(column) for name, column in zip(header, zip(*rows, strict=True), strict=True)}


def test_left_hand_peaks_in_right_motor_cortex_and_right_hand_in_left(press: np.ndarray, mask: np.ndarray) -> None:
    t = one_sample_t(press, mask)
    assert np.linalg.norm(peak(t) - RIGHT_HAND_AREA) <= 6
    assert np.linalg.norm(peak(-t) - LEFT_HAND_AREA) <= 6
    assert 10 < t.max() < 14
    assert -14 < t.min() < -8


def test_cerebellum_responds_on_the_side_of_the_hand(press: np.ndarray, mask: np.ndarray) -> None:
    t = one_sample_t(press, mask)
    assert value_at(t, (-18, -51, -24)) > 3.5
    assert value_at(t, (18, -51, -24)) < -3.5


def test_patients_differ_in_inferior_parietal_cortex(
    press: np.ndarray, mask: np.ndarray, participants: dict[str, np.ndarray]
) -> None:
    age = participants["age"].astype(float)
    design = np.column_stack([np.ones(16), participants["group"] == "patient", age - age.mean()])
    t = coefficient_t(press, design, 1, mask)
    assert np.linalg.norm(peak(t) - (48, -50, 42)) <= 9
    assert t.max() > 4


def test_age_lowers_the_cerebellar_response(
    press: np.ndarray, mask: np.ndarray, participants: dict[str, np.ndarray]
) -> None:
    age = participants["age"].astype(float)
    design = np.column_stack([np.ones(16), participants["group"] == "patient", age - age.mean()])
    t = coefficient_t(press, design, 2, mask)
    assert value_at(t, (-18, -51, -21)) < -3


def test_subjects_with_a_better_score_respond_more(
    press: np.ndarray, mask: np.ndarray, participants: dict[str, np.ndarray]
) -> None:
    score = participants["score"].astype(float)
    design = np.column_stack([np.ones(16), score - score.mean()])
    assert value_at(coefficient_t(press, design, 1, mask), RIGHT_HAND_AREA) > 3


def test_participants_are_two_groups_of_eight_of_like_age(participants: dict[str, np.ndarray]) -> None:
    assert participants["participant_id"].tolist() == [f"S{number:02d}" for number in range(1, 17)]
    age, patient = participants["age"].astype(float), participants["group"] == "patient"
    assert patient.sum() == (participants["group"] == "control").sum() == 8
    assert abs(age[patient].mean() - age[~patient].mean()) < 3


def test_vertical_checkerboard_wins_at_the_midline_and_horizontal_beside_it(demo: Path, mask: np.ndarray) -> None:
    vertical, horizontal = (load(demo / "checkerboard" / name) for name in ("vertical", "horizontal"))
    t = one_sample_t(vertical - horizontal, mask)
    assert np.linalg.norm(peak(t) - (0, -85, 3)) <= 9  # unsmoothed maps: the peak wanders within the blob
    x, y, z = peak(-t)
    assert np.linalg.norm(np.array([abs(x), y, z]) - (28, -85, 5)) <= 9
    assert 6 < t.max() < 13


def test_maps_of_one_subject_resemble_each_other_across_conditions(demo: Path, mask: np.ndarray) -> None:
    vertical, horizontal = (load(demo / "checkerboard" / name)[:, mask] for name in ("vertical", "horizontal"))
    vertical, horizontal = vertical - vertical.mean(axis=0), horizontal - horizontal.mean(axis=0)
    own = (vertical * horizontal).sum() / np.sqrt((vertical**2).sum() * (horizontal**2).sum())
    others = (vertical * np.roll(horizontal, 1, axis=0)).sum() / np.sqrt((vertical**2).sum() * (horizontal**2).sum())
    assert 0.4 < own < 0.8
    assert abs(others) < 0.15
