"""Permutation inference through documents, held to relabellings written out here with numpy and scipy."""

from __future__ import annotations

from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage, stats

from glmspec.execution.results import Results
from glmspec.reporting.material import Material
from glmspec.spec.source import parse
from glmspec.workflow import compile_source

from .simulated import EXACT, LeastSquares, blob, document_text, failure, noise, run, write_maps, write_table

ALL = "voxel, cluster-size, cluster-mass, tfce"
CONTROLS = {"voxel": "Voxel", "cluster-size": "ClusterSize", "cluster-mass": "ClusterMass", "tfce": "Tfce"}
TIES = 1e-9


def entry(controls=ALL, more="", forming="{p: 0.01}"):
    """The text of one permutation inference called `perm`."""
    clusters = f", cluster_forming: {forming}" if forming else ""
    return f"perm: {{method: permutation, control: [{controls}]{clusters}{more}}}"


def one_sample(folder, count=8, seed=11, height=1.6):
    volumes = (noise(seed, count) + height * blob()).astype(np.float32)
    write_maps(folder, {f"maps/S{index}": volume for index, volume in enumerate(volumes)})
    return volumes.astype(float)


def planned(folder, text):
    """The plan of a document."""
    plan, _ = compile_source(parse(text, "analysis.yaml"), folder / "analysis.yaml", folder)
    return plan


def checked(folder, text):
    """What the plan says of exchangeability."""
    return [check.text for check in planned(folder, text).fits[0].analysis.checks if check.name == "Exchangeability"]


def stepped_tfce(volume, steps=4000):
    """TFCE (E .5, H 2) of the positive part by a fine sum over heights."""
    total = np.zeros(volume.shape)
    top = np.nanmax(volume)
    heights = (np.arange(steps) + 0.5) * top / steps
    for height in heights:
        labels, _ = ndimage.label(volume >= height)
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        total += np.sqrt(sizes[labels]) * height**2 * (top / steps)
    return total


def clusters_of(volume, threshold):
    """Label and, for each cluster, size and excess mass."""
    labels, count = ndimage.label(volume >= threshold)
    index = np.arange(1, count + 1)
    return (
        labels,
        ndimage.sum_labels(np.ones(volume.shape), labels, index),
        ndimage.sum_labels(volume - threshold, labels, index),
    )


def share(observed, null):
    """The share of maxima at least as large, ties within rounding."""
    return (np.asarray(null)[:, None] >= np.ravel(observed) - TIES * np.maximum(1, np.abs(np.ravel(observed)))).mean(0)


def corrected(done, control, contrast="mean"):
    """p from the published map."""
    return (
        10 ** -done.image(f"maps/contrast-{contrast}_desc-perm{CONTROLS[control]}_stat-logp_statmap.nii.gz")[done.mask]
    )


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_an_exhaustive_one_sample_test_equals_brute_force(tmp_path, alternative):
    volumes = one_sample(tmp_path)
    done = run(
        tmp_path, document_text(inference=entry("voxel, cluster-size, cluster-mass", f", alternative: {alternative}"))
    )
    data = volumes[:, done.mask]
    tail = 0.005 if alternative == "two-sided" else 0.01
    threshold = stats.t.isf(tail, 7)
    sides = {"greater": (1,), "less": (-1,), "two-sided": (1, -1)}[alternative]
    maxima, first = [], {}
    for number, signs in enumerate(product((1, -1), repeat=8)):
        t = stats.ttest_1samp(data * np.array(signs)[:, None], 0).statistic
        found = np.zeros(3)
        for side in sides:
            volume = np.zeros(done.mask.shape)
            volume[done.mask] = side * t
            labels, sizes, masses = clusters_of(volume, threshold)
            found = np.maximum(found, [volume.max(), sizes.max(initial=0), masses.max(initial=0)])
            if number == 0:
                first[side] = (t, labels[done.mask], sizes, masses)
        maxima.append(found)
    null = np.array(maxima)
    directed = np.max([side * first[side][0] for side in sides], axis=0)
    np.testing.assert_allclose(corrected(done, "voxel"), share(directed, null[:, 0]), rtol=1e-12)
    for control, column in (("cluster-size", 1), ("cluster-mass", 2)):
        want = np.ones(len(directed))
        for side in sides:
            _, labels, *measures = first[side]
            want = np.where(labels > 0, np.append(1, share(measures[column - 1], null[:, column]))[labels], want)
        np.testing.assert_allclose(corrected(done, control), want, rtol=1e-12)
    published = done.table("nulls/contrast-mean_desc-perm_null.tsv")
    assert list(published[0]) == ["voxel", "cluster-size", "cluster-mass"]
    found = np.array([[float(cell) for cell in row.values()] for row in published])
    assert len(found) == 256
    np.testing.assert_allclose(found[0], null[0], **EXACT)
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(null, axis=0), **EXACT)


def test_tfce_is_the_integral_and_its_p_a_share_of_all_relabellings(tmp_path):
    volumes = one_sample(tmp_path, count=5, height=2.5)
    done = run(tmp_path, document_text(inference=entry("tfce", ", alternative: greater, alpha: 0.1", forming="")))
    maxima = []
    for signs in product((1, -1), repeat=5):
        volume = np.zeros(done.mask.shape)
        volume[done.mask] = stats.ttest_1samp(volumes[:, done.mask] * np.array(signs)[:, None], 0).statistic
        maxima.append(stepped_tfce(np.maximum(volume, 0), 1000).max())
    null = np.array([float(row["tfce"]) for row in done.table("nulls/contrast-mean_desc-perm_null.tsv")])
    np.testing.assert_allclose(np.sort(null), np.sort(maxima), rtol=0.02)  # a thousand steps of the sum
    np.testing.assert_allclose(null[0], maxima[0], rtol=0.02)


def test_the_first_relabelling_is_the_parametric_test_with_nuisance_and_f(tmp_path):
    volumes = one_sample(tmp_path, count=14)
    age = [30 + 3 * index % 17 for index in range(14)]
    group = ["a" if index % 3 else "b" for index in range(14)]
    write_table(tmp_path / "people.tsv", {"subject": [f"S{i}" for i in range(14)], "age": age, "group": group})
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "group + age"',
        contrasts="age: age\nmean: intercept\nany: {test: F, rows: [age, 'group[a] - group[b]']}",
        inference=entry("voxel", ", permutations: 40, seed: 5, alpha: 0.1", forming=""),
    )
    done = run(tmp_path, text)
    for contrast, stat in (("age", "t"), ("mean", "t"), ("any", "F")):
        first = float(done.table(f"nulls/contrast-{contrast}_desc-perm_null.tsv")[0]["voxel"])
        np.testing.assert_allclose(first, np.abs(done.stat(contrast, stat)).max(), **EXACT)
    assert LeastSquares(np.ones((14, 1)), volumes[:, done.mask]).dof == 13
    assert [line.split(";")[0] for line in checked(tmp_path, text)] == [
        "perm of age: permuting all rows",
        "perm of mean: flipping signs of all rows",
        "perm of any: permuting all rows",
    ]


def paired(folder, count=6):
    left, right = noise(61, count) + 1.2 * blob(), noise(62, count)
    own = np.random.default_rng(63).normal(0, 3, count)[:, None, None, None]
    for condition, volumes in (("left", left), ("right", right)):
        maps = {
            f"maps/{condition}/S{i}": (volumes[i] + own[i] * (volumes[i] != 0)).astype(np.float32) for i in range(count)
        }
        write_maps(folder, maps)


def paired_text(exchangeability="{}", more=", alpha: 0.1"):
    return document_text(
        maps='"maps/{condition}/{subject}.nii.gz"',
        design='formula: "condition + subject"',
        contrasts='more: "condition[left] - condition[right]"',
        inference=entry("voxel", f"{more}, exchangeability: {exchangeability}", forming=""),
    )


@pytest.mark.parametrize("exchangeability", ["{}", "{blocks: subject}", "{scheme: permute, blocks: subject}"])
def test_pairs_are_exchanged_within_subjects(tmp_path, exchangeability):
    """Which is to flip the signs of their differences."""
    paired(tmp_path)
    done = run(tmp_path, paired_text(exchangeability))
    left, right = (
        np.stack([done_image[done.mask] for done_image in load(tmp_path, side)]) for side in ("left", "right")
    )
    null = []
    for signs in product((1, -1), repeat=6):
        t = stats.ttest_1samp((left - right) * np.array(signs)[:, None], 0).statistic
        null.append(np.abs(t).max())
    observed = np.abs(stats.ttest_rel(left, right).statistic)
    np.testing.assert_allclose(corrected(done, "voxel", "more"), share(observed, null), rtol=1e-12)
    assert "64 distinct relabellings, every one of them is used; the smallest p is 0.0312" in done.checks


def load(folder, side):
    """The maps of a condition."""
    return [np.asarray(nib.load(folder / f"maps/{side}/S{i}.nii.gz").dataobj).astype(float) for i in range(6)]


def test_blocks_that_are_not_there_or_do_not_fit_are_refused(tmp_path):
    paired(tmp_path)
    for exchangeability, message in (
        ("{blocks: site}", "no map has a `site` to make blocks of"),
        (
            "{blocks: condition}",
            "blocks of `condition` do not fit `more`: rows of different subjects would be exchanged",
        ),
        ("{blocks: {whole: subject}}", "blocks of `subject` do not fit `more`: rows are exchanged within each subject"),
    ):
        (problem,) = failure(tmp_path, paired_text(exchangeability)).problems
        assert (problem.code, problem.path) == ("E404", ("inference", "perm", "exchangeability", "blocks"))
        assert problem.message.startswith(message)


def test_what_cannot_be_derived_is_refused_with_the_reason(tmp_path):
    paired(tmp_path)
    text = paired_text().replace('more: "condition[left] - condition[right]"', "more: intercept")
    (problem,) = failure(tmp_path, text).problems
    assert (problem.code, problem.path) == ("E404", ("inference", "perm", "exchangeability"))
    assert "cannot be derived: the model has a mean for every subject" in problem.message


def test_an_alpha_out_of_reach_is_refused_with_the_smallest_p(tmp_path):
    one_sample(tmp_path, count=5)
    (problem,) = failure(tmp_path, document_text(inference=entry("voxel", ", alpha: 0.05", forming=""))).problems
    assert (problem.code, problem.path) == ("E405", ("inference", "perm", "alpha"))
    assert problem.message == "`mean` has 32 distinct relabellings, so the smallest p is 0.0625, and alpha is 0.05"
    text = document_text(inference=entry("voxel", ", permutations: 9, alpha: 0.05, alternative: greater", forming=""))
    (problem,) = failure(tmp_path, text).problems
    assert (problem.code, problem.path) == ("E405", ("inference", "perm", "permutations"))
    assert problem.message == "9 permutations give no p below 0.1, and alpha is 0.05"


def test_a_scheme_that_moves_nothing_is_refused(tmp_path):
    one_sample(tmp_path)
    text = document_text(inference=entry("voxel", ", exchangeability: {scheme: permute}", forming=""))
    (problem,) = failure(tmp_path, text).problems
    assert problem.message == "`mean` has 1 distinct relabelling, so the smallest p is 1, and alpha is 0.05"


def test_all_of_too_many_are_refused(tmp_path):
    one_sample(tmp_path, count=24)
    (problem,) = failure(tmp_path, document_text(inference=entry(more=", permutations: all"))).problems
    assert (problem.code, problem.message) == ("E405", "`all` would be 16,777,216 relabellings")


@pytest.mark.parametrize(
    ("permutations", "words"),
    [
        ("255", "There are 256 distinct relabellings, every one of them is used; the smallest p is 0.00781."),
        ("254", "There are 256 distinct relabellings, 254 drawn at random beside the identity (seed 3);"),
        ("all", "There are 256 distinct relabellings, every one of them is used; the smallest p is 0.00781."),
    ],
)
def test_the_plan_says_how_many_and_which(tmp_path, permutations, words):
    one_sample(tmp_path)
    (text,) = checked(tmp_path, document_text(inference=entry(more=f", permutations: {permutations}, seed: 3")))
    assert "perm of mean: flipping signs of all rows; the contrast tests a mean against zero" in text
    assert words in text


def test_free_shuffling_of_repeated_subjects_is_done_as_declared_and_told(tmp_path):
    paired(tmp_path)
    plan = planned(tmp_path, paired_text("{scheme: permute}"))
    (check,) = [check for check in plan.fits[0].analysis.checks if check.name == "Exchangeability"]
    assert check.state == "warning"
    assert check.text.endswith("Rows of one subject are exchanged as if they were independent.")


def test_within_a_region_only_its_voxels_count(tmp_path):
    volumes = one_sample(tmp_path)
    text = document_text(
        inference=entry("voxel", ", within: ball, alternative: greater", forming=""),
        more="regions: {ball: {sphere: {center: [-5, 3, 0], radius: 9}}}\nreport: {precision: double}",
    )
    done = run(tmp_path, text)
    facts = done.facts("mean", "perm")
    assert 0 < facts["tested"] < done.mask.sum()
    p = corrected(done, "voxel")
    assert (p < 1).sum() <= facts["tested"]
    assert volumes.shape[0] == 8


def test_the_table_has_a_p_for_each_control_and_the_index_names_it(tmp_path):
    one_sample(tmp_path, height=3)
    done = run(tmp_path, document_text(inference=entry()))
    rows = [row for row in done.clusters("mean", "perm") if row["size_voxels"] != "n/a"]
    assert list(rows[0])[-4:] == ["p_voxel", "p_cluster_size", "p_cluster_mass", "p_tfce"]
    labels = [output["control"] for output in done.index["outputs"] if output["kind"] == "mask" and output["control"]]
    assert labels == list(CONTROLS)
    facts = done.facts("mean", "perm")
    first = done.image("maps/contrast-mean_desc-permVoxel_mask.nii.gz") > 0
    assert facts["passed"] == first.sum() > 0
    assert facts["clusters"] == sum(float(row["p_voxel"]) <= 0.05 for row in rows)
    for row in rows:
        assert 1 / 256 <= float(row["p_tfce"]) <= 1
    report = (done.folder / "report.html").read_text("utf-8")
    for words in ("distribution over relabellings", "FWE p ≤ 0.05 (permutation, voxels)", "p TFCE"):
        assert words in report
    assert "Freedman and Lane" not in report  # there is no nuisance that they would remove


def test_without_a_forming_threshold_clusters_are_of_what_passed(tmp_path):
    one_sample(tmp_path, height=3)
    done = run(tmp_path, document_text(inference=entry("voxel", forming="")))
    sizes = [float(row["size_voxels"]) for row in done.clusters("mean", "perm") if row["size_voxels"] != "n/a"]
    assert sum(sizes) == done.facts("mean", "perm")["passed"]


def maxima_of(maps, matrices, weights):
    """max |t| of one model for each of several matrices."""
    return np.array([np.abs(LeastSquares(matrix, maps).t(weights)).max() for matrix in matrices])


def published(done, contrast):
    """The null maxima of voxels."""
    return np.array([float(row["voxel"]) for row in done.table(f"nulls/contrast-{contrast}_desc-perm_null.tsv")])


def test_rows_are_permuted_within_declared_blocks(tmp_path):
    volumes = one_sample(tmp_path, count=8)
    age, site = np.array([20, 31, 25, 44, 52, 38, 29, 35.0]), np.repeat([0.0, 1.0], 4)
    table = {"subject": [f"S{i}" for i in range(8)], "age": age, "site": ["x"] * 4 + ["y"] * 4}
    write_table(tmp_path / "people.tsv", table)
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "site + age"',
        contrasts="age: age",
        inference=entry("voxel", ", exchangeability: {blocks: site}", forming=""),
    )
    done = run(tmp_path, text)
    halves = product(permutations(range(4)), permutations(range(4, 8)))
    matrices = [np.column_stack([np.ones(8), site, age[[*first, *second]]]) for first, second in halves]
    want = maxima_of(volumes[:, done.mask], matrices, [0, 0, 1])
    found = published(done, "age")
    assert len(found) == 576
    np.testing.assert_allclose(np.sort(found), np.sort(want), **EXACT)
    np.testing.assert_allclose(found[0], want[0], **EXACT)


def test_subjects_with_several_rows_are_exchanged_whole(tmp_path):
    volumes = noise(91, 12)
    names = [(session, f"S{i}") for session in ("one", "two") for i in range(6)]
    write_maps(tmp_path, {f"maps/{s}/{name}": volume for (s, name), volume in zip(names, volumes, strict=True)})
    group = np.array([0, 1, 0, 1, 1, 0.0])
    write_table(tmp_path / "people.tsv", {"subject": [f"S{i}" for i in range(6)], "group": list("ababba")})
    text = document_text(
        maps='"maps/{session}/{subject}.nii.gz"',
        inputs="variables: people.tsv",
        design='formula: "group + session"',
        contrasts='differ: "group[b] - group[a]"',
        inference=entry("voxel", ", alpha: 0.1", forming=""),
    )
    done = run(tmp_path, text)
    session = np.repeat([0.0, 1.0], 6)
    labels = sorted(set(permutations(group.tolist())))
    matrices = [np.column_stack([np.ones(12), np.tile(label, 2), session]) for label in labels]
    want = maxima_of(volumes[:, done.mask].astype(float), matrices, [0, 1, 0])
    found = published(done, "differ")
    assert len(found) == 20
    np.testing.assert_allclose(np.sort(found), np.sort(want), **EXACT)
    assert "permuting whole blocks" in done.checks


def test_the_report_shows_what_the_first_control_passed(tmp_path):
    """Every cluster that was formed is in the table; the summary and the pictures are about those that passed."""
    one_sample(tmp_path, height=0)
    done = run(tmp_path, document_text(inference=entry()))
    assert done.facts("mean", "perm")["passed"] == 0
    assert done.clusters("mean", "perm")
    material = Material(Results.open(done.folder))
    assert material.findings[0].peak is None
    assert not material.pictures.shown("mean", "perm", 3.0).passed.any()
    assert "No voxel passed." in (done.folder / "report.html").read_text("utf-8")
