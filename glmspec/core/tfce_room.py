"""Memory for TFCE: made once, used for every permutation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glmspec.core.neighbours import Neighbours

Floats = NDArray[np.float64]
Voxels = NDArray[np.int32]

NOBODY = np.int32(2**31 - 1)
"""The rank of a cell without a voxel: after everyone."""


class Room(NamedTuple):
    """Arrays to work in, for whoever enhances many maps.

    Over ranks, (V,), and one more for ``below``: which voxel and ``cell`` a rank is, its ``height`` and that
    ``enhanced``, the rank ``below`` that next joined its component, the ``extent`` until then, its ``basin``. Over
    the lattice: the rank at a ``place``, the ``near`` cells that matter, and the basin as ``label``. Over basins, (V,):
    the ``component`` each belongs to, and for a component its basins as a list (``following``, ``final``), its ``size``
    and its ``latest`` rank.
    """

    voxel: Voxels
    cell: Voxels
    height: Floats
    enhanced: Floats
    below: Voxels
    extent: Voxels
    basin: Voxels
    place: Voxels
    near: Voxels
    label: Voxels
    component: Voxels
    following: Voxels
    final: Voxels
    size: Voxels
    latest: Voxels
    keys: NDArray[np.uint64]


def room_for(neighbours: Neighbours) -> Room:
    """Room for maps of these voxels."""
    voxels, cells = neighbours.voxels, neighbours.lattice.size

    def of(length: int) -> Voxels:
        return np.zeros(length, dtype=np.int32)

    return Room(
        voxel=of(voxels),
        cell=of(voxels),
        height=np.empty(voxels),
        enhanced=np.empty(voxels),
        below=of(voxels + 1),
        extent=of(voxels),
        basin=of(voxels),
        place=np.full(cells, NOBODY),
        near=of(cells),
        label=of(cells),
        component=of(voxels),
        following=of(voxels),
        final=of(voxels),
        size=of(voxels),
        latest=of(voxels),
        keys=np.empty((2, voxels), dtype=np.uint64),
    )
