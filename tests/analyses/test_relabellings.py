"""Relabellings through documents: schemes and blocks held to brute force, and the promise that p keeps on its orbit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from glmspec.execution.execute import execute
from glmspec.execution.progress import Silent
from glmspec.execution.store import Store
from glmspec.workflow import compile as planned

from .simulated import (
    EXACT,
    STRAIGHT,
    LeastSquares,
    blob,
    document_text,
    noise,
    run,
    write_image,
    write_maps,
    write_table,
)

TIES = 1e-9
CONTROLS = ("voxel", "cluster-size", "cluster-mass", "tfce")


def voxels(exchangeability: str, more: str = "") -> str:
    """The text of one permutation inference, all relabellings."""
    return (
        "perm: {method: permutation, control: voxel, alpha: 0.2, permutations: all"
        f"{more}, exchangeability: {{{exchangeability}}}}}"
    )


def subjects(folder: Path, count: int, seed: int, **columns: object) -> np.ndarray:
    """Maps with a hill, and a table of their subjects."""
    volumes = (noise(seed, count) + 0.8 * blob()).astype(np.float32)
    names = [f"S{index}" for index in range(count)]
    write_maps(folder, {f"maps/{name}": volume for name, volume in zip(names, volumes, strict=True)})
    write_table(folder / "people.tsv", {"subject": names, **columns})
    return volumes.astype(float)


def published(done, contrast):
    return np.array([float(row["voxel"]) for row in done.table(f"nulls/contrast-{contrast}_desc-perm_null.tsv")])


def corrected(done, contrast):
    return 10 ** -done.image(f"maps/contrast-{contrast}_desc-permVoxel_stat-logp_statmap.nii.gz")[done.mask]


def share(observed, null):
    least = observed - TIES * np.maximum(1, np.abs(observed))
    return (np.asarray(null)[:, None] >= least).mean(axis=0)


def matches(done, contrast, null, observed):
    """Whether null and p are those of every relabelling; each distinct one stands for as many of them."""
    found = published(done, contrast)
    times, left = divmod(len(null), len(found))
    assert left == 0
    np.testing.assert_allclose(found[0], null[0], **EXACT)
    np.testing.assert_allclose(np.sort(np.repeat(found, times)), np.sort(null), **EXACT)
    np.testing.assert_allclose(corrected(done, contrast), share(observed, null), rtol=1e-12)


def test_rows_are_permuted_and_flipped_where_both_is_declared(tmp_path):
    """5! orders times 2^5 signs of the residuals of the null model (Freedman and Lane)."""
    age = np.array([30, 41, 25, 38, 52.0])
    volumes = subjects(tmp_path, 5, 31, age=age)
    text = document_text(
        inputs="variables: people.tsv",
        design='formula: "1 + age"',
        contrasts="age: age",
        inference=voxels("scheme: both"),
    )
    done = run(tmp_path, text)
    data = volumes[:, done.mask]
    fitted = np.broadcast_to(data.mean(axis=0), data.shape)
    matrix = np.column_stack([np.ones(5), age])
    null = []
    for order, signs in product(permutations(range(5)), product((1, -1), repeat=5)):
        moved = np.array(signs)[:, None] * (data - fitted)[list(order)]
        null.append(np.abs(LeastSquares(matrix, fitted + moved).t([0, 1])).max())
    assert len(null) == 3840
    matches(done, "age", null, np.abs(LeastSquares(matrix, data).t([0, 1])))
    assert "permuting and flipping signs of all rows; as the document declares" in done.checks


@pytest.mark.parametrize("scheme", ["scheme: sign-flip, ", ""])
def test_blocks_change_sign_as_wholes(tmp_path, scheme):
    """Families of one, two and three: their members change sign together, and nothing else."""
    family = list("abbcccdeef")
    volumes = subjects(tmp_path, 10, 32, family=family)
    text = document_text(
        inputs="variables: people.tsv", inference=voxels(f"{scheme}blocks: {{whole: family}}", ", alternative: greater")
    )
    done = run(tmp_path, text)
    data = volumes[:, done.mask]
    null = []
    for signs in product((1, -1), repeat=6):
        each = np.array([dict(zip("abcdef", signs, strict=True))[name] for name in family])
        null.append(stats.ttest_1samp(each[:, None] * data, 0).statistic.max())
    assert len(published(done, "mean")) == 64
    matches(done, "mean", null, stats.ttest_1samp(data, 0).statistic)
    assert "flipping signs of whole blocks of family" in done.checks


def test_the_volumes_of_a_stack_are_permuted_by_their_variables(tmp_path):
    volumes = (noise(33, 7) + 0.8 * blob()).astype(np.float32)
    write_image(tmp_path / "all.nii.gz", np.moveaxis(volumes, 0, -1))
    group = list("ababbab")
    write_table(tmp_path / "people.tsv", {"subject": [f"S{i}" for i in range(7)], "group": group})
    text = document_text(
        maps="{stack: all.nii.gz}",
        inputs="variables: people.tsv",
        design='formula: "group"',
        contrasts='differ: "group[a] - group[b]"',
        inference=voxels("scheme: auto"),
    )
    done = run(tmp_path, text)
    data = volumes[:, done.mask].astype(float)
    labels = sorted(set(permutations(group)))
    labels.insert(0, labels.pop(labels.index(tuple(group))))
    null = []
    for names in labels:
        where = np.array(names) == "a"
        null.append(np.abs(stats.ttest_ind(data[where], data[~where]).statistic).max())
    assert len(published(done, "differ")) == len(labels) == 35
    where = np.array(group) == "a"
    matches(done, "differ", null, np.abs(stats.ttest_ind(data[where], data[~where]).statistic))


def test_volumes_that_are_left_out_take_no_part_in_relabelling(tmp_path):
    volumes = (noise(34, 8) + 0.8 * blob()).astype(np.float32)
    write_image(tmp_path / "all.nii.gz", np.moveaxis(volumes, 0, -1))
    moved = [0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1]
    write_table(tmp_path / "people.tsv", {"subject": [f"S{i}" for i in range(8)], "mean_fd": moved})
    text = document_text(
        maps="{stack: all.nii.gz}",
        inputs="variables: people.tsv",
        inference=voxels("scheme: auto"),
        more='exclusions: [{rule: "Moved", variable: mean_fd, above: 0.5}]\nreport: {precision: double}',
    )
    done = run(tmp_path, text)
    data = np.delete(volumes, 2, axis=0)[:, done.mask].astype(float)
    null = [
        np.abs(stats.ttest_1samp(data * np.array(signs)[:, None], 0).statistic).max()
        for signs in product((1, -1), repeat=7)
    ]
    matches(done, "mean", null, np.abs(stats.ttest_1samp(data, 0).statistic))


SMALL = (5, 5, 4)


@dataclass
class Orbit:
    """A design whose group is exhaustive and leaves its nuisance alone, and every relabelling of some data."""

    sections: dict[str, str]
    columns: dict[str, list[str]]
    data: list[np.ndarray]


def smooth(seed: int, count: int) -> np.ndarray:
    """Noise that forms clusters, (count, X, Y, Z)."""
    values = np.random.default_rng(seed).normal(size=(count, *SMALL))
    for axis in (1, 2, 3):
        values = values + np.roll(values, 1, axis)
    return values


def flipped() -> Orbit:
    data = smooth(41, 5)
    every = [data * np.reshape(signs, (5, 1, 1, 1)) for signs in product((1, -1), repeat=5)]
    return Orbit({}, {"subject": [f"S{i}" for i in range(5)]}, every)


def permuted() -> Orbit:
    data, group = smooth(42, 6), "ababba"
    orders: dict[frozenset[int], tuple[int, ...]] = {}
    for order in permutations(range(6)):  # those that put the same maps into the first group are one
        first = frozenset(index for index, name in zip(order, group, strict=True) if name == "a")
        orders.setdefault(first, order)
    sections = {
        "design": 'formula: "group"',
        "contrasts": 'mean: "group[a] - group[b]"\nother: "group[b] - group[a]"',
    }
    columns = {"subject": [f"S{i}" for i in range(6)], "group": list(group)}
    return Orbit(sections, columns, [data[list(order)] for order in orders.values()])


ENTRIES = {
    "two-sided": "",
    "greater": ", alternative: greater",
    "family": ", alternative: greater, family: all-contrasts",
}
INFERENCE = "\n".join(
    f"{name}: {{method: permutation, control: [{', '.join(CONTROLS)}], cluster_forming: {{t: 1.2}}, alpha: 0.9{more}}}"
    for name, more in ENTRIES.items()
)


@pytest.mark.parametrize(("orbit", "total"), [(flipped, 32), (permuted, 20)])
def test_p_keeps_its_promise_on_the_orbit(tmp_path, orbit, total):
    """Every relabelling of the data is as likely as any other under the null hypothesis: taken as what was observed,
    at most floor(alpha N) of them may have a p at or below alpha, for each control, and over a family of contrasts."""
    case = orbit()
    assert len(case.data) == total
    write_image(tmp_path / "mask.nii.gz", np.ones(SMALL, np.uint8))
    write_table(tmp_path / "people.tsv", case.columns)
    inputs = "variables: people.tsv\nmask: mask.nii.gz"
    document = tmp_path / "orbit.yaml"
    text = document_text(maps="{stack: all.nii.gz}", inputs=inputs, inference=INFERENCE, **case.sections)
    document.write_text(text, "utf-8")
    found: dict[tuple[str, str], list[float]] = {}
    for taken in case.data:
        nib.save(nib.Nifti1Image(np.moveaxis(taken, 0, -1), STRAIGHT), tmp_path / "all.nii.gz")
        for key, p in smallest(document).items():
            found.setdefault(key, []).append(p)
    for key, values in found.items():
        for allowed in range(1, total + 1):
            assert sum(p <= allowed / total + 1e-12 for p in values) <= allowed, key
    one_sided = np.sort(found["greater", "voxel"])
    np.testing.assert_allclose(one_sided, np.arange(1, total + 1) / total, rtol=1e-9)  # no ties: each p once
    assert all(min(values) < 0.5 for values in found.values())


def smallest(document: Path) -> dict[tuple[str, str], float]:
    """The smallest p of each inference and control: over voxels of one contrast, over contrasts of a family."""
    plan, places = planned(document)
    store = Store(places.store)
    execute(plan, store, "local", 1, 10**9, Silent())
    found: dict[tuple[str, str], float] = {}
    for name, step in plan.fits[0].named.items():
        kind, *rest = name.split("/")
        if kind != "threshold" or (rest[0] != "mean" and rest[1] != "family"):
            continue
        arrays = store.load(step.key).arrays
        for control in CONTROLS:
            p = float(np.nanmin(arrays[f"p_{control}"]))
            found[rest[1], control] = min(p, found.get((rest[1], control), 1.0))
    return found
