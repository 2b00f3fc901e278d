"""All-resolutions inference, held to nilearn 0.14.1 and to closed testing written out here."""

from __future__ import annotations

import itertools
import warnings

import nibabel as nib
import numpy as np
import pytest
from nilearn.glm import cluster_level_inference
from scipy import ndimage, stats

from .simulated import STRAIGHT, blob, document_text, noise, run, write_image, write_maps, write_table

INFERENCE = """\
discoveries:
  {method: all-resolutions, cluster_forming: [{z: 2.5}, {z: 3.5}], regions: [atlas, half], alternative: greater}
both: {method: all-resolutions, cluster_forming: {p: 0.01}}
"""
REGIONS = """\
regions:
  atlas: {image: atlas.nii.gz, labels: atlas.tsv}
  half: {image: half.nii.gz}
report: {precision: double}
"""
PATH = "maps/contrast-mean_desc-{}_stat-tdp_statmap.nii.gz"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Twelve maps with a positive and a negative hill, smoothed so that there are clusters."""
    folder = tmp_path_factory.mktemp("all-resolutions")
    signal = 4 * blob() - 3 * blob(centre=(9, 5, 5))
    write_maps(folder, {f"maps/{index:02d}": v for index, v in enumerate(noise(3, 12) + signal.astype(np.float32))})
    labels = np.zeros(signal.shape, dtype=np.int16)
    labels[:7], labels[7:] = 1, 2
    write_image(folder / "atlas.nii.gz", labels, STRAIGHT)
    write_image(folder / "half.nii.gz", (labels == 1).astype(np.uint8), STRAIGHT)
    write_table(folder / "atlas.tsv", {"index": [1, 2], "name": ["left part", "right part"]})
    return run(folder, document_text(inputs="smoothing_fwhm: 6", inference=INFERENCE, more=REGIONS))


def least_discoveries(p: np.ndarray, chosen: np.ndarray, alpha: float) -> int:
    """The bound by Hommel's h, from the definitions (Goeman et al. 2019), in quadratic time."""
    ordered = np.sort(p)
    m = len(p)
    h = max((i for i in range(m + 1) if all(ordered[m - i :] * i > np.arange(1, i + 1) * alpha)), default=0)
    inside = p[chosen]
    return max(0, *(1 - u + int((h * inside <= u * alpha).sum()) for u in range(1, len(inside) + 1)))


def test_the_proportion_is_nilearns_at_the_highest_threshold_passed(done):
    z = done.image("maps/contrast-mean_stat-z_statmap.nii.gz")
    images = [nib.Nifti1Image(image, STRAIGHT) for image in (z, done.mask.astype(np.uint8))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nilearn tells of defaults that will change; they are not what is tested
        by_threshold = [
            np.asarray(cluster_level_inference(images[0], mask_img=images[1], threshold=height, alpha=0.05).dataobj)
            for height in (2.5, 3.5)
        ]
    expected = np.where(z >= 3.5, by_threshold[1], by_threshold[0]) * done.mask
    assert expected.max() > 0.2, "without discoveries nothing is compared"
    np.testing.assert_allclose(done.image(PATH.format("discoveries")), expected, atol=1e-6)  # nilearn's float32


def test_a_negative_cluster_is_found_by_both_sides_alone(done):
    t = done.stat("mean", "t")
    assert not done.passed("mean", "discoveries")[t < 0].any()
    assert done.passed("mean", "both")[t < 0].any()


def test_two_sided_bounds_are_those_of_the_definition(done):
    t = done.stat("mean", "t")
    p = 2 * stats.t.sf(np.abs(t), 11)
    volume = np.zeros(done.mask.shape)
    volume[done.mask] = np.where(p <= 0.01, np.sign(t), 0)
    rows = [row for row in done.clusters("mean", "both") if row["threshold"] != "n/a"]
    bounds = []
    for sign in (1, -1):
        labels, count = ndimage.label(volume == sign)
        bounds += [least_discoveries(p, labels[done.mask] == index, 0.05) for index in range(1, count + 1)]
    assert sorted(int(row["true_discoveries"]) for row in rows) == sorted(bounds)
    assert any(bounds)


def test_regions_and_all_voxels_have_rows_of_their_own(done):
    t = done.stat("mean", "t")
    p = stats.t.sf(t, 11)
    left = np.indices(done.mask.shape)[0][done.mask] < 7
    sets = {"all tested voxels": np.ones(len(t), dtype=bool), "left part": left, "right part": ~left, "half": left}
    rows = {row["region"]: row for row in done.clusters("mean", "discoveries") if row["cluster"] == "n/a"}
    assert set(rows) == set(sets)
    for name, members in sets.items():
        bound = least_discoveries(p, members, 0.05)
        assert int(rows[name]["true_discoveries"]) == bound
        assert float(rows[name]["true_discovery_proportion"]) == pytest.approx(bound / members.sum())


def test_a_bound_never_exceeds_the_size_and_parts_never_exceed_the_whole(done):
    rows = done.clusters("mean", "discoveries")
    sized = [row for row in rows if row["true_discoveries"] != "n/a"]
    assert all(int(row["true_discoveries"]) <= int(row["size_voxels"]) for row in sized)
    whole = next(int(row["true_discoveries"]) for row in rows if row["region"] == "all tested voxels")
    low = [row for row in sized if row["threshold"] == "z 2.5"]
    for first, second in itertools.combinations(low, 2):
        assert int(first["true_discoveries"]) + int(second["true_discoveries"]) <= whole
