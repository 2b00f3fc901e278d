"""Threshold-free cluster enhancement, as the integral it is defined by: no step, hence no error of a step.

The usual sum over a hundred heights depends on the maximum of the map, so that relabellings are summed on different
grids. A component changes only at the height of one of its voxels; between two such heights its extent is constant
and the integral has a closed form.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glmspec.core.compiled import compiled, plain
from glmspec.core.descending import descending
from glmspec.core.neighbours import TILE, Neighbours, check_length
from glmspec.core.tfce_room import NOBODY, Room, room_for

Floats = NDArray[np.float64]
Voxels = NDArray[np.int32]
Offsets = NDArray[np.int64]


def tfce(values: NDArray[np.floating], neighbours: Neighbours, E: float, H: float) -> Floats:  # noqa: N803
    """Enhance a map by the extent of the components that each voxel belongs to, at every height below its own.

    Parameters
    ----------
    values : (V,)
        A statistic with a sign, in the order of the mask's voxels. For one side alone, pass
        ``np.maximum(values, 0)``: what is zero costs nothing.
    neighbours : Neighbours
        Of the V voxels; see :func:`~glmspec.core.neighbours.prepare_neighbours`.
    E, H : float
        Exponents of extent (voxels) and height, not negative; 0.5 and 2 in the paper.

    Returns
    -------
    (V,)
        With the signs of the values, 0 where they are 0. Positive and negative voxels are enhanced apart: no
        component holds both. NaN where the value is NaN; such a voxel joins nothing. Infinite where it is infinite.

    Raises
    ------
    ValueError
        If the values are not one for each voxel, or an exponent is negative or not finite.

    Notes
    -----
    TFCE(v) = integral from 0 to x_v of e_v(h)^E h^H dh, with e_v(h) the voxels in the component of {x >= h} that
    holds v (Smith and Nichols 2009). Voxels are sorted once and join components from the top. Where voxel p at height
    x_p is followed in its component by q, at x_q <= x_p, the component had the same extent e all the way between, so

        TFCE(p) = TFCE(q) + e^E (x_p^(H+1) - x_q^(H+1)) / (H + 1).

    Voxels of equal height add integrals over nothing, so ties need no care. A voxel joins the component of its
    highest neighbour, if that is higher: so each lies in the basin of a peak, and components are sets of basins. Peaks
    are a few in a hundred voxels, so whatever is looked up on the way down is in the cache, and components unite only
    where voxels of two basins touch.
    """
    x = _checked(values, neighbours, E, H)
    room = room_for(neighbours)
    enhanced = np.where(np.isnan(x), np.nan, 0.0)
    for sign in (1.0, -1.0):
        count = _enhance(x, sign, neighbours, (E, H), room)
        enhanced[room.voxel[:count]] = sign * room.enhanced[:count]
    return enhanced


def largest_tfce(
    values: NDArray[np.floating],
    neighbours: Neighbours,
    exponents: tuple[float, float],
    signs: tuple[float, ...] = (1.0, -1.0),
    room: Room | None = None,
) -> float:
    """The largest size of :func:`tfce` among the voxels of some signs, which is what a permutation leaves behind.

    Minus infinity where no voxel has a value.
    """
    x = _checked(values, neighbours, *exponents)
    room = room_for(neighbours) if room is None else room
    best = 0.0
    for sign in signs:
        count = _enhance(x, sign, neighbours, exponents, room)
        best = max(best, float(room.enhanced[:count].max(initial=0.0)))
    return best if best > 0 or not np.isnan(x).all() else -np.inf


def _checked(values: NDArray[np.floating], neighbours: Neighbours, E: float, H: float) -> Floats:  # noqa: N803
    x = plain(values)
    check_length(x, neighbours)
    if not (0 <= E < np.inf and 0 <= H < np.inf):
        raise ValueError(f"the exponents of TFCE are finite and not negative: E {E} and H {H} found")
    return x


def _enhance(values: Floats, sign: float, neighbours: Neighbours, exponents: tuple[float, float], room: Room) -> int:
    """Enhance the voxels of one sign, and say how many they are: by rank in the room, most extreme first."""
    count: int = descending(values, sign, room.keys, room.voxel, room.height)
    lattice, powers = neighbours.lattice, (float(exponents[0]), float(exponents[1]))
    _integrate(count, lattice.cells, lattice.steps, lattice.tiles, powers, room)
    return count


@compiled
def _integrate(
    count: int, cells: Voxels, steps: Offsets, tiles: Offsets, exponents: tuple[float, float], room: Room
) -> None:
    """TFCE of the voxels that stand in order in the room."""
    for rank in range(count):
        room.cell[rank] = cells[room.voxel[rank]]
        room.place[room.cell[rank]] = rank
    _find_ascents(steps, tiles, room)
    basins = _find_basins(count, room)
    _find_borders(steps, tiles, room)
    _join(count, basins, steps, room)
    for rank in range(count):
        room.place[room.cell[rank]] = NOBODY
    heights, enhanced, below, order = room.height, room.enhanced, room.below, exponents[1] + 1
    for rank in range(count - 1, -1, -1):  # from the foot of each component up
        height, foot, ground = heights[rank], 0.0, 0.0
        if below[rank] != rank:
            foot, ground = heights[below[rank]], enhanced[below[rank]]
        if height > foot:  # not for ties: infinity less infinity is no number
            slab = (_power(height, order) - _power(foot, order)) / order
            ground += _power(room.extent[rank], exponents[0]) * slab
        enhanced[rank] = ground


@compiled
def _power(base: float, exponent: float) -> float:
    """``base ** exponent``; the exponents everyone uses have their own instructions."""
    if exponent == 0.5:
        return float(np.sqrt(base))
    if exponent == 3.0:
        return base * base * base
    return float(base**exponent)


@compiled
def _find_ascents(steps: Offsets, tiles: Offsets, room: Room) -> None:
    """``near``: the first rank among a cell and those it touches. Whole tiles at once, as vectors."""
    for tile in tiles:
        first, own = room.near[tile : tile + TILE], room.place[tile : tile + TILE]
        for cell in range(TILE):  # an array assigned to a slice takes a second longer to compile
            first[cell] = own[cell]
        for step in steps:
            others = room.place[tile + step : tile + step + TILE]
            for cell in range(TILE):
                first[cell] = min(first[cell], others[cell])


@compiled
def _find_basins(count: int, room: Room) -> int:
    """Number the peaks, and give each voxel the number of the peak it leads up to; how many."""
    basins = 0
    for rank in range(count):
        up = room.near[room.cell[rank]]
        if up == rank:
            room.basin[rank] = basins
            basins += 1
        else:
            room.basin[rank] = room.basin[up]
        room.label[room.cell[rank]] = room.basin[rank]
    return basins


@compiled
def _find_borders(steps: Offsets, tiles: Offsets, room: Room) -> None:
    """``near``: a bit for each step that leads to a higher voxel of another basin."""
    for tile in tiles:
        border, place = room.near[tile : tile + TILE], room.place[tile : tile + TILE]
        label = room.label[tile : tile + TILE]
        border[:] = 0
        for column in range(steps.size):
            there = tile + steps[column]
            places, labels = room.place[there : there + TILE], room.label[there : there + TILE]
            bit = np.int32(1 << column)
            for cell in range(TILE):
                other = (places[cell] < place[cell]) & (labels[cell] != label[cell])
                border[cell] |= bit if other else np.int32(0)


@compiled
def _join(count: int, basins: int, steps: Offsets, room: Room) -> None:
    """Let voxels join from the first rank to the last, which gives ``below`` and ``extent``.

    Borders are looked at in the order of their lower voxels. Few unite anything; between those that do, components
    only grow.
    """
    component = room.component
    for basin in range(basins):
        component[basin], room.final[basin], room.following[basin] = basin, basin, -1
        room.size[basin], room.latest[basin] = 0, count
    crossing = room.keys[0].view(np.int32)  # the sort is done with its keys
    crossings = 0
    for rank in range(count):  # without a branch, which could not be foreseen
        crossing[crossings] = rank
        crossings += room.near[room.cell[rank]] != 0
    joined = 0
    for number in range(crossings):
        rank = crossing[number]
        cell, basin = room.cell[rank], room.basin[rank]
        border, own = room.near[cell], component[basin]
        for column in range(steps.size):
            other = component[room.label[cell + steps[column]]]
            if ((border >> column) & 1) & (own != other):
                _grow(joined, rank, room)
                joined = rank
                _unite(own, other, rank, room)
                own = component[basin]
    _grow(joined, count, room)


@compiled
def _grow(start: int, stop: int, room: Room) -> None:
    """Voxels join the components of their basins; ``below`` of nobody yet, at the end of the array, is written too."""
    for rank in range(start, stop):
        component = room.component[room.basin[rank]]
        room.size[component] += 1
        room.extent[rank] = room.size[component]
        room.below[room.latest[component]] = rank
        room.below[rank] = rank
        room.latest[component] = rank


@compiled
def _unite(one: int, other: int, rank: int, room: Room) -> None:
    """Two components become one as the voxel of a rank joins both; the smaller changes its name."""
    if room.size[one] < room.size[other]:
        one, other = other, one
    room.below[room.latest[other]] = rank
    room.size[one] += room.size[other]
    basin = other
    while basin >= 0:
        room.component[basin] = one
        basin = room.following[basin]
    room.following[room.final[one]] = other
    room.final[one] = room.final[other]
