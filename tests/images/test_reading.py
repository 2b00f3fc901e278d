"""Reading honest files."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from nibabel.nifti2 import Nifti2Header

from glmspec.errors import InputError
from glmspec.images.volumes import read_header, read_volume, read_volumes

from .files import AFFINE, image, numbers, saved


@pytest.mark.parametrize("name", ["map.nii", "map.nii.gz"])
@pytest.mark.parametrize("options", [{}, {"endianness": ">"}, {"form": Nifti2Header}], ids=["1", "big", "2"])
def test_every_voxel_is_where_it_was(tmp_path, name, options):
    """Both forms, both byte orders, compressed or not."""
    path = saved(tmp_path, image(numbers(), **options), name)
    values = read_volume(path)
    np.testing.assert_array_equal(values, numbers())
    assert values.flags.c_contiguous
    assert values.flags.writeable
    assert values.dtype == np.float32
    assert values.dtype.isnative


def test_the_header_tells(tmp_path):
    """Grid, volumes, type and time."""
    options = {"pixdim": [1, 3, 3, 3.5, 2.5, 0, 0, 0], "xyzt_units": 2 + 8}
    header = read_header(saved(tmp_path, image(numbers((2, 3, 4, 5), "int16"), **options)))
    np.testing.assert_array_equal(header.grid.affine, AFFINE)
    assert (header.grid.shape, header.volumes, header.dtype) == ((2, 3, 4), 5, np.int16)
    assert (header.repetition_time, header.scaled, header.affine_source) == (2.5, False, "sform")
    assert str(header.grid) == "2 x 3 x 4 voxels of 3 x 3 x 3.5 mm"


@pytest.mark.parametrize(("units", "seconds"), [(8, 2000.0), (16, 2.0), (24, 2e-3), (0, None), (32, None)])
def test_repetition_time_is_in_seconds(tmp_path, units, seconds):
    """From seconds, milliseconds, microseconds; a number without a unit is not believed, and hertz are no time."""
    options = {"pixdim": [1, 3, 3, 3, 2000, 0, 0, 0], "xyzt_units": units}
    header = read_header(saved(tmp_path, image(numbers((2, 2, 2, 2)), **options)))
    assert header.repetition_time == (pytest.approx(seconds) if seconds else None)


def test_content_decides_whether_a_file_is_compressed(tmp_path):
    """A gzip stream under the name .nii, and the reverse."""
    squeezed = saved(tmp_path, gzip.compress(image(numbers())), "a.nii")
    plain = tmp_path / "b.nii.gz"
    plain.write_bytes(image(numbers()))
    for path in (squeezed, plain):
        np.testing.assert_array_equal(read_volume(path), numbers())


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float64"])
def test_everything_but_float32_becomes_float64(tmp_path, dtype):
    """Integers are exact in it."""
    values = read_volume(saved(tmp_path, image(numbers(dtype=dtype))))
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, numbers())


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_slope_and_intercept_are_applied(tmp_path, dtype):
    """In float64, whatever is stored."""
    path = saved(tmp_path, image(numbers(dtype=dtype), scl_slope=0.5, scl_inter=-10))
    values = read_volume(path)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, numbers() * 0.5 - 10)
    assert read_header(path).scaled


def test_a_slope_of_zero_means_none(tmp_path):
    """As NIfTI has it."""
    values = read_volume(saved(tmp_path, image(numbers(), scl_slope=0, scl_inter=5)))
    np.testing.assert_array_equal(values, numbers())


def test_nan_is_passed_on(tmp_path):
    """What it stands for is decided elsewhere."""
    data = numbers()
    data[1, 2, 3] = np.nan
    np.testing.assert_array_equal(read_volume(saved(tmp_path, image(data))), data)


@pytest.mark.parametrize("shape", [(2, 3, 4, 1), (2, 3, 4, 1, 1)])
def test_a_single_volume_counts_as_a_map(tmp_path, shape):
    """Axes of length one at the end say nothing."""
    path = saved(tmp_path, image(numbers(shape)))
    assert read_header(path).volumes == 1
    assert read_volume(path).shape == (2, 3, 4)


@pytest.mark.parametrize("name", ["stack.nii", "stack.nii.gz"])
def test_one_volume_of_a_stack(tmp_path, name):
    """By number, and all in one pass."""
    data = numbers((2, 3, 4, 5))
    path = saved(tmp_path, image(data), name)
    for index in range(5):
        np.testing.assert_array_equal(read_volume(path, index), data[..., index])
    for index, volume in enumerate(read_volumes(path)):
        np.testing.assert_array_equal(volume, data[..., index])
    assert index == 4


def test_a_stack_is_no_map(tmp_path):
    """And a volume that is not there is not read."""
    path = saved(tmp_path, image(numbers((2, 3, 4, 5))), "stack.nii.gz")
    with pytest.raises(InputError, match=r"stack\.nii\.gz holds 5 volumes where one map is expected"):
        read_volume(path)
    for index in (5, -1):
        with pytest.raises(InputError, match="holds 5 volumes; number"):
            read_volume(path, index)


def test_the_qform_serves_where_there_is_no_sform(tmp_path):
    """And bare voxel sizes, said to be so, where there is neither."""
    fields = {"sform_code": 0, "qform_code": 1, "quatern_b": 0, "quatern_c": 0, "quatern_d": 0}
    fields |= {"qoffset_x": 5, "qoffset_y": 6, "qoffset_z": 7, "pixdim": [1, 2, 3, 4, 0, 0, 0, 0]}
    by_qform = read_header(saved(tmp_path, image(numbers(), **fields), "q.nii"))
    assert by_qform.affine_source == "qform"
    np.testing.assert_allclose(by_qform.grid.affine, [[2, 0, 0, 5], [0, 3, 0, 6], [0, 0, 4, 7], [0, 0, 0, 1]])
    neither = read_header(saved(tmp_path, image(numbers(), **(fields | {"qform_code": 0})), "n.nii"))
    assert neither.affine_source == "voxel sizes"


def test_the_document_names_the_file(tmp_path):
    """A message never shows where on this computer a file lies."""
    path = saved(tmp_path, b"nonsense", "sub-01.nii")
    for options, called in (({}, "sub-01.nii"), ({"name": "maps/sub-01.nii"}, "maps/sub-01.nii")):
        with pytest.raises(InputError) as caught:
            read_volume(path, **options)
        assert called in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
