"""The questions: what reporting guidelines and registration templates ask of an fMRI GLM analysis, in our own words.

Identifiers follow the names of items in eCobidas; no text of it is here. Each question says which profiles ask it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from glmspec.review.coverage import designs, testing
from glmspec.review.coverage.answers import (
    MISSING,
    NOT_APPLICABLE,
    Answer,
    Ask,
    Subject,
    at,
    either,
    every,
    fact,
    setting,
    words,
)
from glmspec.review.coverage.designs import built, of_designs, or_from_runs, smoothness
from glmspec.review.coverage.testing import ANY, of_methods
from glmspec.spec.inference import AllResolutions, Parametric, Permutation

Profile = Literal["cobidas", "fmri-preregistration", "registered-report", "aspredicted"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
TITLES: Mapping[Profile, str] = {
    "cobidas": "COBIDAS: reporting of the statistical model and its results",
    "fmri-preregistration": "Preregistration of an fMRI study",
    "registered-report": "Registered Report, stage 1 and 2",
    "aspredicted": "AsPredicted: nine questions",
}
_LETTERS: Mapping[str, Profile] = {
    "C": "cobidas", "P": "fmri-preregistration", "R": "registered-report", "A": "aspredicted",
}  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One question."""

    id: str
    question: str
    profiles: tuple[Profile, ...]
    ask: Ask


def _item(profiles: str, id: str, question: str, ask: Ask) -> Item:
    return Item(id, question, tuple(_LETTERS[letter] for letter in profiles), ask)


def _confirmatory(subject: Subject) -> Answer:
    """Every contrast is named by a hypothesis."""
    contrasts = getattr(subject.document, "contrasts", None)
    if contrasts is None:
        return NOT_APPLICABLE
    named = {entry.contrast for entry in subject.document.hypotheses.values()}
    lacking = [name for name in contrasts if name not in named]
    return Answer("missing", f"no hypothesis names {', '.join(lacking)}") if lacking else Answer("set", "all")


def _exclusions(subject: Subject) -> Answer:
    rules = subject.document.exclusions
    if not rules:
        return MISSING
    judged = [entry for entry in rules if entry.variable is not None or entry.subjects]
    text = "; ".join(entry.rule for entry in rules)
    return Answer("set" if len(judged) == len(rules) else "declared", text)


def _left_out(subject: Subject) -> Answer:
    told = (subject.facts or {}).get("left_out")
    if told is None:
        return MISSING
    return Answer("from the run", f"{told['excluded']} of {told['of']} {told['counted']}" if told["of"] else "nobody")


def _deviations(subject: Subject) -> Answer:
    found = (subject.facts or {}).get("deviations")
    if found is None:
        return words("deviations")(subject)
    if not found:
        return Answer("from the run", "none")
    silent = sum(entry["rationale"] is None for entry in found)
    state = "missing" if silent else "from the run"
    return Answer(state, f"{len(found)}, {silent} without a rationale")  # type: ignore[arg-type]


def _lock(subject: Subject) -> Answer:
    named = words("registration.lock")(subject)
    if named.state != "missing":
        return Answer("set", named.value)
    found = (subject.facts or {}).get("deviations")
    return MISSING if found is None else Answer("from the run", "the one beside the document")


def _seconds(run: Mapping[str, Any]) -> str | None:
    return None if run["repetition_time"] is None else f"{run['repetition_time']:g} s"


def _conditions(run: Mapping[str, Any]) -> str | None:
    return ", ".join(run["conditions"]) or None


def _reference(run: Mapping[str, Any]) -> str | None:
    return f"{run['slice_time_reference']:g} of a repetition time"


first, second, mapped = at("first"), at("second"), at("map")

ITEMS: tuple[Item, ...] = (
    _item("PRA", "hypotheses", "What is hypothesised, as numbered claims?", every("hypotheses", "statement")),
    _item("PRA", "hypothesis-direction", "In which direction?", every("hypotheses", "direction")),
    _item("PRA", "hypothesis-kind", "Which claims are confirmatory, which exploratory?", every("hypotheses", "kind")),
    _item("PRA", "hypothesis-test", "Which test decides each?", every("hypotheses", "inference")),
    _item("PRA", "contrasts-accounted-for", "Does each contrast belong to a hypothesis?", _confirmatory),
    _item("PRA", "data-status", "What existed of the data at registration?", words("registration.data_status")),
    _item("PRA", "prior-knowledge", "What was known of the data?", words("registration.prior_knowledge")),
    _item("PR", "registration", "Where is it registered?", words("registration.url")),
    _item("CPRA", "number-of-subjects", "How many subjects were planned?", words("sample.planned_n")),
    _item("CPRA", "stopping-rule", "When does collection stop?", words("sample.stopping_rule")),
    _item("CPRA", "sample-size-justification", "How was the number justified?", words("sample.power")),
    _item("CPRA", "exclusion-criteria", "By which rules are subjects left out?", _exclusions),
    _item("CPRA", "subjects-left-out", "Who was left out, of how many?", _left_out),
    _item("PR", "missing-data", "What happens where data are missing?", setting("missing")),
    _item("CP", "preprocessing", "What was done to the data before?", words("preprocessing")),
    _item("C", "runs-and-scans", "How many runs, of how many scans?", first(designs.runs_and_scans)),
    _item("CP", "repetition-time", "What is the repetition time?",
          first(or_from_runs("inputs.repetition_time", _seconds, "as the images say"))),
    _item("C", "dropped-scans", "How many scans are dropped at the start?", first(setting("inputs.discard", "none"))),
    _item("CP", "smoothing-kernel", "How wide is the smoothing kernel, mm?", setting("inputs.smoothing_fwhm")),
    _item("C", "space", "In which space are the images?", setting("inputs.space")),
    _item("CP", "search-region", "Which voxels are searched?", testing.searched),
    _item("CP", "search-volume", "How many voxels are searched?", fact("mask.voxels", "voxels")),
    _item("CP", "search-volume-mm3", "Of which volume?", fact("mask.mm3", "mm3")),
    _item("CP", "smoothness", "How smooth are the errors, FWHM along x, y, z?", smoothness("fwhm_mm", "mm")),
    _item("CP", "resels", "How many resels is that?", smoothness("resels", "resels")),
    _item("CP", "design-matrix", "Which ready-made matrices are used?", first(designs.ready_made)),
    _item("CP", "conditions", "Which events make which condition?",
          first(built(or_from_runs("design.conditions", _conditions, "every trial type is one")))),
    _item("CP", "event-durations", "How long are events?", first(built(designs.event_durations))),
    _item("CP", "modulators", "What modulates responses?", first(built(designs.modulators))),
    _item("CP", "baseline", "Which events are left to the baseline?",
          first(built(setting("design.unmodelled", "none: every event is modelled")))),
    _item("CP", "hemodynamic-response", "Which response function?", built(setting("design.hrf.model"))),
    _item("CP", "response-derivatives", "With which derivatives?", built(setting("design.hrf.derivatives", "none"))),
    _item("C", "sampling-time", "When within a scan are responses sampled?",
          first(built(or_from_runs("design.slice_time_reference", _reference, "as the sidecar says, else 0")))),
    _item("CP", "drift-model", "How is drift modelled?", built(setting("design.drift"))),
    _item("CP", "noise-model", "How is autocorrelation modelled?", setting("design.noise.model")),
    _item("CP", "noise-order", "Of which order?", setting("design.noise.order")),
    _item("CP", "nuisance-regressors", "Which confounds are in the model?", built(setting("design.confounds", "none"))),
    _item("CP", "censoring", "Which scans are taken out?", built(setting("design.censor", "none"))),
    _item("CP", "orthogonalization", "What is orthogonalised against what?", built(designs.orthogonalised)),
    _item("CP", "efficiency", "How efficient is the design for each contrast?", of_designs(designs.efficiencies)),
    _item("CP", "collinearity", "How well are columns told apart?", of_designs(designs.told_apart)),
    _item("C", "units", "What are the units of effects?", designs.units),
    _item("CP", "combining-runs", "How are runs combined?", first(designs.combining)),
    _item("CPRA", "group-model", "What is the model over subjects?",
          second(either(setting("design.formula"), setting("design.matrix")))),
    _item("CP", "estimator", "Fixed or random effects?", second(designs.estimator)),
    _item("CP", "variance-structure", "Do groups have variances of their own?",
          second(setting("design.variance_groups", "no: one variance for all"))),
    _item("CP", "repeated-measures", "How are several maps of a subject told apart?", second(designs.repeated)),
    _item("CPRA", "contrasts", "Which contrasts, in terms of conditions?", setting("contrasts")),
    _item("C", "opposite-contrasts", "Are a contrast and its negative both tested one-sided?", testing.both_directions),
    _item("C", "degrees-of-freedom", "How many degrees of freedom?",
          either(mapped(setting("inputs.scale")), designs.freedom)),
    _item("C", "n-per-cell", "How many maps or events in each cell?", designs.per_cell),
    _item("CPRA", "inference", "How are contrasts tested, and corrected?", testing.inferences),
    _item("CPR", "alternative", "One-sided or two-sided?", every("inference", "alternative")),
    _item("CPR", "alpha", "At which error rate or threshold?", of_methods(ANY, "alpha", "threshold")),
    _item("CPR", "cluster-forming-threshold", "What forms clusters?",
          of_methods((Permutation, AllResolutions), "cluster_forming")),
    _item("C", "cluster-extent", "How large must a cluster be?",
          of_methods((Parametric,), "minimum_cluster_size", otherwise="no minimum")),
    _item("CP", "connectivity", "Which voxels are neighbours?", every("inference", "connectivity")),
    _item("CP", "cluster-mass", "What is the mass of a cluster?",
          of_methods((Permutation,), "cluster_mass", control="cluster-mass")),
    _item("CP", "tfce", "With which parameters of TFCE?", of_methods((Permutation,), "tfce", control="tfce")),
    _item("CPR", "permutation-scheme", "What is exchanged, how often, from which seed, over which family?",
          of_methods((Permutation,), "exchangeability", "permutations", "seed", "family")),
    _item("CP", "relabellings", "How many relabellings, and which smallest p?", testing.relabellings),
    _item("C", "listed-peaks", "Which peaks does a cluster table list?", testing.listed_peaks),
    _item("C", "label-source", "Where do names of regions come from?", testing.label_source),
    _item("C", "maps", "Which maps are shared?", testing.maps),
    _item("PR", "expectations", "What must be true of data and design?", setting("expect")),
    _item("CR", "software", "With which versions?", fact("versions")),
    _item("CR", "document", "Which document, by its sha256?", fact("document_sha256")),
    _item("PR", "lock", "Which lock froze it?", _lock),
    _item("R", "deviations", "What was not done as registered, and why?", _deviations),
)  # fmt: skip
