"""The methods text of a first level: its runs, how they are combined, its contrasts."""

from __future__ import annotations

from collections.abc import Iterator

from glmspec.plan.rows import same
from glmspec.reporting.material import Material
from glmspec.reporting.methods_parts import (
    contrast_clause,
    coverage,
    fit_clause,
    given_mask,
    selection,
    smoothing,
    with_freedom,
)
from glmspec.reporting.methods_runs import run_model
from glmspec.reporting.run_words import Run, asked_in, called, in_runs, names
from glmspec.reporting.words import count, fit_words, listed, setting
from glmspec.spec.design import FirstLevelDesign, GrandMean, PercentSignal, Scaling
from glmspec.spec.masks import ThresholdedMask
from glmspec.spec.runs import FirstLevelInputs

EPI = "a mask computed from the mean scan of each run by its histogram, as nilearn's epi strategy does"
OWN_MASKS = "the voxels that are not zero in the mask of each run"
COMPUTED = "mask_epi"
"""The operation of a computed mask: a run's own mask may stand in for it."""
COMBINED = {
    "equal": "an effect is the mean over runs, its variance the sum of theirs divided by the square of their number",
    "precision": "an effect is the mean over runs, each weighted by the reciprocal of its variance",
}


def first_level_paragraphs(material: Material) -> Iterator[Iterator[str]]:
    """Data, the model of a run, then contrasts and how runs are combined."""
    inputs, design = material.document.inputs, material.document.design  # type: ignore[attr-defined]
    yield _data(material, inputs, design)
    yield run_model(material, design)
    yield _contrasts(material, design)


def _data(material: Material, inputs: FirstLevelInputs, design: FirstLevelDesign) -> Iterator[str]:
    yield from fit_clause(material)
    runs = material.analysis["runs"]
    of = f" of {fit_words(material.fit)}" if material.fit else ""
    yield f"{count(len(runs), 'run')}{of} {_scans(runs)} entered a first-level analysis{_times(runs)}."
    if inputs.discard is not None and inputs.discard.initial:
        first = inputs.discard.initial
        scans = "first scan" if first == 1 else f"first {first} scans"
        yield f"The {scans} of {'each' if len(runs) > 1 else 'the'} run {'was' if first == 1 else 'were'} discarded."
    if inputs.space:
        yield f"They are in the space {inputs.space}."
    yield from selection(inputs.select, "runs")
    yield from smoothing(inputs.smoothing_fwhm, "Scans were")
    yield from coverage(material, _mask(material, inputs), "scan")
    yield from _scaled(runs, design.scaling)


def _scans(runs: list[Run]) -> str:
    """``of 191 scans each``, or how many in which run."""
    numbers = {run["scans"] for run in runs}
    if len(numbers) == 1:
        return f"of {count(numbers.pop(), 'scan')}{' each' if len(runs) > 1 else ''}"
    return f"with {in_runs(runs, lambda run: count(run['scans'], 'scan'))}"


def _times(runs: list[Run]) -> str:
    """Repetition times, where they are known."""
    known = [run for run in runs if run["repetition_time"] is not None]
    if not known:
        return ""
    times = {setting(run["repetition_time"]) for run in known}
    if len(times) == 1:
        return f" (repetition time {times.pop()} s)"
    return f" (repetition time {in_runs(known, lambda run: setting(run['repetition_time']) + ' s')})"


def _mask(material: Material, inputs: FirstLevelInputs) -> str:
    if isinstance(inputs.mask, ThresholdedMask):
        return given_mask(inputs.mask) + (" and not zero in the mask of each run" if _own_masks(inputs) else "")
    made = {str(operation).split("@")[0] for _, operation, _ in material.analysis["steps"]}
    return EPI if COMPUTED in made else OWN_MASKS


def _own_masks(inputs: FirstLevelInputs) -> bool:
    """Whether runs have masks of their own."""
    rows = inputs.runs if isinstance(inputs.runs, tuple) else (inputs.runs,)
    return any(getattr(row, "mask", None) for row in rows)


def _scaled(runs: list[Run], scaling: Scaling) -> Iterator[str]:
    if isinstance(scaling, PercentSignal):
        yield "Each voxel's scans were expressed in percent of their mean over the run."
        low = [run for run in runs if run["too_low"]]
        if low:
            voxels = listed(f"{count(run['too_low'], 'voxel')} in {called(run)}" for run in low)
            yield f"Left without a statistic, for a mean below 1: {voxels}."
    if isinstance(scaling, GrandMean):
        yield f"Each run was scaled by one factor to a grand mean of {setting(scaling.target)}."


def _contrasts(material: Material, design: FirstLevelDesign) -> Iterator[str]:
    runs = material.analysis["runs"]
    if any(len(asked_in(runs, name)) > 1 for name in material.contrasts):
        yield (
            "Contrasts were estimated in each run and combined over runs by fixed effects: "
            f"{COMBINED[design.across_runs.weights]}. Degrees of freedom of the runs add up."
        )
    if any(contrast["test"] == "F" for contrast in material.contrasts.values()) and len(runs) > 1:
        yield "For an F, the effects of its rows were combined before they were tested jointly."
    for name in material.contrasts:
        yield contrast_clause(material, name, with_freedom(material, name), _expression(material, name))


def _expression(material: Material, name: str) -> str:
    """What was asked, where runs differ in which run."""
    asked = asked_in(material.analysis["runs"], name)
    written = material.document.contrasts[name].runs  # type: ignore[attr-defined]
    alone = f" in {names(asked)}" if len(asked) < len(material.analysis["runs"]) else ""
    if written is None:
        return str(material.contrasts[name]["expression"]) + alone
    texts = {same("run", run): text for run, text in written.items()}
    parts: dict[str, str] = {called(run): texts[same("run", str(run["name"]))] for run in asked}
    if len(set(parts.values())) == 1:
        return next(iter(parts.values())) + alone
    return listed(f"{text} in {run}" for run, text in parts.items())
