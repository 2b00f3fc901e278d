"""TFCE by definition, over every distinct height of tiny maps; stored integrals are checked in tests/oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from glmspec.core.neighbours import prepare_neighbours
from glmspec.core.tfce import largest_tfce, tfce
from glmspec.core.tfce_room import room_for

RANK = {"faces": 1, "edges": 2, "corners": 3}


def by_definition(volume, mask, connectivity, e, h):
    """Between two distinct heights extent is constant: label {x >= h} at each, by scipy, and add the pieces up."""
    structure = ndimage.generate_binary_structure(3, RANK[connectivity])
    total = np.zeros(volume.shape)
    for sign in (1, -1):
        below = 0.0
        for height in np.unique((sign * volume)[mask & (sign * volume > 0)]):
            labels, _ = ndimage.label(mask & (sign * volume >= height), structure)
            extent = np.bincount(labels.ravel())[labels]
            piece = extent**e * (height ** (h + 1) - below ** (h + 1)) / (h + 1)
            total += np.where(labels > 0, sign * piece, 0.0)
            below = height
    return total


def line(*values, e=1.0, h=0.0):
    """TFCE of a row of voxels, by default extent times height, which a head can integrate."""
    neighbours = prepare_neighbours(np.ones((len(values), 1, 1), dtype=bool), "faces")
    return tfce(np.array(values, dtype=float), neighbours, e, h).tolist()


@settings(deadline=None)  # the first example may have to compile
@given(
    seed=st.integers(0, 2**32 - 1),
    connectivity=st.sampled_from(sorted(RANK)),
    levels=st.sampled_from([2, 5, 1000]),
    e=st.sampled_from([0.0, 0.5, 2 / 3, 1.0]),
    h=st.sampled_from([0.0, 1.0, 1.5, 2.0]),
)
def test_equals_the_definition(seed, connectivity, levels, e, h):
    """Random maps with few heights and with many, both signs, with holes in the mask; 1e-12 is rounding of sums."""
    rng = np.random.default_rng(seed)
    volume = rng.integers(-levels, levels + 1, (4, 5, 3)) / levels * 4
    mask = rng.random(volume.shape) < 0.85
    got = tfce(volume[mask], prepare_neighbours(mask, connectivity), e, h)
    np.testing.assert_allclose(got, by_definition(volume, mask, connectivity, e, h)[mask], rtol=1e-12)


def test_signs_are_never_joined():
    """Two and two, not four."""
    assert line(1, 1, -1, -1) == [2, 2, -2, -2]


def test_a_valley_is_counted_once_it_is_reached():
    """Alone above 1, with five others below: extent times height."""
    assert line(3, 1, 3) == [2 + 3, 3, 2 + 3]
    assert line(3, 0, 3) == [3, 0, 3]


def test_one_side_alone():
    """Clipping leaves the positive part as it was."""
    both = np.array(line(2, 1, -3, 4, e=0.5, h=2.0))
    assert line(2, 1, 0, 4, e=0.5, h=2.0) == np.maximum(both, 0).tolist()


def test_nan_joins_nothing():
    """NaN where it stood, a gap for the others."""
    got = line(1, np.nan, 1)
    assert got[::2] == [1, 1]
    assert np.isnan(got[1])


def test_infinity_is_infinite():
    """Ties of infinity too; the voxels around keep their finite height."""
    assert line(np.inf, np.inf, 1, -np.inf, e=0.5, h=2.0)[:2] == [np.inf, np.inf]
    assert line(np.inf, np.inf, 1, -np.inf)[2:] == [3.0, -np.inf]


@pytest.mark.parametrize("shape", [(0, 4, 4), (3, 3, 3)])
def test_nothing_to_enhance(shape):
    """No voxels, or zeros of either sign."""
    neighbours = prepare_neighbours(np.ones(shape, dtype=bool), "corners")
    assert not tfce(np.full(neighbours.voxels, -0.0), neighbours, 0.5, 2.0).any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, ">f8", np.int16])
def test_every_type_and_layout_is_read(dtype):
    """Arithmetic is double whatever comes in: strided, read-only or foreign. Nothing is written into it."""
    values = np.array([3, 9, -1, 9, 2, 9], dtype=dtype)
    values.setflags(write=False)
    neighbours = prepare_neighbours(np.ones((3, 1, 1), dtype=bool), "faces")
    got = tfce(values[::2], neighbours, 1.0, 0.0)
    assert got.dtype == np.float64
    assert got.tolist() == [3, -1, 2]


def test_neighbouring_doubles_are_told_apart():
    """Heights that agree in all but their last bits are still sorted: no float32 key decides."""
    values = 1 + np.arange(200)[::-1] * 2.0**-52
    got = np.array(line(*values, e=0.0, h=0.0))
    np.testing.assert_array_equal(got, values)


def test_mirror_images():
    """Turning the volume around turns the answer around, ties and all: voxel order decides nothing."""
    volume = np.random.default_rng(0).integers(-3, 4, (6, 5, 4)).astype(float)
    neighbours = prepare_neighbours(np.ones(volume.shape, dtype=bool), "edges")
    forward = tfce(volume.ravel(), neighbours, 0.5, 2.0)
    backward = tfce(volume.ravel()[::-1], neighbours, 0.5, 2.0)[::-1]
    np.testing.assert_allclose(forward, backward, rtol=1e-13)  # sums in another order


def test_scaling_the_map():
    """c x has c^(H+1) times the TFCE; by a power of two without rounding."""
    values = np.random.default_rng(0).normal(size=60)
    neighbours = prepare_neighbours(np.ones((5, 4, 3), dtype=bool), "faces")
    np.testing.assert_array_equal(tfce(4 * values, neighbours, 0.5, 2.0), 64 * tfce(values, neighbours, 0.5, 2.0))


@pytest.mark.parametrize(("e", "h"), [(-0.5, 2.0), (0.5, -1.0), (np.nan, 2.0), (0.5, np.inf)])
def test_exponents_that_make_no_sense(e, h):
    """Negative, or no numbers."""
    with pytest.raises(ValueError, match="exponents"):
        line(1.0, e=e, h=h)


def test_values_of_another_mask():
    """Refused before a kernel reads past their end."""
    with pytest.raises(ValueError, match="do not fit a mask of 8 voxels"):
        tfce(np.ones(7), prepare_neighbours(np.ones((2, 2, 2), dtype=bool), "faces"), 0.5, 2.0)


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1.0, 1e200])
def test_heights_that_leading_bits_do_not_part(size):
    """Values a billionth apart are put in order all the same: a ramp, up and down, in which order decides extents."""
    ramp = size * (1 + 1e-9 * np.random.default_rng(0).permutation(60))
    mask = np.ones((60, 1, 1), dtype=bool)
    got = tfce(ramp, prepare_neighbours(mask, "faces"), 1.0, 0.0)
    want = by_definition(ramp.reshape(mask.shape), mask, "faces", 1.0, 0.0).ravel()
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_the_largest_is_that_of_the_map():
    """In room used before for another map; each sign by itself; nothing above zero is 0, and no value at all none."""
    mask = np.random.default_rng(1).random((6, 5, 4)) < 0.9
    neighbours = prepare_neighbours(mask, "edges")
    room = room_for(neighbours)
    for seed in range(5):
        values = np.random.default_rng(seed).normal(size=neighbours.voxels)
        values[seed] = np.nan
        enhanced = tfce(values, neighbours, 0.5, 2.0)
        for signs, want in (((1.0,), enhanced), ((-1.0,), -enhanced), ((1.0, -1.0), np.abs(enhanced))):
            assert largest_tfce(values, neighbours, (0.5, 2.0), signs, room) == np.nanmax(want)
    assert largest_tfce(-np.ones(neighbours.voxels), neighbours, (0.5, 2.0), (1.0,), room) == 0
    assert largest_tfce(np.full(neighbours.voxels, np.nan), neighbours, (0.5, 2.0)) == -np.inf
