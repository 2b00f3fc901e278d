"""The same numbers give the same statistics however an image stores them."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from .simulated import EXACT, OBLIQUE, document_text, failure, noise, run, write_image, write_maps

WHOLE = np.round(noise(81, 6) * 400)
"""Whole numbers, which every type can hold."""


def big_endian(values):
    header = nib.Nifti1Header(endianness=">")
    header.set_data_dtype(np.dtype("f4").newbyteorder(">"))
    return nib.Nifti1Image(values.astype(">f4"), OBLIQUE, header)


def scaled(values):
    """int16 with slope 0.5 and intercept -7."""
    image = nib.Nifti1Image(((values + 7) / 0.5).astype(np.int16), OBLIQUE)
    image.header["scl_slope"], image.header["scl_inter"] = 0.5, -7
    return image


WRITERS = {
    "float32": lambda values: nib.Nifti1Image(values.astype(np.float32), OBLIQUE),
    "float64": lambda values: nib.Nifti1Image(values.astype(np.float64), OBLIQUE),
    "int16": lambda values: nib.Nifti1Image(values.astype(np.int16), OBLIQUE),
    "int16, scaled": scaled,
    "big-endian": big_endian,
    "NIfTI-2": lambda values: nib.Nifti2Image(values.astype(np.float32), OBLIQUE),
}


def save_as_written(image, path):
    """nibabel chooses its own slope where it saves integers from an image; bytes are put together here instead."""
    path.parent.mkdir(parents=True, exist_ok=True)
    slope = float(image.header["scl_slope"])
    if np.isnan(slope):
        nib.save(image, path)
        return
    header = image.header.copy()
    header["vox_offset"] = 352
    header["magic"] = b"n+1"
    path.write_bytes(header.binaryblock + bytes(4) + np.asarray(image.dataobj).astype("<i2").tobytes(order="F"))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("name", WRITERS)
def test_storage_does_not_change_a_statistic(tmp_path, name, suffix):
    if name == "int16, scaled" and suffix == ".nii.gz":
        suffix = ".nii"  # put together by hand, uncompressed
    for index, values in enumerate(WHOLE):
        save_as_written(WRITERS[name](values), tmp_path / f"maps/s{index}{suffix}")
    text = document_text(maps=f'"maps/{{subject}}{suffix}"', inputs="mask: {compute: intersection}")
    done = run(tmp_path, text)
    assert done.mask.sum() > 500
    want = stats.ttest_1samp(WHOLE[:, done.mask].astype(np.float64), 0).statistic
    np.testing.assert_allclose(done.stat("mean", "t"), want, **EXACT)


def test_an_affine_that_puts_the_voxels_elsewhere_is_an_error(tmp_path):
    write_maps(tmp_path, {f"maps/s{index}": volume for index, volume in enumerate(noise(82, 4))}, OBLIQUE)
    moved = OBLIQUE.copy()
    moved[0, 3] += 1
    write_image(tmp_path / "maps/s2.nii.gz", noise(83, 1)[0], moved)
    error = failure(tmp_path, document_text())
    assert (error.exit_code, [problem.code for problem in error.problems]) == (3, ["E309"])
    assert "maps/s2.nii.gz" in error.problems[0].message
