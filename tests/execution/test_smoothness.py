"""The step that estimates smoothness: from files, after our own smoothing."""

from __future__ import annotations

import numpy as np
import pytest
from review.study import write, write_image

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
