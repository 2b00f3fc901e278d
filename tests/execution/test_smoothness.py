"""The step that estimates smoothness: from files, after our own smoothing."""

from __future__ import annotations

import numpy as np
import pytest
from review.study import write, write_image
from scipy.ndimage import gaussian_filter

import glmspec

DOCUMENT = """\
glmspec: 1
name: smooth
level: second
inputs: {maps: "maps/{subject}.nii.gz", mask: mask.nii.gz, smoothing_fwhm: 15}
design: {formula: "1"}
contrasts: {mean: intercept}
"""


def test_noise_that_was_smoothed_here_has_the_width_of_the_kernel(tmp_path):
    """Voxels of 3 mm, a kernel of 15 mm; the kernel is mirrored at the edges, which the mask stays away from."""
    rng = np.random.default_rng(2)
    shape = (36, 36, 36)
    (tmp_path / "maps").mkdir()
    for number in range(12):
        write_image(tmp_path / f"maps/S{number:02d}.nii.gz", rng.normal(size=shape))
    mask = np.zeros(shape)
    mask[6:-6, 6:-6, 6:-6] = 1
    write_image(tmp_path / "mask.nii.gz", mask)
    found = glmspec.run(write(tmp_path, DOCUMENT), None, tmp_path / "out").results.analysis["smoothness"]
    assert np.prod(found["fwhm_mm"]) ** (1 / 3) == pytest.approx(15, rel=0.05)
    assert found["fwhm_voxels"] == pytest.approx([width / 3 for width in found["fwhm_mm"]])
    assert found["resels"] == pytest.approx(24**3 / np.prod(found["fwhm_voxels"]))
    assert (found["voxels"], found["mm3"], found["dof"]) == (24**3, pytest.approx(24**3 * 27), 11)


RUNS = """\
glmspec: 1
name: noise
level: first
inputs: {runs: [{name: one, bold: one.nii.gz, events: e.tsv}, {name: two, bold: two.nii.gz, events: e.tsv}],
         repetition_time: 2, mask: mask.nii.gz}
design: {noise: NOISE}
contrasts: {go: go}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs of AR(1) noise, a task in the middle of them, and voxels of 3 mm that a Gaussian has smoothed."""
    root = tmp_path_factory.mktemp("runs")
    rng = np.random.default_rng(3)
    shape, margin = (26, 26, 26), 14
    for name, width in (("one", 3.0), ("two", 5.0)):
        scans, before = [], np.zeros(shape)
        for _ in range(50):
            noise = rng.normal(size=tuple(extent + 2 * margin for extent in shape))
            smooth = gaussian_filter(noise, width / np.sqrt(8 * np.log(2)), mode="wrap", truncate=6)
            inside = smooth[margin:-margin, margin:-margin, margin:-margin]
            before = 0.4 * before + inside / smooth.std()
            scans.append(1000 + before)
        write_image(root / f"{name}.nii.gz", np.stack(scans, axis=3))
    write_image(root / "mask.nii.gz", np.ones(shape))
    (root / "e.tsv").write_text("onset\tduration\ttrial_type\n20\t20\tgo\n60\t20\tgo\n")
    return root


@pytest.mark.parametrize("noise", ["ols", "{model: ar, order: 1}"])
def test_a_run_tells_the_smoothness_of_its_residuals(runs, tmp_path, noise):
    (runs / "noise.yaml").write_text(RUNS.replace("NOISE", noise))
    found = glmspec.run(runs / "noise.yaml", None, tmp_path / "out").results.analysis
    assert found["mask"]["mm3"] == pytest.approx(26**3 * 27)
    for run, width in zip(found["runs"], (3.0, 5.0), strict=True):
        told = run["smoothness"]
        assert np.prod(told["fwhm_voxels"]) ** (1 / 3) == pytest.approx(width, rel=0.05)
        assert told["fwhm_mm"] == pytest.approx([3 * voxels for voxels in told["fwhm_voxels"]])
        assert told["resels"] == pytest.approx(26**3 / np.prod(told["fwhm_voxels"]))
        assert told["dof"] == run["design"]["dof"]


MAPS = "level: second, inputs: {maps: '{subject}.nii.gz', VARIANCES mask: mask.nii}, contrasts: {mean: intercept}"
UNKNOWN = {
    "few": (
        f"{MAPS}, design: {{formula: '1'}}".replace("VARIANCES", ""),
        "there are fewer than 4 degrees of freedom",
    ),
    "fixed": (
        f"{MAPS}, design: {{formula: '1', estimator: {{model: fixed-effects}}}}".replace(
            "VARIANCES", "variances: 'var/{subject}.nii.gz',"
        ),
        "fixed effects take variances as given, and estimate none from residuals",
    ),
    "given": (
        "level: map, inputs: {statistic: a.nii.gz, scale: z, mask: mask.nii}",
        "the statistic was made elsewhere, and comes without residuals",
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_where_it_cannot_be_known_the_reason_is_told(tmp_path, name):
    (tmp_path / "var").mkdir()
    for number, subject in enumerate("abc"):
        write_image(tmp_path / f"{subject}.nii.gz", np.random.default_rng(number).normal(size=(5, 5, 5)))
        write_image(tmp_path / f"var/{subject}.nii.gz", np.ones((5, 5, 5)))
    write_image(tmp_path / "mask.nii", np.ones((5, 5, 5)))
    text, reason = UNKNOWN[name]
    document = write(tmp_path, f"{{glmspec: 1, name: n, {text}}}")
    found = glmspec.run(document, None, tmp_path / "out").results.analysis["smoothness"]
    assert found["because"] == reason
    assert found.get("fwhm_mm") is None
