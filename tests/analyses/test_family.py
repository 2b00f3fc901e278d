"""One maximum over all contrasts of an entry, held to relabellings written out here with numpy and scipy."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from scipy import ndimage

from glmspec.core.enumeration import Enumeration, moving
from glmspec.core.exchangeability import rows as every_row
from glmspec.core.exchangeability import whole, within
from glmspec.core.least_squares import prepare
from glmspec.core.partition import partition

from .simulated import EXACT, Finished, LeastSquares, blob, document_text, failure, noise, run, write_maps, write_table

pytestmark = pytest.mark.whole

TIES = 1e-9
FAMILY = ", family: all-contrasts"


def entry(controls: str = "voxel", more: str = FAMILY) -> str:
    return f"perm: {{method: permutation, control: [{controls}], alpha: 0.2{more}}}"


def subjects(folder, count, seed=21, **columns):
    """Maps with a hill, and a table of their subjects."""
    volumes = (noise(seed, count) + 0.8 * blob()).astype(np.float32)
    names = [f"S{index}" for index in range(count)]
    write_maps(folder, {f"maps/{name}": volume for name, volume in zip(names, volumes, strict=True)})
    write_table(folder / "people.tsv", {"subject": names, **columns})
    return volumes.astype(float)


def nuisance(matrix, weights):
    """A basis of the model under the null hypothesis: every mean X b with w'b = 0."""
    free = np.linalg.svd(np.atleast_2d(weights))[2][1:]
    return matrix @ free.T


def relabelled(matrix, weights, data, order, signs):
    """t of Freedman and Lane: residuals of the null model, relabelled, are fitted anew."""
    null = nuisance(matrix, weights)
    fitted = null @ np.linalg.lstsq(null, data, rcond=None)[0]
    moved = np.empty_like(data)
    moved[list(order)] = np.asarray(signs)[:, None] * (data - fitted)
    return LeastSquares(matrix, fitted + moved).t(weights)


def published(done: Finished, contrast: str, inference: str = "perm") -> np.ndarray:
    rows = done.table(f"nulls/contrast-{contrast}_desc-{inference}_null.tsv")
    return np.array([[float(cell) for cell in row.values()] for row in rows])


def corrected(done: Finished, contrast: str, control: str = "Voxel") -> np.ndarray:
    return 10 ** -done.image(f"maps/contrast-{contrast}_desc-perm{control}_stat-logp_statmap.nii.gz")[done.mask]


def share(observed, null):
    least = observed - TIES * np.maximum(1, np.abs(observed))
    return (np.asarray(null)[:, None] >= least).mean(axis=0)


def checks(done: Finished) -> list[str]:
    return [text for name, _, text in done.index["analysis"]["checks"] if name == "Exchangeability"]


def test_sign_flips_of_two_contrasts_have_one_maximum(tmp_path):
    age = np.array([30, 41, 25, 38, 52, 47, 33.0])
    volumes = subjects(tmp_path, 7, age=age)
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "1 + center(age)"',
        contrasts='mean: intercept\nslope: "center(age)"',
        inference=entry(more=FAMILY + ", exchangeability: {scheme: sign-flip}"),
    )
    done = run(tmp_path, text)
    data = volumes[:, done.mask]
    matrix = np.column_stack([np.ones(7), age - age.mean()])
    rows = {"mean": [1.0, 0], "slope": [0, 1.0]}
    null = [
        max(np.abs(relabelled(matrix, weights, data, range(7), signs)).max() for weights in rows.values())
        for signs in product((1, -1), repeat=7)
    ]
    for name, weights in rows.items():
        np.testing.assert_allclose(published(done, name)[0, 0], null[0], **EXACT)
        np.testing.assert_allclose(np.sort(published(done, name)[:, 0]), np.sort(null), **EXACT)
        observed = np.abs(LeastSquares(matrix, data).t(weights))
        np.testing.assert_allclose(corrected(done, name), share(observed, null), rtol=1e-12)
    assert checks(done)[0].endswith("One maximum over the 2 contrasts mean, slope corrects p for all of them.")
    facts = done.facts("mean", "perm")["relabellings"]
    assert (facts["family"], facts["used"], facts["exhaustive"]) == (["mean", "slope"], 128, True)


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_differences_between_groups_have_one_maximum_for_each_control(tmp_path, alternative):
    """Three groups of two: 720 orders are ninety relabellings, in each of which all three differences are taken."""
    group = list("aabbcc")
    volumes = subjects(tmp_path, 6, seed=22, group=group)
    more = f"{FAMILY}, alternative: {alternative}, cluster_forming: {{t: 1.5}}"
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "0 + group"',
        contrasts='ab: "group[a] - group[b]"\nbc: "group[b] - group[c]"\nca: "group[c] - group[a]"',
        inference=entry("voxel, cluster-size, cluster-mass", more),
    )
    done = run(tmp_path, text)
    data = volumes[:, done.mask]
    sides = (1,) if alternative == "greater" else (1, -1)
    matrix = np.array([[float(name == level) for level in "abc"] for name in group])
    null = []
    for order in permutations(range(6)):
        found = np.zeros(3)
        for weights in ([1.0, -1, 0], [0, 1.0, -1], [-1.0, 0, 1]):
            volume = np.zeros(done.mask.shape)
            volume[done.mask] = relabelled(matrix, weights, data, order, np.ones(6))
            found = np.max([found, *(measures(side * volume, 1.5) for side in sides)], axis=0)
        null.append(found)
    for name in ("ab", "bc", "ca"):
        assert len(published(done, name)) == 90
        np.testing.assert_allclose(published(done, name)[0], null[0], **EXACT)
        every = np.repeat(published(done, name), 8, axis=0)  # each stands for swaps within the three groups
        np.testing.assert_allclose(np.sort(every, axis=0), np.sort(null, axis=0), **EXACT)
    assert "There are 90 distinct relabellings, every one of them is used; no p is below" in checks(done)[0]


def measures(volume, threshold):
    """Largest value, cluster and excess."""
    labels, count = ndimage.label(volume >= threshold)
    index = np.arange(1, count + 1)
    sizes = ndimage.sum_labels(np.ones(volume.shape), labels, index)
    masses = ndimage.sum_labels(volume - threshold, labels, index)
    return np.array([volume.max(), sizes.max(initial=0), masses.max(initial=0)])


def test_contrasts_within_subjects_have_one_maximum(tmp_path):
    """Three conditions of four subjects: six orders each."""
    volumes = noise(23, 12)
    names = [(condition, f"S{i}") for i in range(4) for condition in ("one", "two", "zero")]
    write_maps(tmp_path, {f"maps/{c}_{s}": volume for (c, s), volume in zip(names, volumes, strict=True)})
    text = document_text(
        maps='"maps/{condition}_{subject}.nii.gz"',
        design='formula: "0 + condition + subject"',
        contrasts='more: "condition[two] - condition[one]"\nany: "condition[one] - condition[zero]"',
        inference=entry(more=f"{FAMILY}, permutations: all"),
    )
    done = run(tmp_path, text)
    rows = done.table("design/design_matrix.tsv")
    labels = [(row["condition"], row["subject"]) for row in rows]
    data = np.stack([volumes[names.index(label)][done.mask] for label in labels]).astype(float)
    _, matrix = done.design()
    places = [[i for i, label in enumerate(labels) if label[1] == f"S{subject}"] for subject in range(4)]
    weights = [done.weights(name)[0] for name in ("more", "any")]
    null = []
    for orders in product(*(list(permutations(own)) for own in places)):
        order = np.arange(12)
        for own, moved in zip(places, orders, strict=True):
            order[own] = moved
        null.append(max(np.abs(relabelled(matrix, row, data, order, np.ones(12))).max() for row in weights))
    assert len(null) == 6**4
    for name in ("more", "any"):
        np.testing.assert_allclose(np.sort(published(done, name)[:, 0]), np.sort(null), **EXACT)
        observed = np.abs(done.stat(name, "t"))
        np.testing.assert_allclose(corrected(done, name), share(observed, null), rtol=1e-12)


def test_what_is_drawn_is_the_larger_of_the_contrasts_own_maxima(tmp_path):
    """Relabelling i is a function of seed and group alone; the entries share their steps."""
    subjects(tmp_path, 12, age=np.arange(12) % 7, score=np.arange(12) * 5 % 11)
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "1 + age + score"',
        contrasts="age: age\nscore: score",
        inference=entry("voxel, tfce", f"{FAMILY}, permutations: 60, seed: 4")
        + "\n"
        + entry("voxel, tfce", ", permutations: 60, seed: 4").replace("perm:", "own:"),
    )
    done = run(tmp_path, text)
    own = np.maximum(published(done, "age", "own"), published(done, "score", "own"))
    for name in ("age", "score"):
        np.testing.assert_array_equal(published(done, name), own)
        for control in ("Voxel", "Tfce"):
            alone = 10 ** -done.image(f"maps/contrast-{name}_desc-own{control}_stat-logp_statmap.nii.gz")[done.mask]
            assert (corrected(done, name, control) >= alone - 1e-12).all()
    steps = [label for label, op, _ in done.index["analysis"]["steps"] if op == "null_maxima@1"]
    assert len(steps) == 2


def test_the_family_is_the_entrys_own_contrasts(tmp_path):
    subjects(tmp_path, 8, age=np.arange(8), group=list("aabbabab"))
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "1 + age + group"',
        contrasts='age: age\nab: "group[a] - group[b]"\nany: {test: F, term: group}',
        inference=entry(more=f"{FAMILY}, permutations: 50, contrasts: [age, ab]"),
    )
    done = run(tmp_path, text)
    assert done.facts("ab", "perm")["relabellings"]["family"] == ["age", "ab"]
    alone = run(tmp_path, text.replace("[age, ab]", "[age]"), out="alone")
    assert alone.facts("age", "perm")["relabellings"]["family"] == ["age"]
    assert "maximum over" not in checks(alone)[0]


def test_contrasts_that_exchange_different_things_are_refused(tmp_path):
    subjects(tmp_path, 8, age=np.arange(8))
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "1 + center(age)"',
        contrasts='mean: intercept\nslope: "center(age)"',
        inference=entry(),
    )
    (problem,) = failure(tmp_path, text).problems
    assert (problem.code, problem.path) == ("E408", ("inference", "perm", "family"))
    assert problem.message == (
        "one maximum needs the same relabellings for all contrasts: `mean` is tested by flipping signs of all rows, "
        "`slope` by permuting all rows"
    )
    assert run(tmp_path, text.replace("family: all-contrasts", "family: each-contrast")).checks


def test_an_alpha_out_of_reach_is_refused_for_all_of_them(tmp_path):
    subjects(tmp_path, 4, group=list("aabb"), age=[1, 2, 4, 8])
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "0 + group"',
        contrasts='ab: "group[a] - group[b]"\nba: "group[b] - group[a]"',
        inference=entry(),
    )
    (problem,) = failure(tmp_path, text).problems
    assert (problem.code, problem.path) == ("E405", ("inference", "perm", "alpha"))
    assert problem.message.startswith("the 2 contrasts have together 6 distinct relabellings, so the smallest p is")


def test_the_maximum_at_the_identity_is_the_largest_parametric_statistic(tmp_path):
    subjects(tmp_path, 10, age=np.arange(10), score=np.arange(10) ** 2 % 7)
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "1 + age + score"',
        contrasts="age: age\nscore: score",
        inference=entry(more=f"{FAMILY}, permutations: 20, alternative: greater"),
    )
    done = run(tmp_path, text)
    largest = max(done.stat(name, "t").max() for name in ("age", "score"))
    for name in ("age", "score"):
        np.testing.assert_allclose(published(done, name)[0, 0], largest, **EXACT)


AGE = np.array([3.0, 1, 4, 1, 5, 9])
GROUPS = np.repeat(np.eye(3), 2, axis=0)
SERIES = {
    "flips": (every_row(6, "sign-flip"), np.column_stack([np.ones(6), AGE])),
    "permutations": (every_row(6, "permute"), GROUPS),
    "permutations with a mean": (every_row(6, "permute"), np.column_stack([np.ones(6), AGE])),
    "both": (every_row(4, "both"), np.column_stack([np.ones(4), [1.0, -1, 1, 0]])),
    "within": (within([0, 0, 0, 1, 1, 1], "permute"), np.column_stack([np.repeat(np.eye(2), 3, axis=0), AGE])),
    "whole": (whole([0, 0, 1, 1, 2, 2], "permute"), np.column_stack([np.ones(6), np.repeat([0.0, 1, 5], 2), AGE % 2])),
}


@pytest.mark.parametrize("name", SERIES)
def test_contrasts_of_one_group_have_one_series(name):
    """What a contrast leaves out of its moving columns is what no relabelling moves, and that tells no rows apart: the
    relabellings that are distinct for one contrast are so for all, in one order."""
    group, design = SERIES[name]
    cuts = [partition(prepare(design), row) for row in np.eye(design.shape[1])]
    together = list(Enumeration(group, np.hstack([moving(group, cut) for cut in cuts])))
    for cut in cuts:
        own = list(Enumeration(group, moving(group, cut)))
        assert len(own) == len(together) > 1
        for one, other in zip(own, together, strict=True):
            np.testing.assert_array_equal(one.order, other.order)
            np.testing.assert_array_equal(one.signs, other.signs)
