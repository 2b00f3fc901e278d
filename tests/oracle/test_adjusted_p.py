"""Adjusted p against R's p.adjust, over the vectors that are shipped with hommel's results.

R prints 15 digits and multiplies in another order: 1e-13 relative.
"""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.multiplicity import ADJUSTMENTS

from .figures import figures

VECTORS = figures("adjusted_p")["vectors"]
COLUMN = {"none": "p", "bonferroni": "bonf", "holm": "holm", "fdr": "bh", "fdr-by": "by"}
SIZES = {
    "tiny1": 11,
    "tiny3": 7,
    "tiny5": 9,
    "tiny7": 4,
    "tiny9": 3,
    "tiny11": 3,
    "ties": 10,
    "with_zero": 6,
    "bonf_edge": 5,
    "mid50": 50,
    "mid3000": 3000,
}


def test_the_grid_is_complete():
    """All eleven vectors, whole, and every method of the table."""
    assert {vector["name"]: len(vector["p"]) for vector in VECTORS} == SIZES
    assert set(COLUMN) == set(ADJUSTMENTS)


@pytest.mark.parametrize("method", COLUMN)
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_adjusted_p(vector, method):
    """p.adjust, ties and zeros included."""
    got = ADJUSTMENTS[method](np.array(vector["p"], dtype=float))
    np.testing.assert_allclose(got, vector[COLUMN[method]], rtol=1e-13)


def test_a_family_one_too_large_would_be_noticed():
    """Deliberate break: counting one voxel more moves Benjamini-Hochberg far beyond the tolerance."""
    vector = next(vector for vector in VECTORS if vector["name"] == "mid3000")
    p = np.array([*vector["p"], 1.0])
    assert not np.allclose(ADJUSTMENTS["fdr"](p)[:-1], vector["bh"], rtol=1e-5)
