"""Permutation inference before a voxel is read: what is exchanged, how often, and whether alpha is in reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from glmspec.core.enumeration import count as distinct_relabellings
from glmspec.core.enumeration import moving, smallest_p
from glmspec.core.exchangeability import Group
from glmspec.core.least_squares import PreparedDesign
from glmspec.core.partition import Partition, partition
from glmspec.core.tails import z_upper_tail
from glmspec.core.thresholds import f_threshold, t_threshold
from glmspec.errors import DesignError, DocPath, GlmspecError, Problem
from glmspec.plan.analysis import Exchange
from glmspec.plan.check import Check
from glmspec.plan.designs import ContrastWeights
from glmspec.plan.exchange_group import Groups, group_of, subjects, variable, wrong
from glmspec.plan.rows import Row
from glmspec.plan.runs.words import listed
from glmspec.spec.checks import part
from glmspec.spec.document import Document
from glmspec.spec.inference import Permutation

MOST = 10_000_000
"""Relabellings that `all` may mean: hours of work. Nobody waits for more, and p is known to seven digits."""

EXACTLY = 10**15
"""Numbers below this are told digit by digit."""

SCHEMES = {"sign-flip": "flipping signs", "permute": "permuting", "both": "permuting and flipping signs"}


@dataclass
class Exchanges:
    """What the permutation inferences of a document come to, with what was found on the way."""

    found: dict[tuple[str, str], Exchange]
    problems: list[Problem]
    checks: list[Check]


def exchanges(
    document: Document,
    data: list[Row],
    contrasts: list[ContrastWeights],
    prepared: PreparedDesign,
    variances: Groups = None,
) -> Exchanges:
    """Exchangeability of every contrast in every permutation inference.

    ``variances`` are the groups (N,) of rows with a variance of their own.
    """
    result = Exchanges({}, [], [])
    told: set[tuple[DocPath, str]] = set()
    for name, entry, family in _asked(document, contrasts):
        problems, asked = _questions(name, entry, family, data, prepared, variances)
        if not problems:
            try:
                found = _exchanges(name, entry, asked, prepared, variances)
            except GlmspecError as error:
                problems, found = list(error.problems), {}
            for contrast, exchange in found.items():
                result.found[contrast, name] = exchange
                result.checks.append(_check(name, contrast, exchange, data))
        for problem in problems:
            if (problem.path, problem.message) not in told:
                told.add((problem.path, problem.message))
                result.problems.append(problem)
    return result


def _check(name: str, contrast: str, exchange: Exchange, data: list[Row]) -> Check:
    free = exchange.group.blocks == "none" and len(set(subjects(data) or ())) not in (0, len(data))
    text = f"{name} of {contrast}: {exchange.words}"
    text += " Rows of one subject are exchanged as if they were independent." if free else ""
    return Check("Exchangeability", "warning" if free else "ok", text)


def _asked(
    document: Document, contrasts: list[ContrastWeights]
) -> Iterator[tuple[str, Permutation, list[ContrastWeights]]]:
    """The contrasts that share a maximum: those of an entry together, or each by itself."""
    for name, entry in part(document, "inference").items():
        if not isinstance(entry, Permutation):
            continue
        tested = [one for one in contrasts if entry.contrasts is None or one.name in entry.contrasts]
        if entry.family == "all-contrasts":
            tested = [one for one in tested if one.kind == "t"]  # an F among them is told by `validate`
            yield from [(name, entry, tested)] if tested else []
        else:
            yield from ((name, entry, [contrast]) for contrast in tested)


@dataclass(frozen=True, eq=False)
class _Question:
    """A contrast, the design cut by it, and the group that its null hypothesis allows."""

    contrast: ContrastWeights
    cut: Partition
    group: Group
    because: str

    @property
    def said(self) -> str:
        """What is done to the rows."""
        return _said(self.group, "")


def _questions(
    name: str,
    entry: Permutation,
    family: list[ContrastWeights],
    data: list[Row],
    prepared: PreparedDesign,
    variances: Groups,
) -> tuple[list[Problem], list[_Question]]:
    """Every contrast with its group; what is wrong with any of them, and whether they may share a maximum."""
    problems: list[Problem] = []
    asked: list[_Question] = []
    for contrast in family:
        cut = partition(prepared, contrast.weights[0] if contrast.kind == "t" else contrast.weights)
        try:
            group, because = group_of(entry, contrast, data, cut, variances, ("inference", name, "exchangeability"))
        except GlmspecError as error:
            problems += error.problems
            continue
        asked.append(_Question(contrast, cut, group, because))
    other = next((question for question in asked if not _same_group(question.group, asked[0].group)), None)
    if other is not None and not problems:
        first = asked[0]
        message = f"one maximum needs the same relabellings for all contrasts: `{first.contrast.name}` is tested by "
        message += f"{first.said}, `{other.contrast.name}` by {other.said}"
        hint = "give them entries of their own, or declare what is exchanged for both: `exchangeability: {scheme: ...}`"
        problems.append(Problem("E408", message, ("inference", name, "family"), hint=hint))
    return problems, asked


def _same_group(one: Group, other: Group) -> bool:
    return (one.scheme, one.blocks) == (other.scheme, other.blocks) and all(
        np.array_equal(getattr(one, key), getattr(other, key)) for key in ("unit", "place", "sets")
    )


def _exchanges(
    name: str, entry: Permutation, asked: list[_Question], prepared: PreparedDesign, variances: Groups
) -> dict[str, Exchange]:
    """One series of relabellings for contrasts that share a maximum, which all have the same group.

    Two relabellings are the same if they are so for every one of the contrasts: the series is of all their columns
    side by side. Their statistics have the same degrees of freedom, so that a height for clusters is one height.
    """
    here: DocPath = ("inference", name)
    group, family = asked[0].group, tuple(question.contrast.name for question in asked)
    design = np.hstack([moving(group, question.cut) for question in asked])
    distinct = distinct_relabellings(group, design, variances)
    if entry.permutations == "all" and distinct > MOST:
        message = f"`all` would be {_number(distinct)} relabellings"
        hint = f"draw some: `permutations: 10000`; at most {MOST:,} are gone through"
        raise wrong("E405", message, (*here, "permutations"), hint)
    exhaustive = entry.permutations == "all" or distinct <= entry.permutations + 1
    used = distinct if exhaustive else int(entry.permutations) + 1
    two_sided = asked[0].contrast.kind == "F" or entry.alternative == "two-sided"
    smallest = smallest_p(group, design, two_sided, variances) if exhaustive else 1 / used
    if smallest > entry.alpha:
        raise _out_of_reach(entry, family, distinct, exhaustive, smallest, here)
    found = {}
    for question in asked:
        height = _height(entry, question.contrast, prepared, variances is not None, here)
        found[question.contrast.name] = Exchange(
            group,
            distinct,
            used,
            exhaustive,
            smallest,
            height,
            question.because,
            _said(group, _by(entry)),
            _counted(entry, distinct, exhaustive, used, smallest, family),
            family,
            question.cut.nuisance.shape[1],
        )
    return found


def _out_of_reach(
    entry: Permutation, family: tuple[str, ...], distinct: int, exhaustive: bool, smallest: float, here: DocPath
) -> DesignError:
    who = f"`{family[0]}` has" if len(family) == 1 else f"the {len(family)} contrasts have together"
    known = f"{who} {_number(distinct)} distinct relabelling{'' if distinct == 1 else 's'}"
    if exhaustive:
        message = f"{known}, so the smallest p is {smallest:.4g}, and alpha is {entry.alpha:g}"
        hint = "no result could be significant: more data, or another scheme or blocks if they are justified"
        return wrong("E405", message, (*here, "alpha"), hint)
    message = f"{entry.permutations} permutations give no p below {smallest:.4g}, and alpha is {entry.alpha:g}"
    return wrong("E405", message, (*here, "permutations"), f"ask for more; {known}")


def _height(
    entry: Permutation, contrast: ContrastWeights, prepared: PreparedDesign, unequal: bool, here: DocPath
) -> float | None:
    """The threshold that forms clusters, on the scale of the statistic."""
    threshold = entry.cluster_forming
    if threshold is None:
        return None
    if threshold.scale in ("t", "F"):
        return threshold.height
    if unequal:
        message = f"a cluster-forming {threshold.scale} is a different t in every voxel where variances are unequal"
        raise wrong("E405", message, (*here, "cluster_forming"), "form clusters by the statistic itself: {t: 3}")
    tails = 2 if threshold.scale == "p" and contrast.kind == "t" and entry.alternative == "two-sided" else 1
    p = threshold.height / tails if threshold.scale == "p" else float(z_upper_tail(threshold.height))
    if contrast.kind == "t":
        height = float(t_threshold(p, prepared.dof))
    else:
        height = float(f_threshold(p, contrast.rank, prepared.dof))
    if not 0 < height < float("inf"):
        message = f"a cluster-forming threshold of {threshold.scale} {threshold.height:g} is no height above zero"
        raise wrong("E405", message, (*here, "cluster_forming"), "form clusters from rarer voxels: {p: 0.001}")
    return height


def _by(entry: Permutation) -> str:
    blocks = entry.exchangeability.blocks
    return f" of {variable(blocks)}" if blocks is not None else ""


def _said(group: Group, by: str) -> str:
    places = {"none": "all rows", "within": f"rows within blocks{by}", "whole": f"whole blocks{by}"}
    return f"{SCHEMES[group.scheme]} of {places[group.blocks]}" if group.flips else f"permuting {places[group.blocks]}"


def _counted(
    entry: Permutation, distinct: int, exhaustive: bool, used: int, smallest: float, family: tuple[str, ...]
) -> str:
    told = f"{_number(distinct)} distinct relabellings"
    how = "every one of them is used" if exhaustive else f"{used - 1:,} drawn at random beside the identity"
    seed = "" if exhaustive else f" (seed {entry.seed})"
    if len(family) == 1:
        return f"There are {told}, {how}{seed}; the smallest p is {smallest:.3g}."
    shared = f"One maximum over the {len(family)} contrasts {listed(family)} corrects p for all of them."
    return f"There are {told}, {how}{seed}; no p is below {smallest:.3g}. {shared}"


def _number(number: int) -> str:
    if number < EXACTLY:
        return f"{number:,}"
    return f"about 10^{int((number.bit_length() - 1) * 0.30103)}"
