"""TFCE against integrals that were summed over every height by brute force, and against a pencil.

Both sides add some hundreds of terms of one sign in double precision: 1e-12 relative is a thousand roundings, and a
step of a hundredth of the maximum errs by some 1e-2.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from glmspec.core.neighbours import prepare_neighbours
from glmspec.core.tfce import tfce

from .figures import figures

with np.load(Path(__file__).parent / "data" / "tfce_exact.npz") as archive:
    ARRAYS = {name: archive[name] for name in archive.files}
PENCIL = figures("tfce_analytic")
CONNECTIVITIES = {6: "faces", 18: "edges", 26: "corners"}
EXPONENTS = {"E0.5_H2": (0.5, 2.0), "E1_H2": (1.0, 2.0), "E0.5_H1": (0.5, 1.0), "E0.6667_H2": (2 / 3, 2.0)}
CASES = list(product(range(3), CONNECTIVITIES, EXPONENTS))
TOLERANCE = 1e-12


def enhanced(number, connectivity, e, h):
    """Our integral of one map, back in its volume, 0 outside the mask."""
    mask = ARRAYS[f"mask{number}"]
    answer = np.zeros(mask.shape)
    neighbours = prepare_neighbours(mask, CONNECTIVITIES[connectivity])
    answer[mask] = tfce(ARRAYS[f"map{number}"][mask], neighbours, e, h)
    return answer


def test_the_grid_is_complete():
    """Three maps, one of them masked and one full of ties, each sign in all; 6, 18 and 26; four pairs of exponents."""
    assert {f"tfce{number}_c{count}_{pair}" for number, count, pair in CASES} == {
        name for name in ARRAYS if name.startswith("tfce")
    }
    assert len(CASES) == 36
    assert [bool(ARRAYS[f"mask{number}"].all()) for number in range(3)].count(False) == 1
    assert min(len(np.unique(ARRAYS[f"map{number}"])) for number in range(3)) < 100
    for number in range(3):
        assert ARRAYS[f"map{number}"].min() < 0 < ARRAYS[f"map{number}"].max()


@pytest.mark.parametrize(("number", "connectivity", "pair"), CASES)
def test_every_voxel(number, connectivity, pair):
    """Of every map, neighbourhood and pair of exponents."""
    want = ARRAYS[f"tfce{number}_c{connectivity}_{pair}"]
    np.testing.assert_allclose(enhanced(number, connectivity, *EXPONENTS[pair]), want, rtol=TOLERANCE)


def test_a_block():
    """Eight voxels of height 3: sqrt(8) 3^3 / 3."""
    block = PENCIL["block"]
    neighbours = prepare_neighbours(np.ones((2, 2, 2), dtype=bool), "faces")
    got = tfce(np.full(block["n"], block["height"]), neighbours, block["E"], block["H"])
    np.testing.assert_allclose(got, block["value"], rtol=TOLERANCE)


def test_a_pyramid():
    """A cube of height 2 around a voxel of height 5: the top is alone above the cube."""
    pyramid = PENCIL["pyramid"]
    values = np.full(27, 2.0)
    values[13] = 5.0
    got = tfce(values, prepare_neighbours(np.ones((3, 3, 3), dtype=bool), "faces"), pyramid["E"], pyramid["H"])
    np.testing.assert_allclose(got[13], pyramid["peak"], rtol=TOLERANCE)
    np.testing.assert_allclose(np.delete(got, 13), pyramid["base"], rtol=TOLERANCE)


@pytest.mark.parametrize("slip", [(6, 0.5, 2.02), (6, 0.51, 2.0), (18, 0.5, 2.0)], ids=["H", "E", "connectivity"])
def test_a_slip_would_be_noticed(slip):
    """Deliberate break: one exponent off by two in a hundred, or the edges joined, is far beyond the tolerance."""
    assert not np.allclose(enhanced(0, *slip), ARRAYS["tfce0_c6_E0.5_H2"], rtol=1e-3)
