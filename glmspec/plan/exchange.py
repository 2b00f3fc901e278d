"""Permutation inference before a voxel is read: what is exchanged, how often, and whether alpha is in reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from glmspec.core.derivation import IN_LARGE_SAMPLES, Derived, derive
from glmspec.core.enumeration import count as distinct_relabellings
from glmspec.core.enumeration import moving, smallest_p
from glmspec.core.exchangeability import Group, mixes, numbered, rows, whole, within
from glmspec.core.least_squares import PreparedDesign
from glmspec.core.partition import Partition, partition
from glmspec.core.tails import z_upper_tail
from glmspec.core.thresholds import f_threshold, t_threshold
from glmspec.errors import DesignError, DocPath, GlmspecError, Problem
from glmspec.plan.analysis import Exchange
from glmspec.plan.check import Check
from glmspec.plan.designs import ContrastWeights, Numbers
from glmspec.plan.rows import Row, within_subject
from glmspec.plan.runs.words import listed
from glmspec.spec.checks import part
from glmspec.spec.document import Document
from glmspec.spec.inference import Permutation, WholeBlocks
from glmspec.spec.problems import suggestion

MOST = 10_000_000
"""Relabellings that `all` may mean: hours of work. Nobody waits for more, and p is known to seven digits."""

EXACTLY = 10**15
"""Numbers below this are told digit by digit."""

Groups = Sequence[str] | None
"""The group of each row, where groups have variances of their own."""

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
    free = exchange.group.blocks == "none" and len(set(_subjects(data) or ())) not in (0, len(data))
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
            group, because = _group(entry, contrast, data, cut, variances, ("inference", name, "exchangeability"))
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
        raise _wrong("E405", message, (*here, "permutations"), hint)
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
        return _wrong("E405", message, (*here, "alpha"), hint)
    message = f"{entry.permutations} permutations give no p below {smallest:.4g}, and alpha is {entry.alpha:g}"
    return _wrong("E405", message, (*here, "permutations"), f"ask for more; {known}")


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
        raise _wrong("E405", message, (*here, "cluster_forming"), "form clusters by the statistic itself: {t: 3}")
    tails = 2 if threshold.scale == "p" and contrast.kind == "t" and entry.alternative == "two-sided" else 1
    p = threshold.height / tails if threshold.scale == "p" else float(z_upper_tail(threshold.height))
    if contrast.kind == "t":
        height = float(t_threshold(p, prepared.dof))
    else:
        height = float(f_threshold(p, contrast.rank, prepared.dof))
    if not 0 < height < float("inf"):
        message = f"a cluster-forming threshold of {threshold.scale} {threshold.height:g} is no height above zero"
        raise _wrong("E405", message, (*here, "cluster_forming"), "form clusters from rarer voxels: {p: 0.001}")
    return height


def _group(
    entry: Permutation, contrast: ContrastWeights, data: list[Row], cut: Partition, variances: Groups, here: DocPath
) -> tuple[Group, str]:
    """The group, and why it is the right one."""
    if entry.exchangeability.scheme == "auto":
        return _derived(entry, contrast, data, cut, variances, here)
    group = _declared(entry, data, here)
    mixing = variances is not None and mixes(group, variances)
    return group, "as the document declares" + (f"; {IN_LARGE_SAMPLES}" if mixing else "")


def _declared(entry: Permutation, data: list[Row], here: DocPath) -> Group:
    settings = entry.exchangeability
    assert settings.scheme != "auto"
    if settings.blocks is None:
        return rows(len(data), settings.scheme)
    labels = _labels(settings.blocks, data, (*here, "blocks"))
    if not isinstance(settings.blocks, WholeBlocks):
        return within(labels, settings.scheme)
    return _whole(settings.blocks, labels, settings.scheme, data, here)


def _derived(
    entry: Permutation, contrast: ContrastWeights, data: list[Row], cut: Partition, variances: Groups, here: DocPath
) -> tuple[Group, str]:
    """By design and contrast, narrowed to the blocks that are declared."""
    blocks = entry.exchangeability.blocks
    labels = None if blocks is None else _labels(blocks, data, (*here, "blocks"))
    found = derive(cut, _subjects(data), _corresponding(data), variances)
    if not isinstance(found, Derived):
        message = f"what may be exchanged to test `{contrast.name}` cannot be derived: {found.because}"
        raise _wrong("E404", message, here, "declare it, for example `exchangeability: {scheme: permute, blocks: ...}`")
    if blocks is None or labels is None:
        return found.group, found.because
    wrong = _unlike(found.group, labels, isinstance(blocks, WholeBlocks))
    if wrong:
        message = f"blocks of `{_variable(blocks)}` do not fit `{contrast.name}`: {wrong}"
        hint = f"{found.because}. Leave `blocks` out, or declare the scheme as well"
        raise _wrong("E404", message, (*here, "blocks"), hint)
    if isinstance(blocks, WholeBlocks):
        return _whole(blocks, labels, found.group.scheme, data, here), found.because
    return within(labels, found.group.scheme), found.because


def _unlike(group: Group, labels: Numbers, whole_blocks: bool) -> str:
    """Why declared blocks are not part of what the design allows; empty where they are."""
    if group.blocks == "within" and whole_blocks:
        return "rows are exchanged within each subject, and these blocks would move as wholes"
    if group.blocks == "within" and not _refines(labels, group.sets[group.unit]):
        return "rows of different subjects would be exchanged"
    if group.blocks == "whole" and not whole_blocks:
        return "subjects are exchanged with all their rows, and rows within these blocks would be exchanged alone"
    if group.blocks == "whole" and not _refines(group.unit, labels):
        return "they cut through the rows of a subject"
    return ""


def _refines(fine: Numbers, coarse: Numbers) -> bool:
    """Whether each block of one lies within a block of the other."""
    return len(np.unique(np.stack([fine, coarse]), axis=1).T) == len(np.unique(fine))


def _whole(blocks: WholeBlocks, labels: Numbers, scheme: str, data: list[Row], here: DocPath) -> Group:
    try:
        return whole(labels, scheme, _corresponding(data))  # type: ignore[arg-type]
    except ValueError as error:
        message = f"the blocks of `{blocks.whole}` do not fit: {error}"
        hint = "blocks that move as wholes have the same rows: complete the data, or flip signs only"
        raise _wrong("E404", message, (*here, "blocks"), hint) from None


def _labels(blocks: str | WholeBlocks, data: list[Row], path: DocPath) -> Numbers:
    name = _variable(blocks)
    values = [row.value(name) for row in data]
    lacking = [row.label for row, value in zip(data, values, strict=True) if value is None]
    if len(lacking) == len(data):
        known = sorted({key for row in data for key in (*row.names, *row.variables)})
        hint = suggestion(name, known, "captured names and variables")
        raise _wrong("E404", f"no map has a `{name}` to make blocks of", path, hint)
    if lacking:
        raise _wrong(
            "E404",
            f"`{name}` has no value for {lacking[0]}",
            path,
            "every map belongs to a block; `missing: {variable: exclude}` leaves such maps out",
        )
    return numbered([str(value) for value in values])


def _variable(blocks: str | WholeBlocks) -> str:
    return blocks.whole if isinstance(blocks, WholeBlocks) else blocks


def _subjects(data: list[Row]) -> list[str] | None:
    labels = [row.names.get("subject") for row in data]
    return None if None in labels else [str(label) for label in labels]


def _corresponding(data: list[Row]) -> list[str] | None:
    """Which rows of different subjects answer each other: those of the same condition, session, ..."""
    names = within_subject(data)
    return ["/".join(row.names[name] for name in names) for row in data] if names else None


def _by(entry: Permutation) -> str:
    blocks = entry.exchangeability.blocks
    return f" of {_variable(blocks)}" if blocks is not None else ""


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


def _wrong(code: str, message: str, path: DocPath, hint: str) -> DesignError:
    return DesignError((Problem(code, message, path, hint=hint),))
