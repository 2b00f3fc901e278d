"""What may be exchanged with what: the group of relabellings of a design, how many there are, and which is which.

Vocabulary. A unit is what moves or changes sign as one: a row, or a whole block of rows. Units are exchanged only
within their set: all of them, or those of one block. A relabelling gives each row of the data the design of another
row, and a sign. The order of all exhaustive relabellings and the draws are functions of numbers alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import comb, prod
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glmspec.core.least_squares import COMBINATION_TOLERANCE, Floats
from glmspec.core.partition import Partition, spans
from glmspec.core.streams import generator

Scheme = Literal["sign-flip", "permute", "both"]
Blocks = Literal["none", "within", "whole"]
Numbers = NDArray[np.intp]

LEVEL_TOLERANCE = 1e-9
"""Two rows are told apart if some entry differs by more than this share of the largest: orthonormal bases of equal
rows differ by rounding (1e-15), and covariates are not measured to nine digits."""

INVARIANT = 1 - 1e-12
"""Share of a nuisance direction that the average over the group must keep for the direction to count as one that no
relabelling moves; what it could still contribute to a sum of squares is 1e-12 of it."""


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
    return _of_rows(group, source, signs)


def _of_rows(group: Group, source: Numbers, signs: Floats) -> Relabelling:
    return Relabelling(group.table[source[group.unit], group.place], signs[group.unit])


class Enumeration:
    """All distinct relabellings of a design, numbered; the first is the identity.

    Parameters
    ----------
    group : Group
    design : (N, C)
        The design of interest. Two relabellings are the same if they turn it into the same matrix, so rows that are
        equal are not told apart, and where signs change rows of zeros are not.

    Attributes
    ----------
    count : int
        How many there are, exactly: for each set of n units in classes of n_1, n_2, ... the multinomial coefficient
        n! / (n_1! n_2! ...), times 2 for each unit that is not zero if signs change.
    """

    def __init__(self, group: Group, design: Floats) -> None:
        self._group = group
        patterns = _patterns(group, design)
        self._signed = np.flatnonzero(patterns.any(axis=1)) if group.flips else np.arange(0)
        classes = _classes(_one_sign(patterns) if group.flips else patterns)
        by_class = np.argsort(classes, kind="stable")
        chosen = [by_class[group.sets[by_class] == number] for number in range(group.sets.max() + 1)]
        self._slots = chosen if group.permutes else []
        self._sizes = [np.unique(classes[slots], return_counts=True)[1].tolist() for slots in self._slots]
        self._counts = [_multinomial(sizes) for sizes in self._sizes]
        self.count: int = prod(self._counts) << len(self._signed)

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
        return _of_rows(self._group, source, signs[source])  # the sign goes with the unit that is not zero

    def __iter__(self) -> Iterator[Relabelling]:
        return (self.relabelling(index) for index in range(self.count))


def count(group: Group, design: Floats) -> int:
    """Number of distinct relabellings of a design of interest (N, C); see :class:`Enumeration`."""
    return Enumeration(group, design).count


def all_relabellings(group: Group, design: Floats) -> Iterator[Relabelling]:
    """Each distinct relabelling of a design of interest (N, C) once, in a fixed order, the identity first."""
    return iter(Enumeration(group, design))


def smallest_p(group: Group, design: Floats, two_sided: bool = False) -> float:
    """The smallest p that the group can give.

    Parameters
    ----------
    group : Group
    design : (N, C)
    two_sided : bool
        Whether the statistic is the same for the design and its negative (|t|, F). Where the group holds that
        negative, the two tie. An F of several columns may tie with more, so that for it this is a lower bound.
    """
    patterns = _patterns(group, design)
    both = np.vstack([patterns, -patterns])
    classes = _classes(_one_sign(both) if group.flips else both)
    keys = list(zip(np.tile(group.sets, 2).tolist(), classes.tolist(), strict=True))
    units = len(patterns)
    mirrored = group.flips or (group.permutes and Counter(keys[:units]) == Counter(keys[units:]))
    return (2 if two_sided and mirrored else 1) / count(group, design)


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


class Derived(NamedTuple):
    """What ``auto`` chose, and one sentence that says why."""

    group: Group
    because: str


class Refused(NamedTuple):
    """Why ``auto`` chose nothing, and what to do."""

    because: str


def derive(
    partition: Partition, subjects: ArrayLike | None = None, corresponding: ArrayLike | None = None
) -> Derived | Refused:
    """Scheme and blocks that a design and a contrast call for.

    Parameters
    ----------
    partition : Partition
        Of N rows.
    subjects : (N,), optional
        Whose row it is; without it every row is another subject.
    corresponding : (N,), optional
        Which rows of different subjects answer each other (their conditions); needed only where subjects with several
        unlike rows are to be exchanged as wholes.

    Returns
    -------
    Derived or Refused
        Never a scheme of both: symmetric and exchangeable errors are the user's to declare.
    """
    labels = np.arange(len(partition.effect)) if subjects is None else numbered(subjects)
    members = (labels[:, None] == np.arange(labels.max() + 1)).astype(float)
    means = members.T @ partition.effect / members.sum(axis=0)[:, None]
    alone = len(members.T) == len(members)
    tests_a_mean = _tests_a_mean(partition)
    if isinstance(tests_a_mean, Refused):
        return tests_a_mean
    if alone:
        return _of_single_rows(len(labels), tests_a_mean)
    if _negligible(means):
        return Derived(within(labels, "permute"), _within_sentence(members))
    if spans(np.hstack([partition.effect, partition.nuisance]), members):
        return Refused(
            "the model has a mean for every subject, so nothing is left between subjects to test the effect against;"
            " average the rows of each subject first, or declare scheme and blocks"
        )
    if tests_a_mean:
        return Derived(
            whole(labels, "sign-flip"),
            "the contrast tests a mean against zero and subjects have several rows: the sign of all rows of a subject"
            " is flipped together, which takes errors as symmetric about zero",
        )
    if not _negligible(partition.effect - members @ means):
        return Refused(
            "the effect varies both within and between subjects; add the subject to the formula to test it within"
            " subjects, or declare scheme and blocks"
        )
    return _of_whole_subjects(partition, labels, corresponding)


def _tests_a_mean(partition: Partition) -> bool | Refused:
    """Whether the null model lacks the constant that the full one has, for a single effect."""
    constant = np.ones(len(partition.effect))
    model = np.hstack([partition.effect, partition.nuisance])
    if spans(partition.nuisance, constant) or _negligible(constant @ partition.effect):
        return False
    if not spans(model, constant):
        return Refused(
            "the model has no constant, and the effect does not average zero: whether signs or rows may be exchanged"
            " cannot be told; add the constant, or declare the scheme"
        )
    if partition.effect.shape[1] > 1:
        return Refused(
            "the contrast tests the mean together with other effects, for which neither flipping signs nor permuting"
            " rows alone is sure; test them in two contrasts, or declare the scheme"
        )
    return True


def _of_single_rows(rows_: int, tests_a_mean: bool) -> Derived:
    if tests_a_mean:
        because = (
            "the contrast tests a mean against zero: the signs of rows are flipped, which takes errors as symmetric"
            " about zero"
        )
        return Derived(rows(rows_, "sign-flip"), because)
    return Derived(
        rows(rows_, "permute"),
        "the effect differs between rows, each of another subject: rows are permuted, which takes errors as"
        " exchangeable",
    )


def _within_sentence(members: Floats) -> str:
    pairs = (members.sum(axis=0) == 2).all()
    detail = "; for pairs this is flipping the signs of their differences" if pairs else ""
    return (
        "the effect varies within subjects only: rows are permuted within each subject, which takes the errors of a"
        f" subject as exchangeable{detail}"
    )


def _of_whole_subjects(partition: Partition, labels: Numbers, corresponding: ArrayLike | None) -> Derived | Refused:
    try:
        group = whole(labels, "permute", corresponding)
    except ValueError as error:
        return Refused(
            f"the effect varies between subjects, who would be exchanged with all their rows, but {error};"
            " average the rows of each subject first, or declare scheme and blocks"
        )
    if corresponding is None:
        nuisance = partition.nuisance[group.table]
        inside = nuisance - nuisance.mean(axis=1, keepdims=True)
        if not _negligible((inside - inside[0]).reshape(len(inside), -1)):
            return Refused(
                "the effect varies between subjects, who would be exchanged with all their rows, but which rows"
                " answer each other cannot be told from the design; name their condition, or declare scheme and blocks"
            )
    return Derived(
        group,
        "the effect varies between subjects, who have several rows each: subjects are permuted with all their rows,"
        " which takes subjects as exchangeable",
    )


def _negligible(values: Floats) -> bool:
    """Whether coordinates of an orthonormal basis are rounding."""
    return bool((np.abs(values) <= COMBINATION_TOLERANCE).all())
