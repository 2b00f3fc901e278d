"""The distinct relabellings of a design: which they are, how many, and how small a p they can give.

Two relabellings are the same if they turn the design of interest into the same matrix. All of them are numbered, and
the order is a function of numbers alone: any part of them can be made anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb, prod

import numpy as np
from numpy.typing import ArrayLike

from glmspec.core.exchangeability import Group, Numbers, Relabelling, numbered, of_all_rows, of_rows
from glmspec.core.least_squares import Floats
from glmspec.core.partition import Partition

LEVEL_TOLERANCE = 1e-9
"""Two rows are told apart if some entry differs by more than this share of the largest: orthonormal bases of equal
rows differ by rounding (1e-15), and covariates are not measured to nine digits."""

INVARIANT = 1 - 1e-12
"""Share of a nuisance direction that the average over the group must keep for the direction to count as one that no
relabelling moves; what it could still contribute to a sum of squares is 1e-12 of it."""


class Enumeration:
    """All distinct relabellings of a design, numbered; the first is the identity.

    Parameters
    ----------
    group : Group
    design : (N, C)
        The design of interest. Two relabellings are the same if they turn it into the same matrix, so rows that are
        equal are not told apart, and where signs change rows of zeros are not.
    labels : (N,), optional
        What goes with the rows of the design besides, and tells them apart whatever their sign: their variance group.

    Attributes
    ----------
    count : int
        How many there are, exactly: for each set of n units in classes of n_1, n_2, ... the multinomial coefficient
        n! / (n_1! n_2! ...), times 2 for each unit that is not zero if signs change.
    mirrored : bool
        Whether number ``count - 1 - i`` turns around every sign of number i, in all rows that are not zero: half of
        them are then enough to know the statistics of all.
    """

    def __init__(self, group: Group, design: Floats, labels: ArrayLike | None = None) -> None:
        self._group = group
        patterns = _patterns(group, design)
        self._signed = np.flatnonzero(patterns.any(axis=1)) if group.flips else np.arange(0)
        kinds = _kinds(group, labels)
        classes = numbered(_classes(_one_sign(patterns) if group.flips else patterns) * len(kinds) + kinds)
        by_class = np.argsort(classes, kind="stable")
        chosen = [by_class[group.sets[by_class] == number] for number in range(group.sets.max() + 1)]
        self._slots = chosen if group.permutes else []
        self._sizes = [np.unique(classes[slots], return_counts=True)[1].tolist() for slots in self._slots]
        self._counts = [_multinomial(sizes) for sizes in self._sizes]
        self.count: int = prod(self._counts) << len(self._signed)
        self.mirrored = not self._slots and len(self._signed) > 0

    def relabelling(self, index: int) -> Relabelling:
        """Number ``index`` of ``count``: a function of the index alone, so that any part of them can be made anywhere.

        Raises
        ------
        IndexError
            If there is no such number.
        """
        if not 0 <= index < self.count:
            raise IndexError(f"relabellings are numbered 0 to {self.count - 1}, not {index}")
        source, signs = np.arange(len(self._group.sets)), np.ones(len(self._group.sets))
        for unit in self._signed:
            index, negative = divmod(index, 2)
            signs[unit] = 1.0 - 2.0 * negative
        for slots, sizes, count in zip(self._slots, self._sizes, self._counts, strict=True):
            index, number = divmod(index, count)
            source[slots] = slots[_arrangement(sizes, number)]
        return of_rows(self._group, source, signs[source])  # the sign goes with the unit that is not zero

    def relabellings(self, start: int, stop: int) -> list[Relabelling]:
        """Numbers ``start`` to ``stop - 1``, all at once where only signs change."""
        if self._slots or not 0 <= start < stop <= self.count < 2**63:
            return [self.relabelling(index) for index in range(start, stop)]
        bits = np.arange(start, stop)[:, None] >> np.arange(len(self._signed)) & 1
        signs = np.ones((stop - start, len(self._group.sets)))
        signs[:, self._signed] = 1.0 - 2.0 * bits
        return of_all_rows(self._group, np.tile(np.arange(signs.shape[1]), (len(signs), 1)), signs)

    def __iter__(self) -> Iterator[Relabelling]:
        return (self.relabelling(index) for index in range(self.count))


def count(group: Group, design: Floats, labels: ArrayLike | None = None) -> int:
    """Number of distinct relabellings of a design of interest (N, C) with labels; see :class:`Enumeration`."""
    return Enumeration(group, design, labels).count


def all_relabellings(group: Group, design: Floats, labels: ArrayLike | None = None) -> Iterator[Relabelling]:
    """Each distinct relabelling of a design of interest (N, C) once, in a fixed order, the identity first."""
    return iter(Enumeration(group, design, labels))


def smallest_p(group: Group, design: Floats, two_sided: bool = False, labels: ArrayLike | None = None) -> float:
    """The smallest p that the group can give.

    Parameters
    ----------
    group : Group
    design : (N, C)
    two_sided : bool
        Whether the statistic is the same for the design and its negative (|t|, F). Where the group holds that
        negative, the two tie. An F of several columns may tie with more, so that for it this is a lower bound.
    labels : (N,), optional
        As for :class:`Enumeration`. What they are called does not matter: two groups that trade places tie too. Where
        they part rows that the statistic does not (all rows of one weight), this is a lower bound as well.
    """
    mirrored = group.flips or (group.permutes and _holds_its_negative(group, design, labels))
    return (2 if two_sided and mirrored else 1) / count(group, design, labels)


def _holds_its_negative(group: Group, design: Floats, labels: ArrayLike | None) -> bool:
    """Whether a permutation of units turns a design into its negative, labels under new names."""
    patterns, kinds = _patterns(group, design), _kinds(group, labels)
    members = [np.flatnonzero(kinds == kind) for kind in range(kinds.max() + 1)]
    contents = [
        sorted(sorted(zip(group.sets[some].tolist(), classes[some].tolist(), strict=True)) for some in members)
        for classes in np.split(_classes(np.vstack([patterns, -patterns])), 2)
    ]
    return contents[0] == contents[1]


def _kinds(group: Group, labels: ArrayLike | None) -> Numbers:
    """(U,) numbers, equal for units whose rows have the same labels, place by place."""
    if labels is None:
        return np.zeros(len(group.sets), np.intp)
    padded = np.append(numbered(labels), -1)  # place -1 is no row
    return numbered(np.unique(padded[group.table], axis=0, return_inverse=True)[1])


def _patterns(group: Group, design: Floats) -> Floats:
    """(U, places x C): what each unit carries of the design, rounding removed."""
    padded = np.vstack([design, np.zeros((1, design.shape[1]))])  # place -1 is the row of zeros
    patterns = padded[group.table].reshape(len(group.sets), -1)
    return np.where(np.abs(patterns) <= LEVEL_TOLERANCE * np.abs(patterns).max(initial=0.0), 0.0, patterns)


def _one_sign(patterns: Floats) -> Floats:
    """Rows turned so that their first entry that is not zero is positive."""
    first = patterns[np.arange(len(patterns)), np.argmax(patterns != 0, axis=1)]
    return np.where(first[:, None] < 0, -patterns, patterns)


def _classes(patterns: Floats) -> Numbers:
    """(U,) numbers, equal for equal rows, in order of first appearance: turning a basis changes nothing.

    Values of a column are parted at gaps, never rounded to a grid whose edges could part equals.
    """
    gap = LEVEL_TOLERANCE * np.abs(patterns).max(initial=0.0)
    order = np.argsort(patterns, axis=0, kind="stable")
    steps = np.diff(np.take_along_axis(patterns, order, axis=0), axis=0) > gap
    levels = np.zeros(patterns.shape, np.intp)
    np.put_along_axis(levels, order[1:], np.cumsum(steps, axis=0), axis=0)
    return numbered(np.unique(levels, axis=0, return_inverse=True)[1].reshape(-1))


def _multinomial(sizes: list[int]) -> int:
    return prod(comb(sum(sizes[: i + 1]), size) for i, size in enumerate(sizes))


def _arrangement(sizes: list[int], number: int) -> list[int]:
    """Arrangement ``number`` of the items 0 to n - 1, alike in runs of ``sizes``, in lexicographic order.

    An item of a class stands for any other of it, so they are used in order. The number of arrangements that go on
    with a class is its share of the items that remain.
    """
    remaining, left = _multinomial(sizes), list(sizes)
    following = [sum(sizes[:i]) for i in range(len(sizes))]
    arrangement = []
    for items in range(sum(sizes), 0, -1):
        kind = 0
        while number >= (share := remaining * left[kind] // items):
            number -= share
            kind += 1
        remaining, left[kind] = share, left[kind] - 1
        arrangement.append(following[kind])
        following[kind] += 1
    return arrangement


def moving(group: Group, partition: Partition) -> Floats:
    """The columns of a design that take part in the statistic of a relabelling.

    Returns
    -------
    (N, K + M)
        The effect of interest, then the directions of the nuisance that some relabelling moves. A direction that none
        moves (the constant under permutations, subjects under permutations within subjects) stays orthogonal to the
        residuals. Relabellings that turn these columns into the same matrix give the same statistic.
    """
    nuisance = partition.nuisance
    kept, turn = np.linalg.eigh(nuisance.T @ _average(group, nuisance))
    return np.hstack([partition.effect, nuisance @ turn[:, kept < INVARIANT]])


def _average(group: Group, vectors: Floats) -> Floats:
    """Mean of vectors (N, C) over all relabellings: the projection on what none of them moves."""
    if group.flips:
        return np.zeros_like(vectors)
    key = group.sets[group.unit] * group.table.shape[1] + group.place
    _, inverse, sizes = np.unique(key, return_inverse=True, return_counts=True)
    sums = np.zeros((len(sizes), vectors.shape[1]))
    np.add.at(sums, inverse, vectors)
    return np.asarray((sums / sizes[:, None])[inverse])
