"""Answers about inference: what is tested how, and what its tables and maps hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from glmspec.core.peaks import MINIMUM_DISTANCE, MOST_PEAKS
from glmspec.review.coverage.answers import MISSING, NOT_APPLICABLE, Answer, Ask, Subject, setting, shown
from glmspec.spec.inference import AllResolutions, Inference, Parametric, Permutation
from glmspec.spec.lints import lint

ANY = (Parametric, Permutation, AllResolutions)


def of_methods(kinds: tuple[type, ...], *names: str, control: str = "", otherwise: str = "") -> Ask:
    """Settings of every inference of some kinds, and with some control; not applicable where there is none.

    ``otherwise`` is what leaving all of them out means.
    """

    def ask(subject: Subject) -> Answer:
        entries = [
            (name, entry)
            for name, entry in subject.document.inference.items()
            if isinstance(entry, kinds) and (not control or control in getattr(entry, "control", ()))
        ]
        told = [found for name, entry in entries for found in _told(name, entry, names)]
        if not told:
            silent = Answer("defaulted without a word", otherwise)
            return silent if entries and otherwise else NOT_APPLICABLE
        quiet = any(not written for _, written in told)
        return Answer("defaulted without a word" if quiet else "set", "; ".join(text for text, _ in told))

    return ask


def _told(name: str, entry: Any, fields: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Each setting in words, and whether it was written."""
    for field in fields:
        value = getattr(entry, field, None)
        if value not in (None, ()):
            yield f"{name} {field}: {shown(value)}", field in entry.model_fields_set


def inferences(subject: Subject) -> Answer:
    """What there is."""
    found = subject.document.inference
    return Answer("set", "; ".join(f"{name}: {_name(entry)}" for name, entry in found.items())) if found else MISSING


def _name(entry: Inference) -> str:
    if isinstance(entry, Parametric):
        return f"parametric, correction {entry.correction}"
    if isinstance(entry, Permutation):
        return f"permutation, {', '.join(entry.control)}"
    return "closed testing over all resolutions"


def searched(subject: Subject) -> Answer:
    """The mask, and the regions that tests are confined to."""
    found = setting("inputs.mask")(subject)
    confined = [f"{name} within {entry.within}" for name, entry in subject.document.inference.items() if entry.within]
    return Answer(found.state, "; ".join([found.value, *confined]))


def both_directions(subject: Subject) -> Answer:
    """Whether a contrast and its negative are both tested one-sided, as the lint has it."""
    if not subject.document.inference:
        return NOT_APPLICABLE
    found = [problem.message.replace("`", "") for problem in lint(subject.document) if problem.code == "W201"]
    return Answer("set", "; ".join(found) if found else "no")


def relabellings(subject: Subject) -> Answer:
    """How many, and the smallest p that they can give."""
    if not any(isinstance(entry, Permutation) for entry in subject.document.inference.values()):
        return NOT_APPLICABLE
    found = {
        key: f"{told['relabellings']['used']} by {told['relabellings']['scheme']}, "
        f"smallest p {told['relabellings']['smallest_p']:.3g}"
        for key, told in (subject.facts or {}).get("inference", {}).items()
        if "relabellings" in told
    }
    return Answer("from the run", "; ".join(f"{k}: {v}" for k, v in found.items())) if found else MISSING


def listed_peaks(subject: Subject) -> Answer:
    """The rule of every cluster table."""
    if not subject.document.inference:
        return NOT_APPLICABLE
    apart = f"each more than {MINIMUM_DISTANCE:g} mm from the peak listed before it"
    rule = f"up to {MOST_PEAKS - 1} sub-peaks of a cluster, {apart}"
    return MISSING if subject.facts is None else Answer("from the run", rule)


def label_source(subject: Subject) -> Answer:
    """The image behind the names of regions in tables."""
    atlas = subject.document.report.atlas
    found = setting("report.atlas", "none: peaks have no names")(subject)
    return Answer(found.state, f"{atlas}: {subject.document.regions[atlas].image}") if atlas else found


def maps(subject: Subject) -> Answer:
    """What was written, by kind."""
    outputs = (subject.facts or {}).get("outputs")
    if not outputs:
        return MISSING
    written = Counter(output["stat"] for output in outputs if output["kind"] == "statmap" and output["contrast"])
    masks = sum(output["kind"] == "mask" and output["contrast"] is not None for output in outputs)
    told = [f"unthresholded {', '.join(str(stat) for stat in written if stat)}"] if written else []
    told += [f"{masks} masks of what passed"] if masks else []
    return Answer("from the run", "; ".join(told))
