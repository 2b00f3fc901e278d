"""Residual diagnostics in the index, held to residuals that are computed here from files alone."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from .scans import first_text, write_mask, write_run
from .simulated import brain, document_text, noise, run, write_image, write_maps, write_table

NAMES = [f"s{number:02d}" for number in range(10)]
SEX = np.arange(10) % 2


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    """Maps of noise, the fourth twice as far from the others."""
    root = tmp_path_factory.mktemp("group")
    maps = noise(50, 10)
    maps[3] *= 3
    write_maps(root, {f"maps/{name}": volume for name, volume in zip(NAMES, maps, strict=True)})
    write_image(root / "mask.nii.gz", brain().astype(np.uint8))
    write_table(root / "people.tsv", {"subject": NAMES, "sex": ["m" if sex else "f" for sex in SEX]})
    return root, maps[:, brain()].astype(np.float64)


def found(group, design, **options):
    inputs = "mask: mask.nii.gz\nvariables: people.tsv"
    done = run(
        group[0], document_text(inputs=inputs, design=design, contrasts="difference: sex[m] - sex[f]"), **options
    )
    return done.index["analysis"]["residuals"]


def hand(values, variances):
    """Studentised residuals about the means of two groups."""
    maker = np.eye(10) - np.equal.outer(SEX, SEX) / 5
    return maker @ values / np.sqrt(np.square(maker) @ variances)


@pytest.mark.parametrize("unequal", [False, True])
def test_outlying_voxels_of_maps_are_counted(group, unequal):
    values = group[1]
    facts = found(group, 'formula: "sex"' + "\nvariance_groups: sex" * unequal)
    squares = np.square(values - np.array([values[sex == SEX].mean(axis=0) for sex in SEX]))
    own = np.array([squares[sex == SEX].sum(axis=0) / 4 for sex in SEX])
    studentised = hand(values, own if unequal else np.broadcast_to(squares.sum(axis=0) / 8, own.shape))
    limit = np.sqrt(8 * stats.beta.ppf(0.99, 0.5, 3.5))
    assert facts["limit"] == pytest.approx(limit)
    np.testing.assert_allclose(facts["outlying"], (np.abs(studentised) > limit).mean(axis=1), atol=1e-12)
    assert facts["counts"] == np.histogram(studentised, facts["edges"])[0].tolist()
    np.testing.assert_allclose(facts["leverage"], 0.2)
    assert (facts["expected"] is None) == unequal
    assert unequal or sum(facts["expected"]) == pytest.approx(values.size)
    assert unequal or int(np.argmax(facts["outlying"])) == 3


def test_the_same_for_any_number_of_workers(group):
    one = found(group, 'formula: "sex"', out="one", jobs=1)
    assert found(group, 'formula: "sex"', out="two", jobs=2) == one


def test_fixed_effects_estimate_nothing_from_how_maps_differ(group):
    write_maps(group[0], {f"variances/{name}": brain().astype("f4") for name in NAMES})
    text = document_text(
        inputs='mask: mask.nii.gz\nvariances: "variances/{subject}.nii.gz"',
        design='formula: "1"\nestimator: {model: fixed-effects, weights: equal}',
    )
    assert "residuals" not in run(group[0], text, out="fixed").index["analysis"]


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """A run with one scan that is far off."""
    root = tmp_path_factory.mktemp("scans")
    data = write_run(root, "run-1", 5)
    data[..., 40] += 25 * brain(data.shape[:3])
    image = nib.load(root / "run-1_bold.nii.gz")
    nib.save(nib.Nifti1Image(data, image.affine, image.header), root / "run-1_bold.nii.gz")
    write_mask(root)
    return root, data


@pytest.mark.parametrize("model", ["ols", "{model: ar, order: 2}"])
def test_scans_that_are_far_off_are_found(scans, model):
    root, data = scans
    order = 2 if "ar" in model else 0
    design = f"hrf: glover\ndrift: {{model: cosine, high_pass: 0.01}}\nnoise: {model}\nscaling: none"
    done = run(root, first_text(design=design, inputs="mask: mask.nii.gz\ndiscard: {initial: 2}"))
    facts = done.index["analysis"]["runs"][0]["residuals"]
    rows = done.table("design/run-1_design_matrix.tsv")
    matrix = np.array([[float(value) for name, value in row.items() if name != "scan"] for row in rows])
    head = "maps/run-1_stat-{}_statmap.nii.gz"
    lags = [done.image(head.format(f"autocorrelation{lag}"))[done.mask] for lag in ("", "2")[:order]]
    variance = done.image(head.format("residualVariance"))[done.mask]
    values = data[done.mask].T[2:]
    residuals = _residuals(values, matrix, lags)
    new = residuals[order:].copy()
    for lag, coefficients in enumerate(lags, 1):
        new -= coefficients * residuals[order - lag : len(residuals) - lag]
    np.testing.assert_allclose(facts["spread"][order:], np.sqrt(np.mean(new**2 / variance, axis=1)), rtol=1e-5)
    assert facts["spread"][:order] == [None] * order
    assert 38 in facts["extreme"]  # counted from the first scan that is analysed
    for key, series in (("before", residuals), ("after", new)):
        correlation = (series[1:] * series[:-1]).sum(axis=0) / np.square(series).sum(axis=0)
        assert np.abs(np.histogram(correlation, facts["edges"])[0] - facts[key]).sum() <= 2  # at the edge of a bin


def _residuals(values, matrix, lags):
    """Of generalised least squares, voxel by voxel, with the covariance of a stationary process."""
    if not lags:
        return values - matrix @ np.linalg.lstsq(matrix, values, rcond=None)[0]
    found = np.empty_like(values)
    for voxel, (series, *ar) in enumerate(zip(values.T, *lags, strict=True)):
        impulse = np.zeros(400)
        impulse[0] = 1
        for step in range(1, 400):
            impulse[step] = sum(phi * impulse[step - lag] for lag, phi in enumerate(ar, 1) if step >= lag)
        covariance = [impulse[: 400 - lag] @ impulse[lag:] for lag in range(len(series))]
        index = np.arange(len(series))
        precision = np.linalg.inv(np.array(covariance)[np.abs(index[:, None] - index)])
        weighted = matrix.T @ precision
        found[:, voxel] = series - matrix @ np.linalg.solve(weighted @ matrix, weighted @ series)
    return found
