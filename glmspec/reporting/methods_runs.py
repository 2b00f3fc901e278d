"""The methods text of a run: what its design is made of, and its noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from glmspec.errors import DocPath
from glmspec.reporting.clauses import Sentence, said
from glmspec.reporting.material import Material
from glmspec.reporting.methods_parts import smoothness
from glmspec.reporting.run_words import Run, called, confounds, in_runs
from glmspec.reporting.verbs import Verbs
from glmspec.reporting.words import count, degrees_of_freedom, listed, setting, shortlist
from glmspec.spec.design import Censor, Condition, FirstLevelDesign, Modulator
from glmspec.spec.hrf import CosineDrift, Fir, Glover, NoHrf, PolynomialDrift, Spm
from glmspec.spec.noise import AutoregressiveNoise

DERIVATIVES = {"time": "time derivative", "dispersion": "dispersion derivative"}
RESPONSES = {
    Glover: "Glover's haemodynamic response (Glover 1999)",
    Spm: "SPM's double-gamma haemodynamic response (Friston et al. 1998)",
}
HERE: DocPath = ("design",)


def run_model(material: Material, design: FirstLevelDesign) -> Iterator[Sentence]:
    """Columns, then noise and degrees of freedom."""
    runs: list[Run] = material.analysis["runs"]
    built = [run for run in runs if not run["matrix"]]
    ready = [run for run in runs if run["matrix"]]
    if built:
        yield from _built(built, design, material.verb)
    if ready:
        yield _ready(ready, material.verb)
    yield from _noise(runs, design, material.verb)
    for run in runs:
        yield from smoothness(material, run.get("smoothness"), f" of {called(run)}" if len(runs) > 1 else "")


def _ready(runs: list[Run], verb: Verbs) -> Sentence:
    """Where matrices come from, and how many of their columns have names of their own."""
    files = listed(dict.fromkeys(str(run["matrix"]) for run in runs))
    what = "The design matrix of each run" if len(runs) > 1 else f"The design matrix of {called(runs[0])}"
    source = said(f"{what} {verb.was} ready-made ({files})", "inputs", "runs")
    return source + said(f", with {in_runs(runs, _ready_columns)}.", *HERE, "columns")


def _ready_columns(run: Run) -> str:
    named = run["design"]["task"]
    others = len(run["design"]["columns"]) - len(named)
    text = f"{count(len(named), 'named column')} ({shortlist(named)})"
    return f"{text} and {count(others, 'nuisance column')}" if others else text


def _built(runs: list[Run], design: FirstLevelDesign, verb: Verbs) -> Iterator[Sentence]:
    """The columns of designs that are made from events and tables, in their order."""
    conditions = list(dict.fromkeys(name for run in runs for name in run["conditions"]))
    if conditions:
        yield _responses(conditions, design, verb)
        yield said(f"Events are of {_lengths(runs)}.", "inputs", "runs")
    for name, condition in (design.conditions or {}).items():
        yield from _condition(name, condition, (*HERE, "conditions", name), verb)
    if design.orthogonalize == "serial":
        text = f"Modulators {verb.were} orthogonalised serially, each to those of its condition before it."
        yield said(text, *HERE, "orthogonalize")
    if design.unmodelled:
        text = f"Events of {listed(design.unmodelled)} {verb.were} left to the baseline."
        yield said(text, *HERE, "unmodelled")
    if design.regressors:
        yield said(_further("regressor", design.regressors, verb, " of interest"), *HERE, "regressors")
    yield from _sampled(runs, verb)
    yield from _nuisance(runs, design, verb)


def _responses(conditions: list[str], design: FirstLevelDesign, verb: Verbs) -> Sentence:
    one = len(conditions) == 1
    named = f"For {'the condition' if one else 'each of the conditions'} {shortlist(conditions, 40)} "
    of = said(named, *HERE, "conditions")
    hrf = design.hrf
    here: DocPath = (*HERE, "hrf")
    if isinstance(hrf, Fir):
        delays = listed(map(str, hrf.delays))
        free = of + said(f"the response {verb.was} left free: ", *here)
        return free + said(f"a column for each delay of {delays} scans after the events.", *here, "delays")
    if isinstance(hrf, NoHrf):
        return of + said(f"the events {verb.entered} as they are, without a haemodynamic response.", *here)
    further = listed(f"its {DERIVATIVES[name]}" for name in hrf.derivatives)
    apart = "orthogonalised to it" if len(hrf.derivatives) == 1 else "each orthogonalised to those before it"
    derived = said(f" and with {further}, {apart}", *here, "derivatives") if further else ()
    return of + said(f"the events {verb.were} convolved with {RESPONSES[type(hrf)]}", *here) + derived + said(".")


def _lengths(runs: list[Run]) -> str:
    """How long events are, and those of which conditions where that is not the same."""
    found: dict[str, set[float]] = {}
    for run in runs:
        for name, events in run["conditions"].items():
            found.setdefault(name, set()).update(events["durations"])
    groups: dict[str, list[str]] = {}
    for name, lengths in found.items():
        groups.setdefault(_span(lengths), []).append(name)
    return listed(f"{span} ({shortlist(names)})" if len(groups) > 1 else span for span, names in groups.items())


def _span(lengths: set[float]) -> str:
    """``2 s``, or ``1 to 3 s``."""
    shortest, longest = min(lengths, default=0.0), max(lengths, default=0.0)
    return f"{shortest:.4g} s" if shortest == longest else f"{shortest:.4g} to {longest:.4g} s"


def _sampled(runs: list[Run], verb: Verbs) -> Iterator[Sentence]:
    """When within scans responses were sampled; a sidecar may say it."""
    here = (*HERE, "slice_time_reference")
    if not any(run["slice_time_reference"] for run in runs):
        yield said(f"Responses {verb.were} sampled at the beginning of each scan.", *here)
    else:
        shares = in_runs(runs, lambda run: f"{run['slice_time_reference']:.3g}")
        sampled = f"Responses {verb.were} sampled after the beginning of each scan"
        yield said(f"{sampled}, by this share of a repetition time: {shares}.", *here)


def _condition(name: str, condition: Condition, here: DocPath, verb: Verbs) -> Iterator[Sentence]:
    """What a condition is made of, where that is more than its name says."""
    parts: list[Sentence] = []
    if condition.trial_type is not None or condition.where:
        types = f"of the trial type {listed(condition.trial_type or (name,), 'or')}"
        parts.append(said(types, *here, *(("trial_type",) if condition.trial_type is not None else ())))
    for column, values in condition.where.items():
        parts.append(said(f"with {column} {listed(values, 'or')}", *here, "where", column))
    if isinstance(condition.duration, str):
        parts.append(said(f"with durations from {condition.duration}", *here, "duration"))
    elif condition.duration is not None:
        parts.append(said(f"of {setting(condition.duration)} s", *here, "duration"))
    if condition.amplitude is not None:
        parts.append(said(f"with heights from {condition.amplitude}", *here, "amplitude"))
    if parts:
        text = said(f"The events of {name} {verb.were} those ", *here)
        for index, part in enumerate(parts):
            text += (said(", ") if index else ()) + part
        yield text + said(".")
    if condition.modulators:
        modulated = f"The response to {name} {verb.was} modulated by {_modulators(condition.modulators)}"
        centred = condition.center == "run"
        run = said(", centred over the events of the run", *here, "center") if centred else ()
        yield said(modulated, *here, "modulators") + run + said(".")


def _modulators(modulators: Mapping[str, Modulator]) -> str:
    def words(name: str, entry: Modulator) -> str:
        column = f"the column {entry.column}" if entry.column not in (None, name) else ""
        power = f"to the power of {entry.power}" if entry.power > 1 else ""
        details = " ".join(part for part in (column, power) if part)
        return f"{name} ({details})" if details else name

    return listed(words(name, entry) for name, entry in modulators.items())


def _nuisance(runs: list[Run], design: FirstLevelDesign, verb: Verbs) -> Iterator[Sentence]:
    """Confounds, censored scans, drifts and the constant."""
    columns = list(dict.fromkeys(name for run in runs for name in confounds(run)))
    if columns and design.confounds:
        yield said(_further("confound", columns, verb), *HERE, "confounds")
    for index, rule in enumerate(design.censor):
        yield said(_censored(rule, verb), *HERE, "censor", index)
    if design.censor:
        scans = in_runs(runs, lambda run: count(len(run["censored"]), "scan"))
        yield said(f"That takes out {scans}, each by a column of its own.", *HERE, "censor")
    drift = design.drift
    if isinstance(drift, CosineDrift):
        cutoff, period = _cutoff(drift)
        text = f"Slow drifts {verb.were} modelled by discrete cosines up to {cutoff} Hz, a period of {period} s."
        yield said(text, *HERE, "drift", "high_pass" if drift.period is None else "period")
    elif isinstance(drift, PolynomialDrift) and drift.order:
        text = f"Slow drifts {verb.were} modelled by polynomials of time up to the order {drift.order}."
        yield said(text, *HERE, "drift", "order")
    yield said(f"{'Every' if len(runs) > 1 else 'The'} run {verb.had} a constant.", *HERE)


def _further(noun: str, columns: Sequence[str], verb: Verbs, kind: str = "") -> str:
    """``Further columns were the confounds trans_x and trans_y.``"""
    if len(columns) == 1:
        return f"A further column{kind} {verb.was} the {noun} {columns[0]}."
    return f"Further columns{kind} {verb.were} the {noun}s {shortlist(columns)}."


def _cutoff(drift: CosineDrift) -> tuple[str, str]:
    """Hz and s, one of them as it was written."""
    if drift.period is not None:
        return f"{1 / drift.period:.3g}", setting(drift.period)
    assert drift.high_pass is not None
    return setting(drift.high_pass), f"{1 / drift.high_pass:.3g}"


def _censored(rule: Censor, verb: Verbs) -> str:
    side, bound = ("above", rule.above) if rule.above is not None else ("below", rule.below)
    around = [f"the {count(rule.before, 'scan')} before"] if rule.before else []
    around += [f"the {count(rule.after, 'scan')} after"] if rule.after else []
    also = f", and {listed(around)} each of them," if around else ""
    return f"Scans whose {rule.confound} is {side} {setting(bound or 0)}{also} {verb.were} censored."


def _noise(runs: list[Run], design: FirstLevelDesign, verb: Verbs) -> Iterator[Sentence]:
    here: DocPath = (*HERE, "noise")
    freedom = in_runs(runs, lambda run: degrees_of_freedom(run["design"]["dof"]))
    noise = design.noise
    if not isinstance(noise, AutoregressiveNoise):
        fitted = said(f"Each run {verb.was} fitted by ordinary least squares, which takes scans as independent", *here)
        yield fitted + said(f", leaving {freedom}.", *HERE)
        return
    one = noise.order == 1
    coefficients, them, were = ("coefficient", "it", verb.was) if one else ("coefficients", "them", verb.were)
    first = "the first scan" if noise.order == 1 else f"the first {noise.order} scans"
    order = said(f"Noise {verb.was} taken as autoregressive", *here) + said(f" of order {noise.order}", *here, "order")
    estimated = f": its {coefficients} {verb.followed} from the residuals of ordinary least squares"
    yield order + said(f"{estimated} by the Yule-Walker equations, voxel by voxel.", *here)
    if noise.quantize is None:
        those = "that" if noise.order == 1 else "those"
        whitened = f"Scans and design {verb.were} whitened with {them} in each voxel"
        whitened += f", {first} as {those} of a stationary series"
    else:
        step = f"the {coefficients} {were} cut to multiples of {setting(noise.quantize)} toward zero"
        whitened = f"For comparison with nilearn {step}; scans and design {verb.were} whitened with {them}"
        whitened += f" as if nothing came before {first}"
    yield said(f"{whitened}, and fitted again by least squares.", *here, "quantize")
    left = said(f"That {verb.left} {freedom}", *HERE)
    yield left + said("; the estimation of the noise is not counted.", *here)
