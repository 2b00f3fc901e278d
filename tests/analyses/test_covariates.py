"""Covariates and slopes, held to numpy's least squares on matrices made by hand."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from .simulated import EXACT, LeastSquares, document_text, noise, run, write_maps, write_table

COUNT = 14
AGES = np.array([23.5, 31, 28, 45, 39, 27, 33, 52, 36, 29, 41, 25, 48, 30])
GROUPS = ["patient", "control", "control", "patient", "patient", "control", "patient"] * 2
PATIENT = np.array([group == "patient" for group in GROUPS], dtype=float)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Maps 01 to 14, a table of `sub-01` to `sub-16` in another order, ages and groups."""
    root = tmp_path_factory.mktemp("covariates")
    slopes = (AGES - AGES.mean())[:, None, None, None] * 0.05
    volumes = noise(11, COUNT)
    volumes = np.where(volumes != 0, volumes + slopes, 0).astype(np.float32)
    write_maps(root, {f"maps/{index + 1:02d}": volume for index, volume in enumerate(volumes)})
    order = [15, *reversed(range(COUNT)), 14]
    names = [f"sub-{index + 1:02d}" for index in range(16)]
    ages, groups = [*AGES, 60, 61], [*GROUPS, "patient", "control"]
    write_table(
        root / "participants.tsv",
        {
            "participant_id": [names[index] for index in order],
            "age": [ages[index] for index in order],
            "group": [groups[index] for index in order],
            "two words": [ages[index] / 7 for index in order],
        },
    )
    return root


@pytest.fixture(scope="module")
def covariates(folder):
    """One document for centred, scaled and raw ages each."""
    return {
        name: run(
            folder,
            document_text(
                inputs="variables: participants.tsv",
                design=f'formula: "{term}"',
                contrasts=f'age: "{term}"\nmean: intercept',
            ),
            out=name,
        )
        for name, term in {"centred": "center(age)", "scaled": "scale(age)", "raw": "age"}.items()
    }


def values(folder, done):
    paths = sorted((folder / "maps").iterdir())
    return np.array([np.asarray(nib.load(path).dataobj)[done.mask] for path in paths], dtype=np.float64)


COLUMNS = {
    "centred": AGES - AGES.mean(),
    "scaled": (AGES - AGES.mean()) / AGES.std(ddof=1),
    "raw": AGES,
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_covariate_enters_as_it_is_written(folder, covariates, name):
    done = covariates[name]
    want = LeastSquares(np.column_stack([np.ones(COUNT), COLUMNS[name]]), values(folder, done))
    columns, matrix = done.design()
    assert columns == ["intercept", {"centred": "center(age)", "scaled": "scale(age)", "raw": "age"}[name]]
    np.testing.assert_allclose(matrix, want.matrix, rtol=1e-12, atol=1e-12)
    for contrast, weights in {"age": [0, 1], "mean": [1, 0]}.items():
        np.testing.assert_allclose(done.stat(contrast, "effect"), want.effect(weights), **EXACT)
        np.testing.assert_allclose(done.stat(contrast, "variance"), want.variance(weights), **EXACT)
        np.testing.assert_allclose(done.stat(contrast, "t"), want.t(weights), **EXACT)


def test_the_slope_is_tested_as_in_a_regression(folder, covariates):
    done = covariates["centred"]
    maps = values(folder, done)
    for voxel in (0, 100, 300):
        want = stats.linregress(AGES, maps[:, voxel])
        assert done.stat("age", "effect")[voxel] == pytest.approx(want.slope, rel=1e-9)
        assert 2 * stats.t.sf(abs(done.stat("age", "t")[voxel]), COUNT - 2) == pytest.approx(want.pvalue, rel=1e-9)


def test_centring_changes_the_mean_and_not_the_slope(covariates):
    np.testing.assert_allclose(covariates["raw"].stat("age", "t"), covariates["centred"].stat("age", "t"), rtol=1e-8)
    assert not np.allclose(covariates["raw"].stat("mean", "t"), covariates["centred"].stat("mean", "t"))


def test_lines_without_a_map_are_counted_and_named(covariates):
    assert "2 lines of participants.tsv have no map: 16, 15." in covariates["raw"].checks


@pytest.fixture(scope="module")
def slopes(folder):
    """Groups, ages and their interaction."""
    contrasts = """
    patients: "group[patient]:center(age)"
    controls: "group[control]:center(age)"
    differ: "group[patient]:center(age) - group[control]:center(age)"
    averaged: "center(age)"
    groups: "group[patient] - group[control]"
    raw-column: "`group[T.patient]:center(age)`"
    slopes-differ: {test: F, term: "group:center(age)"}
    by-weights: {weights: {"group[T.patient]": 0.5, intercept: 1}}
    """
    text = document_text(
        inputs="variables: participants.tsv", design='formula: "group * center(age)"', contrasts=contrasts
    )
    return run(folder, text, out="slopes")


@pytest.fixture(scope="module")
def cells(folder, slopes):
    """The same model by hand: a mean and a slope a group, columns control, patient, control slope, patient slope."""
    age = AGES - AGES.mean()
    return LeastSquares(
        np.column_stack([1 - PATIENT, PATIENT, (1 - PATIENT) * age, PATIENT * age]), values(folder, slopes)
    )


@pytest.mark.parametrize(
    ("contrast", "weights"),
    [
        ("patients", [0, 0, 0, 1]),
        ("controls", [0, 0, 1, 0]),
        ("differ", [0, 0, -1, 1]),
        ("averaged", [0, 0, 0.5, 0.5]),
        ("groups", [-1, 1, 0, 0]),  # at the mean age, where the centred covariate is zero
        ("rawColumn", [0, 0, -1, 1]),
        ("byWeights", [0.5, 0.5, 0, 0]),
    ],
)
def test_slopes_are_those_of_a_regression_a_group(slopes, cells, contrast, weights):
    np.testing.assert_allclose(slopes.stat(contrast, "effect"), cells.effect(weights), **EXACT)
    np.testing.assert_allclose(slopes.stat(contrast, "t"), cells.t(weights), **EXACT)


def test_the_f_of_the_interaction_is_that_of_nested_models(slopes, cells):
    age = AGES - AGES.mean()
    want, extra = cells.f_against(np.column_stack([1 - PATIENT, PATIENT, age]))
    assert extra == 1
    np.testing.assert_allclose(slopes.stat("slopesDiffer", "F"), want, **EXACT)


def test_other_variables_stand_at_their_means(folder):
    """An uncentred covariate: a group's mean is the model's at the mean age, not at birth."""
    contrasts = 'patients: "group[patient]"\nat-zero: intercept'
    text = document_text(inputs="variables: participants.tsv", design='formula: "group + age"', contrasts=contrasts)
    done = run(folder, text, out="means")
    want = LeastSquares(np.column_stack([np.ones(COUNT), PATIENT, AGES]), values(folder, done))
    np.testing.assert_allclose(done.stat("patients", "t"), want.t([1, 1, AGES.mean()]), **EXACT)
    np.testing.assert_allclose(done.stat("atZero", "t"), want.t([1, 0, 0]), **EXACT)


def test_a_variable_whose_name_is_no_word_is_quoted(folder):
    text = document_text(
        inputs="variables: participants.tsv",
        design='formula: "center(`two words`)"',
        contrasts='slope: "`center(two words)`"',
    )
    done = run(folder, text, out="quoted")
    want = LeastSquares(np.column_stack([np.ones(COUNT), AGES / 7 - AGES.mean() / 7]), values(folder, done))
    np.testing.assert_allclose(done.stat("slope", "t"), want.t([0, 1]), rtol=1e-9)
