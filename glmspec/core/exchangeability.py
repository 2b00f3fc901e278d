"""What may be exchanged with what: the group of relabellings of rows, and random members of it.

Vocabulary. A unit is what moves or changes sign as one: a row, or a whole block of rows. Units are exchanged only
within their set: all of them, or those of one block. A relabelling gives each row of the data the design of another
row, and a sign. Draws are functions of numbers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glmspec.core.least_squares import Floats
from glmspec.core.streams import generator

Scheme = Literal["sign-flip", "permute", "both"]
Blocks = Literal["none", "within", "whole"]
Numbers = NDArray[np.intp]


class Relabelling(NamedTuple):
    """Row n of the data gets row ``order[n]`` of the design, times ``signs[n]``: (N,) and (N,) of 1 and -1."""

    order: Numbers
    signs: Floats


@dataclass(frozen=True, eq=False)
class Group:
    """Relabellings that leave the null distribution as it is; made by :func:`rows`, :func:`within`, :func:`whole`.

    Attributes
    ----------
    scheme : {"sign-flip", "permute", "both"}
        What happens to units: errors symmetric about zero change sign, exchangeable ones change places.
    blocks : {"none", "within", "whole"}
    unit, place : (N,) int
        The unit of each row, and its place in it. Exchanged units meet place by place.
    sets : (U,) int
        The set of each unit.
    """

    scheme: Scheme
    blocks: Blocks
    unit: Numbers
    place: Numbers
    sets: Numbers

    @property
    def flips(self) -> bool:
        """Whether units change sign."""
        return self.scheme != "permute"

    @property
    def permutes(self) -> bool:
        """Whether units change places."""
        return self.scheme != "sign-flip"

    @cached_property
    def table(self) -> Numbers:
        """(U, largest unit): the row at each place of each unit, -1 where a unit has no such place."""
        table = np.full((len(self.sets), self.place.max() + 1), -1, dtype=np.intp)
        table[self.unit, self.place] = np.arange(len(self.unit))
        return table


def rows(count: int, scheme: Scheme) -> Group:
    """Every one of N rows with every other."""
    return Group(scheme, "none", np.arange(count), np.zeros(count, np.intp), np.zeros(count, np.intp))


def within(labels: ArrayLike, scheme: Scheme) -> Group:
    """Rows, exchanged only with rows of the same label (N,); signs are those of single rows."""
    sets = numbered(labels)
    return Group(scheme, "within", np.arange(len(sets)), np.zeros(len(sets), np.intp), sets)


def whole(labels: ArrayLike, scheme: Scheme, corresponding: ArrayLike | None = None) -> Group:
    """Blocks of rows with one label (N,), which move and change sign as one.

    Parameters
    ----------
    labels : (N,)
    scheme : {"sign-flip", "permute", "both"}
    corresponding : (N,), optional
        Which rows of different blocks take each other's place; without it the first row does that of the first row.

    Raises
    ------
    ValueError
        If blocks that are to change places differ in size or in their corresponding rows.
    """
    unit = numbered(labels)
    names = np.zeros(len(unit), np.intp) if corresponding is None else numbered(corresponding)
    place = np.empty(len(unit), np.intp)
    contents = []
    for number in range(unit.max() + 1):
        members = np.flatnonzero(unit == number)
        members = members[np.argsort(names[members], kind="stable")]
        place[members] = np.arange(len(members))
        contents.append(tuple(names[members].tolist()))
    if scheme != "sign-flip" and len(set(contents)) > 1:
        sizes = sorted({len(content) for content in contents})
        found = f"of {' and '.join(map(str, sizes))} rows" if len(sizes) > 1 else "whose rows do not correspond"
        raise ValueError(f"blocks {found} cannot take each other's place")
    return Group(scheme, "whole", unit, place, np.zeros(len(contents), np.intp))


def numbered(labels: ArrayLike) -> Numbers:
    """Labels (N,) as numbers in order of first appearance, so that names decide nothing."""
    _, first, inverse = np.unique(np.asarray(labels), return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse.reshape(-1)]


def mixes(group: Group, labels: ArrayLike) -> bool:
    """Whether some relabelling gives a row of one label (N,) the place of a row of another."""
    if not group.permutes:
        return False
    places = group.sets[group.unit] * group.table.shape[1] + group.place
    return bool(len(np.unique(np.stack([places, numbered(labels)]), axis=1).T) > len(np.unique(places)))


def relabelling(group: Group, seed: int, index: int) -> Relabelling:
    """Relabelling ``index`` of a random series: 0 is the identity, the others are uniform over the group.

    A function of seed and index alone (see :func:`glmspec.core.streams.generator`): units of a set are put in the
    order of random 64-bit words, and further words give their signs. Only the generator's raw words are used, which
    numpy promises not to change between releases.

    Raises
    ------
    ValueError
        If seed or index lie outside [0, 2**64).
    """
    units = len(group.sets)
    source: Numbers = np.arange(units)
    signs: Floats = np.ones(units)
    words = np.asarray(generator(seed, index).bit_generator.random_raw(2 * units), dtype=np.uint64)
    if group.permutes and index:
        source[np.argsort(group.sets, kind="stable")] = np.lexsort((words[:units], group.sets))
    if group.flips and index:
        signs = np.where(words[units:] >> np.uint64(63) == 1, -1.0, 1.0)
    return of_rows(group, source, signs)


def of_rows(group: Group, source: Numbers, signs: Floats) -> Relabelling:
    """The relabelling that puts unit ``source[u]``, times ``signs[u]``, in the place of unit u: (U,) and (U,)."""
    return Relabelling(group.table[source[group.unit], group.place], signs[group.unit])


def of_all_rows(group: Group, sources: Numbers, signs: Floats) -> list[Relabelling]:
    """As :func:`of_rows`, of many (n, U) and (n, U)."""
    orders, turned = group.table[sources[:, group.unit], group.place], signs[:, group.unit]
    return [Relabelling(*each) for each in zip(orders, turned, strict=True)]
