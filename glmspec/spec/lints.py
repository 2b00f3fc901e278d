"""What a document may say and a reviewer would ask about: warnings, each with a code, a cause and a cure.

Nothing here stops an analysis. What needs the design to be seen is in :mod:`glmspec.plan.lints`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from glmspec.errors import Problem
from glmspec.spec.checks import part
from glmspec.spec.contrasts import Contrast
from glmspec.spec.document import Document
from glmspec.spec.expressions import parse_expression
from glmspec.spec.inference import Parametric
from glmspec.spec.inputs import MapInputs

MANY = 3
"""So many contrasts that are tested without any correction deserve a word: 1 - 0.95^3 is 14 per cent a voxel."""
LENIENT_P, LENIENT_Z = 0.001, 3.09
"""Clusters of a more lenient threshold have more than the nominal error rate (Woo et al. 2014; Eklund et al. 2016)."""
_OUTPUT = re.compile(r"(^|/)((run-[^/_]+_)?contrast-[^/_]+_(desc|stat)-[^/]*\.nii(\.gz)?)$")


def lint(document: Document) -> list[Problem]:
    """Warnings about a document by itself; of a document that is wrong, about the parts that are right."""
    return [*_both_directions(document), *_uncorrected(document), *_lenient(document), *_circular(document)]


def _tested(document: Document, name: str) -> list[str]:
    """The inferences that judge a contrast."""
    entries = part(document, "inference").items()
    return [key for key, entry in entries if entry.contrasts is None or name in entry.contrasts]


def _linear(contrast: Contrast) -> dict[object, object] | None:
    if contrast.expression is not None:
        return {term.key: weight for term, weight in parse_expression(contrast.expression).items() if weight}
    return {name: weight for name, weight in contrast.weights.items() if weight} if contrast.weights else None


def _both_directions(document: Document) -> Iterator[Problem]:
    """A contrast and its negative, both in one direction; or one contrast in both."""
    inference = part(document, "inference")
    sided = {name: entry.alternative for name, entry in inference.items() if entry.alternative != "two-sided"}
    weights = {name: found for name, entry in part(document, "contrasts").items() if (found := _linear(entry))}
    names = list(weights)
    hint = "write one contrast and `alternative: two-sided`: two one-sided tests at alpha are one at twice alpha"
    for place, one in enumerate(names):
        for other in names[:place]:
            opposite = weights[one].keys() == weights[other].keys() and all(
                weights[one][key] == -weights[other][key]  # type: ignore[operator]
                for key in weights[one]
            )
            shared = [key for key in _tested(document, one) if key in _tested(document, other) and key in sided]
            if opposite and shared:
                message = f"`{one}` is `{other}` turned round, and both are tested one-sided by `{shared[0]}`"
                yield Problem("W201", message, ("contrasts", one), hint=hint, on="key")
    for name in part(document, "contrasts"):
        kinds = {sided[key]: key for key in _tested(document, name) if key in sided}
        if {"greater", "less"} <= kinds.keys():
            message = f"`{name}` is tested one-sided in both directions, by `{kinds['greater']}` and `{kinds['less']}`"
            yield Problem("W201", message, ("contrasts", name), hint=hint, on="key")


def _uncorrected(document: Document) -> Iterator[Problem]:
    """Contrasts that no inference corrects for anything."""
    inference = part(document, "inference")
    names = [name for name in part(document, "contrasts") if _tested(document, name)]
    bare = [name for name in names if all(_none(inference[key]) for key in _tested(document, name))]
    if len(bare) >= MANY:
        first = _tested(document, bare[0])[0]
        message = f"{len(bare)} contrasts are tested without any correction: {', '.join(bare[:6])}"
        hint = "add an inference with `correction: fdr` or `bonferroni`, or permutation with `family: all-contrasts`"
        yield Problem("W202", message, ("inference", first), hint=hint, on="key")


def _none(entry: object) -> bool:
    return isinstance(entry, Parametric) and entry.correction == "none"


def _lenient(document: Document) -> Iterator[Problem]:
    """Uncorrected clusters of some size, formed by a lenient threshold."""
    for name, entry in part(document, "inference").items():
        if not isinstance(entry, Parametric) or entry.correction != "none" or entry.minimum_cluster_size is None:
            continue
        threshold = entry.threshold
        p = entry.alpha if threshold is None else threshold.p
        z = None if threshold is None else threshold.z
        if (p is not None and p > LENIENT_P) or (z is not None and z < LENIENT_Z):
            shown = f"p {p:g}" if p is not None else f"z {z:g}"
            message = f"`{name}` forms clusters at {shown}, and keeps them by their size"
            hint = "form them at p 0.001 or less, or control their size by `method: permutation`"
            yield Problem("W203", message, ("inference", name), hint=hint, on="key")


def _circular(document: Document) -> Iterator[Problem]:
    """Regions that are the result of an analysis, perhaps of the same data."""
    inputs = getattr(document, "inputs", None)
    statistic = inputs.statistic if isinstance(inputs, MapInputs) else None
    within = [entry.within for entry in part(document, "inference").values()]
    for name, region in part(document, "regions").items():
        if region.image is not None and name in within and (_OUTPUT.search(region.image) or region.image == statistic):
            message = f"the region `{name}` is the result of an analysis, and tests are confined to it"
            hint = "define it from other subjects, other runs, an atlas or coordinates of earlier work"
            yield Problem("W204", message, ("regions", name), hint=hint, on="key")
