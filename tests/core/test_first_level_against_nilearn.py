"""nilearn 0.14.1 as a yardstick for first levels: responses, columns, designs, AR noise, fixed effects, scaling.

The arithmetic is the same up to the order of sums, so 1e-6 of each column's or map's largest value is generous; it is
the agreement that is promised. What is promised not to agree is in the modules' documentation.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from nibabel.nifti1 import Nifti1Image
from nilearn.glm import compute_fixed_effects
from nilearn.glm.first_level import (
    FirstLevelModel,
    compute_regressor,
    hemodynamic_models,
    make_first_level_design_matrix,
    mean_scaling,
    run_glm,
)

from glmspec.core.autocorrelation import estimate_ar, f_contrast_gls, fit_ar, t_contrast_gls
from glmspec.core.contrasts import f_contrast, t_contrast
from glmspec.core.design import Condition, first_level_design
from glmspec.core.drift import DRIFTS
from glmspec.core.fixed_effects import WEIGHTS
from glmspec.core.hrf import NILEARN_SPM, double_gamma_basis, fir, glover, none
from glmspec.core.least_squares import fit, prepare
from glmspec.core.regressors import events, regressors
from glmspec.core.scaling import percent_signal
from glmspec.core.tails import f_to_z, t_to_z

AGREES = 1e-6
BOTH = ["time", "dispersion"]
MODELS = {
    "glover": lambda time: glover(time),
    "glover + derivative": lambda time: glover(time, derivatives=["time"]),
    "glover + derivative + dispersion": lambda time: glover(time, derivatives=BOTH),
    "spm": lambda time: double_gamma_basis(NILEARN_SPM, time),
    "spm + derivative": lambda time: double_gamma_basis(NILEARN_SPM, time, derivatives=["time"]),
    "spm + derivative + dispersion": lambda time: double_gamma_basis(NILEARN_SPM, time, derivatives=BOTH),
    "fir": lambda time: fir(time, delays=[0, 1, 5]),
    None: lambda time: none(time),
}
RUNS = {
    "from zero": np.arange(100) * 2.0,
    "middle of the scan": np.arange(150) * 0.72 + 0.36,
    "four discarded": np.arange(4, 84) * 2.5 + 1.25,
}
DRIFTS_OF_NILEARN = {
    "cosine": ({"drift_model": "cosine", "high_pass": 0.01}, {"high_pass": 0.01}),
    "polynomial": ({"drift_model": "polynomial", "drift_order": 3}, {"order": 3}),
    "none": ({"drift_model": None}, {}),
}


def quiet(call, *args, **options):
    """nilearn warns of impulses, of events it hears early and of defaults that will change: none is what is tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*args, **options)


def assert_agrees(got, want):
    """Each column or map relative to its largest value."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape
    assert np.abs(got - want).max(initial=0.0) <= AGREES * max(np.abs(want).max(initial=0.0), 1e-3)


def event_table(kind, times, seed=4):
    """Onsets on scans and off them, impulses, blocks that overlap, an event after the end, and one before the start."""
    rng = np.random.default_rng(seed)
    onsets = {
        "on scans": times[3:60:6],
        "off scans": np.sort(rng.uniform(0, times[-1], 20)),
        "at the edges": np.array([times[0] - 20.0, times[0] - 3.0, times[30], times[-1] + 1.0, times[-1] + 40.0]),
    }[kind]
    durations = {"on scans": 1.0, "off scans": rng.choice([0.0, 1.0, 15.0], len(onsets)), "at the edges": 6.0}[kind]
    table = pd.DataFrame({"onset": onsets, "duration": durations, "trial_type": "face"})
    table["modulation"] = rng.normal(2.0, 1.0, len(table))
    table.loc[table.index[1::2], "trial_type"] = "house"
    return table


def conditions(table):
    """Ours, of a table, in nilearn's order."""
    groups = table.groupby("trial_type", sort=True)
    return [Condition(str(name), events(rows.onset, rows.duration, rows.modulation)) for name, rows in groups]


@pytest.mark.parametrize("time", [0.72, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("oversampling", [1, 16, 50])
@pytest.mark.parametrize("name", ["glover", "spm"])
def test_responses(name, oversampling, time):
    response = MODELS[f"{name} + derivative + dispersion"](time)
    if oversampling != 50:
        basis = glover if name == "glover" else lambda *a, **o: double_gamma_basis(NILEARN_SPM, *a, **o)
        response = basis(time, oversampling, derivatives=BOTH)
    for kernel, kind in zip(response.kernels, ("hrf", "time_derivative", "dispersion_derivative"), strict=True):
        assert_agrees(kernel, getattr(hemodynamic_models, f"{name}_{kind}")(time, oversampling))


@pytest.mark.parametrize("kind", ["on scans", "off scans", "at the edges"])
@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("model", MODELS)
def test_columns(model, run, kind):
    times, table = RUNS[run], event_table(kind, RUNS[run])
    what = [table[name].to_numpy(dtype=float) for name in ("onset", "duration", "modulation")]
    want, _ = quiet(compute_regressor, what, model, times, fir_delays=[0, 1, 5])
    got = regressors(events(*what), times, MODELS[model](float(np.diff(times).min())))
    for mine, theirs in zip(got.T, want.T, strict=True):
        assert_agrees(mine, theirs)


@pytest.mark.parametrize("drift", DRIFTS_OF_NILEARN)
@pytest.mark.parametrize("kind", ["on scans", "off scans", "at the edges"])
@pytest.mark.parametrize("model", ["glover", "glover + derivative + dispersion", "fir", None])
@pytest.mark.parametrize("run", RUNS)
def test_whole_designs(run, model, kind, drift):
    """Names, order and numbers, with confounds."""
    times, table = RUNS[run], event_table(kind, RUNS[run])
    theirs, ours = DRIFTS_OF_NILEARN[drift]
    motion = np.random.default_rng(1).normal(size=(len(times), 2))
    names = ["rot_x", "rot_y"]
    options = {"hrf_model": model, "fir_delays": [0, 1, 5], "add_regs": motion, "add_reg_names": names, **theirs}
    want = quiet(make_first_level_design_matrix, times, table, **options)
    got = first_level_design(
        times,
        MODELS[model](float(np.diff(times).min())),
        conditions(table),
        confounds=dict(zip(names, motion.T, strict=True)),
        drift=DRIFTS[drift](times, **ours),
    )
    assert list(got.names) == list(want.columns)
    for column, name in enumerate(got.names):
        assert_agrees(got.matrix[:, column], want[name])


def simulated(scans=120, shape=(5, 4, 3), seed=11):
    """A run of AR noise of several strengths with an effect: images, data (N, V), and a design."""
    rng = np.random.default_rng(seed)
    count = int(np.prod(shape))
    strength, noise = np.linspace(-0.4, 0.8, count), rng.normal(size=(scans, count))
    for scan in range(1, scans):
        noise[scan] += strength * noise[scan - 1]
    times = np.arange(scans) * 2.0
    table = event_table("off scans", times)
    design = quiet(make_first_level_design_matrix, times, table, hrf_model="glover", high_pass=0.01)
    data = 100 + noise + np.outer(design["face"], rng.normal(size=count))
    volumes = np.moveaxis(data.reshape(scans, *shape), 0, -1)
    return Nifti1Image(volumes, np.eye(4)), data, design


def nilearn_model(image, design, noise_model):
    """On float64, unscaled, in every voxel."""
    mask = Nifti1Image(np.ones(image.shape[:3], dtype=np.uint8), np.eye(4))
    model = FirstLevelModel(
        t_r=2.0, mask_img=mask, noise_model=noise_model, signal_scaling=False, minimize_memory=False
    )
    return quiet(model.fit, image, design_matrices=design)


def maps(model, contrast, kind):
    found = quiet(model.compute_contrast, contrast, stat_type=kind, output_type="all")
    return {name: np.asarray(image.dataobj).ravel() for name, image in found.items()}


@pytest.mark.parametrize("noise_model", ["ols", "ar1"])
def test_t_contrasts(noise_model):
    """Effect, variance, t and z of a first-level model."""
    image, data, design = simulated()
    prepared = prepare(design)
    row = (design.columns == "face").astype(float) - (design.columns == "house")
    if noise_model == "ols":
        got = t_contrast(prepared, fit(prepared, data), row)
    else:
        got = t_contrast_gls(prepared, fit_ar(prepared, data, quantize=0.01), row)
    want = maps(nilearn_model(image, design, noise_model), row, "t")
    assert_agrees(got.effect, want["effect_size"])
    assert_agrees(got.variance, want["effect_variance"])
    assert_agrees(got.t, want["stat"])
    assert_agrees(t_to_z(got.t, prepared.dof), want["z_score"])


@pytest.mark.parametrize("noise_model", ["ols", "ar1"])
def test_f_contrasts(noise_model):
    """F and z of one run, where nilearn's is a proper F."""
    image, data, design = simulated()
    prepared, rows = prepare(design), np.eye(design.shape[1])[:2]
    if noise_model == "ols":
        got = f_contrast(prepared, fit(prepared, data), rows)
    else:
        got = f_contrast_gls(prepared, fit_ar(prepared, data, quantize=0.01), rows)
    want = maps(nilearn_model(image, design, noise_model), rows, "F")
    assert_agrees(got.f, want["stat"])
    assert_agrees(f_to_z(got.f, 2, prepared.dof), want["z_score"])


def test_autocorrelation():
    """Bin by bin: the labels of nilearn's fit are its truncated coefficients."""
    _, data, design = simulated()
    labels, _ = quiet(run_glm, data, design.to_numpy(), noise_model="ar1")
    np.testing.assert_allclose(estimate_ar(prepare(design), data, quantize=0.01)[0], labels.astype(float), atol=1e-12)


def test_autocorrelation_of_order_two():
    """As many clusters as voxels leave nilearn's coefficients as they were estimated."""
    _, data, design = simulated()
    some = data[:, ::10]
    labels, results = quiet(run_glm, some, design.to_numpy(), noise_model="ar2", random_state=0)
    assert len(set(labels)) == some.shape[1]
    got = fit_ar(prepare(design), some, order=2, quantize=1e-12)
    for voxel, label in enumerate(labels):
        assert_agrees(got.ar[:, voxel], results[label].model.rho)
        assert_agrees(got.coefficients[:, voxel], results[label].theta[:, 0])
        assert_agrees(got.residual_variance[[voxel]], results[label].dispersion)


def test_the_default_is_not_nilearns():
    """The exact estimate and the first scan's scale change t, in the second digit at most: stated, not hidden."""
    _, data, design = simulated()
    prepared, row = prepare(design), np.eye(design.shape[1])[0]
    exact = t_contrast_gls(prepared, fit_ar(prepared, data), row).t
    binned = t_contrast_gls(prepared, fit_ar(prepared, data, quantize=0.01), row).t
    assert 1e-4 < np.abs(exact - binned).max() < 0.2


@pytest.mark.parametrize("weights", WEIGHTS)
def test_fixed_effects(weights):
    rng = np.random.default_rng(2)
    effects, variances = rng.normal(size=(3, 60)), rng.uniform(0.5, 4.0, size=(3, 60))
    images = [[Nifti1Image(row.reshape(5, 4, 3), np.eye(4)) for row in rows] for rows in (effects, variances)]
    mask = Nifti1Image(np.ones((5, 4, 3), dtype=np.uint8), np.eye(4))
    options = {"precision_weighted": weights == "precision", "dofs": [90, 80, 70]}
    found = quiet(compute_fixed_effects, *images, mask, **options)
    effect, variance, stat, z = (np.asarray(image.dataobj).ravel() for image in found)
    got = WEIGHTS[weights](effects, variances)
    assert_agrees(got.effect, effect)
    assert_agrees(got.variance, variance)
    assert_agrees(got.t, stat)
    assert_agrees(t_to_z(got.t, 240), z)


def test_percent_signal():
    """Where the mean is not below 1."""
    _, data, _ = simulated()
    want, means = quiet(mean_scaling, data)
    got = percent_signal(data)
    assert_agrees(got.data, want)
    assert_agrees(got.means, means)
    assert not got.too_low.any()


def test_a_mistake_would_be_noticed():
    """Deliberate break: SPM's ratio of 1/6 for nilearn's 0.167, and one bin of an AR coefficient, are seen."""
    exact = double_gamma_basis(NILEARN_SPM, 2.0).kernels[0]
    wanted = hemodynamic_models.spm_hrf(2.0, 50)
    assert_agrees(exact, wanted)
    with pytest.raises(AssertionError):
        assert_agrees(glover(2.0).kernels[0], wanted)
    image, data, design = simulated()
    row = np.eye(design.shape[1])[0]
    want = maps(nilearn_model(image, design, "ar1"), row, "t")
    with pytest.raises(AssertionError):
        assert_agrees(
            t_contrast_gls(prepare(design), fit_ar(prepare(design), data, quantize=0.02), row).t, want["stat"]
        )
