"""Largest cluster size and mass against the figures of nilearn 0.14.1's own test.

Its mass is the excess over the threshold, from some thirty terms: 1e-12 is rounding.
"""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.cluster_kernels import cluster_measures
from glmspec.core.neighbours import prepare_neighbours

from .figures import figures

FIGURES = figures("literature")["nilearn_cluster_measures"]
CONNECTIVITIES = {"6": "faces", "18": "edges", "26": "corners"}
TOLERANCE = 1e-12


def measures(connectivity, alternative):
    """Of nilearn's volume: small and high, large and low, touching by an edge and by a corner, and one negative."""
    volume = np.zeros((10, 10, 10))
    volume[:2, :2, :2] = 5
    volume[7:, 7:, 7:] = 1
    volume[6, 6, 6] = volume[6, 6, 8] = 1
    volume[3:5, 3:5, 3:5] = -10
    volume[5:6, 3:5, 3:5] = 1
    neighbours = prepare_neighbours(np.ones(volume.shape, dtype=bool), connectivity)
    return cluster_measures(volume.ravel(), FIGURES["threshold"], neighbours, alternative)


def test_the_grid_is_complete():
    """Three connectivities, one side and two."""
    assert set(FIGURES["size_by_connectivity"]) == set(CONNECTIVITIES)
    assert {"mass_one_sided", "mass_two_sided"} <= set(FIGURES)


@pytest.mark.parametrize("count", CONNECTIVITIES)
def test_size(count):
    """A voxel more for the edge, one more for the corner."""
    assert measures(CONNECTIVITIES[count], "two-sided").size == FIGURES["size_by_connectivity"][count]


@pytest.mark.parametrize("count", CONNECTIVITIES)
def test_mass(count):
    """The negative cluster has the most, and only where it is looked at."""
    connectivity = CONNECTIVITIES[count]
    np.testing.assert_allclose(
        [measures(connectivity, alternative).excess for alternative in ("greater", "two-sided")],
        [FIGURES["mass_one_sided"], FIGURES["mass_two_sided"]],
        rtol=TOLERANCE,
    )


def test_the_plain_sum_would_be_noticed():
    """Deliberate break: FSL's and PALM's mass, where nilearn's is meant, differs by eight thresholds."""
    assert not np.isclose(measures("faces", "greater").sum, FIGURES["mass_one_sided"], rtol=1e-6)
