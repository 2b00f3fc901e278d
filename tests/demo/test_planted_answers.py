"""What analyses of the two simulated runs must find, by ordinary least squares that is written here."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import compute_regressor

from glmspec.demo.scans import Head, head
from glmspec.demo.sentences import effects, lags

RUNS = ("run-1", "run-2")
SPEECH = (0.25, 0.25, 0.25, 0.25, 0)
SENTENCE = (-0.5, -0.5, 0.5, 0.5, 0)
SPEAKER = (-0.5, 0.5, -0.5, 0.5, 0)
FIRST = (-0.25, -0.25, -0.25, -0.25, 1)
LEFT_TEMPORAL, RIGHT_TEMPORAL = (-58, -20, 4), (58, -18, 3)
POSTERIOR_TEMPORAL, RIGHT_ANTERIOR, INFERIOR_FRONTAL = (-58, -40, -3), (55, 0, -12), (-50, 20, 12)
PRECUNEUS, MEDIAL_FRONTAL, MOTOR = (0, -60, 36), (0, 50, 6), (39, -24, 57)


class Run(NamedTuple):
    """Percent of the mean (N, V), the means (V,), the design (N, 13), and what is left over (N, V)."""

    percent: np.ndarray
    means: np.ndarray
    design: np.ndarray
    residuals: np.ndarray

    @property
    def estimates(self) -> np.ndarray:
        return np.linalg.pinv(self.design)[:5] @ self.percent


@pytest.fixture(scope="module")
def mask(fiac: Path) -> np.ndarray:
    return np.asanyarray(nib.load(fiac / "mask.nii.gz").dataobj) > 0


@pytest.fixture(scope="module")
def places(fiac: Path, mask: np.ndarray) -> np.ndarray:
    """Where the voxels of the mask are, mm (V, 3)."""
    return nib.affines.apply_affine(nib.load(fiac / "mask.nii.gz").affine, np.argwhere(mask))


@pytest.fixture(scope="module")
def runs(fiac: Path, mask: np.ndarray) -> list[Run]:
    found = []
    for run in RUNS:
        scans = np.asanyarray(nib.load(fiac / f"{run}_bold.nii.gz").dataobj)
        values = scans[mask].T.astype(np.float32)
        means = values.mean(axis=0)
        percent = 100 * (values / means - 1)
        design = np.load(fiac / f"{run}_design.npz")["X"].astype(np.float32)
        found.append(Run(percent, means, design, percent - design @ (np.linalg.pinv(design) @ percent)))
    return found


@pytest.fixture(scope="module")
def estimates(runs: list[Run]) -> np.ndarray:
    """Mean over runs of the five effects, percent (5, V)."""
    return (runs[0].estimates + runs[1].estimates) / 2


@pytest.fixture(scope="module")
def subject() -> Head:
    return head()


@pytest.fixture(scope="module")
def planted(subject: Head, mask: np.ndarray) -> np.ndarray:
    """The effects as they were planted, percent (5, V)."""
    return sum(effects(subject.where, lag) for lag in lags())[:, mask]


def near(values: np.ndarray, places: np.ndarray, point: tuple[int, int, int]) -> float:
    """Mean within 8 mm of a place."""
    return float(values[np.linalg.norm(places - point, axis=1) <= 8].mean())


def test_the_mask_is_a_brain_of_the_usual_size(mask: np.ndarray) -> None:
    assert 35_000 < mask.sum() < 45_000
    assert not any(np.take(mask, [0, -1], axis=axis).any() for axis in (0, 1))


def test_every_voxel_of_the_brain_has_a_mean_to_take_a_percentage_of(fiac: Path, runs: list[Run]) -> None:
    for run in runs:
        assert run.means.min() > 200
        assert 800 < np.median(run.means) < 1200
    corner = np.asanyarray(nib.load(fiac / "run-1_bold.nii.gz").dataobj[:4])
    assert not corner.any()


@pytest.mark.parametrize(
    ("weights", "point", "least", "most"),
    [
        (SPEECH, LEFT_TEMPORAL, 1.0, 1.9),
        (SPEECH, RIGHT_TEMPORAL, 0.8, 1.7),
        (SPEECH, PRECUNEUS, -0.9, -0.3),
        (SPEECH, MEDIAL_FRONTAL, -0.8, -0.2),
        (SPEECH, MOTOR, -0.15, 0.15),
        (FIRST, LEFT_TEMPORAL, 0.9, 2.4),
        (FIRST, RIGHT_TEMPORAL, 0.8, 2.2),
        (FIRST, MOTOR, -0.2, 0.2),
        (SENTENCE, POSTERIOR_TEMPORAL, 0.4, 1.0),
        (SENTENCE, RIGHT_TEMPORAL, -0.2, 0.2),
        (SPEAKER, RIGHT_ANTERIOR, 0.25, 0.8),
        (SPEAKER, LEFT_TEMPORAL, -0.2, 0.2),
    ],
)
def test_an_effect_is_where_and_as_large_as_it_should_be(
    estimates: np.ndarray, places: np.ndarray, weights: tuple[float, ...], point: tuple[int, int, int], least, most
) -> None:
    assert least < near(weights @ estimates, places, point) < most


@pytest.mark.parametrize("weights", [SPEECH, SENTENCE, SPEAKER, FIRST])
def test_planted_effects_come_back_in_full_and_nothing_elsewhere(
    estimates: np.ndarray, planted: np.ndarray, weights: tuple[float, ...]
) -> None:
    found, true = weights @ estimates, weights @ planted
    there, elsewhere = np.abs(true) > 0.1, (np.abs(planted) < 0.01).all(axis=0)
    assert there.sum() > 200
    slope = found[there] @ true[there] / (true[there] @ true[there])
    assert abs(slope - 1) < 0.12
    assert elsewhere.sum() > 20_000
    assert abs(found[elsewhere].mean()) < 0.05


def test_t_is_high_where_speech_answers_and_ordinary_elsewhere(
    runs: list[Run], planted: np.ndarray, places: np.ndarray
) -> None:
    run, weights = runs[0], np.array([*SPEECH, *[0] * 8])
    variance = (run.residuals**2).sum(axis=0) / (191 - 13)
    t = (SPEECH @ run.estimates) / np.sqrt(variance * (weights @ np.linalg.inv(run.design.T @ run.design) @ weights))
    assert np.linalg.norm(places[t.argmax()] - LEFT_TEMPORAL) < 15
    assert t.max() > 10
    elsewhere = (np.abs(planted) < 0.01).all(axis=0)
    assert 1 < t[elsewhere].std() < 1.8  # above 1 because least squares takes the noise for independent
    assert np.abs(t[elsewhere]).max() < t.max() - 2


def test_inferior_frontal_cortex_answers_late(fiac: Path, runs: list[Run], places: np.ndarray) -> None:
    """As a share of the effect, the time derivative is about minus the lag in seconds."""
    shares = {INFERIOR_FRONTAL: [], LEFT_TEMPORAL: []}
    for name, run in zip(RUNS, runs, strict=True):
        events = pd.read_csv(fiac / f"{name}_events.tsv", sep="\t")
        happening = np.array([events.onset, events.duration, np.where(events.trial_type == "FirstSt", 2.0, 1.0)])
        columns, _ = compute_regressor(happening, "glover + derivative", 2.5 * np.arange(191))
        found = np.linalg.pinv(np.hstack([columns, run.design[:, 5:]]))[:2] @ run.percent
        for point, values in shares.items():
            values.append([near(effect, places, point) for effect in found])
    (frontal, late), (temporal, punctual) = (np.mean(values, axis=0) for values in shares.values())
    assert 0.8 < -late / frontal < 2.2
    assert abs(punctual / temporal) < 0.4


def test_noise_is_autoregressive_and_differs_from_place_to_place(
    runs: list[Run], subject: Head, mask: np.ndarray
) -> None:
    rest = runs[0].residuals
    correlation = (rest[1:] * rest[:-1]).sum(axis=0) / (rest**2).sum(axis=0)
    assert 0.2 < correlation.mean() < 0.3  # 0.34 less what the design takes away
    assert np.corrcoef(correlation, subject.rho[mask[subject.seen]])[0, 1] > 0.6
    assert (subject.rho.min(), subject.rho.max()) == (0.2, 0.5)


def test_noise_is_smooth_and_about_one_percent(runs: list[Run], mask: np.ndarray) -> None:
    scans = np.zeros((20, *mask.shape), dtype=np.float32)
    scans[:, mask] = runs[0].residuals[:20]
    inner = mask[:-1] & mask[1:]
    neighbours = np.corrcoef(scans[:, :-1][:, inner].ravel(), scans[:, 1:][:, inner].ravel())[0, 1]
    assert 0.35 < neighbours < 0.65
    assert 0.8 < np.median(runs[0].residuals.std(axis=0)) < 1.5


def test_there_is_drift(runs: list[Run]) -> None:
    design = runs[0].design
    slow = np.linalg.pinv(design)[5:12] @ runs[0].percent * np.sqrt(2 / 191)
    assert 0.5 < np.median(np.sqrt((slow**2).sum(axis=0))) < 3


def test_sudden_movement_shows_in_the_scans_and_in_the_fluid(fiac: Path, runs: list[Run]) -> None:
    confounds = pd.read_csv(fiac / "run-2_confounds.tsv", sep="\t")
    sudden = (confounds["framewise_displacement"] > 0.5).to_numpy()
    spread = np.sqrt((runs[1].residuals ** 2).mean(axis=1))
    assert spread[sudden].min() > 1.2 * np.median(spread[~sudden])
    assert runs[1].residuals[sudden].mean() < -0.5
    assert confounds["csf"].mean() > 1.1 * np.median(runs[1].means)
