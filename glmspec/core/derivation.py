"""Which scheme and which blocks a design and a contrast call for: what ``auto`` means in a document.

Variance groups change neither. Flipped signs ask for symmetry alone, whatever the variances. Permutations that carry
rows into a group of another variance are not exact any more; but the statistic divides by the variances it finds
(:mod:`glmspec.core.welch`), and for such a statistic they are right in large samples (Janssen 1997, Chung and Romano
2013; DiCiccio and Romano 2017 for regression): in every voxel, and for the maximum over voxels as far as these are
correlated alike in all groups (Chung and Romano 2016). Within variance groups alone a difference between them could not
be tested at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from glmspec.core.exchangeability import Group, Numbers, mixes, numbered, rows, whole, within
from glmspec.core.least_squares import COMBINATION_TOLERANCE, Floats
from glmspec.core.partition import Partition, spans

IN_LARGE_SAMPLES = (
    "between groups of unequal variance that holds in large samples only, as the statistic is studentized (Janssen"
    " 1997, Chung and Romano 2013), so p is approximate"
)
"""What a reader must know where permutations mix variance groups, whoever chose them."""


class Derived(NamedTuple):
    """What ``auto`` chose, and one sentence that says why."""

    group: Group
    because: str


class Refused(NamedTuple):
    """Why ``auto`` chose nothing, and what to do."""

    because: str


def derive(
    partition: Partition,
    subjects: ArrayLike | None = None,
    corresponding: ArrayLike | None = None,
    variances: ArrayLike | None = None,
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
    variances : (N,), optional
        The variance group of each row. What is chosen is the same with them; where permutations mix them, the sentence
        says that p is approximate.

    Returns
    -------
    Derived or Refused
        Never a scheme of both: symmetric and exchangeable errors are the user's to declare.
    """
    found = _derived(partition, subjects, corresponding)
    if isinstance(found, Refused) or variances is None or not mixes(found.group, variances):
        return found
    return Derived(found.group, f"{found.because}; {IN_LARGE_SAMPLES}")


def _derived(partition: Partition, subjects: ArrayLike | None, corresponding: ArrayLike | None) -> Derived | Refused:
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
