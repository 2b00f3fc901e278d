"""The methods text of a run: what its design is made of, and its noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from glmspec.reporting.material import Material
from glmspec.reporting.run_words import Run, called, confounds, in_runs
from glmspec.reporting.words import count, degrees_of_freedom, listed, setting, shortlist
from glmspec.spec.design import Censor, Condition, FirstLevelDesign, Modulator
from glmspec.spec.hrf import CosineDrift, Fir, Glover, NoHrf, PolynomialDrift, Spm
from glmspec.spec.noise import AutoregressiveNoise

DERIVATIVES = {"time": "time derivative", "dispersion": "dispersion derivative"}
RESPONSES = {
    Glover: "Glover's haemodynamic response (Glover 1999)",
    Spm: "SPM's double-gamma haemodynamic response (Friston et al. 1998)",
}


def run_model(material: Material, design: FirstLevelDesign) -> Iterator[str]:
    """Columns, then noise and degrees of freedom."""
    runs: list[Run] = material.analysis["runs"]
    built = [run for run in runs if not run["matrix"]]
    ready = [run for run in runs if run["matrix"]]
    if built:
        yield from _built(built, design)
    if ready:
        yield from _ready(ready)
    yield from _noise(runs, design)


def _ready(runs: list[Run]) -> Iterator[str]:
    """Where matrices come from, and how many of their columns have names of their own."""
    files = listed(dict.fromkeys(str(run["matrix"]) for run in runs))
    what = "The design matrix of each run" if len(runs) > 1 else f"The design matrix of {called(runs[0])}"
    yield f"{what} was ready-made ({files}), with {in_runs(runs, _ready_columns)}."


def _ready_columns(run: Run) -> str:
    named = run["design"]["task"]
    others = len(run["design"]["columns"]) - len(named)
    text = f"{count(len(named), 'named column')} ({shortlist(named)})"
    return f"{text} and {count(others, 'nuisance column')}" if others else text


def _built(runs: list[Run], design: FirstLevelDesign) -> Iterator[str]:
    """The columns of designs that are made from events and tables, in their order."""
    conditions = list(dict.fromkeys(name for run in runs for name in run["conditions"]))
    if conditions:
        yield from _responses(conditions, design)
    for name, condition in (design.conditions or {}).items():
        yield from _condition(name, condition)
    if design.orthogonalize == "serial":
        yield "Modulators were orthogonalised serially, each to those of its condition before it."
    if design.unmodelled:
        yield f"Events of {listed(design.unmodelled)} were left to the baseline."
    if design.regressors:
        yield _further("regressor", design.regressors, " of interest")
    if design.slice_time_reference:
        share = setting(design.slice_time_reference)
        yield f"Responses were sampled {share} of a repetition time after the beginning of each scan."
    yield from _nuisance(runs, design)


def _responses(conditions: list[str], design: FirstLevelDesign) -> Iterator[str]:
    named = f"{'the condition' if len(conditions) == 1 else 'each of the conditions'} {shortlist(conditions, 40)}"
    hrf = design.hrf
    if isinstance(hrf, Fir):
        delays = listed(map(str, hrf.delays))
        yield f"For {named} the response was left free: a column for each delay of {delays} scans after the events."
    elif isinstance(hrf, NoHrf):
        yield f"For {named} the events entered as they are, without a haemodynamic response."
    else:
        further = listed(f"its {DERIVATIVES[name]}" for name in hrf.derivatives)
        derived = f" and with {further}" if further else ""
        yield f"For {named} the events were convolved with {RESPONSES[type(hrf)]}{derived}."


def _condition(name: str, condition: Condition) -> Iterator[str]:
    """What a condition is made of, where that is more than its name says."""
    parts = []
    if condition.trial_type is not None or condition.where:
        parts.append(f"of the trial type {listed(condition.trial_type or (name,), 'or')}")
    parts += [f"with {column} {listed(values, 'or')}" for column, values in condition.where.items()]
    if isinstance(condition.duration, str):
        parts.append(f"with durations from {condition.duration}")
    elif condition.duration is not None:
        parts.append(f"of {setting(condition.duration)} s")
    if condition.amplitude is not None:
        parts.append(f"with heights from {condition.amplitude}")
    if parts:
        yield f"The events of {name} were those {', '.join(parts)}."
    if condition.modulators:
        centred = ", centred over the events of the run" if condition.center == "run" else ""
        yield f"The response to {name} was modulated by {_modulators(condition.modulators)}{centred}."


def _modulators(modulators: Mapping[str, Modulator]) -> str:
    def words(name: str, entry: Modulator) -> str:
        column = f"the column {entry.column}" if entry.column not in (None, name) else ""
        power = f"to the power of {entry.power}" if entry.power > 1 else ""
        details = " ".join(part for part in (column, power) if part)
        return f"{name} ({details})" if details else name

    return listed(words(name, entry) for name, entry in modulators.items())


def _nuisance(runs: list[Run], design: FirstLevelDesign) -> Iterator[str]:
    """Confounds, censored scans, drifts and the constant."""
    columns = list(dict.fromkeys(name for run in runs for name in confounds(run)))
    if columns and design.confounds:
        yield _further("confound", columns)
    for rule in design.censor:
        yield _censored(rule)
    if design.censor:
        scans = in_runs(runs, lambda run: count(len(run["censored"]), "scan"))
        yield f"That takes out {scans}, each by a column of its own."
    drift = design.drift
    if isinstance(drift, CosineDrift):
        cutoff, period = _cutoff(drift)
        yield f"Slow drifts were modelled by discrete cosines up to {cutoff} Hz, a period of {period} s."
    elif isinstance(drift, PolynomialDrift) and drift.order:
        yield f"Slow drifts were modelled by polynomials of time up to the order {drift.order}."
    yield "Every run had a constant." if len(runs) > 1 else "The run had a constant."


def _further(noun: str, columns: Sequence[str], kind: str = "") -> str:
    """``Further columns were the confounds trans_x and trans_y.``"""
    if len(columns) == 1:
        return f"A further column{kind} was the {noun} {columns[0]}."
    return f"Further columns{kind} were the {noun}s {shortlist(columns)}."


def _cutoff(drift: CosineDrift) -> tuple[str, str]:
    """Hz and s, one of them as it was written."""
    if drift.period is not None:
        return f"{1 / drift.period:.3g}", setting(drift.period)
    assert drift.high_pass is not None
    return setting(drift.high_pass), f"{1 / drift.high_pass:.3g}"


def _censored(rule: Censor) -> str:
    side, bound = ("above", rule.above) if rule.above is not None else ("below", rule.below)
    around = [f"the {count(rule.before, 'scan')} before"] if rule.before else []
    around += [f"the {count(rule.after, 'scan')} after"] if rule.after else []
    also = f", and {listed(around)} each of them," if around else ""
    return f"Scans whose {rule.confound} is {side} {setting(bound or 0)}{also} were censored."


def _noise(runs: list[Run], design: FirstLevelDesign) -> Iterator[str]:
    freedom = in_runs(runs, lambda run: degrees_of_freedom(run["design"]["dof"]))
    noise = design.noise
    if not isinstance(noise, AutoregressiveNoise):
        yield f"Each run was fitted by ordinary least squares, which takes scans as independent, leaving {freedom}."
        return
    coefficients, them, were = ("coefficient", "it", "was") if noise.order == 1 else ("coefficients", "them", "were")
    yield (
        f"Noise was taken as autoregressive of order {noise.order}: its {coefficients} followed from the residuals of "
        "ordinary least squares by the Yule-Walker equations, voxel by voxel."
    )
    if noise.quantize is None:
        yield f"Scans and design were whitened with {them} exactly in each voxel, and fitted again by least squares."
    else:
        yield (
            f"For comparison with nilearn the {coefficients} {were} cut to multiples of {setting(noise.quantize)} "
            f"toward zero; scans and design were whitened with {them} as if nothing came before, and fitted again."
        )
    yield f"That left {freedom}; that the noise was estimated is not counted."
