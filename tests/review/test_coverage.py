"""Coverage: every question has one of seven states, and a default without a word is not one that was written out."""

from __future__ import annotations

import json

import pytest
from reporting.small_runs import analysed, several

from glmspec.cli.reviewing import Profile
from glmspec.review.coverage.answers import STATES, Answer, Subject, setting
from glmspec.review.coverage.check import coverage
from glmspec.review.coverage.designs import ESTIMATORS
from glmspec.review.coverage.fits import WORST, over_fits
from glmspec.review.coverage.items import ITEMS, PROFILES
from glmspec.spec.noise import FixedEffects, Ols
from glmspec.spec.source import parse
from glmspec.spec.validate import loaded

from .study import DOCUMENT, glmspec, write, write_maps

HYPOTHESIS = (
    "hypotheses: {H1: {statement: It is., contrast: mean, inference: fdr, direction: positive, kind: confirmatory}}\n"
)


FIXED = """\
glmspec: 1
name: fixed
level: second
inputs: {maps: "{subject}.nii", variances: "{subject}_v.nii", mask: m.nii}
design: {formula: "1", estimator: fixed-effects}
contrasts: {mean: intercept}
"""
EVENTS = """\
glmspec: 1
name: runs
level: first
inputs: {runs: {bold: "{run}.nii", events: "{run}.tsv"}, mask: m.nii}
design: {conditions: {go: {}}}
contrasts: {go: go}
"""
READY = """\
glmspec: 1
name: runs
level: first
inputs: {runs: [{name: a, bold: a.nii, design: {file: a.npz, array: X}}], mask: m.nii}
design: {columns: [go], unnamed: nuisance}
contrasts: {go: go}
"""
BUILT = ("conditions", "event-durations", "modulators", "baseline", "hemodynamic-response", "response-derivatives",
         "sampling-time", "drift-model", "nuisance-regressors", "censoring", "orthogonalization")  # fmt: skip


def answers(text: str, *fits) -> dict[str, Answer]:
    found = coverage(loaded(parse(text, "press.yaml")), fits)
    return {item.id: answer for profile in found for item, answer in profile.answers}


def states(text: str, *fits) -> dict[str, str]:
    return {id: answer.state for id, answer in answers(text, *fits).items()}


def test_every_question_has_a_state_in_every_profile():
    for profile in coverage(loaded(parse(DOCUMENT, "press.yaml"))):
        assert sum(profile.counts.values()) == len(profile.answers) > 5
        assert tuple(profile.counts) == STATES
    assert len({item.id for item in ITEMS}) == len(ITEMS)
    assert {name for item in ITEMS for name in item.profiles} == set(PROFILES)
    assert {profile.value for profile in Profile} == {"all", *PROFILES}
    assert set(WORST) == set(STATES)


@pytest.mark.parametrize(
    ("text", "id", "expected"),
    [
        (DOCUMENT, "smoothing-kernel", "set"),
        (DOCUMENT.replace("  smoothing_fwhm: 4\n", ""), "smoothing-kernel", "defaulted without a word"),
        (DOCUMENT.replace("smoothing_fwhm: 4", "smoothing_fwhm: 0"), "smoothing-kernel", "defaulted and acknowledged"),
        (DOCUMENT, "preprocessing", "missing"),
        (DOCUMENT + "preprocessing: fMRIPrep\n", "preprocessing", "declared"),
        (DOCUMENT, "hemodynamic-response", "not applicable"),
        (DOCUMENT, "smoothness", "missing"),
        (DOCUMENT, "hypotheses", "missing"),
        (DOCUMENT + HYPOTHESIS, "hypotheses", "set"),
        (DOCUMENT + HYPOTHESIS, "contrasts-accounted-for", "set"),
        (DOCUMENT + HYPOTHESIS.replace("direction: positive, ", ""), "hypothesis-direction", "missing"),
        (DOCUMENT, "contrasts-accounted-for", "missing"),
        (DOCUMENT, "alternative", "defaulted without a word"),
        (DOCUMENT + "exclusions: [{rule: Asleep}]\n", "exclusion-criteria", "declared"),
        (DOCUMENT + "exclusions: [{rule: Gone, subjects: [S01]}]\n", "exclusion-criteria", "set"),
        (DOCUMENT.replace("  flips:", "  # flips:"), "permutation-scheme", "not applicable"),
        (DOCUMENT, "cluster-extent", "defaulted without a word"),
        (DOCUMENT, "cluster-forming-threshold", "not applicable"),
        (DOCUMENT, "tfce", "not applicable"),
        (DOCUMENT.replace("control: voxel", "control: tfce"), "tfce", "defaulted without a word"),
        (DOCUMENT.replace("control: voxel", "control: tfce, tfce: {E: 0.5, H: 2}"), "tfce", "set"),
        (DOCUMENT, "units", "missing"),
        (DOCUMENT, "estimator", "defaulted without a word"),
        (DOCUMENT.replace('"1"}', '"1", estimator: ols}'), "estimator", "defaulted and acknowledged"),
        (FIXED, "smoothness", "not applicable"),
        (FIXED, "resels", "not applicable"),
        (DOCUMENT, "repeated-measures", "missing"),
        (DOCUMENT.replace('"1"', '"task + subject"'), "repeated-measures", "set"),
        (DOCUMENT, "label-source", "defaulted without a word"),
        (DOCUMENT, "lock", "missing"),
        (DOCUMENT + "registration: {lock: it.lock.yaml}\n", "lock", "set"),
        (DOCUMENT, "event-durations", "not applicable"),
        (EVENTS, "event-durations", "defaulted without a word"),
        (EVENTS.replace("go: {}", "go: {duration: 2}"), "event-durations", "set"),
        (EVENTS, "modulators", "set"),
        (EVENTS, "baseline", "defaulted without a word"),
        (EVENTS, "hemodynamic-response", "defaulted without a word"),
        (EVENTS.replace("{con", "{hrf: glover, con"), "hemodynamic-response", "defaulted and acknowledged"),
        (EVENTS.replace("{conditions", "{hrf: spm, conditions"), "hemodynamic-response", "set"),
        (EVENTS.replace("{conditions", "{hrf: spm, conditions"), "response-derivatives", "defaulted without a word"),
        (EVENTS, "design-matrix", "not applicable"),
        (READY, "design-matrix", "set"),
        (READY, "noise-model", "defaulted without a word"),
        *((READY, id, "not applicable") for id in BUILT),
    ],
)  # fmt: skip
def test_the_states(text, id, expected):
    assert states(text)[id] == expected


def test_an_answer_shows_what_was_written():
    ask = setting("inputs.smoothing_fwhm")
    assert ask(Subject(loaded(parse(DOCUMENT, "press.yaml")))).value == "4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = write_maps(tmp_path_factory.mktemp("coverage"))
    write(root)
    glmspec(root, "run", "press.yaml", "-o", "out", "-q")
    return root


def test_the_run_answers_what_no_document_can(folder):
    before = json.loads(glmspec(folder, "check", "press.yaml", "--profile", "cobidas", "--format", "json").stdout)
    after = json.loads(glmspec(folder, "check", "out", "--profile", "cobidas", "--format", "json").stdout)
    found = {}
    for name, data in (("before", before), ("after", after)):
        found[name] = {item["id"]: item["state"] for item in data[0]["items"]}
    changed = {id for id, state in found["after"].items() if state != found["before"][id]}
    assert [found[when]["repeated-measures"] for when in found] == ["missing", "not applicable"]
    changed -= {"repeated-measures"}
    assert changed == {"subjects-left-out", "search-volume", "search-volume-mm3", "smoothness", "resels",
                       "degrees-of-freedom", "n-per-cell", "relabellings", "software", "document", "efficiency",
                       "collinearity", "maps", "listed-peaks"}  # fmt: skip
    assert {found["before"][id] for id in changed} == {"missing"}
    assert {found["after"][id] for id in changed} == {"from the run"}
    values = {item["id"]: item["value"] for item in after[0]["items"]}
    assert values["degrees-of-freedom"] == "7"
    assert values["n-per-cell"] == "all: 8 maps"
    assert values["search-volume"] == "384 voxels"
    assert values["search-volume-mm3"] == "1.037e+04 mm3"


def test_text_and_markdown_list_every_question_and_no_percentage(folder):
    text = glmspec(folder, "check", "press.yaml").stdout
    marked = glmspec(folder, "check", "press.yaml", "--format", "markdown").stdout
    assert "%" not in text + marked
    for item in ITEMS:
        assert item.id in text
        assert f"| {item.question} |" in marked
    assert "error[E306]" in glmspec(folder, "check", "maps", code=3).stderr


EVERYBODY = set(PROFILES)
BOTH = {"cobidas", "fmri-preregistration"}
ASKED = [
    # who asks at least, for what
    (EVERYBODY - {"cobidas"}, "hypotheses hypothesis-direction hypothesis-kind hypothesis-test"),
    (EVERYBODY - {"cobidas"}, "contrasts-accounted-for"),
    (EVERYBODY - {"cobidas"}, "data-status prior-knowledge"),
    (EVERYBODY, "number-of-subjects stopping-rule sample-size-justification"),
    (EVERYBODY, "exclusion-criteria subjects-left-out"),
    ({"fmri-preregistration"}, "missing-data"),
    ({"cobidas"}, "runs-and-scans repetition-time dropped-scans"),
    (BOTH, "event-durations modulators baseline hemodynamic-response response-derivatives"),
    (BOTH, "drift-model noise-model noise-order nuisance-regressors"),
    (BOTH, "orthogonalization"),
    ({"fmri-preregistration"}, "efficiency collinearity"),
    (BOTH, "contrasts"),
    ({"cobidas"}, "opposite-contrasts"),
    (BOTH, "estimator variance-structure repeated-measures"),
    (BOTH, "search-region search-volume search-volume-mm3 smoothness resels"),
    (BOTH, "cluster-forming-threshold connectivity tfce relabellings permutation-scheme"),
    ({"cobidas"}, "degrees-of-freedom space cluster-extent listed-peaks label-source"),
    ({"cobidas"}, "maps units"),
    ({"cobidas"}, "software document"),
    ({"registered-report"}, "deviations"),
]  # fmt: skip


def test_every_profile_asks_what_its_reviewers_ask_for():
    asking = {item.id: set(item.profiles) for item in ITEMS}
    for profiles, ids in ASKED:
        for id in ids.split():
            assert profiles <= asking[id], id


def test_all_inferences_answer_and_not_the_first_kind_alone():
    text = DOCUMENT + "  bounds: {method: all-resolutions, cluster_forming: [{z: 3}], alpha: 0.1}\n"
    found = answers(text)
    assert found["alpha"].value == "fdr alpha: 0.05; flips alpha: 0.05; bounds alpha: 0.1"
    assert found["cluster-forming-threshold"].value == "bounds cluster_forming: z: 3"


def test_opposite_contrasts_are_those_of_the_warning():
    turned = DOCUMENT.replace("{mean: intercept}", "{mean: intercept, less: -intercept}")
    assert answers(turned)["opposite-contrasts"].value == "no"
    one_sided = turned.replace("alpha: 0.05}", "alpha: 0.05, alternative: greater}")
    assert answers(one_sided)["opposite-contrasts"].value.startswith("less is mean turned round")


RUN = {"name": "a", "scans": 100, "repetition_time": 2.5, "slice_time_reference": 0.5, "smoothness": None,
       "conditions": {"go": {"onsets": [1, 2], "durations": [3.0, 3.0]}, "stop": {"onsets": [4], "durations": [1.0]}},
       "design": {"efficiency": {"go": 2.0}, "condition_number": None, "vif": {"go": 1.5, "stop": None}}}  # fmt: skip


def test_what_is_random_is_said_for_every_estimator():
    models = {model.model_fields["model"].annotation.__args__[0] for model in (Ols, FixedEffects)}
    assert set(ESTIMATORS) == models
    assert answers(DOCUMENT)["estimator"].value.startswith("random effects")
    assert answers(FIXED)["estimator"].value.startswith("fixed effects")


def test_derivatives_are_orthogonalised_whatever_modulators_are():
    assert answers(EVENTS)["orthogonalization"].value == "modulators: none"
    derived = EVENTS.replace("{con", "{hrf: {model: spm, derivatives: [time]}, con")
    assert "derivatives: each to the columns" in answers(derived)["orthogonalization"].value


def test_runs_answer_from_their_events_and_headers():
    told = answers(EVENTS.replace("{conditions: {go: {}}}", "{}"), {"runs": [RUN, {**RUN, "name": "b"}]})
    assert told["conditions"] == Answer("from the run", "go, stop")
    assert told["event-durations"] == Answer("from the run", "go 3 s, stop 1 s")
    assert told["repetition-time"] == Answer("from the run", "2.5 s")
    assert told["sampling-time"].value == "0.5 of a repetition time"
    assert told["runs-and-scans"].value == "2 runs of 100 scans"
    assert told["n-per-cell"].value == "go 2 events, stop 1 events"
    assert told["efficiency"].value == "go: 2"
    assert told["collinearity"].value.startswith("condition number infinite, largest variance inflation")
    assert told["smoothness"].state == "missing"
    differing = answers(EVENTS, {"runs": [RUN, {**RUN, "name": "b", "scans": 90}]})
    assert differing["runs-and-scans"].value == "2 runs: a of 100 scans; b of 90 scans"
    few = {"fwhm_mm": None, "because": "fewer than 4 degrees of freedom"}
    told = answers(EVENTS, {"runs": [{**RUN, "smoothness": few}]})
    assert told["smoothness"] == Answer("missing", "not known: fewer than 4 degrees of freedom")
    assert told["combining-runs"].state == "not applicable"


def test_no_fit_hides_another():
    fits = [{"fit": {"subject": name}} for name in "abc"]
    known, other, missing = Answer("from the run", "9"), Answer("from the run", "8"), Answer("missing")
    assert over_fits([known] * 3, fits) == known
    two = over_fits([known, known, other], fits)
    assert (two.state, two.value) == ("from the run", "9 in 2 of 3 fits; 8 in 1 of 3 fits")
    assert two.fits[2] == ("subject c", "from the run", "8")
    bad = over_fits([known, missing, known], fits)
    assert (bad.state, bad.value) == ("missing", "missing in 1 of 3 fits; from the run in 2 of 3 fits: 9")
    many = [Answer("from the run", str(number)) for number in range(9)]
    assert over_fits(many, fits * 3).value.endswith("; 6 other answers in the others")


def test_all_fits_of_a_folder_are_asked(tmp_path):
    done = analysed(tmp_path, several(), ("01", "02"))
    told = json.loads(glmspec(tmp_path, "check", done.folder, "--format", "json", "--profile", "cobidas").stdout)
    items = {item["id"]: item for item in told[0]["items"]}
    assert "fits" not in items["degrees-of-freedom"]
    assert items["smoothness"]["value"].count("in 1 of 2 fits") == 2
    assert [name for name, _, _ in items["smoothness"]["fits"]] == ["subject 01", "subject 02"]
    for form in ("text", "markdown"):
        assert "in 1 of 2 fits" in glmspec(tmp_path, "check", done.folder, "--format", form).stdout


def test_several_profiles_are_asked_in_the_order_of_the_table(folder):
    asked = ("--profile", "aspredicted", "--profile", "cobidas", "--format", "json")
    told = json.loads(glmspec(folder, "check", "press.yaml", *asked).stdout)
    assert [profile["profile"] for profile in told] == ["cobidas", "aspredicted"]
    everything = json.loads(glmspec(folder, "check", "press.yaml", "--profile", "all", "--format", "json").stdout)
    assert [profile["profile"] for profile in everything] == list(PROFILES)
