"""What is published at the peaks of a contrast, held to regressions written out here and to the files themselves."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from .scans import first_text, write_mask, write_run
from .simulated import STRAIGHT, blob, brain, document_text, noise, run, write_image, write_maps, write_table

NAMES = [f"s{number:02d}" for number in range(12)]
AGES = np.random.default_rng(8).normal(40, 10, len(NAMES))


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    """Maps with an effect and one that grows with age, and their variances."""
    root = tmp_path_factory.mktemp("group")
    effect = 3 * blob() + 0.2 * np.multiply.outer(AGES - AGES.mean(), blob(centre=(9, 6, 6)))
    write_maps(root, {f"maps/{name}": v for name, v in zip(NAMES, (noise(30, 12) + effect).astype("f4"), strict=True)})
    known = np.random.default_rng(9).uniform(0.5, 2, size=(12, *brain().shape)) * brain()
    write_maps(root, {f"variances/{name}": v for name, v in zip(NAMES, known.astype("f4"), strict=True)})
    write_image(root / "mask.nii.gz", brain().astype(np.uint8))
    write_table(root / "people.tsv", {"subject": NAMES, "age": AGES.round(6), "sex": ["f", "m"] * 6})
    return root


def text(
    design,
    contrasts="mean: intercept",
    variances=False,
    inference="p: {method: parametric, alpha: 0.001, correction: none}",
):
    inputs = "mask: mask.nii.gz\nvariables: people.tsv"
    inputs += '\nvariances: "variances/{subject}.nii.gz"' * variances
    return document_text(inputs=inputs, design=design, contrasts=contrasts, inference=inference)


def effects(done, contrast):
    return done.table(f"tables/contrast-{contrast}_effects.tsv")


def voxel(row):
    mm = [float(row[axis]) for axis in "xyz"]
    return tuple(np.rint(np.linalg.solve(STRAIGHT, [*mm, 1]))[:3].astype(int))


def values(root, row, folder="maps"):
    return np.array([nib.load(root / f"{folder}/{name}.nii.gz").get_fdata()[voxel(row)] for name in NAMES])


def lines(rows, of):
    return [row for row in rows if row["of"] == of]


def test_peaks_are_those_of_the_table(group):
    done = run(group, text('formula: "1"'))
    rows = effects(done, "mean")
    listed = [tuple(row[key] for key in ("cluster", "x", "y", "z")) for row in done.clusters("mean", "p")]
    shown = list(dict.fromkeys(tuple(row[key] for key in ("cluster", "x", "y", "z")) for row in rows))
    assert 1 < len(shown) <= 12
    assert [place for place in listed if place in shown] == shown
    leading = [place for place in listed if place[0].isdigit()]
    assert shown == leading[:12] if len(leading) >= 12 else set(leading) <= set(shown)
    assert done.index["analysis"]["peaks"] == {"mean": "p"}


def test_a_peak_that_clusters_of_several_thresholds_share_is_shown_once(group):
    inference = "bounds: {method: all-resolutions, cluster_forming: [{z: 2.5}, {z: 3.5}]}"
    done = run(group, text('formula: "1"', inference=inference), out="bounds")
    places = [tuple(row[axis] for axis in "xyz") for row in done.clusters("mean", "bounds") if row["cluster"] != "n/a"]
    assert len(set(places)) < len(places)  # they do share some
    rows = effects(done, "mean")
    shown = [tuple(row[axis] for axis in "xyz") for row in lines(rows, "estimate")]
    assert len(set(shown)) == len(shown) > 1
    for place in shown:
        here = [row for row in rows if tuple(row[axis] for axis in "xyz") == place]
        assert [row["of"] for row in here] == ["estimate"] + ["map"] * len(NAMES)


def test_a_one_sample_shows_the_maps_themselves_and_the_textbooks_interval(group):
    rows = effects(run(group, text('formula: "1"')), "mean")
    first = [row for row in rows if row["cluster"] == rows[0]["cluster"]]
    data = values(group, rows[0])
    assert [row["name"] for row in lines(first, "map")] == NAMES
    np.testing.assert_allclose([float(row["value"]) for row in lines(first, "map")], data, rtol=1e-6)
    np.testing.assert_allclose([float(row["regressor"]) for row in lines(first, "map")], 1)
    (estimate,) = lines(first, "estimate")
    expected = stats.ttest_1samp(data, 0).confidence_interval(0.95)
    assert (float(estimate["low"]), float(estimate["high"])) == pytest.approx(tuple(expected), rel=1e-6)
    assert float(estimate["value"]) == pytest.approx(data.mean(), rel=1e-6)


def test_a_covariate_shows_partial_values_whose_slope_is_the_effect(group):
    done = run(group, text('formula: "1 + age + sex"', "age: age"))
    rows = effects(done, "age")
    for place in dict.fromkeys(row["cluster"] for row in rows):
        first = [row for row in rows if row["cluster"] == place]
        data = values(group, first[0])
        others = np.column_stack([np.ones(12), np.arange(12) % 2])
        apart = [v - others @ np.linalg.lstsq(others, v, rcond=None)[0] for v in (AGES.round(6), data)]
        found = lines(first, "map")
        np.testing.assert_allclose([float(row["regressor"]) for row in found], apart[0], atol=1e-8)
        np.testing.assert_allclose([float(row["value"]) for row in found], apart[1], atol=1e-6)
        (estimate,) = lines(first, "estimate")
        slope = stats.linregress(*apart)
        assert float(estimate["value"]) == pytest.approx(slope.slope, rel=1e-6)
        reach = stats.t.ppf(0.975, 9) * slope.stderr * np.sqrt(10 / 9)  # one more parameter than linregress knows
        assert float(estimate["high"]) - slope.slope == pytest.approx(reach, rel=1e-6)


def test_unequal_variances_have_welchs_interval(group):
    design = 'formula: "sex"\nvariance_groups: sex'
    rows = effects(run(group, text(design, '"difference": "sex[m] - sex[f]"')), "difference")
    first = [row for row in rows if row["cluster"] == rows[0]["cluster"]]
    data = values(group, rows[0])
    (estimate,) = lines(first, "estimate")
    expected = stats.ttest_ind(data[1::2], data[::2], equal_var=False).confidence_interval(0.95)
    assert (float(estimate["low"]), float(estimate["high"])) == pytest.approx(tuple(expected), rel=1e-6)


@pytest.mark.parametrize("weights", ["equal", "precision"])
def test_known_variances_give_every_map_an_interval_of_its_own(group, weights):
    design = f'formula: "1"\nestimator: {{model: fixed-effects, weights: {weights}}}'
    rows = effects(run(group, text(design, variances=True)), "mean")
    first = [row for row in rows if row["cluster"] == rows[0]["cluster"]]
    data, known = values(group, rows[0]), values(group, rows[0], "variances")
    share = 1 / known if weights == "precision" else np.ones(12)
    effect, variance = np.average(data, weights=share), (share**2 @ known) / share.sum() ** 2
    (estimate,) = lines(first, "estimate")
    assert float(estimate["value"]) == pytest.approx(effect, rel=1e-6)
    assert float(estimate["high"]) - effect == pytest.approx(stats.norm.ppf(0.975) * variance**0.5, rel=1e-5)
    for row, value, own in zip(lines(first, "map"), data, known, strict=True):
        assert float(row["value"]) == pytest.approx(value, rel=1e-5)
        assert float(row["high"]) - float(row["low"]) == pytest.approx(2 * stats.norm.ppf(0.975) * own**0.5, rel=1e-5)


def test_an_f_test_shows_the_estimate_of_each_row(group):
    done = run(group, text('formula: "age + sex"', 'any: {test: F, rows: [age, "sex[m] - sex[f]"]}\nage: age'))
    rows = effects(done, "any")
    assert {row["of"] for row in rows} == {"estimate"}
    first = [row for row in rows if row["cluster"] == rows[0]["cluster"]]
    assert [row["row"] for row in first] == ["1", "2"]
    effect = done.image("maps/contrast-age_stat-effect_statmap.nii.gz")[voxel(first[0])]
    assert float(first[0]["value"]) == pytest.approx(effect, rel=1e-9)


def test_without_a_cluster_it_is_the_voxel_furthest_from_zero(group):
    done = run(group, text('formula: "1"', inference="p: {method: parametric, threshold: {t: 1000}, correction: none}"))
    rows = effects(done, "mean")
    assert {row["cluster"] for row in rows} == {"n/a"}
    t = done.image("maps/contrast-mean_stat-t_statmap.nii.gz")
    assert np.abs(t[voxel(rows[0])]) == np.abs(t).max()
    assert done.index["analysis"]["peaks"] == {"mean": None}


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    root = tmp_path_factory.mktemp("scans")
    data = {name: write_run(root, name, seed) for name, seed in (("run-1", 5), ("run-2", 6))}
    write_mask(root)
    return root, data


DESIGN = """
hrf: glover
drift: {model: cosine, high_pass: 0.01}
noise: ols
scaling: percent-signal
censor: [{confound: trans_x_derivative1, above: 0.2}]
"""


def test_runs_have_their_own_effects_and_together_those_of_the_maps(scans):
    root, _ = scans
    done = run(
        root, first_text(design=DESIGN, contrasts="difference: face - house\nany: {test: F, rows: [face, house]}")
    )
    rows = effects(done, "difference")
    head = "maps/{}contrast-difference_stat-{}_statmap.nii.gz"
    for row in rows:
        part = f"run-{row['name'].removeprefix('run-')}_" if row["of"] == "run" else ""
        effect, variance = (done.image(head.format(part, stat))[voxel(row)] for stat in ("effect", "variance"))
        assert float(row["value"]) == pytest.approx(effect, rel=1e-9)
        runs = done.index["analysis"]["runs"]
        dof = sum(entry["design"]["dof"] for entry in runs if row["of"] == "estimate" or entry["name"] == row["name"])
        limits = stats.t.interval(0.95, dof, effect, variance**0.5)
        assert (float(row["low"]), float(row["high"])) == pytest.approx(limits, rel=1e-9)
    assert [row["of"] for row in rows[:3]] == ["run", "run", "estimate"]
    assert [(row["of"], row["row"]) for row in effects(done, "any")[:6]] == [
        ("run", "1"),
        ("run", "2"),
        ("run", "1"),
        ("run", "2"),
        ("estimate", "1"),
        ("estimate", "2"),
    ]


@pytest.mark.parametrize("fwhm", [0, 5])
def test_time_courses_are_the_scans_and_their_fit(scans, fwhm):
    root, data = scans
    inputs = f"mask: mask.nii.gz\nsmoothing_fwhm: {fwhm}\ndiscard: {{initial: 3}}"
    done = run(root, first_text(design=DESIGN, inputs=inputs))
    for name, given in data.items():
        table = done.table(f"tables/{name}_timecourses.tsv")
        assert [int(row["scan"]) for row in table] == list(range(4, given.shape[-1] + 1))
        measured, fitted = (np.array([float(row[key]) for row in table]) for key in ("measured", "fitted"))
        place = voxel(table[0])
        if not fwhm:
            series = given[place][3:]
            np.testing.assert_allclose(measured, 100 * (series / series.mean() - 1), rtol=1e-9, atol=1e-9)
        lines_of = done.table(f"design/{name}_design_matrix.tsv")
        matrix = np.array([[float(value) for key, value in row.items() if key != "scan"] for row in lines_of])
        solution = np.linalg.lstsq(matrix, measured, rcond=None)[0]
        np.testing.assert_allclose(fitted, matrix @ solution, atol=1e-6)
        residual = np.sum((measured - fitted) ** 2) / (len(matrix) - np.linalg.matrix_rank(matrix))
        variance = done.image(f"maps/{name}_stat-residualVariance_statmap.nii.gz")[place]
        assert residual == pytest.approx(variance, rel=1e-6)
        censored = next(entry["censored"] for entry in done.index["analysis"]["runs"] if f"run-{entry['name']}" == name)
        assert censored
        assert [int(row["scan"]) for row in table if row["censored"] == "1"] == censored


CONSTANT = """
p: {method: parametric, alpha: 0.001, correction: none}
flips: {method: permutation, control: [voxel, tfce], permutations: 100, seed: 1}
"""


@pytest.mark.parametrize("design", ['formula: "1"', 'formula: "sex"\nvariance_groups: sex'])
def test_where_no_voxel_has_a_statistic_there_is_no_peak_and_a_report_all_the_same(tmp_path, design):
    """Of maps that are all the same, wherever they are."""
    write_maps(tmp_path, {f"maps/{name}": brain().astype("f4") for name in NAMES})
    write_image(tmp_path / "mask.nii.gz", brain().astype(np.uint8))
    write_table(tmp_path / "people.tsv", {"subject": NAMES, "age": AGES.round(6), "sex": ["f", "m"] * 6})
    contrasts = "mean: intercept" if "variance" not in design else "mean: sex[m] - sex[f]"
    done = run(tmp_path, text(design, contrasts, inference=CONSTANT))
    assert effects(done, "mean") == []
    assert done.facts("mean", "flips")["maxima"]["voxel"]["observed"] is None
    assert (done.folder / "report.html").is_file()
