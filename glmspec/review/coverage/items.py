"""The questions: what reporting guidelines and registration templates ask of an fMRI GLM analysis, in our own words.

Identifiers follow the names of items in eCobidas; no text of it is here. Each question says which profiles ask it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

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
    shown,
    words,
)  # fmt: skip
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


def _methods(subject: Subject, kind: type) -> list[tuple[str, object]]:
    return [(name, entry) for name, entry in subject.document.inference.items() if isinstance(entry, kind)]


def _of_methods(kind: type, *names: str) -> Ask:
    """Settings of every inference of a kind; not applicable where there is none."""

    def ask(subject: Subject) -> Answer:
        entries = _methods(subject, kind)
        if not entries:
            return NOT_APPLICABLE
        told, silent = [], False
        for name, entry in entries:
            for field in names:
                value = getattr(entry, field)
                if value is not None:
                    told.append(f"{name} {field}: {shown(value)}")
                    silent = silent or field not in entry.model_fields_set  # type: ignore[attr-defined]
        if not told:
            return NOT_APPLICABLE
        return Answer("defaulted without a word" if silent else "set", "; ".join(told)[:200])

    return ask


def _inferences(subject: Subject) -> Answer:
    found = subject.document.inference
    return Answer("set", "; ".join(f"{name}: {_name(entry)}" for name, entry in found.items())) if found else MISSING


def _name(entry: object) -> str:
    if isinstance(entry, Parametric):
        return f"parametric, correction {entry.correction}"
    if isinstance(entry, Permutation):
        return f"permutation, {', '.join(entry.control)}"
    return "closed testing over all resolutions"


def _confirmatory(subject: Subject) -> Answer:
    """Every contrast is named by a hypothesis."""
    contrasts = getattr(subject.document, "contrasts", None)
    if contrasts is None:
        return NOT_APPLICABLE
    named = {entry.contrast for entry in subject.document.hypotheses.values()}
    lacking = [name for name in contrasts if name not in named]
    return Answer("missing", f"no hypothesis names {', '.join(lacking)}"[:200]) if lacking else Answer("set", "all")


def _exclusions(subject: Subject) -> Answer:
    rules = subject.document.exclusions
    if not rules:
        return MISSING
    judged = [entry for entry in rules if entry.variable is not None or entry.subjects]
    text = "; ".join(entry.rule for entry in rules)[:200]
    return Answer("set" if len(judged) == len(rules) else "declared", text)


def _per_cell(subject: Subject) -> Answer:
    """Rows for each combination of the names that the fits tell apart; groups where the design has them."""
    facts = subject.facts or {}
    if "rows" in facts:
        cells: dict[str, int] = {}
        for row in facts["rows"]:
            names = {key: value for key, value in row["names"].items() if key not in ("subject", "session", "run")}
            cells[", ".join(names.values()) or "all"] = cells.get(", ".join(names.values()) or "all", 0) + 1
        groups: dict[str, int] = {}
        for group in facts.get("groups") or ():
            groups[group] = groups.get(group, 0) + 1
        found = groups or cells
        return Answer("from the run", "; ".join(f"{key}: {number}" for key, number in found.items())[:200])
    if "runs" in facts:
        scans = "; ".join(f"{run['name']}: {run['scans']} scans" for run in facts["runs"])
        return Answer("from the run", scans[:200])
    return MISSING if subject.facts is None else NOT_APPLICABLE


def _dof(subject: Subject) -> Answer:
    facts = subject.facts or {}
    if "design" in facts:
        return Answer("from the run", str(facts["design"]["dof"]))
    if "runs" in facts:
        return Answer(
            "from the run", "; ".join(f"{run['name']}: {run['design']['dof']}" for run in facts["runs"])[:200]
        )
    return MISSING if subject.facts is None else NOT_APPLICABLE


def _relabellings(subject: Subject) -> Answer:
    if not _methods(subject, Permutation):
        return NOT_APPLICABLE
    found = {}
    for key, entry in (subject.facts or {}).get("inference", {}).items():
        if "relabellings" in entry:
            told = entry["relabellings"]
            found[key] = f"{told['used']} by {told['scheme']}, smallest p {told['smallest_p']:.3g}"
    return Answer("from the run", "; ".join(f"{k}: {v}" for k, v in found.items())[:200]) if found else MISSING


def _deviations(subject: Subject) -> Answer:
    found = (subject.facts or {}).get("deviations")
    if found is None:
        return words("deviations")(subject)
    if not found:
        return Answer("from the run", "none")
    silent = sum(entry["rationale"] is None for entry in found)
    state = "missing" if silent else "from the run"
    return Answer(state, f"{len(found)}, {silent} without a rationale")  # type: ignore[arg-type]


first, second = at("first"), at("second")

ITEMS: tuple[Item, ...] = (
    _item("PRA", "hypotheses", "What is hypothesised, as numbered claims?", every("hypotheses", "statement")),
    _item("PRA", "hypothesis-direction", "In which direction?", every("hypotheses", "direction")),
    _item("PRA", "hypothesis-kind", "Which claims are confirmatory, which exploratory?", every("hypotheses", "kind")),
    _item("PRA", "hypothesis-test", "Which test decides each?", every("hypotheses", "inference")),
    _item("R", "contrasts-accounted-for", "Does each contrast belong to a hypothesis?", _confirmatory),
    _item("PRA", "data-status", "What existed of the data at registration?", words("registration.data_status")),
    _item("PR", "prior-knowledge", "What was known of the data?", words("registration.prior_knowledge")),
    _item("PR", "registration", "Where is it registered?", words("registration.url")),
    _item("CPRA", "number-of-subjects", "How many subjects were planned?", words("sample.planned_n")),
    _item("PRA", "stopping-rule", "When does collection stop?", words("sample.stopping_rule")),
    _item("CPRA", "sample-size-justification", "How was the number justified?", words("sample.power")),
    _item("CPRA", "exclusion-criteria", "By which rules are subjects left out?", _exclusions),
    _item("CPR", "subjects-left-out", "Who was left out, of how many?", fact("left_out")),
    _item("PR", "missing-data", "What happens where data are missing?", setting("missing")),
    _item("CP", "preprocessing", "What was done to the data before?", words("preprocessing")),
    _item("CP", "smoothing-kernel", "How wide is the smoothing kernel, mm?", setting("inputs.smoothing_fwhm")),
    _item("C", "space", "In which space are the images?", setting("inputs.space")),
    _item("CP", "search-region", "Which voxels are searched?", setting("inputs.mask")),
    _item("C", "search-volume", "How many voxels are searched?", fact("mask.voxels", "voxels")),
    _item("C", "search-volume-mm3", "Of which volume?", second(fact("smoothness.mm3", "mm3"))),
    _item("C", "smoothness", "How smooth are the errors, FWHM in mm?", second(fact("smoothness.fwhm_mm", "mm"))),
    _item("C", "resels", "How many resels is that?", second(fact("smoothness.resels", "resels"))),
    _item("CP", "repetition-time", "What is the repetition time?",
          first(setting("inputs.repetition_time", "as the images say"))),
    _item("C", "dropped-scans", "How many scans are dropped at the start?", first(setting("inputs.discard", "none"))),
    _item("CP", "conditions", "Which events make which condition?",
          first(setting("design.conditions", "every trial type is one"))),
    _item("CP", "hemodynamic-response", "Which response function, which derivatives?", setting("design.hrf")),
    _item("CP", "drift-model", "How is drift modelled?", setting("design.drift")),
    _item("CP", "noise-model", "How is autocorrelation modelled?", setting("design.noise")),
    _item("CP", "nuisance-regressors", "Which confounds are in the model?", setting("design.confounds", "none")),
    _item("CP", "censoring", "Which scans are taken out?", setting("design.censor", "none")),
    _item("CP", "orthogonalization", "What is orthogonalised against what?", setting("design.orthogonalize")),
    _item("C", "units", "What are the units of effects?", setting("design.scaling")),
    _item("CP", "combining-runs", "How are runs combined?", setting("design.across_runs")),
    _item("CPRA", "group-model", "What is the model over subjects?",
          second(either(setting("design.formula"), setting("design.matrix")))),
    _item("CP", "variance-structure", "Do groups have variances of their own?",
          second(either(setting("design.variance_groups"), setting("design.estimator")))),
    _item("C", "estimator", "Fixed or random effects?", setting("design.estimator")),
    _item("CPRA", "contrasts", "Which contrasts, in terms of conditions?", setting("contrasts")),
    _item("C", "degrees-of-freedom", "How many degrees of freedom?", _dof),
    _item("C", "n-per-cell", "How many maps or scans in each cell?", _per_cell),
    _item("CPRA", "inference", "How are contrasts tested, and corrected?", _inferences),
    _item("CPR", "alternative", "One-sided or two-sided?", every("inference", "alternative")),
    _item("CPR", "alpha", "At which error rate or threshold?",
          either(_of_methods(Permutation, "alpha"), _of_methods(AllResolutions, "alpha"),
                 _of_methods(Parametric, "alpha", "threshold"))),
    _item("CPR", "cluster-forming-threshold", "What forms clusters?", _of_methods(Permutation, "cluster_forming")),
    _item("C", "cluster-extent", "How large must a cluster be?", _of_methods(Parametric, "minimum_cluster_size")),
    _item("C", "connectivity", "Which voxels are neighbours?", every("inference", "connectivity")),
    _item("CPR", "permutation-scheme", "What is exchanged, how often, from which seed?",
          _of_methods(Permutation, "exchangeability", "permutations", "seed")),
    _item("C", "relabellings", "How many relabellings, and which smallest p?", _relabellings),
    _item("PR", "expectations", "What must be true of data and design?", setting("expect")),
    _item("CR", "software", "Which document, by its sha256?", fact("document_sha256")),
    _item("R", "deviations", "What was not done as registered, and why?", _deviations),
)  # fmt: skip
