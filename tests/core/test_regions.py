"""Spheres."""

from __future__ import annotations

import numpy as np
import pytest

from glmspec.core.regions import sphere

MM2 = np.array([[2.0, 0, 0, -10], [0, 2, 0, -10], [0, 0, 2, -10], [0, 0, 0, 1]])
SHAPE = (11, 11, 11)


def test_a_radius_of_one_voxel_takes_the_faces():
    """Centre and six neighbours, for the distance of 2 mm is inclusive."""
    assert sphere(SHAPE, MM2, (0, 0, 0), 2.0).sum() == 7


def test_the_centre_is_where_it_is():
    """Radius zero on a voxel's centre is that voxel."""
    region = sphere(SHAPE, MM2, (-4, 0, 6), 0.0)
    assert np.argwhere(region).tolist() == [[3, 5, 8]]


def test_a_centre_between_voxels():
    """Eight corners around it."""
    assert sphere(SHAPE, MM2, (1, 1, 1), 1.8).sum() == 8


def test_outside_the_volume_it_is_empty():
    """Not an error here: whoever reads the document says so."""
    assert not sphere(SHAPE, MM2, (500, 0, 0), 5.0).any()


def test_an_oblique_affine():
    """Distances are in mm."""
    sheared = MM2.copy()
    sheared[0, 1] = 1.0
    centre = sheared[:3, :3] @ [5, 5, 5] + sheared[:3, 3]
    region = sphere(SHAPE, sheared, centre, 2.1)
    assert region[5, 5, 5]
    assert not region[5, 6, 5]  # sqrt(5) mm away
    assert region[6, 5, 5]


@pytest.mark.parametrize("radius", [-1.0, np.nan, np.inf])
def test_a_radius_that_is_none_is_refused(radius):
    """Negative or not a number."""
    with pytest.raises(ValueError, match="radius"):
        sphere(SHAPE, MM2, (0, 0, 0), radius)
