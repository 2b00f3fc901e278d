"""Thresholds, corrections, cluster sizes and tables, held to definitions written out here."""

from __future__ import annotations

from string import ascii_lowercase

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage, stats

from .simulated import (
    OBLIQUE,
    SHAPE,
    STRAIGHT,
    blob,
    brain,
    document_text,
    failure,
    noise,
    run,
    write_image,
    write_maps,
    write_table,
)

COUNT, DOF = 12, 11
COLUMNS = ["cluster", "x", "y", "z", "peak", "size_voxels", "size_mm3", "region"]
HILLS = 4 * blob(centre=(4, 8, 6)) - 3 * blob(centre=(10, 9, 5), width=1.2)
VOLUMES = (noise(101, COUNT) + HILLS).astype(np.float32)
MASK = brain()
T = stats.ttest_1samp(VOLUMES[:, MASK].astype(np.float64), 0).statistic
P = {"greater": stats.t.sf(T, DOF), "less": stats.t.cdf(T, DOF), "two-sided": 2 * stats.t.sf(np.abs(T), DOF)}
Z = np.sign(T) * stats.norm.isf(stats.t.sf(np.abs(T), DOF))


def bonferroni(p, alpha):
    return p <= alpha / len(p)


def holm(p, alpha):
    """From the smallest p up, as long as p_(i) <= alpha / (m - i + 1)."""
    ordered = np.sort(p)
    fails = ordered > alpha / np.arange(len(p), 0, -1)
    rejected = int(np.argmax(fails)) if fails.any() else len(p)
    return p <= (ordered[rejected - 1] if rejected else -1)


def fdr(p, alpha):
    """Up to the largest p_(i) <= alpha i / m."""
    ordered = np.sort(p)
    below = np.flatnonzero(ordered <= alpha * np.arange(1, len(p) + 1) / len(p))
    return p <= (ordered[below[-1]] if len(below) else -1)


def fdr_by(p, alpha):
    return fdr(p, alpha / sum(1 / index for index in range(1, len(p) + 1)))


CORRECTIONS = {
    "none": lambda p, alpha: p <= alpha,
    "bonferroni": bonferroni,
    "holm": holm,
    "fdr": fdr,
    "fdr-by": fdr_by,
}

ALPHA = 0.05
BY_ALPHA = {
    f"{correction}-{alternative}".replace("-sided", ""): (correction, alternative)
    for correction in CORRECTIONS
    for alternative in P
}
BY_HEIGHT = {
    "z-two": ("{z: 2.5}", "two-sided", np.abs(Z) >= 2.5),
    "z-greater": ("{z: 2.5}", "greater", Z >= 2.5),
    "z-less": ("{z: 2.5}", "less", Z <= -2.5),
    "t-two": ("{t: 3}", "two-sided", np.abs(T) >= 3),
    "t-less": ("{t: 3}", "less", T <= -3),
    "p-two": ("{p: 0.001}", "two-sided", P["two-sided"] <= 0.001),
    "p-greater": ("{p: 0.001}", "greater", P["greater"] <= 0.001),
    "p-less": ("{p: 0.001}", "less", P["less"] <= 0.001),
}

REGIONS = """
regions:
  region: {image: region.nii.gz}
  above: {image: values.nii.gz, above: 0.5}
  ball: {sphere: {center: [-8, 0, 0], radius: 9}}
  atlas: {image: atlas.nii.gz, labels: atlas.tsv}
"""
BOX = np.zeros(SHAPE, dtype=bool)
BOX[2:7, 5:11, 4:9] = True
VALUES = (np.arange(np.prod(SHAPE)).reshape(SHAPE) % 4 / 4).astype(np.float32)
LABELS = np.where(np.indices(SHAPE)[0] < 7, 3, 12).astype(np.int16) * (np.indices(SHAPE)[2] > 3)


def entry(correction="none", alternative="two-sided", level="alpha: 0.05", more=""):
    return f"{{method: parametric, correction: {correction}, alternative: {alternative}, {level}{more}}}"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One run of every inference."""
    folder = tmp_path_factory.mktemp("inference")
    write_maps(folder, {f"maps/s{index:02d}": volume for index, volume in enumerate(VOLUMES)})
    write_image(folder / "mask.nii.gz", MASK.astype(np.uint8))
    write_image(folder / "region.nii.gz", np.where(BOX, 2.5, 0).astype(np.float32))
    write_image(folder / "values.nii.gz", VALUES)
    write_image(folder / "atlas.nii.gz", LABELS)
    write_table(folder / "atlas.tsv", {"index": [3, 12], "name": ["Left side", "Right side"]})
    lines = [f"{name}: {entry(*settings)}" for name, settings in BY_ALPHA.items()]
    lines += [f"{name}: {entry('none', side, f'threshold: {height}')}" for name, (height, side, _) in BY_HEIGHT.items()]
    lines += [f"{where}: {entry('bonferroni', more=f', within: {where}')}" for where in ("region", "above", "ball")]
    lines += [
        f"{connectivity}: {entry(level='threshold: {z: 1.5}', more=f', connectivity: {connectivity}')}"
        for connectivity in ("faces", "edges", "corners")
    ]
    text = document_text(
        inputs="mask: mask.nii.gz",
        inference="\n".join(lines),
        more=f"{REGIONS}report: {{precision: double, atlas: atlas}}",
    )
    return run(folder, text)


def label(name):
    head, *rest = name.split("-")
    return head + "".join(part.title() for part in rest)


@pytest.mark.parametrize("name", BY_ALPHA)
def test_a_correction_passes_the_voxels_of_its_definition(done, name):
    correction, alternative = BY_ALPHA[name]
    want = CORRECTIONS[correction](P[alternative], ALPHA)
    np.testing.assert_array_equal(done.passed("mean", label(name)), want)
    assert done.facts("mean", name)["passed"] == want.sum()


def test_the_corrections_differ_from_one_another(done):
    """Else the test above could not tell them apart."""
    counts = [done.facts("mean", f"{correction}-two")["passed"] for correction in CORRECTIONS]
    assert counts[0] > counts[3] > counts[4] >= counts[2] >= counts[1] > 0
    assert counts[4] > counts[1]


@pytest.mark.parametrize("name", BY_HEIGHT)
def test_a_threshold_belongs_to_its_scale_and_to_the_declared_alternative(done, name):
    want = BY_HEIGHT[name][2]
    assert want.any()
    np.testing.assert_array_equal(done.passed("mean", label(name)), want)


def test_a_voxel_at_the_threshold_itself_passes(done, tmp_path):
    """The largest t as it is written to the last digit, and the next number above it."""
    write_maps(tmp_path, {f"maps/s{index:02d}": volume for index, volume in enumerate(VOLUMES)})
    write_image(tmp_path / "mask.nii.gz", MASK.astype(np.uint8))
    highest = float(done.stat("mean", "t").max())
    lines = [
        f"{name}: {entry(alternative='greater', level=f'threshold: {{t: {height!r}}}')}"
        for name, height in {"at": highest, "over": float(np.nextafter(highest, np.inf))}.items()
    ]
    again = run(tmp_path, document_text(inputs="mask: mask.nii.gz", inference="\n".join(lines)))
    assert (again.facts("mean", "at")["passed"], again.facts("mean", "over")["passed"]) == (1, 0)


WITHIN = {
    "region": BOX,
    "above": VALUES >= 0.5,
    "ball": np.linalg.norm(
        np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), -1) * 3 + STRAIGHT[:3, 3] - [-8, 0, 0], axis=-1
    )
    <= 9,
}


@pytest.mark.parametrize("name", WITHIN)
def test_within_a_region_only_its_voxels_are_tested_and_corrected_for(done, name):
    inside = WITHIN[name][MASK]
    want = np.zeros(len(T), dtype=bool)
    want[inside] = bonferroni(P["two-sided"][inside], ALPHA)
    np.testing.assert_array_equal(done.passed("mean", name), want)
    facts = done.facts("mean", name)
    assert (facts["tested"], facts["passed"]) == (inside.sum(), want.sum())
    assert want.sum() > done.passed("mean", "bonferroniTwo")[inside].sum()  # a smaller family


def test_a_region_without_a_voxel_in_the_mask_is_an_error(tmp_path):
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(VOLUMES[:4])})
    inference = f"far: {entry('fdr', more=', within: far')}"
    more = "regions: {far: {sphere: {center: [500, 0, 0], radius: 5}}}"
    error = failure(tmp_path, document_text(inference=inference, more=more))
    assert error.exit_code == 3
    assert [(problem.code, problem.path[:2]) for problem in error.problems] == [("E316", ("regions", "far"))]


# clusters


def clusters_of(passed, connectivity):
    """Sizes of the clusters of each sign, and their volumes of labels."""
    structure = ndimage.generate_binary_structure(3, {"faces": 1, "edges": 2, "corners": 3}[connectivity])
    volume, t = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE)
    volume[MASK], t[MASK] = passed, T
    for sign in (1, -1):
        labels, count = ndimage.label(volume & (sign * t > 0), structure)
        yield sign, [labels == number for number in range(1, count + 1)]


@pytest.mark.parametrize("connectivity", ["faces", "edges", "corners"])
def test_a_table_lists_the_clusters_of_each_sign(done, connectivity):
    """Positive before negative, each by falling peak; sizes in voxels and in mm3; x, y, z and z of the peak."""
    t, z = np.zeros(SHAPE), np.zeros(SHAPE)
    t[MASK], z[MASK] = T, Z
    want = []
    for sign, parts in clusters_of(np.abs(Z) >= 1.5, connectivity):
        found = []
        for part in parts:
            peak = np.unravel_index(np.argmax(np.where(part, sign * t, -np.inf)), SHAPE)
            found.append((abs(z[peak]), [*(STRAIGHT @ [*peak, 1])[:3], z[peak], part.sum(), part.sum() * 27]))
        want += [row for _, row in sorted(found, key=lambda item: -item[0])]
    rows = done.clusters("mean", connectivity)
    peaks = [row for row in rows if row["cluster"].isdigit()]
    assert [int(row["cluster"]) for row in peaks] == list(range(1, len(want) + 1))
    numbers = [[float(row[name]) for name in COLUMNS[1:7]] for row in peaks]
    np.testing.assert_allclose(numbers, want, rtol=1e-6, atol=1e-6)
    assert done.facts("mean", connectivity)["clusters"] == len(want)


def test_connectivity_decides_what_touches(done):
    counts = [done.facts("mean", connectivity)["clusters"] for connectivity in ("faces", "edges", "corners")]
    assert counts[0] > counts[1] > counts[2]
    sets = [done.passed("mean", connectivity) for connectivity in ("faces", "edges", "corners")]
    assert all((sets[0] == other).all() for other in sets)


def test_the_columns_of_a_table_are_those_of_the_format(done):
    path = done.folder / "tables/contrast-mean_desc-faces_clusters.tsv"
    assert path.read_text("utf-8").splitlines()[0].split("\t") == COLUMNS


def test_a_table_without_a_cluster_has_its_header(tmp_path):
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(noise(103, 5))})
    done = run(tmp_path, document_text(inference=f"high: {entry(level='threshold: {z: 30}')}"))
    assert (done.folder / "tables/contrast-mean_desc-high_clusters.tsv").read_text("utf-8").split() == COLUMNS


def test_sub_peaks_carry_letters_and_no_size(done):
    rows = done.clusters("mean", "corners")
    letters = [row["cluster"] for row in rows if row["cluster"].startswith("1") and not row["cluster"].isdigit()]
    assert letters
    assert letters == [f"1{letter}" for letter in ascii_lowercase[: len(letters)]]
    heights = [float(row["peak"]) for row in rows if row["cluster"] in ("1", *letters)]
    assert heights == sorted(heights, reverse=True)
    assert all(row["size_voxels"] == row["size_mm3"] == "n/a" for row in rows if row["cluster"] in letters)


def test_an_atlas_names_the_label_of_each_peak(done):
    inverse = np.linalg.inv(STRAIGHT)
    names = {0: "", 3: "Left side", 12: "Right side"}
    for row in done.clusters("mean", "faces"):
        voxel = np.rint((inverse @ [float(row["x"]), float(row["y"]), float(row["z"]), 1])[:3]).astype(int)
        assert row["region"] == names[int(LABELS[tuple(voxel)])]


def test_without_an_atlas_no_region_is_told(tmp_path):
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(VOLUMES)})
    done = run(tmp_path, document_text())
    assert {row["region"] for row in done.clusters("mean", "uncorrected")} == {"n/a"}


def exactly(voxels, volume):
    """Minimum sizes around a number of voxels, and what each comes to."""
    return {
        f"{{voxels: {voxels}}}": voxels,
        f"{{voxels: {voxels + 1}}}": voxels + 1,
        f"{{mm3: {voxels * volume!r}}}": voxels,
        f"{{mm3: {voxels * volume * 1.0001!r}}}": voxels + 1,
        "{mm3: 1}": 1,
    }


@pytest.fixture(scope="module", params=[STRAIGHT, OBLIQUE], ids=["straight", "oblique"])
def sized(request, tmp_path_factory):
    """Every minimum size around that of a cluster which is neither the smallest nor the largest."""
    folder = tmp_path_factory.mktemp("sizes")
    write_maps(folder, {f"maps/s{index:02d}": volume for index, volume in enumerate(VOLUMES)}, request.param)
    write_image(folder / "mask.nii.gz", MASK.astype(np.uint8), request.param)
    parts = [part for _, found in clusters_of(np.abs(Z) >= 1.5, "faces") for part in found]
    between = sorted({int(part.sum()) for part in parts})[2]
    volume = float(abs(np.linalg.det(nib.load(folder / "mask.nii.gz").affine[:3, :3])))
    sizes = exactly(between, volume)
    lines = [
        f"size{index}: {entry(level='threshold: {z: 1.5}', more=f', minimum_cluster_size: {size}')}"
        for index, size in enumerate(sizes)
    ]
    return parts, sizes, run(folder, document_text(inputs="mask: mask.nii.gz", inference="\n".join(lines)))


def test_clusters_below_the_minimum_are_left_out_and_those_of_exactly_its_size_stay(sized):
    parts, sizes, done = sized
    for index, voxels in enumerate(sizes.values()):
        kept = [part for part in parts if part.sum() >= voxels]
        np.testing.assert_array_equal(done.passed("mean", f"size{index}"), np.any(kept, axis=0)[MASK])
        facts = done.facts("mean", f"size{index}")
        assert (facts["minimum_voxels"], facts["before_size"]) == (voxels, (np.abs(Z) >= 1.5).sum())
        listed = [int(row["size_voxels"]) for row in done.clusters("mean", f"size{index}") if row["cluster"].isdigit()]
        assert sorted(listed) == sorted(int(part.sum()) for part in kept)
    assert done.facts("mean", "size0")["passed"] > done.facts("mean", "size1")["passed"]


def test_a_volume_in_mm3_forgives_the_rounding_of_a_rotated_affine(tmp_path):
    """3 mm voxels that a header's float32 makes a little smaller than 27 mm3."""
    for angle in np.linspace(0.1, 0.7, 50):
        turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        affine = np.eye(4)
        affine[:3, :3] = turn * 3
        volume = np.linalg.det(affine[:3, :3].astype(np.float32).astype(np.float64))
        if volume < 27 * (1 - 2e-8):
            break
    else:
        raise AssertionError("no angle rounds down")
    write_maps(tmp_path, {f"maps/s{index:02d}": values for index, values in enumerate(VOLUMES)}, affine)
    inference = f"ten: {entry(level='threshold: {z: 1.5}', more=', minimum_cluster_size: {mm3: 270}')}"
    done = run(tmp_path, document_text(inference=inference))
    assert done.facts("mean", "ten")["minimum_voxels"] == 10


# F, and entries for some contrasts


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A t and an F contrast over three groups; entries for one and for both."""
    folder = tmp_path_factory.mktemp("mixed")
    groups = ["a"] * 4 + ["b"] * 4 + ["c"] * 4
    volumes = VOLUMES + np.repeat([0, 1.5, 0], 4)[:, None, None, None].astype(np.float32) * MASK
    write_maps(folder, {f"maps/s{index:02d}": volume for index, volume in enumerate(volumes)})
    write_table(folder / "groups.tsv", {"subject": [f"s{index:02d}" for index in range(12)], "group": groups})
    write_image(folder / "mask.nii.gz", MASK.astype(np.uint8))
    text = document_text(
        inputs="variables: groups.tsv\nmask: mask.nii.gz",
        design='formula: "group"',
        contrasts='b-minus-a: "group[b] - group[a]"\nany: {test: F, term: group}',
        inference=f"""
        both: {entry("fdr")}
        high: {entry(level="threshold: {F: 4}", more=", contrasts: [any]")}
        up: {entry(alternative="greater", level="threshold: {t: 2}", more=", contrasts: b-minus-a")}
        """,
    )
    done = run(folder, text)
    parts = [volumes[[group == name for group in groups]][:, MASK].astype(np.float64) for name in "abc"]
    return done, stats.f_oneway(*parts)


def test_an_f_is_tested_in_its_upper_tail(mixed):
    done, want = mixed
    np.testing.assert_array_equal(done.passed("any", "both"), fdr(want.pvalue, ALPHA))
    np.testing.assert_array_equal(done.passed("any", "high"), want.statistic >= 4)


def test_a_table_of_an_f_lists_z_and_has_no_negative_cluster(mixed):
    done, want = mixed
    rows = done.clusters("any", "high")
    assert rows
    assert float(rows[0]["peak"]) == pytest.approx(stats.norm.isf(want.pvalue.min()), rel=1e-6)
    assert done.facts("any", "high")["negative"] == 0


def test_an_entry_is_for_the_contrasts_it_names(mixed):
    done, _ = mixed
    tables = [output for output in done.index["outputs"] if output["kind"] == "table" and output["stat"] is None]
    found = {(output["contrast"], output["inference"]) for output in tables}
    assert found == {("b-minus-a", "both"), ("any", "both"), ("any", "high"), ("b-minus-a", "up")}


def test_neither_scale_nor_repetition_of_rows_matters_to_an_f(tmp_path):
    groups = np.repeat(["a", "b", "c"], 4)
    write_maps(tmp_path, {f"maps/s{index:02d}": volume for index, volume in enumerate(VOLUMES)})
    write_table(tmp_path / "groups.tsv", {"subject": [f"s{index:02d}" for index in range(12)], "group": groups})
    contrasts = """
    scaled: {test: F, rows: ["1e9*group[b] - 1e9*group[a]", "1e-9*group[c] - 1e-9*group[a]"]}
    repeated: {test: F, rows: ["group[b] - group[a]", "group[c] - group[a]", "0.1*group[c]/3 - 0.1*group[b]/3"]}
    """
    done = run(tmp_path, document_text(inputs="variables: groups.tsv", design='formula: "group"', contrasts=contrasts))
    want = stats.f_oneway(*(VOLUMES[groups == name][:, done.mask].astype(np.float64) for name in "abc"))
    for contrast in ("scaled", "repeated"):
        assert done.index["contrasts"][contrast]["dof"] == [2, 9]
        np.testing.assert_allclose(done.stat(contrast, "F"), want.statistic, rtol=1e-9)
        np.testing.assert_array_equal(done.passed(contrast, "uncorrected"), want.pvalue <= 0.01)
