"""Copies for the viewer: read back, they are the maps, within half a step and on the same side of every threshold."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glmspec.images.volumes import read_volume
from glmspec.reporting.embedding import embed
from glmspec.reporting.figures.display import DisplayGrid
from glmspec.reporting.material import Material
from glmspec.reporting.model import Embedded
from glmspec.reporting.render import render
from glmspec.reporting.viewer.data import embedded
from glmspec.reporting.viewer.encode import LEVELS, MISSING, Steps, bits, greys, packed, shares
from glmspec.reporting.viewer.voxels import Voxels
from reporting.small_study import HOSTILE, analysed, judged

HEIGHTS = st.lists(st.floats(0.5, 12), min_size=1, max_size=6)
VALUES = arrays.arrays(np.float32, 50, elements=st.floats(-15, 15, width=32))


def decoded(codes, edges):
    """The middle of each step, and half its width."""
    step = np.abs(codes.astype(int))
    low, high = np.where(step > 0, edges[step - 1], 0), np.where(step > 0, edges[np.minimum(step, len(edges) - 1)], 0)
    return np.sign(codes) * (low + high) / 2, (high - low) / 2


@settings(max_examples=60, deadline=None)
@given(HEIGHTS, VALUES)
def test_a_value_is_on_the_same_side_of_every_height_and_within_half_a_step(heights, values):
    steps = Steps.through(heights, 15.5)
    codes = steps.codes(values)
    assert len(steps.edges) - 1 <= LEVELS
    for height in heights:
        edge = int(np.flatnonzero(steps.edges == height)[0])
        above = np.abs(values.astype(float)) >= height
        assert np.array_equal(np.abs(codes.astype(int)) > edge, above)
    found, half = decoded(codes, steps.edges)
    assert (np.abs(found - values) <= half + 1e-12).all()
    assert np.array_equal(np.sign(codes), np.sign(values))


def test_every_edge_is_a_threshold_that_is_exact():
    steps = Steps.through([3.1, 4.7], 9)
    assert (np.diff(steps.edges) > 0).all()
    assert np.diff(steps.edges).max() <= 9 / (LEVELS - 3) + 1e-12
    assert np.array_equal(steps.codes(steps.edges[:-1])[1:], np.arange(2, len(steps.edges)))


def test_what_is_not_there_or_too_large_has_a_code():
    steps = Steps.through([3.0], 6)
    top = len(steps.edges) - 1
    codes = steps.codes(np.array([np.nan, 0.0, -0.0, np.inf, -np.inf, 7.0]))
    assert codes.tolist() == [MISSING, 0, 0, top, -top, top]


def test_a_bound_on_a_proportion_is_never_raised():
    values = np.append(np.linspace(0, 1, 1001), np.float32(0.3)).astype(np.float32)
    found = shares(values) / 250
    assert (found <= values + 1e-6).all()
    assert (values - found < 0.004 + 1e-6).all()
    assert found[-1] == 0.3


def test_flags_and_greys_are_packed():
    flags = np.array([1, 0, 0, 0, 0, 0, 0, 1, 1], dtype=bool)
    assert bits(flags) == bytes([0b10000001, 0b10000000])
    assert greys(np.array([48, 244, 100, 0], np.uint8), np.array([1, 1, 0, 1], bool)).tolist() == [12, 61, 0, 1]


def test_compressed_bytes_name_neither_time_nor_system():
    data = bytes(range(256)) * 9
    assert packed(data) == packed(data)
    assert packed(data)[4:8] == bytes(4)
    assert packed(data)[9] == 255
    assert gzip.decompress(packed(data)) == data


def around(turn=0.0, flip=1.0):
    """An affine in mm around the middle of a 12 x 14 x 10 image."""
    cos, sin = np.cos(turn), np.sin(turn)
    affine = np.diag([3.0, 3.0, 3.0, 1.0])
    affine[:2, :2] = 3 * np.array([[cos, -sin], [sin, cos]]) @ np.diag([flip, 1])
    affine[:3, 3] = -affine[:3, :3] @ np.array([5.5, 6.5, 4.5])
    return affine


@pytest.mark.parametrize("affine", [around(), around(flip=-1), around(0.3), around(0.3, -1)])
def test_the_display_finds_the_voxels_that_the_pictures_show(affine):
    mask = np.zeros((12, 14, 10), dtype=bool)
    mask[2:11, 1:12, 3:9] = np.random.default_rng(1).random((9, 11, 6)) > 0.2
    grid = DisplayGrid.from_mask(mask, affine)
    voxels = Voxels.of(mask, affine, grid)
    numbers = np.arange(mask.size, dtype=float).reshape(mask.shape)
    box = np.full(voxels.mask.shape, np.nan)
    box[voxels.mask] = voxels.values(numbers)
    places = np.indices(grid.mask.shape).reshape(3, -1)
    i, j, k = places
    at = np.array([np.rint(a * i + b * j + c * k + d) for a, b, c, d in voxels.step]).astype(int)
    at -= np.array(voxels.first)[:, None]
    inside = ((at >= 0) & (at < np.array(box.shape)[:, None])).all(0)
    found = np.full(places.shape[1], np.nan)
    found[inside] = box[tuple(at[:, inside])]
    expected = grid.volume(np.where(mask, numbers, np.nan)).ravel()
    assert np.array_equal(found, expected, equal_nan=True)


@pytest.fixture(scope="module")
def material(results):
    return Material(results)


def unpacked(blocks):
    return {block.id: gzip.decompress(block.content) for block in blocks[1:]}


def check_contrast(material, name, told, found, take):
    z = take(material.results.volume("statmap", contrast=name, stat="z"))
    steps = Steps(tuple(told["knots"]), tuple(told["counts"]))
    codes = np.frombuffer(found[told["z"]["id"]], np.int8)
    shown = np.where(z < 0, 0, z) if material.contrasts[name]["test"] == "F" else z
    values, half = decoded(codes, steps.edges)
    assert (np.abs(values - shown) <= half + 1e-12).all()
    assert half.max() < 0.06
    for finding, entry in zip(material.findings_of(name), told["findings"], strict=True):
        edge = int(np.flatnonzero(steps.edges == entry["height"])[0])
        assert np.array_equal(np.abs(codes.astype(int)) > edge, np.abs(shown.astype(float)) >= finding.height.z)
        passed = material.results.volume("mask", contrast=name, inference=finding.inference)
        flags = np.unpackbits(np.frombuffer(found[entry["passed"]["id"]], np.uint8))[: len(z)]
        assert np.array_equal(flags, take(passed))


@pytest.mark.parametrize("every", [1, 2])
def test_the_blocks_of_a_report_are_its_maps(material, every):
    blocks = embedded(material, limit=10**7 if every == 1 else 1000)
    told, found = blocks[0].content, unpacked(blocks)
    assert told["every"] == every
    box = tuple(slice(first, 99, every) for first in told["first"])
    mask = material.results.mask
    kept = mask[box][tuple(slice(0, size) for size in told["box"])]
    assert kept.sum() == told["voxels"]

    def take(volume):
        return volume[box][tuple(slice(0, size) for size in told["box"])][kept]

    for name, contrast in zip(material.contrasts, told["contrasts"], strict=True):
        check_contrast(material, name, contrast, found, take)
    for block in (told["mask"], *(entry["z"] for entry in told["contrasts"])):
        assert len(found[block["id"]]) == block["bytes"]


def test_corrected_p_and_proportions_are_those_of_their_maps(tmp_path):
    material = Material(analysed(tmp_path, judged()))
    blocks = embedded(material)
    found, mask = unpacked(blocks), material.results.mask
    for name, told in zip(material.contrasts, blocks[0].content["contrasts"], strict=True):
        relabelled, discoveries = told["findings"]
        logp = material.results.volume("statmap", contrast=name, inference="relabelled", stat="logp")[mask]
        steps = Steps(tuple(relabelled["p"]["knots"]), tuple(relabelled["p"]["counts"]))
        codes = np.frombuffer(found[relabelled["p"]["id"]], np.int8)
        values, half = decoded(codes, steps.edges)
        assert (np.abs(values - logp) <= half + 1e-12).all()
        passed = material.results.volume("mask", contrast=name, inference="relabelled")[mask] > 0
        assert np.array_equal(codes > np.flatnonzero(steps.edges == steps.knots[1])[0], passed)
        proportion = material.results.volume("statmap", contrast=name, inference="discoveries", stat="tdp")[mask]
        shown = np.frombuffer(found[discoveries["proportion"]["id"]], np.uint8) / discoveries["proportion"]["steps"]
        assert (shown <= proportion + 1e-6).all()
        assert (proportion - shown < 0.004 + 1e-6).all()
    assert passed.shape == proportion.shape
    assert material.results.volume("mask", contrast="mean", inference="relabelled").any()


def test_the_same_results_give_the_same_blocks(material):
    assert embedded(material) == embedded(Material(material.results))


def test_maps_stored_as_scaled_integers_are_read_once_scaled(tmp_path):
    """Images that carry a slope of their own: nibabel would apply it again to what it has scaled itself."""
    values = np.random.default_rng(2).normal(0, 3, (5, 6, 7))
    path = tmp_path / "z.nii.gz"
    stored = np.rint(values / 0.01).astype(np.int16)
    image = nib.Nifti1Image(stored, np.diag([3, 3, 3, 1]))
    image.header.set_slope_inter(0.01, 0)
    nib.save(image, path)
    reread = read_volume(path, name="z")
    steps = Steps.through([3.1], 15)
    found, half = decoded(steps.codes(reread), steps.edges)
    expected = np.asarray(nib.load(path).dataobj)
    assert (np.abs(found - expected) <= half + 1e-9).all()


def test_no_text_can_close_a_block():
    block = Embedded("data", {"title": HOSTILE, "list": [{"x": "</script><!--"}]})
    html = str(embed(block))
    assert html.count("<") == 2
    inside = re.fullmatch(r'<script type="application/json" id="data">(.*)</script>', html)[1]
    assert json.loads(inside)["title"] == HOSTILE.replace("\u202e", "U+202E")


def test_hostile_words_are_in_the_description_and_nowhere_to_be_run(hostile):
    html = render(hostile)
    inside = re.search(r'id="viewer-data">(.*?)</script>', html)[1]
    assert "<" not in inside
    titles = [contrast["title"] for contrast in json.loads(inside)["contrasts"]]
    assert any("onerror" in title for title in titles)


def test_an_untested_contrast_is_shown_at_the_customary_height(results):
    material = Material(replace(results))
    material.__dict__["findings"] = ()
    told = embedded(material)[0].content
    assert all(
        [(one["id"], one["height"]) for one in entry["findings"]] == [(f"contrast.{name}", 3.1)]
        for name, entry in zip(material.contrasts, told["contrasts"], strict=True)
    )
