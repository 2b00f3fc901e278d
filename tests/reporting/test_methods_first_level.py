"""Every clause of a first level's methods text follows from its setting, and is absent where the setting is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from glmspec.reporting.clauses import text_of
from glmspec.reporting.material import Material
from glmspec.reporting.methods import texts
from glmspec.reporting.methods_first import first_level_paragraphs
from glmspec.reporting.methods_runs import run_model
from glmspec.reporting.verbs import PAST
from glmspec.spec.document import FirstLevelDocument
from reporting.small_runs import analysed, document


@pytest.fixture(scope="module")
def text(runs):
    return "\n".join(texts(Material(runs)))


def a_run(name="1", **facts):
    """A run as the index has it."""
    columns = facts.pop("columns", ["go", "stop", "trans_x", "censored_18", "drift_1", "constant"])
    design = {"columns": columns, "task": facts.pop("task", ["go", "stop"]), "rank": 6, "dof": facts.pop("dof", 30)}
    events = {"onsets": [1.0], "durations": [2.0]}
    return {
        "name": name,
        "scans": 40,
        "discarded": 0,
        "repetition_time": 2.0,
        "slice_time_reference": 0.0,
        "design": design,
        "matrix": None,
        "conditions": {"go": events, "stop": events},
        "censored": [],
        "too_low": 0,
        "weights": {"one": [[1.0]]},
        **facts,
    }


def as_tuples(data):
    """Lists as tuples, as a source has them."""
    if isinstance(data, dict):
        return {key: as_tuples(value) for key, value in data.items()}
    return tuple(map(as_tuples, data)) if isinstance(data, list) else data


def told(*runs, inputs=None, contrast=None, steps=(), fit=None, place="", **design):
    """The paragraphs of a first level with these settings, without running anything."""
    written = {"one": contrast or "go"}
    bold = {"runs": {"bold": "run-{run}.nii.gz"}, "mask": "mask.nii.gz", **(inputs or {})}
    data = {"glmspec": 1, "name": "n", "level": "first", "inputs": bold, "design": design, "contrasts": written}
    loaded = FirstLevelDocument.model_validate(as_tuples(data))
    analysis = {
        "runs": list(runs) or [a_run()],
        "mask": {"voxels": 9, "excluded": 0},
        "exclusions": [],
        "steps": list(steps),
    }
    index = {"one": {"test": "t", "scale": "t", "dof": 30, "title": "one", "expression": "go"}}
    material = SimpleNamespace(
        document=loaded, analysis=analysis, contrasts=index, fit=fit or {}, place=place, verb=PAST
    )
    return "\n".join(text_of(part) for part in first_level_paragraphs(material))


def test_runs_scans_and_times_are_said(text):
    assert "2 runs of 38 scans each entered a first-level analysis (repetition time 2 s)." in text
    assert "The first 2 scans of each run were discarded." in text
    assert "1 run of 40 scans entered" in told()
    differing = told(a_run(), a_run("2", scans=38, repetition_time=2.5))
    assert "2 runs with 40 scans in run-1 and 38 scans in run-2 entered" in differing
    assert "(repetition time 2 s in run-1 and 2.5 s in run-2)" in differing
    assert "repetition time" not in told(a_run(repetition_time=None))


def test_columns_are_said_with_their_response(text):
    response = (
        "the events were convolved with Glover's haemodynamic response (Glover 1999) and with its time derivative, "
        "orthogonalised to it."
    )
    assert f"For each of the conditions go and stop {response}" in text
    assert "Further columns were the confounds trans_x and trans_y." in text
    assert "Slow drifts were modelled by discrete cosines up to 0.02 Hz, a period of 50 s." in text
    assert "Every run had a constant." in text


def test_noise_and_degrees_of_freedom_are_said(text, runs):
    dof = runs.analysis["runs"][0]["design"]["dof"]
    assert "Noise was taken as autoregressive of order 1: its coefficient followed from the residuals" in text
    assert "were whitened with it in each voxel, the first scan as that of a stationary series" in text
    assert f"That left {dof} degrees of freedom in each run; the estimation of the noise is not counted." in text


def test_the_smoothness_of_residuals_is_said_of_each_run():
    known = {"fwhm_mm": [9.14, 8.9, 8.66], "resels": 130.4}
    words = "had a smoothness of 9.14, 8.9 and 8.66 mm full width at half maximum along the axes of the image"
    assert f"The residuals {words} (Forman et al. 1995): 130 resels." in told(a_run(smoothness=known))
    both = told(a_run(smoothness=known), a_run("2", smoothness={"fwhm_mm": None, "because": "few"}))
    assert f"The residuals of run-1 {words}" in both
    assert "of run-2" not in both
    assert "resels" not in told()


def test_runs_are_combined_and_contrasts_said(text, runs):
    assert "combined over runs by fixed effects: an effect is the mean over runs, its variance the sum" in text
    assert "For an F, the effects of its rows were combined first, and then tested jointly." in text
    dof = sum(run["design"]["dof"] for run in runs.analysis["runs"])
    assert f"A t test of go - stop with {dof} degrees of freedom gave the contrast go (Go over stop)." in text
    assert f"A t test of go in run-2 with {dof // 2} degrees of freedom gave the contrast second." in text


def test_voxels_without_a_percentage_are_said(text):
    assert "Each voxel's scans were expressed in percent of their mean over the run." in text
    assert "Left without a statistic, for a mean below 1: 1 voxel in run-2." in text


def test_what_was_not_done_is_not_said(text):
    words = (
        "smoothed",
        "censor",
        "derivative and",
        "dispersion",
        "polynomial",
        "grand mean",
        "quantis",
        "nilearn's epi",
    )
    for word in (
        *words,
        "baseline",
        "modulat",
        "ready-made",
        "analysed alone",
        "Only runs",
        "space",
        "formulaic",
    ):
        assert word not in text


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"smoothing_fwhm": 5}, "Scans were smoothed with a Gaussian kernel of 5 mm full width at half maximum."),
        ({"discard": {"initial": 1}}, "The first scan of the run was discarded."),
        ({"space": "MNI"}, "They are in the space MNI."),
        ({"select": {"run": ["1", "2"]}}, "Only runs whose run is 1 or 2 were analysed."),
        ({"mask": {"image": "m.nii", "above": 0.5}}, "9 voxels: the voxels of m.nii that are at or above 0.5."),
        (
            {"runs": {"bold": "run-{run}.nii.gz", "mask": "mask-{run}.nii.gz"}},
            "the voxels of mask.nii.gz that are not zero and not zero in the mask of each run",
        ),
    ],
)
def test_each_input_has_its_words(inputs, words):
    assert words in told(inputs=inputs)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            "mask_epi@1",
            "a mask computed from the mean scan of each run by nilearn's epi strategy (Abraham et al. 2014)",
        ),
        ("mask_image@1", "the voxels that are not zero in the mask of each run"),
    ],
)
def test_a_mask_that_no_image_gives_is_what_was_computed(step, words):
    assert words in told(inputs={"mask": {"compute": "epi"}}, steps=[["mask", step, "key"]])


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ({"hrf": "spm"}, "convolved with SPM's double-gamma haemodynamic response (Friston et al. 1998)."),
        (
            {"hrf": {"model": "glover", "derivatives": ["time", "dispersion"]}},
            "and with its time derivative and its dispersion derivative, each orthogonalised to those before it.",
        ),
        ({"hrf": {"model": "fir", "delays": [0, 2]}}, "a column for each delay of 0 and 2 scans after the events."),
        ({"hrf": "none"}, "the events entered as they are, without a haemodynamic response."),
        ({"drift": {"model": "cosine", "period": 128}}, "discrete cosines up to 0.00781 Hz, a period of 128 s."),
        ({"drift": {"model": "polynomial", "order": 2}}, "by polynomials of time up to the order 2."),
        (
            {"scaling": {"model": "grand-mean", "target": 50}},
            "Each run was scaled by one factor to a grand mean of 50.",
        ),
        ({"unmodelled": ["rest"]}, "Events of rest were left to the baseline."),
        ({"regressors": ["pcc"]}, "A further column of interest was the regressor pcc."),
        ({"confounds": ["trans_*"]}, "A further column was the confound trans_x."),
        ({"noise": "ols"}, "fitted by ordinary least squares, which takes scans as independent, leaving 30 degrees"),
        ({"noise": {"model": "ar", "order": 2}}, "of order 2: its coefficients followed"),
        ({"noise": {"model": "ar", "quantize": 0.01}}, "the coefficient was cut to multiples of 0.01 toward zero"),
        (
            {"censor": [{"confound": "fd", "above": 0.5, "after": 1}]},
            "Scans whose fd is above 0.5, and the 1 scan after each of them, were censored. That takes out 0 scans",
        ),
    ],
)
def test_each_choice_has_its_words(design, words):
    assert words in told(**design)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"trial_type": ["left", "right"]}, "The events of go were those of the trial type left or right."),
        ({"where": {"accuracy": ["1"]}}, "The events of go were those of the trial type go, with accuracy 1."),
        ({"duration": 2.5}, "The events of go were those of 2.5 s."),
        ({"duration": "rt"}, "The events of go were those with durations from rt."),
        ({"amplitude": "rt"}, "The events of go were those with heights from rt."),
        (
            {"modulators": {"gain": {}, "gain2": {"column": "gain", "power": 2}}},
            "modulated by gain and gain2 (the column gain to the power of 2), centred over the events of the run.",
        ),
        ({"modulators": {"gain": {}}, "center": "none"}, "The response to go was modulated by gain."),
    ],
)
def test_a_condition_that_is_more_than_its_name_says_of_what(condition, words):
    assert words in told(conditions={"go": condition})


def test_a_time_within_scans_is_said_wherever_it_comes_from():
    words = "after the beginning of each scan, by this share of a repetition time: 0.5"
    assert words in told(a_run(slice_time_reference=0.5))
    assert "0.5 in run-1 and 0 in run-2." in told(a_run(slice_time_reference=0.5), a_run("2"))
    assert "share of a repetition time" not in told()
    assert "Responses were sampled at the beginning of each scan." in told()


def test_the_length_of_events_is_said():
    assert "Events are of 2 s." in told()
    long = {"go": {"onsets": [1.0], "durations": [22.5]}, "stop": {"onsets": [1.0, 9.0], "durations": [0.0, 3.25]}}
    assert "Events are of 22.5 s (go) and 0 to 3.25 s (stop)." in told(a_run(conditions=long))
    assert "Events are of" not in told(a_run(matrix="one.npz", conditions={}), columns=["go", "stop"])


def test_serial_modulators_are_said():
    assert "orthogonalised serially" in told(orthogonalize="serial")


def test_a_ready_made_matrix_has_named_columns_and_others():
    columns = ["go", "stop", "nuisance_1"]
    run = a_run(matrix="one.npz", columns=columns, conditions={})
    text = told(run, columns=["go", "stop"], unnamed="nuisance")
    assert (
        "The design matrix of run-1 was ready-made (one.npz), with 2 named columns (go and stop) and 1 nuisance column."
        in text
    )
    for word in ("convolved", "drift", "confound", "constant"):
        assert word not in text
    two = told(run, a_run("2", matrix="two.npz", columns=columns[:2]), columns=["go", "stop"], unnamed="nuisance")
    assert "The design matrix of each run was ready-made (one.npz and two.npz), with 2 named columns" in two
    assert "1 nuisance column in run-1 and 2 named columns (go and stop) in run-2." in two


def test_runs_may_be_weighted_by_their_precision():
    runs = a_run(), a_run("2")
    assert "weighted by the reciprocal of its variance" in told(*runs, across_runs={"weights": "precision"})
    assert "weighted" not in told(*runs)
    assert "combined over runs" not in told()


def test_contrasts_that_differ_between_runs_say_where():
    runs = a_run(), a_run("2")
    asked = {"runs": {"run-1": "go", "2": "stop"}}
    assert "A t test of go in run-1 and stop in run-2 with 30 degrees of freedom" in told(*runs, contrast=asked)


def test_a_fit_of_several_says_which_it_is():
    text = told(fit={"subject": "01"}, place="sub-01")
    assert "Each subject was analysed alone, and error rates hold within each; this is subject 01." in text
    assert "1 run of subject 01 of 40 scans entered" in text
    assert "analysed alone" not in told(fit={"subject": "01"})


def test_a_run_alone_is_told_of_from_its_own_columns():
    material = SimpleNamespace(
        analysis={"runs": [a_run(columns=["go", "drift_1", "censored_3", "constant"])]}, verb=PAST
    )
    design = FirstLevelDocument.model_fields["design"].default
    assert "confound" not in text_of(run_model(material, design))


def test_the_text_of_a_real_run_with_other_choices(tmp_path):
    design = """\
hrf: {model: spm}
  drift: none
  noise: ols
  censor: [{confound: trans_x, above: 3}]
  scaling: none"""
    text = "\n".join(texts(Material(analysed(tmp_path, document(design=design)))))
    assert "Scans whose trans_x is above 3 were censored." in text
    assert "That takes out 1 scan in each run, each by a column of its own." in text
    assert "drift" not in text
    assert "percent" not in text
