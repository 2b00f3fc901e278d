"""The methods text of a first level: its runs, how they are combined, its contrasts."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.errors import DocPath
from glmspec.plan.rows import same
from glmspec.reporting.clauses import Sentence, said
from glmspec.reporting.material import Material
from glmspec.reporting.methods_parts import (
    asked,
    contrast_clause,
    coverage,
    fit_clause,
    given_mask,
    left_out,
    selection,
    smoothing,
    space_clause,
    with_freedom,
)
from glmspec.reporting.methods_runs import run_model
from glmspec.reporting.run_words import Run, asked_in, called, in_runs, names
from glmspec.reporting.verbs import Verbs
from glmspec.reporting.words import count, fit_words, listed, setting
from glmspec.spec.design import FirstLevelDesign, GrandMean, PercentSignal, Scaling
from glmspec.spec.masks import ThresholdedMask
from glmspec.spec.runs import FirstLevelInputs

EPI = "a mask computed from the mean scan of each run by nilearn's epi strategy (Abraham et al. 2014)"
OWN_MASKS = "the voxels that are not zero in the mask of each run"
COMPUTED = "mask_epi"
"""The operation of a computed mask: a run's own mask may stand in for it."""
COMBINED = {
    "equal": "an effect is the mean over runs, its variance the sum of theirs divided by the square of their number",
    "precision": "an effect is the mean over runs, each weighted by the reciprocal of its variance",
}


def first_level_paragraphs(material: Material) -> Iterator[Iterator[Sentence]]:
    """Data, the model of a run, then contrasts and how runs are combined."""
    inputs, design = material.document.inputs, material.document.design  # type: ignore[attr-defined]
    yield _data(material, inputs, design)
    yield run_model(material, design)
    yield _contrasts(material, design)


def _data(material: Material, inputs: FirstLevelInputs, design: FirstLevelDesign) -> Iterator[Sentence]:
    yield from fit_clause(material)
    runs = material.analysis["runs"]
    of = f" of {fit_words(material.fit)}" if material.fit else ""
    entered = said(f"{count(len(runs), 'run')}{of} {_scans(runs)} {material.verb.entered} ", "inputs", "runs")
    yield entered + said("a first-level analysis", "level") + _times(runs) + said(".")
    if inputs.discard is not None and inputs.discard.initial:
        first = inputs.discard.initial
        scans = "first scan" if first == 1 else f"first {first} scans"
        each, were = "each" if len(runs) > 1 else "the", material.verb.was if first == 1 else material.verb.were
        yield said(f"The {scans} of {each} run {were} discarded.", "inputs", "discard")
    yield from space_clause(inputs.space, "They are")
    yield from selection(material, "runs")
    yield from left_out(material)
    yield from smoothing(material, "Scans")
    yield from coverage(material, _mask(material, inputs), "scan")
    yield from _scaled(runs, design.scaling, material.verb)


def _scans(runs: list[Run]) -> str:
    """``of 191 scans each``, or how many in which run."""
    numbers = {run["scans"] for run in runs}
    if len(numbers) == 1:
        return f"of {count(numbers.pop(), 'scan')}{' each' if len(runs) > 1 else ''}"
    return f"with {in_runs(runs, lambda run: count(run['scans'], 'scan'))}"


def _times(runs: list[Run]) -> Sentence:
    """Repetition times, where they are known."""
    known = [run for run in runs if run["repetition_time"] is not None]
    if not known:
        return ()
    times = {setting(run["repetition_time"]) for run in known}
    each = f"{times.pop()} s" if len(times) == 1 else in_runs(known, lambda run: f"{setting(run['repetition_time'])} s")
    return said(f" (repetition time {each})", "inputs", "repetition_time")


def _mask(material: Material, inputs: FirstLevelInputs) -> Sentence:
    if isinstance(inputs.mask, ThresholdedMask):
        own = said(" and not zero in the mask of each run", "inputs", "runs") if _own_masks(inputs) else ()
        return given_mask(inputs.mask) + own
    made = {str(operation).split("@")[0] for _, operation, _ in material.analysis["steps"]}
    return said(EPI, "inputs", "mask", "compute") if COMPUTED in made else said(OWN_MASKS, "inputs", "runs")


def _own_masks(inputs: FirstLevelInputs) -> bool:
    """Whether runs have masks of their own."""
    rows = inputs.runs if isinstance(inputs.runs, tuple) else (inputs.runs,)
    return any(getattr(row, "mask", None) for row in rows)


def _scaled(runs: list[Run], scaling: Scaling, verb: Verbs) -> Iterator[Sentence]:
    here: DocPath = ("design", "scaling")
    if isinstance(scaling, PercentSignal):
        yield said(f"Each voxel's scans {verb.were} expressed in percent of their mean over the run.", *here)
        low = [run for run in runs if run["too_low"]]
        if low:
            voxels = listed(f"{count(run['too_low'], 'voxel')} in {called(run)}" for run in low)
            yield said(f"Left without a statistic, for a mean below 1: {voxels}.", *here)
    if isinstance(scaling, GrandMean):
        text = f"Each run {verb.was} scaled by one factor to a grand mean of {setting(scaling.target)}."
        yield said(text, *here, "target")


def _contrasts(material: Material, design: FirstLevelDesign) -> Iterator[Sentence]:
    runs = material.analysis["runs"]
    combined = [name for name in material.contrasts if len(asked_in(runs, name)) > 1]
    if combined:
        weights: DocPath = ("design", "across_runs", "weights")
        estimated = f"Contrasts {material.verb.were} estimated in each run"
        lead = said(f"{estimated} and combined over runs by fixed effects", *weights)
        yield lead + said(f": {COMBINED[design.across_runs.weights]}. Degrees of freedom of the runs add up.", *weights)
    if any(material.contrasts[name]["test"] == "F" for name in combined):
        text = f"For an F, the effects of its rows {material.verb.were} combined first, and then tested jointly."
        yield said(text, "contrasts")
    for name in material.contrasts:
        yield contrast_clause(material, name, with_freedom(material, name), ("design",), _expression(material, name))


def _expression(material: Material, name: str) -> str:
    """What was asked, where runs differ in which run."""
    taking = asked_in(material.analysis["runs"], name)
    written = material.document.contrasts[name].runs  # type: ignore[attr-defined]
    alone = f" in {names(taking)}" if len(taking) < len(material.analysis["runs"]) else ""
    if written is None:
        return asked(material, name) + alone
    texts = {same("run", run): text for run, text in written.items()}
    parts: dict[str, str] = {called(run): texts[same("run", str(run["name"]))] for run in taking}
    if len(set(parts.values())) == 1:
        return next(iter(parts.values())) + alone
    return listed(f"{text} in {run}" for run, text in parts.items())
